//! What the command lines say: results to stdout, notes and progress to stderr.
//!
//! The macros of the standard library panic when nobody reads any more (`katakv-model scopes | head -1`). Here the
//! program ends: whoever does not read the verdict does not get a good one.

use std::fmt::Display;
use std::io::{IsTerminal, Write};
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
