//! What a validation found.

use super::node::NodeReplay;
use super::promises::{NOT_LOOKED_AT, PROMISES};
use super::{Cluster, Seen, Tap};
use katakv::tap::End;
use serde_json::{Value, json};
use std::collections::BTreeMap;
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
    /// Each tap, and how it ends.
    pub taps: Vec<Tap>,
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
            taps: nodes.iter().flat_map(NodeReplay::taps).collect(),
            took,
        }
    }

    /// The same, for machines.
    pub fn json(&self) -> Value {
        let promises = PROMISES.iter().zip(self.looked_at);
        let promises: BTreeMap<&str, u64> = promises.map(|((_, name), times)| (*name, times)).collect();
        json!({
            "events": self.events,
            "inputs": self.inputs,
            "seconds": self.took.as_secs_f64(),
            "events_per_second": self.rate(),
            "starts": self.starts,
            "refills": self.refills,
            "cut_off": self.gaps,
            "messages_unaccounted_for": self.unaccounted,
            "states": self.states,
            "skipped_events": self.skipped,
            "taps": self.taps,
            "promises_looked_at": promises,
            "properties_not_looked_at": BTreeMap::from(NOT_LOOKED_AT),
        })
    }

    /// Events per second.
    pub fn rate(&self) -> f64 {
        self.events as f64 / self.took.as_secs_f64().max(1e-9)
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
            "{} starts, {} of them with an empty disk; after {} taps something is missing, and {} messages came out of that",
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
        for Tap { file, events, end } in &self.taps {
            match end {
                None => writeln!(f, "{file}: cut off after {events} events")?,
                Some(End::Stopped) => writeln!(f, "{file}: {events} events, until {}", End::Stopped)?,
                // What the node did then is in no tap, and was not looked at.
                Some(end) => writeln!(
                    f,
                    "{file}: {events} events, and no more, though the node went on: {end}"
                )?,
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
