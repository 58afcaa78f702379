//! Which keys there are: those of the example. A key that is not among them is a mistake, and mostly a slip.

use super::EXAMPLE;
use toml::{Table, Value};

/// How much a key has to resemble another one to be taken for it: by Jaro and Winkler, from 0 to 1.
const RESEMBLES: f64 = 0.75;

/// The first key of `table` that there is not, and the one that it most resembles.
pub(super) fn unknown(table: &Table) -> Option<(String, Option<String>)> {
    let example: Table = EXAMPLE.parse().expect("the example is TOML");
    let known = paths(&example);
    let unknown = paths(table).into_iter().find(|path| !known.contains(path))?;
    // A key in the wrong place resembles its own name in the right one.
    let name = |path: &str| path.rsplit('.').next().unwrap_or_default().to_owned();
    let resemblance = |path: &String| {
        let whole = strsim::jaro_winkler(path, &unknown);
        whole.max(strsim::jaro_winkler(&name(path), &name(&unknown)))
    };
    let nearest = known
        .into_iter()
        .map(|path| (resemblance(&path), path))
        .filter(|(resemblance, _)| *resemblance >= RESEMBLES)
        .max_by(|one, other| one.0.total_cmp(&other.0))
        .map(|(_, path)| path);
    Some((unknown, nearest))
}

/// The end of a sentence about an unknown key.
pub(super) fn did_you_mean(nearest: &Option<String>) -> String {
    match nearest {
        Some(nearest) => format!(": did you mean `{nearest}`?"),
        None => ". `katakv config` prints all there are".to_owned(),
    }
}

/// Every key of a table and of the tables in it, from the top.
fn paths(table: &Table) -> Vec<String> {
    let mut paths = Vec::new();
    for (key, value) in table {
        paths.push(key.clone());
        if let Value::Table(inner) = value {
            paths.extend(self::paths(inner).into_iter().map(|path| format!("{key}.{path}")));
        }
    }
    paths
}
