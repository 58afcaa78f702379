//! What the command lines say: results to stdout, notes and progress to stderr.
//!
//! The macros of the standard library panic when nobody reads any more (`katakv-model scopes | head -1`). Here the
//! program ends: whoever does not read the verdict does not get a good one.

use crate::memory;
use crate::table::grouped;
use std::fmt::Display;
use std::io::{IsTerminal, Write};
use std::sync::Mutex;
use std::time::{Duration, Instant};

/// How often progress is shown on a terminal, and how often in a log.
const ON_TERMINAL: Duration = Duration::from_millis(200);
const ELSEWHERE: Duration = Duration::from_secs(10);

/// A line, or several, of the result.
pub fn say(text: impl Display) {
    if writeln!(std::io::stdout(), "{text}").is_err() {
        std::process::exit(1);
    }
}

/// A line that a person may want to know besides.
pub fn note(text: impl Display) {
    // Where nobody reads it, nobody misses it.
    let _ = writeln!(std::io::stderr(), "{text}");
}

/// How far long work is: one line that is overwritten on a terminal, a line now and then elsewhere.
pub struct Progress {
    terminal: bool,
    last: Instant,
}

impl Progress {
    /// Work begins.
    #[allow(clippy::new_without_default)]
    pub fn new() -> Progress {
        Progress {
            terminal: std::io::stderr().is_terminal(),
            last: Instant::now(),
        }
    }

    /// Shows `line`, unless one was shown a moment ago.
    pub fn show(&mut self, line: impl FnOnce() -> String) {
        let every = if self.terminal { ON_TERMINAL } else { ELSEWHERE };
        if self.last.elapsed() < every {
            return;
        }
        self.last = Instant::now();
        if self.terminal {
            let _ = write!(std::io::stderr(), "\r\x1b[K{}", line());
        } else {
            note(line());
        }
    }

    /// Work is done: what was shown goes away.
    pub fn clear(&self) {
        if self.terminal {
            let _ = write!(std::io::stderr(), "\r\x1b[K");
        }
    }
}

/// How far work is that is done in pieces, by several threads, and whose pieces take about as long as each other.
pub struct Pieces {
    progress: Mutex<Progress>,
    started: Instant,
    of: usize,
    what: &'static str,
}

impl Pieces {
    /// Work begins on `of` pieces, which are called `what`.
    pub fn new(of: usize, what: &'static str) -> Pieces {
        Pieces {
            progress: Mutex::new(Progress::new()),
            started: Instant::now(),
            of,
            what,
        }
    }

    /// `done` of them are done.
    pub fn show(&self, done: usize) {
        self.show_with(done, String::new);
    }

    /// The same, and then what `besides` says.
    pub fn show_with(&self, done: usize, besides: impl FnOnce() -> String) {
        // Who does not get to tell does not wait for it.
        if let Ok(mut progress) = self.progress.try_lock() {
            let told = || far(done, self.of, self.what, self.started.elapsed());
            progress.show(|| format!("{}, {} MiB{}", told(), memory::resident_mib(), besides()));
        }
    }

    /// All of it is done: what was shown goes away.
    pub fn clear(&self) {
        if let Ok(progress) = self.progress.lock() {
            progress.clear();
        }
    }
}

/// How far that is, how fast, and how long it goes on at that rate.
fn far(done: usize, of: usize, what: &str, elapsed: Duration) -> String {
    let rate = done as f64 / elapsed.as_secs_f64().max(1e-3);
    let told = format!("{} of {} {what}", grouped(done), grouped(of));
    match done {
        // Nothing is known of the rate.
        0 => told,
        _ => format!(
            "{told}, {}, about {:.0} s more",
            match rate < 10.0 {
                true => format!("{rate:.1}/s"),
                false => format!("{}/s", grouped(rate as usize)),
            },
            of.saturating_sub(done) as f64 / rate
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn time_left_follows_from_the_rate() {
        let after = Duration::from_secs(10);
        assert_eq!(far(0, 1_500, "traces", after), "0 of 1 500 traces");
        assert_eq!(
            far(500, 1_500, "traces", after),
            "500 of 1 500 traces, 50/s, about 20 s more"
        );
        assert_eq!(
            far(5, 79, "mutants", after),
            "5 of 79 mutants, 0.5/s, about 148 s more"
        );
        assert_eq!(
            far(79, 79, "mutants", after),
            "79 of 79 mutants, 7.9/s, about 0 s more"
        );
    }
}
