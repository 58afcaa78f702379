//! The kill matrix of the shell: mistakes around the protocol, by the layers that notice them.
//!
//! A mistake of the protocol itself is invisible to a replay, since both sides make it: the model's mutants and properties are
//! for those. The other way round, no property sees a mistake in the WAL, in the codec or in a timer. So here one mistake at a
//! time is switched on in the real code (`impl/src/sabotage.rs`), and three layers look at it:
//!
//! - *replay*: traces of the model on real nodes (driver, WAL files, store, codec bytes);
//! - *processes*: a load on three real processes, a `kill -9`, a stop in good order, and the validation of what they
//!   recorded (owner, timers, links, threads);
//! - *suite*: the ordinary tests of the file that the mistake is in.
//!
//! Each runs in a process of its own: a mistake may well end it, or let it hang. Without a mistake all layers have to be silent.

mod layers;
mod mistakes;

pub use layers::{Layer, run_layer};
pub use mistakes::{ALL, Mistake};

use anyhow::{Context, ensure};
use katakv_model::terminal::note;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::fmt;
use std::path::Path;
use std::process::Command;
use std::time::{Duration, Instant};

/// Whether this build can make mistakes.
pub const IS_SABOTAGED: bool = cfg!(feature = "sabotage");

/// Who noticed which mistake.
#[derive(Debug)]
pub struct Matrix {
    /// The first is of the code without a mistake. For each layer whether it noticed, in the order of [`Layer::ALL`].
    rows: Vec<(Option<&'static Mistake>, Vec<bool>)>,
    took: Duration,
}

/// Makes every mistake in turn whose name contains `only`.
pub fn matrix(home: &Path, only: &str) -> anyhow::Result<Matrix> {
    let started = Instant::now();
    let prepared = layers::Prepared::new(home)?;
    let mut rows = vec![(None, prepared.all(None)?)];
    for mistake in ALL.iter().filter(|mistake| mistake.name.contains(only)) {
        note(format_args!("{}", mistake.name));
        rows.push((Some(mistake), prepared.all(Some(mistake))?));
    }
    let took = started.elapsed();
    Ok(Matrix { rows, took })
}

impl Matrix {
    /// Whether every mistake was noticed; and without one, nothing.
    pub fn holds(&self) -> bool {
        self.rows.iter().all(is_right)
    }

    /// The same, for machines.
    pub fn json(&self) -> Value {
        let row = |(mistake, noticed): &(Option<&Mistake>, Vec<bool>)| {
            let layers: BTreeMap<&str, bool> = Layer::ALL
                .iter()
                .map(|layer| layer.name())
                .zip(noticed.iter().copied())
                .collect();
            json!({
                "mistake": mistake.map(|mistake| mistake.name),
                "words": mistake.map(|mistake| mistake.words),
                "noticed_by": layers,
            })
        };
        json!({
            "holds": self.holds(),
            "noticed": self.noticed(),
            "mistakes": self.rows.len() - 1,
            "seconds": self.took.as_secs_f64(),
            "rows": self.rows.iter().map(row).collect::<Vec<_>>(),
        })
    }

    fn noticed(&self) -> usize {
        let made = self.rows.iter().skip(1);
        made.filter(|(_, noticed)| noticed.contains(&true)).count()
    }
}

/// Without a mistake nothing may be noticed.
fn is_right((mistake, noticed): &(Option<&Mistake>, Vec<bool>)) -> bool {
    noticed.contains(&true) == mistake.is_some()
}

impl fmt::Display for Matrix {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:<38}", "mistake")?;
        for layer in Layer::ALL {
            write!(f, " {:>10}", layer.name())?;
        }
        writeln!(f)?;
        for row in &self.rows {
            let (mistake, noticed) = row;
            write!(f, "{:<38}", mistake.map_or("none", |mistake| mistake.name))?;
            for noticed in noticed {
                write!(f, " {:>10}", if *noticed { "K" } else { "." })?;
            }
            f.write_str(match (is_right(row), mistake) {
                (true, _) => "\n",
                (false, Some(_)) => "  SURVIVES\n",
                (false, None) => "  noticed, though nothing is wrong\n",
            })?;
        }
        let (noticed, made) = (self.noticed(), self.rows.len() - 1);
        let seconds = self.took.as_secs_f64();
        writeln!(f, "{noticed} of {made} mistakes noticed, in {seconds:.0} s")
    }
}

/// Has a build made that can make mistakes, and runs its `matrix`.
pub fn hand_over(home: Option<&Path>, only: &str, json: bool) -> anyhow::Result<bool> {
    let manifest = Path::new(env!("CARGO_MANIFEST_DIR")).join("Cargo.toml");
    ensure!(
        manifest.exists(),
        "the matrix builds the sources that this program was built from, and they are gone: {}",
        manifest.display()
    );
    let mut command = Command::new("cargo");
    command
        .args(["run", "--quiet", "--features", "sabotage", "--manifest-path"])
        .arg(manifest)
        .args(["--", "matrix", "--only", only]);
    if json {
        command.arg("--json");
    }
    if let Some(home) = home {
        command.arg("--data").arg(home);
    }
    Ok(command.status().context("cargo does not run")?.success())
}
