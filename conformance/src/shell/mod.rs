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
use std::path::Path;
use std::process::Command;

/// Whether this build can make mistakes.
pub const IS_SABOTAGED: bool = cfg!(feature = "sabotage");

/// Makes every mistake in turn whose name contains `only`; returns the table, and whether each was noticed.
pub fn matrix(home: &Path, only: &str) -> anyhow::Result<(String, bool)> {
    let prepared = layers::Prepared::new(home)?;
    let mut rows = vec![(None, prepared.all(None)?)];
    for mistake in ALL.iter().filter(|mistake| mistake.name.contains(only)) {
        note(format_args!("{}", mistake.name));
        rows.push((Some(mistake), prepared.all(Some(mistake))?));
    }
    let mut text = format!("{:<38}", "mistake");
    for layer in Layer::ALL {
        text.push_str(&format!(" {:>10}", layer.name()));
    }
    text.push('\n');
    let mut holds = true;
    for (mistake, noticed) in &rows {
        text.push_str(&format!("{:<38}", mistake.map_or("none", |mistake| mistake.name)));
        for noticed in noticed {
            text.push_str(&format!(" {:>10}", if *noticed { "K" } else { "." }));
        }
        let is_noticed = noticed.contains(&true);
        // Without a mistake nothing may be noticed.
        let is_right = is_noticed == mistake.is_some();
        holds &= is_right;
        text.push_str(match (is_right, mistake) {
            (true, _) => "\n",
            (false, Some(_)) => "  SURVIVES\n",
            (false, None) => "  noticed, though nothing is wrong\n",
        });
    }
    let made = rows.iter().skip(1);
    let noticed = made.clone().filter(|(_, noticed)| noticed.contains(&true));
    text.push_str(&format!(
        "{} of {} mistakes noticed\n",
        noticed.count(),
        made.count()
    ));
    Ok((text, holds))
}

/// Has a build made that can make mistakes, and runs its `matrix`.
pub fn hand_over(home: Option<&Path>, only: &str) -> anyhow::Result<bool> {
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
    if let Some(home) = home {
        command.arg("--data").arg(home);
    }
    Ok(command.status().context("cargo does not run")?.success())
}
