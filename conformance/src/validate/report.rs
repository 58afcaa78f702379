//! What a validation found.

use super::node::NodeReplay;
use super::promises::{NOT_LOOKED_AT, PROMISES};
use super::{Cluster, Seen};
use katakv::tap::End;
use katakv_core::NodeId;
use std::fmt;
use std::time::Duration;

/// A record that is one of nodes which keep to the protocol.
#[derive(Clone, Debug)]
pub struct Report {
    /// How many events were read.
    pub events: usize,
    /// How many of them were inputs, each replayed through `step`.
    pub inputs: usize,
    /// How many starts of nodes there were.
    pub starts: usize,
    /// After how many of them something is missing, as after `kill -9`.
    pub gaps: usize,
    /// How often a node began anew with an empty disk.
    pub refills: usize,
    /// How many states replicas have taken in, in place of entries that were gone.
    pub states: usize,
    /// How many events were passed over: those of a replica that took in a state of which no tap says what it held. It is
    /// followed again from its next start on.
    pub skipped: usize,
    /// How many messages only a gap can have sent.
    pub unaccounted: usize,
    /// How often each promise was looked at, in the order of [`PROMISES`].
    pub looked_at: [u64; PROMISES.len()],
    /// The kinds of edges that were seen.
    pub seen: Seen,
    /// How each node's last tap ends.
    pub ends: Vec<(NodeId, Option<End>)>,
    /// How long it took.
    pub took: Duration,
}

impl Report {
    pub(super) fn of(nodes: &[NodeReplay], cluster: &Cluster, unaccounted: usize, took: Duration) -> Report {
        let mut looked_at = [0; PROMISES.len()];
        let mut seen = Seen::default();
        for group in &cluster.groups {
            seen.merge(&group.seen);
            for (sum, more) in looked_at.iter_mut().zip(group.promises.looked_at()) {
                *sum += more;
            }
        }
        let sum = |of: fn(&NodeReplay) -> usize| nodes.iter().map(of).sum();
        Report {
            events: sum(NodeReplay::events),
            inputs: sum(|node| node.inputs),
            starts: sum(|node| node.starts),
            gaps: sum(|node| node.gaps),
            refills: sum(|node| node.refills),
            states: cluster.groups.iter().map(|group| group.states).sum(),
            skipped: sum(|node| node.skipped),
            unaccounted,
            looked_at,
            seen,
            ends: nodes
                .iter()
                .filter(|node| !node.is_absent())
                .map(NodeReplay::end)
                .collect(),
            took,
        }
    }

    /// Events per second.
    pub fn rate(&self) -> f64 {
        self.events as f64 / self.took.as_secs_f64().max(1e-9)
    }

    /// The kinds of edges beside those of the model and those that were replayed.
    pub fn coverage(&self, model: &Seen, replayed: &Seen) -> String {
        let mut text = format!(
            "{:<18} {:>9} {:>9} {:>14} {:>18}\n",
            "kinds of edges", "in model", "replayed", "in production", "and in no replay"
        );
        let mut row = |name: &str, [model, replayed, seen]: [&Seen; 3]| {
            let alone = seen.len() - seen.in_common(replayed);
            text.push_str(&format!(
                "{name:<18} {:>9} {:>9} {:>14} {alone:>18}\n",
                model.len(),
                replayed.len(),
                seen.len()
            ));
        };
        let all = [model, replayed, &self.seen];
        let rows = all.map(Seen::by_kind);
        let mut names: Vec<&String> = rows.iter().flat_map(|rows| rows.keys()).collect();
        names.sort();
        names.dedup();
        let none = Seen::default();
        for name in names {
            row(name, rows.each_ref().map(|rows| rows.get(name).unwrap_or(&none)));
        }
        row("in all", all);
        text
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(
            f,
            "{} events, {} inputs replayed through step, every effect as it should be, in {:.2} s: {:.0} events/s",
            self.events,
            self.inputs,
            self.took.as_secs_f64(),
            self.rate()
        )?;
        writeln!(
            f,
            "{} starts, {} of them with an empty disk; {} taps were cut off, and {} messages came out of what is missing there",
            self.starts, self.refills, self.gaps, self.unaccounted
        )?;
        write!(f, "{} states were taken in; ", self.states)?;
        match self.skipped {
            0 => writeln!(f, "no event was passed over")?,
            skipped => writeln!(
                f,
                "{skipped} events were passed over: a replica took in a state, and no tap says what that held"
            )?,
        }
        for (node, end) in &self.ends {
            match end {
                Some(end) => writeln!(f, "{node}: {end}")?,
                None => writeln!(f, "{node}: cut off")?,
            }
        }
        for ((promise, _), times) in PROMISES.iter().zip(self.looked_at) {
            writeln!(f, "kept: {promise:<42} {times:>9} times")?;
        }
        for (property, why) in NOT_LOOKED_AT {
            writeln!(f, "not looked at: {property}: {why}")?;
        }
        Ok(())
    }
}
