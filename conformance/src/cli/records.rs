//! The parts that validate what real processes have recorded.

use super::parts::Part;
use crate::validate::{self, Row, Seen};
use crate::{failover, lifecycle};
use anyhow::Context;
use katakv_model::Scope;
use katakv_model::terminal::{note, say};
use serde_json::json;
use std::path::Path;

/// Fails over on three real processes with directories below `home`.
pub fn failover(home: &Path, kills: usize, json: bool) -> anyhow::Result<Part> {
    let (mut failovers, report) = failover::run(home, kills, |line| on_the_way(line, json))
        .context("the failover did not go through")?;
    failovers.sort_by_key(|failover| failover.unavailable);
    let median = failovers[failovers.len() / 2].unavailable.as_millis();
    let worst = failovers[failovers.len() - 1].unavailable.as_millis();
    let summary = match kills {
        1 => format!("writes were unavailable for {median} ms"),
        _ => format!("writes were unavailable for {median} ms (median), {worst} ms (worst) at {kills} kills"),
    };
    let unavailable: Vec<u64> = failovers
        .iter()
        .map(|failover| failover.unavailable.as_millis() as u64)
        .collect();
    Ok(Part {
        text: format!("{summary}\n\nwhat they recorded: {report}"),
        summary: format!("{summary}; {} recorded events validated", report.events),
        holds: true,
        json: json!({"unavailable_ms": unavailable, "validated": report.json()}),
    })
}

/// Lets three real processes with directories below `home` live through everything that happens to a cluster, and tells which
/// edges of `scopes` that visited, of which those of `replayed` are replayed.
pub fn lifecycle(home: &Path, scopes: &[Scope], replayed: &[Scope], json: bool) -> anyhow::Result<Part> {
    let report =
        lifecycle::run(home, |line| on_the_way(line, json)).context("the cluster did not live through it")?;
    Ok(covered(&report, scopes, replayed))
}

/// Validates what nodes have recorded in `dir`, and tells which edges of `scopes` they have visited, of which those of
/// `replayed` are replayed.
pub fn validate(dir: &Path, scopes: &[Scope], replayed: &[Scope]) -> anyhow::Result<Part> {
    let report =
        validate::validate(dir).context("the record is not one of nodes that keep to the protocol")?;
    Ok(covered(&report, scopes, replayed))
}

/// A step that was done. It is no part of what machines read.
fn on_the_way(line: &str, json: bool) {
    match json {
        true => note(line),
        false => say(format_args!("  {line}")),
    }
}

fn covered(report: &validate::Report, scopes: &[Scope], replayed: &[Scope]) -> Part {
    let seen = |scopes: &[Scope]| {
        let mut seen = Seen::default();
        for scope in scopes {
            seen.merge(&Seen::of_scope(*scope));
        }
        seen
    };
    let replay = seen(replayed);
    let is_other = |scope: &&Scope| replayed.iter().all(|other| other.name != scope.name);
    let others: Vec<Scope> = scopes.iter().filter(is_other).copied().collect();
    let mut model = seen(&others);
    model.merge(&replay);
    let rows = validate::rows(&model, &replay, &report.seen);
    let sum: Row = validate::sum(&rows);
    let names: Vec<&str> = replayed.iter().chain(&others).map(|scope| scope.name).collect();
    Part {
        text: format!(
            "{report}\nedges of the scopes {}:\n{}",
            names.join(", "),
            validate::render(&rows)
        ),
        summary: format!(
            "{} recorded events validated, {} passed over; {} of {} edges are of kinds that were seen",
            report.events, report.skipped, sum.in_production, sum.in_model
        ),
        holds: true,
        json: json!({
            "validated": report.json(),
            "scopes": names,
            "edges": rows,
            "in_all": sum,
            "not_mapped": validate::NOT_MAPPED,
        }),
    }
}
