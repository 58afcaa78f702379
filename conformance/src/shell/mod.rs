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

mod earlier;
mod layers;
mod mistakes;
mod shrunk;

pub use earlier::read;
pub use layers::{Layer, run_layer};
pub use mistakes::{ALL, Mistake};
pub use shrunk::Shrunk;

use anyhow::{Context, ensure};
use katakv_model::terminal::note;
use layers::Found;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::fmt;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

/// Whether this build can make mistakes.
pub const IS_SABOTAGED: bool = cfg!(feature = "sabotage");

/// Who noticed which mistake.
#[derive(Debug)]
pub struct Matrix {
    /// The first is of the code without a mistake.
    rows: Vec<Row>,
    took: Duration,
}

/// What became of a mistake.
#[derive(Debug)]
struct Row {
    mistake: Option<&'static Mistake>,
    /// For each layer whether it noticed, in the order of [`Layer::ALL`].
    noticed: Vec<bool>,
    /// The shortest trace on which the replay noticed.
    shortest: Option<Shrunk>,
}

/// Makes every mistake in turn whose name contains `only`.
pub fn matrix(home: &Path, only: &str) -> anyhow::Result<Matrix> {
    let started = Instant::now();
    let prepared = layers::Prepared::new(home)?;
    let row = |mistake: Option<&'static Mistake>| -> anyhow::Result<Row> {
        let Found { noticed, shortest } = prepared.all(mistake)?;
        Ok(Row {
            mistake,
            noticed,
            shortest,
        })
    };
    let mut rows = vec![row(None)?];
    for mistake in ALL.iter().filter(|mistake| mistake.name.contains(only)) {
        note(format_args!("{}", mistake.name));
        rows.push(row(Some(mistake))?);
    }
    let took = started.elapsed();
    Ok(Matrix { rows, took })
}

impl Matrix {
    /// Whether every mistake was noticed; and without one, nothing.
    pub fn holds(&self) -> bool {
        self.rows.iter().all(Row::is_right)
    }

    /// The same, for machines.
    pub fn json(&self) -> Value {
        let row = |row: &Row| {
            let layers: BTreeMap<&str, bool> = Layer::ALL
                .iter()
                .map(|layer| layer.name())
                .zip(row.noticed.iter().copied())
                .collect();
            json!({
                "mistake": row.mistake.map(|mistake| mistake.name),
                "words": row.mistake.map(|mistake| mistake.words),
                "noticed_by": layers,
                "shortest": row.shortest,
            })
        };
        json!({
            "holds": self.holds(),
            "noticed": self.noticed(),
            "mistakes": self.rows.len() - 1,
            "shrunk": self.shrunk(),
            "seconds": self.took.as_secs_f64(),
            "rows": self.rows.iter().map(row).collect::<Vec<_>>(),
        })
    }

    fn noticed(&self) -> usize {
        let made = self.rows.iter().skip(1);
        made.filter(|row| row.noticed.contains(&true)).count()
    }

    fn shrunk(&self) -> usize {
        self.rows.iter().filter(|row| row.shortest.is_some()).count()
    }
}

impl Row {
    /// Without a mistake nothing may be noticed; and what is shrunk is to be the same again.
    fn is_right(&self) -> bool {
        self.noticed.contains(&true) == self.mistake.is_some()
            && self.shortest.as_ref().is_none_or(|shortest| shortest.same_again)
    }
}

impl fmt::Display for Matrix {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:<38}", "mistake")?;
        for layer in Layer::ALL {
            write!(f, " {:>10}", layer.name())?;
        }
        writeln!(f, "  shortest trace")?;
        for row in &self.rows {
            write!(f, "{:<38}", row.mistake.map_or("none", |mistake| mistake.name))?;
            for noticed in &row.noticed {
                write!(f, " {:>10}", if *noticed { "K" } else { "." })?;
            }
            if let Some(Shrunk { steps, parting, .. }) = &row.shortest {
                write!(f, "  {steps:>2} steps: {parting}")?;
            }
            f.write_str(match (row.is_right(), row.mistake, &row.shortest) {
                (true, ..) => "\n",
                (false, Some(_), Some(_)) => "  NOT THE SAME AGAIN\n",
                (false, Some(_), None) => "  SURVIVES\n",
                (false, None, _) => "  noticed, though nothing is wrong\n",
            })?;
        }
        let (noticed, made) = (self.noticed(), self.rows.len() - 1);
        let seconds = self.took.as_secs_f64();
        let shrunk = self.shrunk();
        writeln!(
            f,
            "{noticed} of {made} mistakes noticed, in {seconds:.0} s; {shrunk} of them shrunk to a shortest trace"
        )
    }
}

/// Has a build made that can make mistakes, and runs its `matrix`.
pub fn hand_over(home: Option<&Path>, only: &str, json: bool) -> anyhow::Result<bool> {
    let mut command = sabotaged(home, only, json)?;
    Ok(command.status().context("cargo does not run")?.success())
}

/// The same, and returns what it prints for machines; it may tell that a mistake survives.
pub fn printed(home: &Path, only: &str) -> anyhow::Result<String> {
    let mut command = sabotaged(Some(home), only, true)?;
    let output = command
        .stderr(Stdio::inherit())
        .output()
        .context("cargo does not run")?;
    String::from_utf8(output.stdout).context("the matrix prints text")
}

fn sabotaged(home: Option<&Path>, only: &str, json: bool) -> anyhow::Result<Command> {
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
    Ok(command)
}

#[cfg(test)]
mod tests {
    use super::*;
    use katakv_model::Trace;

    /// What other programs read: `matrix --help` tells of it.
    #[test]
    fn as_json_it_has_the_shape_that_is_promised() {
        let row = |mistake, noticed: [bool; 3], shortest| Row {
            mistake,
            noticed: noticed.to_vec(),
            shortest,
        };
        let shortest = Shrunk {
            steps: 3,
            same_again: true,
            parting: "they part".into(),
            told: "1. ...".into(),
            trace: Trace {
                scope: "tiny".into(),
                mutant: None,
                steps: Vec::new(),
            },
        };
        let matrix = Matrix {
            rows: vec![
                row(None, [false; 3], None),
                row(Some(&ALL[0]), [true, false, true], Some(shortest.clone())),
            ],
            took: Duration::from_millis(1500),
        };
        let (first, words) = (ALL[0].name, ALL[0].words);
        assert_eq!(
            matrix.json(),
            json!({
                "holds": true, "noticed": 1, "mistakes": 1, "shrunk": 1, "seconds": 1.5,
                "rows": [
                    {
                        "mistake": null, "words": null, "shortest": null,
                        "noticed_by": {"replay": false, "processes": false, "suite": false},
                    },
                    {
                        "mistake": first, "words": words,
                        "noticed_by": {"replay": true, "processes": false, "suite": true},
                        "shortest": {
                            "steps": 3, "same_again": true, "parting": "they part", "told": "1. ...",
                            "trace": {"scope": "tiny", "mutant": null, "steps": []},
                        },
                    },
                ],
            })
        );
        let survives = Matrix {
            rows: vec![row(None, [false; 3], None), row(Some(&ALL[0]), [false; 3], None)],
            took: Duration::ZERO,
        };
        assert!(!survives.holds());
        let other_again = Shrunk {
            same_again: false,
            ..shortest
        };
        let differs = row(Some(&ALL[0]), [true, false, false], Some(other_again));
        assert!(!differs.is_right(), "a divergence that is another one each time");
    }
}
