//! `processes`: traces on real processes.

use crate::processes::suite::{self, Failed, Named, Report};
use crate::processes::tally::Tally;
use anyhow::ensure;
use katakv_model::terminal::{Pieces, say};
use serde::Serialize;
use std::path::Path;

/// Those traces whose names contain `only`, and of them a sample.
pub fn choose(file: Option<&Path>, only: &str, sample: Option<u16>) -> anyhow::Result<Vec<Named>> {
    let mut chosen = match file {
        Some(file) => suite::of_file(file)?,
        None => suite::chosen()?,
    };
    chosen.retain(|named| named.name.contains(only));
    ensure!(!chosen.is_empty(), "no trace has {only:?} in its name");
    if let Some(sample) = sample {
        let (all, some) = (chosen.len(), usize::from(sample));
        let mut place = 0;
        chosen.retain(|_| {
            place += 1;
            // Where the next of the sample begins.
            (place - 1) * some / all != place * some / all
        });
    }
    Ok(chosen)
}

/// Takes all of `chosen`; whether all is as it has to be.
pub fn run(chosen: &[Named], clusters: usize, home: &Path, json: bool) -> anyhow::Result<bool> {
    let pieces = Pieces::new(chosen.len(), "traces");
    let report = suite::run(chosen, clusters, home, |done| pieces.show(done));
    pieces.clear();
    let report = report?;
    match json {
        true => say(serde_json::to_string_pretty(&Json::of(&report))?),
        false => say(report.to_string().trim_end()),
    }
    Ok(report.holds())
}

/// The result, for machines.
#[derive(Serialize)]
struct Json<'a> {
    holds: bool,
    seconds: f64,
    #[serde(flatten)]
    tally: &'a Tally,
    clusters_validated: usize,
    events_validated: usize,
    failed: &'a [Failed],
}

impl Json<'_> {
    fn of(report: &Report) -> Json<'_> {
        Json {
            holds: report.holds(),
            seconds: report.took.as_secs_f64(),
            tally: &report.tally,
            clusters_validated: report.validated.len(),
            events_validated: report.events(),
            failed: &report.failed,
        }
    }
}
