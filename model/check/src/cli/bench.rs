//! `check --bench`.

use super::success;
use katakv_model::speed::{self, SUBJECTS, Subject};
use katakv_model::terminal::{Progress, note, say};
use std::process::{Command, ExitCode};

/// Which one to measure, in this process: how the command calls itself.
#[derive(Clone, Debug)]
pub(crate) struct One {
    subject: Subject,
    threads: usize,
}

impl std::str::FromStr for One {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<One, &'static str> {
        let parsed = text.split_once('/').and_then(|(name, threads)| {
            let (subject, _) = SUBJECTS.into_iter().find(|(_, known)| *known == name)?;
            let threads = threads.parse().ok()?;
            Some(One { subject, threads })
        });
        parsed.ok_or("it is SUBJECT/THREADS")
    }
}

/// Measures one, and prints the bare figures.
pub(crate) fn one(one: &One) -> ExitCode {
    let measured = speed::measure(one.subject, one.threads);
    say(format_args!(
        "{} {} {}",
        measured.unique, measured.seconds, measured.bytes
    ));
    ExitCode::SUCCESS
}

/// Measures all, each in a process of its own, on one thread and on two.
pub(crate) fn all() -> ExitCode {
    let mut progress = Progress::new();
    let mut lines = vec![format!(
        "{:<12} {:>7} {:>11} {:>8} {:>9} {:>12}",
        "model", "threads", "unique", "seconds", "unique/s", "bytes/state"
    )];
    for (_, name) in SUBJECTS {
        for threads in [1, 2] {
            progress.show(|| format!("measuring {name} on {threads} threads"));
            match measured(&format!("{name}/{threads}")) {
                Ok(measured) => lines.push(format!(
                    "{name:<12} {threads:>7} {:>11} {:>8.1} {:>9.0} {:>12.0}",
                    measured.unique,
                    measured.seconds,
                    measured.rate(),
                    measured.bytes_each()
                )),
                Err(why) => {
                    progress.clear();
                    note(format_args!(
                        "error: {name} on {threads} threads could not be measured: {why}"
                    ));
                    return success(false);
                }
            }
        }
    }
    progress.clear();
    say(lines.join("\n"));
    success(true)
}

fn measured(one: &str) -> Result<speed::Measured, String> {
    let program = std::env::current_exe().map_err(|error| error.to_string())?;
    let child = Command::new(program).args(["check", "--bench-one", one]).output();
    let child = child.map_err(|error| error.to_string())?;
    let text = String::from_utf8_lossy(&child.stdout);
    let words: Vec<&str> = text.split_whitespace().collect();
    let figures = match words[..] {
        [unique, seconds, bytes] => unique
            .parse()
            .ok()
            .zip(seconds.parse().ok())
            .zip(bytes.parse().ok()),
        _ => None,
    };
    let ((unique, seconds), bytes) =
        figures.ok_or_else(|| String::from_utf8_lossy(&child.stderr).trim().to_owned())?;
    Ok(speed::Measured {
        unique,
        seconds,
        bytes,
    })
}
