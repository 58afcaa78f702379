//! What a command prints. A reader that goes away (`katakv status | head -1`) is an error for results and nothing for
//! notes; the macros of the standard library would panic for both.

use super::exit::Failure;
use std::fmt::Display;
use std::io::Write;

/// A result: bytes, as they are, and a newline, to stdout.
pub(super) fn result(bytes: &[u8]) -> Result<(), Failure> {
    let mut stdout = std::io::stdout().lock();
    stdout
        .write_all(bytes)
        .and_then(|()| stdout.write_all(b"\n"))
        .and_then(|()| stdout.flush())
        .map_err(|error| Failure::failed(format!("cannot print the result: {error}")))
}

/// Something that a person may want to know besides: a line to stderr.
pub(super) fn note(line: impl Display) {
    let _ = writeln!(std::io::stderr(), "{line}");
}
