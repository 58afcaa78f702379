//! A matrix as JSON tells it: of a run a moment ago, or of one that was kept in a file.

use super::{ALL, Layer, Shrunk};
use anyhow::{Context, ensure};
use katakv_model::diagram::Tale;
use katakv_model::report::{Kill, Kills};
use serde::Deserialize;
use std::collections::{BTreeMap, BTreeSet};

#[derive(Deserialize)]
struct Matrix {
    seconds: f64,
    rows: Vec<Row>,
}

#[derive(Deserialize)]
struct Row {
    mistake: Option<String>,
    words: Option<String>,
    noticed_by: BTreeMap<String, bool>,
    shortest: Option<Shrunk>,
}

/// The matrix that `matrix --json` has printed. It tells which mistakes there are by now that it does not have.
pub fn read(text: &str) -> anyhow::Result<Kills> {
    let Matrix { seconds, rows } =
        serde_json::from_str(text).context("this is not what `matrix --json` prints")?;
    ensure!(!rows.is_empty(), "the matrix has no rows");
    let mut layers: Vec<String> = rows
        .iter()
        .flat_map(|row| row.noticed_by.keys())
        .collect::<BTreeSet<_>>()
        .into_iter()
        .cloned()
        .collect();
    let place = |name: &String| Layer::ALL.iter().position(|layer| layer.name() == name);
    layers.sort_by_key(|layer| place(layer).unwrap_or(usize::MAX));
    let known: BTreeSet<&str> = rows.iter().filter_map(|row| row.mistake.as_deref()).collect();
    let missing: Vec<&str> = ALL
        .iter()
        .map(|mistake| mistake.name)
        .filter(|name| !known.contains(name))
        .collect();
    let note = match &missing[..] {
        [] => format!("It took {seconds:.0} s."),
        missing => format!(
            "It took {seconds:.0} s, and left out {} others: {}.",
            missing.len(),
            missing.join(", ")
        ),
    };
    let rows = rows
        .into_iter()
        .map(|row| Kill {
            noticed: layers
                .iter()
                .map(|layer| row.noticed_by.get(layer).copied().unwrap_or(false))
                .collect(),
            shortest: row
                .shortest
                .filter(|shrunk| is_drawn(row.mistake.as_deref(), shrunk))
                .map(|shrunk| (shrunk.trace, shrunk.parting)),
            words: row.words.unwrap_or_else(|| "nothing: the code as it is".into()),
            mistake: row.mistake,
        })
        .collect();
    Ok(Kills { layers, rows, note })
}

/// A page is called as its mistake is; and a trace of another version of the model may be possible no more.
fn is_drawn(mistake: Option<&str>, shrunk: &Shrunk) -> bool {
    ALL.iter().any(|known| Some(known.name) == mistake) && Tale::of(&shrunk.trace).is_ok()
}

#[cfg(test)]
mod tests {
    use super::super::{Matrix, Row};
    use super::*;
    use std::time::Duration;

    #[test]
    fn what_is_printed_is_read() {
        let row = |mistake, noticed: [bool; 3]| Row {
            mistake,
            noticed: noticed.into(),
            shortest: None,
        };
        let rows = vec![row(None, [false; 3]), row(Some(&ALL[0]), [true, false, true])];
        let took = Duration::from_secs(7);
        let printed = Matrix { rows, took }.json().to_string();
        let read = read(&printed).expect("it was printed so");
        assert_eq!(read.layers, ["replay", "processes", "suite"]);
        assert_eq!(read.rows.len(), 2);
        assert!(read.rows.iter().all(Kill::is_right));
        assert_eq!(read.rows[1].mistake.as_deref(), Some(ALL[0].name));
        assert_eq!(read.rows[1].noticed, [true, false, true]);
        let others = format!("left out {} others: {}", ALL.len() - 1, ALL[1].name);
        assert!(read.note.contains(&others), "{}", read.note);
    }

    #[test]
    fn something_else_is_refused() {
        for text in ["", "{}", "[1]", r#"{"seconds": 1.0, "rows": []}"#] {
            assert!(read(text).is_err(), "{text}");
        }
    }
}
