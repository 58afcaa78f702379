//! The parts of the main job. Each says what it found, and whether that is as it should be.

use crate::generate::{Suite, load};
use crate::graph::Class;
use crate::replay::{self, Coverage};
use crate::shrink::shrink;
use anyhow::ensure;
use katakv_model::check::{self, How};
use katakv_model::matrix::Matrix;
use katakv_model::report::{Edges, Kill, Kills, Report};
use katakv_model::scopes::all as all_scopes;
use katakv_model::terminal::{Pieces, Progress, say};
use katakv_model::{Scope, hunt, mutants, table};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::str::FromStr;
use std::time::{Duration, Instant};

/// What a part found.
pub struct Part {
    /// The whole of it, for reading.
    pub text: String,
    /// One line of it, for the final table.
    pub summary: String,
    /// Whether it is as it should be.
    pub holds: bool,
    /// The whole of it, for machines; `Null` where the model's own program tells that.
    pub json: Value,
}

impl Part {
    /// Prints the whole of it; returns whether it is as it should be.
    pub fn tell(&self) -> bool {
        say(self.text.trim_end());
        self.holds
    }

    /// The same, for machines if they ask.
    pub fn tell_as(&self, json: bool) -> bool {
        if !json {
            return self.tell();
        }
        let mut object = self.json.clone();
        object["holds"] = self.holds.into();
        say(format_args!("{object:#}"));
        self.holds
    }
}

/// The matrix of mistakes around the protocol.
pub fn matrix(kills: &Kills) -> Part {
    let (noticed, made) = kills.noticed();
    let summary = format!("{noticed} of {made} mistakes noticed");
    let wrong = kills.rows.iter().filter(|row| !row.is_right());
    let wrong: String = wrong
        .map(|row| match &row.mistake {
            Some(mistake) => format!("{mistake} SURVIVES\n"),
            None => "something is noticed, though nothing is wrong\n".to_owned(),
        })
        .collect();
    Part {
        text: format!("{wrong}{summary}. {}", kills.note),
        summary,
        holds: kills.rows.iter().all(Kill::is_right),
        json: Value::Null,
    }
}

/// Checks `scopes`, and notes in `kept` what was found.
pub fn check(scopes: &[Scope], kept: &mut Report) -> anyhow::Result<Part> {
    let mut progress = Progress::new();
    let reports = check::run(scopes, How::on(threads()), |scope, so_far| {
        kept.sample(scope, &so_far);
        progress.show(|| format!("{}: {so_far}", scope.name));
    });
    progress.clear();
    let unique: usize = reports.iter().map(|report| report.unique).sum();
    let exhausted = reports.iter().filter(|report| report.exhausted).count();
    let part = Part {
        json: Value::Null,
        text: table::scopes(&reports),
        summary: format!(
            "{exhausted} of {} scopes exhausted, {unique} unique states",
            reports.len()
        ),
        holds: reports.iter().all(check::ScopeReport::passes),
    };
    kept.checked = reports;
    Ok(part)
}

/// Hunts every mutant, and notes in `kept` what became of it.
pub fn mutants(kept: &mut Report) -> anyhow::Result<Part> {
    let all: Vec<_> = mutants::ALL.iter().collect();
    let pieces = Pieces::new(all.len(), "mutants");
    let hunts = hunt::all_until(&all, threads(), |place, _| pieces.show(place));
    pieces.clear();
    let matrix = Matrix::of(&hunts);
    let part = Part {
        json: Value::Null,
        text: matrix.render(),
        summary: format!("{} of {} killed", matrix.killed(), hunts.len()),
        holds: matrix.holds(),
    };
    kept.hunts = hunts;
    Ok(part)
}

/// Generates the traces of `scope` into a file.
pub fn generate(scope: Scope, output: &Path) -> anyhow::Result<bool> {
    let suite = Suite::of(scope)?;
    suite.save(output)?;
    say(format_args!(
        "{} traces of {} steps in all take the {} edges between the {} states of `{}`: {}",
        suite.traces.len(),
        suite.steps(),
        suite.edges.values().sum::<usize>(),
        suite.states,
        scope.name,
        output.display()
    ));
    Ok(true)
}

/// Which traces are to be replayed.
pub struct Chosen {
    /// Those of these scopes,
    pub scopes: Vec<Scope>,
    /// unless a file has others;
    pub file: Option<PathBuf>,
    /// and of all these only one,
    pub only: Option<usize>,
    /// or a share.
    pub shard: Option<Shard>,
}

/// One of several shares, which together are everything: `1/4` to `4/4`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Shard {
    share: usize,
    of: usize,
}

impl Shard {
    /// The share of `traces`: each shard takes every N-th, so that all are about equally much work.
    fn of<T>(self, traces: Vec<T>) -> Vec<T> {
        let own = |(place, _): &(usize, T)| place % self.of == self.share - 1;
        let traces = traces.into_iter().enumerate();
        traces.filter(own).map(|(_, trace)| trace).collect()
    }
}

impl FromStr for Shard {
    type Err = String;

    fn from_str(text: &str) -> Result<Shard, String> {
        let parsed = text
            .split_once('/')
            .and_then(|(share, of)| Some((share.parse().ok()?, of.parse().ok()?)));
        match parsed {
            Some((share, of)) if 1 <= share && share <= of => Ok(Shard { share, of }),
            _ => Err(format!("{text:?} is not K/N with K from 1 to N")),
        }
    }
}

/// Replays traces on real nodes with directories below `home`, and notes in `kept` which edges were taken.
pub fn replay(chosen: Chosen, home: &Path, kept: &mut Report) -> anyhow::Result<Part> {
    let Chosen {
        mut scopes,
        file,
        only,
        shard,
    } = chosen;
    let mut traces = Vec::new();
    if let Some(file) = &file {
        traces = load(file)?;
        scopes = all_scopes()
            .into_iter()
            .filter(|scope| traces.iter().any(|trace| trace.scope == scope.name))
            .collect();
    }
    let mut graphs = Graphs::default();
    for scope in &scopes {
        let suite = Suite::of(*scope)?;
        graphs.add(scope, &suite);
        if file.is_none() {
            traces.extend(suite.traces);
        }
    }
    if let Some(only) = only {
        ensure!(
            only < traces.len(),
            "there are only {} traces, counted from 0",
            traces.len()
        );
        traces = vec![traces.swap_remove(only)];
    }
    if let Some(shard) = shard {
        traces = shard.of(traces);
    }
    let started = Instant::now();
    let pieces = Pieces::new(traces.len(), "traces");
    let coverage = replay::replay(&traces, home, threads(), |done| pieces.show(done));
    pieces.clear();
    match coverage {
        Ok(coverage) => {
            let taken = coverage.edges();
            let kinds = graphs.edges.iter().map(|(class, in_model)| Edges {
                class: class.to_string(),
                in_model: *in_model,
                taken: taken.get(class).copied().unwrap_or(0),
            });
            kept.edges = kinds.collect();
            Ok(told(
                &graphs,
                &coverage,
                started.elapsed(),
                file.is_some() || only.is_some() || shard.is_some(),
            ))
        }
        Err(divergence) => {
            let found = format!("model and real nodes part: {divergence}");
            let shortest = shrink(&traces[divergence.trace], &home.join("shrink"));
            let file = PathBuf::from("divergence.json");
            if let Some(page) = shortest.keep(&file)? {
                say(format_args!("drawn in {}", page.display()));
            }
            Ok(Part {
                text: format!("{found}\n\nits shortest form, {}:\n{}", file.display(), shortest),
                summary: format!("DIVERGED in trace {}, step {}", divergence.trace, divergence.step),
                holds: false,
                json: json!({"diverged": found, "kept": file}),
            })
        }
    }
}

/// What there is to take.
#[derive(Default)]
struct Graphs {
    /// Edges, by class.
    edges: BTreeMap<Class, usize>,
    /// Each scope: its name, its states and its edges.
    scopes: Vec<(&'static str, usize, usize)>,
}

impl Graphs {
    fn add(&mut self, scope: &Scope, suite: &Suite) {
        for (class, count) in &suite.edges {
            *self.edges.entry(*class).or_default() += count;
        }
        self.scopes.push((scope.name, suite.states, sum(&suite.edges)));
    }
}

fn told(graphs: &Graphs, coverage: &Coverage, took: Duration, some_only: bool) -> Part {
    let edges = &graphs.edges;
    let mut text = format!("{:<30} {:>9} {:>9}\n", "edges", "in model", "replayed");
    let mut row = |name: &dyn std::fmt::Display, all: usize, taken: usize| {
        text.push_str(&format!("{name:<30} {all:>9} {taken:>9}\n"));
    };
    let replayed = coverage.edges();
    let taken_of = |class: &Class| replayed.get(class).copied().unwrap_or(0);
    for (class, all) in edges {
        row(class, *all, taken_of(class));
    }
    let (all, taken) = (sum(edges), sum(&replayed));
    row(&"in all", all, taken);
    for (scope, states, all) in &graphs.scopes {
        let name = format!("`{scope}`, {states} states");
        row(&name, *all, coverage.edges_of(scope));
    }
    let Coverage { traces, steps, .. } = coverage;
    text.push_str(&format!(
        "{traces} traces, {steps} steps, all three nodes compared after each, in {:.1} s\n",
        took.as_secs_f64()
    ));
    if let Some([median, most]) = coverage.time_of_forty_steps() {
        text.push_str(&format!(
            "a trace of forty steps takes {:.1} ms (median), {:.1} ms (p99)\n",
            median.as_secs_f64() * 1e3,
            most.as_secs_f64() * 1e3
        ));
    }
    let summary = format!("{taken} of {all} edges replayed on real nodes, {traces} traces, no divergence");
    Part {
        text,
        summary,
        holds: taken == all || some_only,
        json: json!({
            "edges": edges.iter().map(|(class, all)| json!({
                "class": class.to_string(),
                "in_model": all,
                "replayed": taken_of(class),
            })).collect::<Vec<_>>(),
            "scopes": graphs.scopes.iter().map(|(scope, states, all)| json!({
                "scope": scope,
                "states": states,
                "in_model": all,
                "replayed": coverage.edges_of(scope),
            })).collect::<Vec<_>>(),
            "traces": traces,
            "steps": steps,
            "seconds": took.as_secs_f64(),
        }),
    }
}

fn sum(edges: &BTreeMap<Class, usize>) -> usize {
    edges.values().sum()
}

/// As many as are worth it: depth-first search gains from a second one.
fn threads() -> usize {
    std::thread::available_parallelism().map_or(1, |cores| cores.get())
}
