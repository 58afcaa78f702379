//! Ctrl-C.

use katakv_model::interrupt;
use katakv_model::terminal::note;
use std::process::ExitCode;

/// As shells say it: 128 and the signal's number.
const INTERRUPTED: u8 = 130;

/// Ctrl-C ends the process with these words.
pub(crate) fn ends_with(words: &'static str) {
    // Where it cannot be caught, it ends the process all the same, without words.
    let _ = ctrlc::set_handler(move || {
        note(format_args!("\n{words}"));
        std::process::exit(INTERRUPTED.into());
    });
}

/// Ctrl-C asks the work to end with what is known so far; a second one ends the process.
pub(crate) fn ends_early() {
    let _ = ctrlc::set_handler(|| {
        if interrupt::request() {
            std::process::exit(INTERRUPTED.into());
        }
        note("\nending with what is known so far; once more ends it at once");
    });
}

/// The exit code of work that was asked to end, if it was.
pub(crate) fn code() -> Option<ExitCode> {
    interrupt::requested().then(|| {
        note("interrupted: the rest was not looked at");
        ExitCode::from(INTERRUPTED)
    })
}
