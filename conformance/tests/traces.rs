//! Every trace of the failover as a test, so that one can be filtered for and taken again by its name:
//! `cargo test -p katakv-conformance --test traces takeover/0042`.

use katakv_conformance::generate::Suite;
use katakv_conformance::replay::Harness;
use katakv_model::{Trace, scopes};
use libtest_mimic::{Arguments, Failed, Trial};
use std::process::ExitCode;
use std::sync::{Arc, Mutex};
use tempfile::TempDir;

/// Nodes that a test has used up to now, for the next one: to make three takes longer than most traces.
#[derive(Default)]
struct Pool(Mutex<Vec<(TempDir, Harness)>>);

impl Pool {
    fn replay(&self, place: usize, trace: &Trace) -> Result<(), Failed> {
        let free = self.0.lock().map_err(|_| "another test has panicked")?.pop();
        let (home, mut harness) = match free {
            Some(free) => free,
            None => {
                let home = tempfile::tempdir_in("/dev/shm").or_else(|_| tempfile::tempdir())?;
                let harness = Harness::new(home.path().to_owned());
                (home, harness)
            }
        };
        // After a divergence nodes and model are not the same any more: these are not used again.
        harness.replay(place, trace)?;
        self.0
            .lock()
            .map_err(|_| "another test has panicked")?
            .push((home, harness));
        Ok(())
    }
}

fn main() -> ExitCode {
    let arguments = Arguments::from_args();
    let pool = Arc::new(Pool::default());
    let suite = Suite::of(scopes::find("takeover").expect("it is a scope")).expect("it can be replayed");
    let tests = suite.traces.into_iter().enumerate().map(|(place, trace)| {
        let pool = Arc::clone(&pool);
        Trial::test(format!("takeover/{place:04}"), move || pool.replay(place, &trace))
    });
    libtest_mimic::run(&arguments, tests.collect()).exit_code()
}
