//! Logs go to stderr; `RUST_LOG` says which.

use std::io::IsTerminal;
use tracing_subscriber::EnvFilter;

/// Shows events from `level` on, unless `RUST_LOG` says otherwise.
pub(super) fn init(level: &str) {
    let filter = EnvFilter::try_from_default_env().unwrap_or_else(|_| EnvFilter::new(level));
    let subscriber = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(std::io::stderr)
        .with_ansi(std::io::stderr().is_terminal());
    // Fails if whoever embeds this has set up logs already: then theirs are right.
    let _ = subscriber.try_init();
}
