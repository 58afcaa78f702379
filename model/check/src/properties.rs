//! What must hold in every state, one promise a file.

mod any_reads_tell_their_age;
mod applied_agreement;
mod applied_as_specified;
mod awaited_levels_hold;
mod client_answers;
mod compaction_keeps_lineage;
pub(crate) mod deposed_never_acknowledges;
mod election_safety;
mod exactly_once;
mod fate_tells_the_truth;
mod handover_prepared;
mod heard_leader_stays;
mod leader_acks_bounded;
mod leader_acks_durable;
mod leader_completeness;
pub(crate) mod learner_gets_its_entry;
mod linearizable;
mod log_matching;
mod lost_writes_quarantined;
mod monotonic_reads;
mod no_false_done;
mod no_honest_refusal;
mod no_life_cut_short;
mod no_silent_loss;
mod no_write_while_handing_over;
mod one_expiry_at_a_time;
mod only_a_leader_hands_over;
mod outcomes_as_told;
mod pre_vote_foretells;
mod publication_monotonic;
mod quorum_acks_kept;
mod read_your_writes;
mod refilled_counts_late;
mod refilled_never_wins;
mod refilled_votes_late;
mod refusals_change_nothing;
mod steps;
mod time_never_goes_back;
mod why;

use crate::ledger::Ack;
use crate::observe::Observed;
use crate::replica::Replica;
use crate::state::State;
use crate::system::System;
use crate::witnesses;
use katakv_core::{Entry, Index, Log, MemLog, Payload, SessionRead, session_read};
pub(crate) use steps::broken;

/// A promise, as a pure function of a state.
pub struct Property {
    /// What it is called.
    pub name: &'static str,
    /// What it promises.
    pub words: &'static str,
    /// Where it comes from.
    pub source: &'static str,
    /// Whether a state keeps it.
    pub holds: fn(&System, &State) -> bool,
    /// Why a state does not keep it: one sentence that names replicas and entries, without its full stop. `None` if it
    /// does.
    pub why: fn(&System, &State) -> Option<String>,
}

/// Every property.
pub const ALL: &[Property] = &[
    election_safety::PROPERTY,
    log_matching::PROPERTY,
    leader_completeness::PROPERTY,
    applied_agreement::PROPERTY,
    quorum_acks_kept::PROPERTY,
    leader_acks_durable::PROPERTY,
    no_silent_loss::PROPERTY,
    read_your_writes::PROPERTY,
    client_answers::PROPERTY,
    no_honest_refusal::PROPERTY,
    linearizable::PROPERTY,
    leader_acks_bounded::PROPERTY,
    heard_leader_stays::PROPERTY,
    Property::of_steps::<pre_vote_foretells::PreVoteForetells>(),
    compaction_keeps_lineage::PROPERTY,
    applied_as_specified::PROPERTY,
    outcomes_as_told::PROPERTY,
    fate_tells_the_truth::PROPERTY,
    monotonic_reads::PROPERTY,
    Property::of_steps::<handover_prepared::HandoverPrepared>(),
    Property::of_steps::<no_write_while_handing_over::NoWriteWhileHandingOver>(),
    Property::of_steps::<only_a_leader_hands_over::OnlyALeaderHandsOver>(),
    Property::of_steps::<deposed_never_acknowledges::DeposedNeverAcknowledges>(),
    lost_writes_quarantined::PROPERTY,
    Property::of_steps::<refusals_change_nothing::RefusalsChangeNothing>(),
    Property::of_steps::<refilled_votes_late::RefilledVotesLate>(),
    Property::of_steps::<refilled_counts_late::RefilledCountsLate>(),
    refilled_never_wins::PROPERTY,
    Property::of_steps::<learner_gets_its_entry::LearnerGetsItsEntry>(),
    exactly_once::PROPERTY,
    Property::of_steps::<no_false_done::NoFalseDone>(),
    publication_monotonic::PROPERTY,
    any_reads_tell_their_age::PROPERTY,
    awaited_levels_hold::PROPERTY,
    time_never_goes_back::PROPERTY,
    Property::of_steps::<no_life_cut_short::NoLifeCutShort>(),
    one_expiry_at_a_time::PROPERTY,
];

/// The properties that `state` violates, as bits in the order of [`ALL`].
pub(crate) fn violated(system: &System, state: &State) -> u64 {
    ALL.iter().enumerate().fold(0, |bits, (place, property)| {
        bits | u64::from(!(property.holds)(system, state)) << place
    })
}

/// The same, noted with the system, and what witnesses the state shows.
pub(crate) fn observe(system: &System, state: &State) -> u64 {
    let violated = violated(system, state);
    for place in 0..ALL.len() {
        if violated >> place & 1 == 1 {
            Observed::set(&system.observed.violated, place);
        }
    }
    witnesses::observe_state(system, state);
    violated
}

/// The names behind such bits.
pub(crate) fn names(bits: u64) -> Vec<&'static str> {
    let set = |place: usize| bits >> place & 1 == 1;
    ALL.iter()
        .enumerate()
        .filter(|(place, _)| set(*place))
        .map(|(_, property)| property.name)
        .collect()
}

/// Each two replicas, once.
fn pairs(state: &State) -> impl Iterator<Item = (&Replica, &Replica)> {
    [(0, 1), (0, 2), (1, 2)]
        .into_iter()
        .map(|(one, other)| (&*state.replicas[one], &*state.replicas[other]))
}

/// The entry that `log` has at `index`. Of a compacted one, lineage tells whose it was, and the entry is the one that was
/// dropped, if it was theirs.
fn entry_at<'a>(state: &'a State, log: &'a MemLog, index: Index) -> Option<&'a Entry> {
    if index > log.compacted().index {
        return log.entry(index);
    }
    let dropped = state.ledger.dropped.get(index.previous().0 as usize)?;
    (log.epoch_at(index) == Some(dropped.id.epoch)).then_some(dropped)
}

/// Whether two logs tell the same history up to `to`: the same epochs own it, and entries that both can tell of are equal.
fn same_up_to(state: &State, one: &MemLog, other: &MemLog, to: Index) -> bool {
    first_difference(state, one, other, to).is_none()
}

/// The first index, up to `to`, at which two logs do not tell the same.
fn first_difference(state: &State, one: &MemLog, other: &MemLog, to: Index) -> Option<Index> {
    (1..=to.0).map(Index).find(|index| {
        one.epoch_at(*index) != other.epoch_at(*index)
            || entry_at(state, one, *index) != entry_at(state, other, *index)
    })
}

/// Whether `log` holds the very write that was acknowledged: entry and operation.
pub(crate) fn holds_write(system: &System, state: &State, log: &MemLog, ack: &Ack) -> bool {
    entry_at(state, log, ack.at.index)
        .is_some_and(|entry| entry.id == ack.at && is_of(system, &entry.payload, ack))
}

/// Whether an entry asks for what the acknowledged write did.
fn is_of(system: &System, payload: &Payload, ack: &Ack) -> bool {
    payload.ops().iter().any(|op| system.is_op_of(op, ack.write))
}

/// Whether a replica has applied the very write that was acknowledged.
fn has_applied(system: &System, state: &State, replica: &Replica, ack: &Ack) -> bool {
    replica.node().applied().index >= ack.at.index && holds_write(system, state, replica.node().log(), ack)
}

/// The entries that a replica has applied, the dropped ones among them.
fn applied<'a>(state: &'a State, replica: &'a Replica) -> impl Iterator<Item = &'a Entry> {
    let node = replica.node();
    (1..=node.applied().index.0).filter_map(|index| entry_at(state, node.log(), Index(index)))
}

/// What a replica would say to a session whose token is that of `ack`.
fn session_answer(system: &System, replica: &Replica, ack: &Ack) -> SessionRead {
    let node = replica.node();
    session_read(system.rules, node.log(), node.applied(), ack.at)
}
