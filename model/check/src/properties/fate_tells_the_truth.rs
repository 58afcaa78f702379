//! What became of a write is told alike by all, for ever. Evaluated for every entry that is in some log, or was, and for
//! every acknowledged one, at every replica.

use super::Property;
use crate::replica::Replica;
use crate::state::State;
use crate::system::System;
use katakv_core::{AckLevel, EntryId, Fate, Log, MemLog, fate};

pub(super) const PROPERTY: Property = Property {
    name: "fate tells the truth",
    words: "committed is said of what is in the committed log; truncated of what was not acknowledged at quorum or all, \
            and of which whoever holds it can win no election; unknown of nothing that the replica's own committed log \
            decides",
    source: "the meaning of a fate; Raft §5.4.1 for who can win",
    holds,
    why,
};

fn holds(system: &System, state: &State) -> bool {
    entries(state).all(|id| is_told_truly(system, state, id))
}

/// Every entry that is in some log, in memory or on a disk, or that some log has dropped, and every acknowledged one.
fn entries(state: &State) -> impl Iterator<Item = EntryId> {
    let in_memory = state.replicas.each_ref().map(|replica| replica.node().log());
    let on_disks = state.replicas.each_ref().map(|replica| replica.disk().log());
    let logs = in_memory.into_iter().chain(on_disks).enumerate();
    let in_logs = logs.flat_map(move |(place, log)| {
        let earlier = in_memory.into_iter().chain(on_disks).take(place);
        // What an earlier one lists is looked at already; what it knows by its lineage alone is not.
        let is_new = move |id: &EntryId| !earlier.clone().any(|earlier| lists(earlier, *id));
        log.all().iter().map(|entry| entry.id).filter(is_new)
    });
    let dropped = state.ledger.dropped.iter().map(|entry| entry.id);
    in_logs
        .chain(dropped)
        .chain(state.ledger.acks.iter().map(|ack| ack.at))
}

fn is_told_truly(system: &System, state: &State, id: EntryId) -> bool {
    state
        .replicas
        .iter()
        .all(|replica| tells_truly(system, state, replica, id))
}

fn tells_truly(system: &System, state: &State, replica: &Replica, id: EntryId) -> bool {
    let applied = replica.node().applied();
    match fate(system.rules, replica.node().log(), applied, id) {
        // That it stays committed is what the properties about leaders promise; here, that it is.
        Fate::Committed => in_memory(replica, id) && id.index <= replica.node().commit(),
        Fate::Truncated => !is_promised(state, id) && nobody_can_commit(state, id),
        Fate::Unknown => applied.index < id.index && applied.epoch <= id.epoch,
    }
}

/// Whether clients were told that every later leader has it.
fn is_promised(state: &State, id: EntryId) -> bool {
    let acks = &state.ledger.acks;
    acks.iter()
        .any(|ack| ack.at == id && ack.level != AckLevel::Leader)
}

/// Whoever holds the entry gets no vote, whatever survives of him: the disks of both others are fresher than all he has,
/// or lost. Nor does he campaign if his own is.
fn nobody_can_commit(state: &State, id: EntryId) -> bool {
    let lacks = |replica: &Replica| state.ledger.lacks(replica.node().id());
    state.replicas.iter().all(|holder| {
        let last = match (in_memory(holder, id), on_disk(holder, id)) {
            (true, _) => holder.node().log().last(),
            (false, true) => holder.disk().log().last(),
            (false, false) => return true,
        };
        let others = state
            .replicas
            .iter()
            .filter(|other| other.node().id() != holder.node().id());
        let refuses = |other: &Replica| lacks(other) || other.disk().log().last() > last;
        lacks(holder) || others.into_iter().all(|other| refuses(other))
    })
}

fn lists(log: &MemLog, id: EntryId) -> bool {
    log.entry(id.index).is_some_and(|entry| entry.id == id)
}

fn in_memory(replica: &Replica, id: EntryId) -> bool {
    replica.node().log().epoch_at(id.index) == Some(id.epoch)
}

fn on_disk(replica: &Replica, id: EntryId) -> bool {
    replica.disk().log().epoch_at(id.index) == Some(id.epoch)
}

fn why(system: &System, state: &State) -> Option<String> {
    entries(state).find_map(|id| {
        let liar = state
            .replicas
            .iter()
            .find(|replica| !tells_truly(system, state, replica, id))?;
        let node = liar.node();
        let fate = fate(system.rules, node.log(), node.applied(), id);
        let but = match fate {
            Fate::Committed => "which is not in its committed log",
            Fate::Truncated if is_promised(state, id) => "which was acknowledged as kept for good",
            Fate::Truncated => "but who holds it can still be elected and commit it",
            Fate::Unknown => "although its own committed log decides it",
        };
        Some(format!(
            "{} says that the fate of {id} is {fate}, {but}",
            node.id()
        ))
    })
}
