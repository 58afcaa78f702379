//! `katakv-conformance`; see the library for what it does.

use std::process::ExitCode;

fn main() -> ExitCode {
    katakv_conformance::cli::main()
}
