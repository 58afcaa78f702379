//! Promises about steps. The step that breaks one is noted in the ledger, where the property of the same name finds it: so
//! searches and traces need to know of states alone.

use super::{
    Property, deposed_never_acknowledges, handover_prepared, learner_gets_its_entry, no_false_done,
    no_life_cut_short, no_write_while_handing_over, only_a_leader_hands_over, pre_vote_foretells,
    publication_monotonic, refilled_counts_late, refilled_votes_late, refusals_change_nothing,
};
use crate::state::State;
use crate::system::System;
use crate::witnesses::Step;

/// A promise about a step; the constants are those of its property.
pub(crate) trait StepPromise {
    /// [`Property::name`].
    const NAME: &str;
    /// [`Property::words`].
    const WORDS: &str;
    /// [`Property::source`].
    const SOURCE: &str;
    /// What has happened when it is broken: one sentence without its full stop.
    const BROKEN: &str;

    /// Whether a step keeps it.
    fn kept(system: &System, step: &Step<'_>) -> bool;
}

type Kept = fn(&System, &Step<'_>) -> bool;

/// Every promise about a step, by its name.
const OF_STEPS: &[(&str, Kept)] = &[
    named::<pre_vote_foretells::PreVoteForetells>(),
    named::<handover_prepared::HandoverPrepared>(),
    named::<no_write_while_handing_over::NoWriteWhileHandingOver>(),
    named::<only_a_leader_hands_over::OnlyALeaderHandsOver>(),
    named::<deposed_never_acknowledges::DeposedNeverAcknowledges>(),
    named::<refusals_change_nothing::RefusalsChangeNothing>(),
    named::<refilled_votes_late::RefilledVotesLate>(),
    named::<refilled_counts_late::RefilledCountsLate>(),
    named::<learner_gets_its_entry::LearnerGetsItsEntry>(),
    named::<no_false_done::NoFalseDone>(),
    named::<publication_monotonic::PublicationMonotonic>(),
    named::<no_life_cut_short::NoLifeCutShort>(),
];

const fn named<P: StepPromise>() -> (&'static str, Kept) {
    (P::NAME, P::kept)
}

/// The promises that a step breaks, as bits in the order of [`OF_STEPS`].
pub(crate) fn broken(system: &System, step: &Step<'_>) -> u16 {
    OF_STEPS.iter().enumerate().fold(0, |bits, (place, (_, kept))| {
        bits | u16::from(!kept(system, step)) << place
    })
}

/// Whether no step on the way to `state` has broken the promise.
pub(super) fn kept_so_far<P: StepPromise>(state: &State) -> bool {
    let place = OF_STEPS.iter().position(|(name, _)| *name == P::NAME);
    state.ledger.broken >> place.expect("it is in the list") & 1 == 0
}

impl Property {
    /// The property that no step has broken the promise.
    pub(super) const fn of_steps<P: StepPromise>() -> Property {
        Property {
            name: P::NAME,
            words: P::WORDS,
            source: P::SOURCE,
            holds: |_, state| kept_so_far::<P>(state),
            why: |_, state| (!kept_so_far::<P>(state)).then(|| P::BROKEN.into()),
        }
    }
}
