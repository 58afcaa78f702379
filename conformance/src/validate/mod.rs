//! Machine to model: what real nodes recorded, replayed through `step` and held against the protocol's promises.
//!
//! Nothing is searched. Each node's tap says what it was given; `step` says what it then had to do, and the tap what it did.
//! One pass, linear in the length of the record:
//!
//! - `node.rs` replays a node's tap and `lane.rs` each of its replicas; `due.rs` compares every effect, `back.rs` what a
//!   restart came back with, `store.rs` knows what a state holds that goes from one replica to another;
//! - `mail.rs` holds what was sent: nobody receives what its sender has not sent before. This is also what puts the
//!   taps, which know no common clock, into one order: a node waits until its peer has said what it hears;
//! - `promises` looks at the cluster that comes of it, after each step of it;
//! - `shape.rs` tells what kind of edge of the model a step is, `seen.rs` which of them were seen.
//!
//! A tap that was cut off by `kill -9` has a gap before the next start: what left the node there was recorded by nobody. A
//! message that only such a gap can have sent is accepted, and counted.

mod back;
mod due;
mod fault;
mod feed;
mod group;
mod lane;
mod mail;
mod node;
mod place;
mod promises;
mod report;
mod seen;
mod shape;
mod store;

pub use fault::Fault;
pub use feed::Tap;
pub use promises::{Broken, NOT_LOOKED_AT, PROMISES, Promise};
pub use report::Report;
pub use seen::{NOT_MAPPED, Row, Seen, render, rows, sum};

use group::Group;
use katakv::placement::NODES_MAX;
use katakv::tap::TapError;
use katakv_core::{NodeId, Partition};
use mail::{Letter, Mail};
use node::NodeReplay;
use std::path::{Path, PathBuf};
use std::time::Instant;

/// The record of a cluster is not one of nodes that keep to the protocol.
#[derive(Debug, thiserror::Error)]
#[error("{node}, {}, event {event}: {fault}", file.display())]
pub struct Rejection {
    /// Whose tap.
    pub node: NodeId,
    /// Which of its files.
    pub file: PathBuf,
    /// Which event in it, counted from 0.
    pub event: usize,
    /// What is wrong there.
    pub fault: Fault,
}

/// Why there is no report.
#[derive(Debug, thiserror::Error)]
pub enum ValidateError {
    /// The record is wrong.
    #[error(transparent)]
    Rejected(#[from] Box<Rejection>),
    /// It cannot be read.
    #[error(transparent)]
    Tap(#[from] TapError),
    /// There is nothing to validate. Name the directory that `--record` was given.
    #[error("{}: no node has recorded anything here", .0.display())]
    Nothing(PathBuf),
}

/// What all nodes share.
struct Cluster {
    mail: Mail,
    /// One for each partition.
    groups: Vec<Group>,
}

impl Cluster {
    fn group(&mut self, partition: Partition) -> Result<&mut Group, Fault> {
        let group = self.groups.get_mut(usize::from(partition.0));
        group.ok_or(Fault::OutOfPlace("there is no such partition"))
    }
}

/// Validates the taps of the nodes in `dir`: three, or more that hold three replicas of each partition.
///
/// # Errors
/// [`ValidateError::Rejected`] at the first event that does not fit.
pub fn validate(dir: &Path) -> Result<Report, ValidateError> {
    let started = Instant::now();
    let mut cluster = Cluster {
        mail: Mail::default(),
        groups: group::all(),
    };
    let mut nodes = Vec::new();
    for id in (0..NODES_MAX as u8).map(NodeId) {
        nodes.push(NodeReplay::open(dir, id)?);
    }
    let Some(last) = nodes.iter().rposition(|node| !node.is_absent()) else {
        return Err(ValidateError::Nothing(dir.to_owned()));
    };
    nodes.truncate(last + 1);
    let ids = (0..=last as u8).map(NodeId);
    let mut unaccounted = 0;
    // Read once, and only if it is needed.
    let mut recorded: Option<Mail> = None;
    loop {
        let mut moved = false;
        for node in &mut nodes {
            moved |= node.run(&mut cluster)?;
        }
        if moved {
            continue;
        }
        // Everybody waits.
        let waiting: Vec<(usize, Letter)> = nodes
            .iter()
            .enumerate()
            .filter_map(|(place, node)| Some((place, node.waits_for()?)))
            .collect();
        if recorded.is_none() && !waiting.is_empty() {
            recorded = Some(mail::all(dir, ids.clone())?);
        }
        let is_recorded = |letter: &Letter| recorded.as_ref().is_some_and(|all| all.has(letter));
        let since_gap = |letter: &Letter| nodes.get(usize::from(letter.from.0))?.may_have_said_more();
        let may_be_lost = |letter: &Letter| since_gap(letter).is_some();
        let first =
            |is_it: &dyn Fn(&Letter) -> bool| waiting.iter().find(|(_, letter)| is_it(letter)).copied();
        // What nobody recorded was sent in a gap: it is heard before its sender comes back. The others may only wait for who
        // waits for that.
        let lost = first(&|letter| may_be_lost(letter) && !is_recorded(letter));
        // A process that died has said all it ever will say: go on with its next start.
        if lost.is_none()
            && let Some(place) = nodes.iter().position(NodeReplay::at_gap)
        {
            nodes[place].pass_gap();
            continue;
        }
        // What was sent in a gap may have been said again later. Then it was most likely the gap that is the last one: to take
        // another message for it would let its receiver run ahead of what is still to come.
        let repeated = || {
            let may = waiting.iter().filter(|(_, letter)| may_be_lost(letter));
            may.min_by_key(|(_, letter)| since_gap(letter)).copied()
        };
        if let Some((place, letter)) = lost.or_else(repeated) {
            let group = cluster.group(letter.partition);
            group
                .map_err(|fault| nodes[place].rejection(fault))?
                .is_unsure_of(letter.from, letter.to);
            nodes[place].accept_unaccounted();
            unaccounted += 1;
            continue;
        }
        if let Some((place, _)) = first(&|letter| !is_recorded(letter)) {
            return Err(nodes[place].rejection(Fault::NeverSent).into());
        }
        match waiting.first() {
            Some((place, _)) => return Err(nodes[*place].rejection(Fault::SentLater).into()),
            None => break,
        }
    }
    for node in &nodes {
        node.finish(&mut cluster)?;
    }
    Ok(Report::of(&nodes, &cluster, unaccounted, started.elapsed()))
}
