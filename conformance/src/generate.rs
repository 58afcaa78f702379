//! Traces from a scope's graph: paths that take every edge, as files.

use crate::graph::{Class, Graph, Step};
use anyhow::{Context, ensure};
use katakv_model::{Disks, Scope, Trace};
use std::collections::BTreeMap;
use std::fs;
use std::io::{BufRead, BufReader, BufWriter, Write};
use std::path::Path;

/// Traces that take every edge of a scope's graph, and what there is to take.
pub struct Suite {
    /// The traces.
    pub traces: Vec<Trace>,
    /// How many states the graph has.
    pub states: usize,
    /// How many edges of each class it has.
    pub edges: BTreeMap<Class, usize>,
}

impl Suite {
    /// The suite of `scope`, in which syncs are steps, as they are with real nodes, and clients are not actors.
    pub fn of(scope: Scope) -> anyhow::Result<Suite> {
        ensure!(
            is_replayable(&scope),
            "scope `{}` cannot be replayed: its disks sync at once, or its client is an actor",
            scope.name
        );
        let graph = Graph::of(scope);
        let action = |(from, edge): &Step| graph.edges[*from][*edge].action.clone();
        let trace = |path: Vec<_>| Trace {
            scope: scope.name.to_string(),
            mutant: None,
            steps: path.iter().map(action).collect(),
        };
        let mut edges = BTreeMap::new();
        for edge in graph.edges.iter().flatten() {
            *edges.entry(Class::of(&edge.action)).or_default() += 1;
        }
        let traces = graph.cover().into_iter().map(trace).collect();
        Ok(Suite {
            traces,
            states: graph.edges.len(),
            edges,
        })
    }

    /// How many steps the traces have in all.
    pub fn steps(&self) -> usize {
        self.traces.iter().map(|trace| trace.steps.len()).sum()
    }

    /// Puts the traces into `file`, one a line.
    pub fn save(&self, file: &Path) -> anyhow::Result<()> {
        save(&self.traces, file)
    }
}

/// Puts traces into `file`, one a line.
pub fn save(traces: &[Trace], file: &Path) -> anyhow::Result<()> {
    let create = || format!("cannot create {}", file.display());
    let mut out = BufWriter::new(fs::File::create(file).with_context(create)?);
    for trace in traces {
        serde_json::to_writer(&mut out, trace)?;
        out.write_all(b"\n")?;
    }
    out.flush().with_context(create)
}

/// Whether each step of `scope` is one input of one node, or a crash.
pub fn is_replayable(scope: &Scope) -> bool {
    scope.disks == Disks::Deferred && scope.client.is_none()
}

/// Reads traces, one a line.
pub fn load(file: &Path) -> anyhow::Result<Vec<Trace>> {
    let open = || {
        format!(
            "cannot read {}: generate it first, with `generate`",
            file.display()
        )
    };
    let lines = BufReader::new(fs::File::open(file).with_context(open)?).lines();
    let parse = |(place, line): (usize, std::io::Result<String>)| {
        serde_json::from_str(&line?).with_context(|| format!("{}:{}: not a trace", file.display(), place + 1))
    };
    lines.enumerate().map(parse).collect()
}
