//! When a server is to stop: at Ctrl-C, at SIGTERM, and, if it was asked to, when its parent is gone.

use super::exit::Failure;
use std::future::Future;
use std::io::Read;
use std::time::Duration;
use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::oneshot;

/// How long a process may take to stop in good order after its parent is gone.
const ORPHAN_GRACE: Duration = Duration::from_secs(10);

/// Is ready when the process is to stop. `exit_with_parent`: also when stdin ends, which is how a child notices that
/// its parent has died in whatever way: the system closes the parent's end of the pipe.
pub(super) fn signals(exit_with_parent: bool) -> Result<impl Future<Output = ()>, Failure> {
    let failed = |error| Failure::failed(format!("cannot watch for signals: {error}"));
    let mut interrupt = signal(SignalKind::interrupt()).map_err(failed)?;
    let mut terminate = signal(SignalKind::terminate()).map_err(failed)?;
    let orphaned = exit_with_parent.then(watch_stdin);
    Ok(async move {
        let orphaned = async {
            match orphaned {
                Some(orphaned) => drop(orphaned.await),
                None => std::future::pending().await,
            }
        };
        tokio::select! {
            _ = interrupt.recv() => {}
            _ = terminate.recv() => {}
            () = orphaned => {}
        }
    })
}

fn watch_stdin() -> oneshot::Receiver<()> {
    let (ended, orphaned) = oneshot::channel();
    // A thread of its own: a read of stdin cannot be cancelled, and the runtime would wait for it at its end.
    std::thread::spawn(move || {
        let mut ignored = [0; 64];
        while matches!(std::io::stdin().read(&mut ignored), Ok(read) if read > 0) {}
        let _ = ended.send(());
        std::thread::sleep(ORPHAN_GRACE);
        // Nobody is left who could end it.
        std::process::exit(1);
    });
    orphaned
}
