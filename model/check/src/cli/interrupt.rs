//! Ctrl-C.

use katakv_model::terminal::note;

/// As shells say it: 128 and the signal's number.
const INTERRUPTED: i32 = 130;

/// Ctrl-C ends the process with these words.
pub(crate) fn ends_with(words: &'static str) {
    // Where it cannot be caught, it ends the process all the same, without words.
    let _ = ctrlc::set_handler(move || {
        note(format_args!("\n{words}"));
        std::process::exit(INTERRUPTED);
    });
}
