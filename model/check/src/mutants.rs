//! Wrong protocols, one a file. Each overrides one decision, and a property has to notice: what no mutant can
//! kill is not checked.

mod accepts_one_too_many;
mod acknowledge_before_sync;
mod acknowledges_its_last_index;
mod age_of_the_commit;
mod answered_before_outcome;
mod any_read_of_the_log;
mod append_acknowledged_before_sync;
mod append_without_prev_check;
mod asks_when_told;
mod await_by_index;
mod await_downgraded;
mod await_lost_from_log;
mod commit_beyond_match;
mod commit_on_one_copy;
mod compacted_never_sent;
mod compacts_unapplied;
mod conflicts_not_remembered;
mod count_older_epochs;
mod damage_is_a_torn_tail;
mod early_vote_request;
mod empty_disk_is_a_member;
mod epoch_not_persisted;
mod expires_early;
mod expiries_pile_up;
mod fate_committed_from_log;
mod fate_only_higher_truncates;
mod fate_truncated_from_log;
mod forget_vote_on_restart;
mod gate_never_opens;
mod hopeless_pre_vote;
mod idle_is_silent;
mod joins_when_appended;
mod last_publication_wins;
mod late_word_obeyed;
mod leader_acks_unbounded;
mod learner_acknowledges;
mod learner_answers_any;
mod learner_campaigns;
mod learner_confirms;
mod learner_is_counted;
mod learner_votes;
mod life_from_own_clock;
mod life_from_the_log;
mod lineage_forgotten;
mod lower_epoch_heard;
mod never_gives_up;
mod never_steps_down;
mod no_lineage_check;
mod no_token_check;
mod own_copy_unsynced;
mod pre_vote_against_a_leader;
mod pre_vote_to_the_fresher_only;
mod quarantine_forgotten_at_restart;
mod quarantine_passed_by_a_state;
mod quarantine_without_deletes;
mod question_leaves_the_epoch;
mod reads_before_barrier;
mod reads_join_a_round;
mod reads_leave_the_token;
mod reads_unapplied;
mod reads_without_round;
mod results_forgotten_early;
mod retries_before_barrier;
mod router_never_corrected;
mod snapshot_always_installed;
mod snapshot_before_sync;
mod snapshot_epoch_unchecked;
mod snapshot_without_clients;
mod snapshot_without_deadlines;
mod stale_append_truncates;
mod state_taken_for_the_compacted;
mod time_before_barrier;
mod told_before_it_has_all;
mod told_of_own_epoch;
mod transaction_in_part;
mod truncation_keeps_durable;
mod two_votes_an_epoch;
mod unapplied_not_looked_at;
mod unknown_client_served;
mod version_is_index;
mod vote_not_persisted;
mod vote_told_before_sync;
mod vote_without_freshness;
mod window_blocks_probe;
mod writes_while_handing_over;

use crate::recovery;
use crate::replica::DynRules;

/// A wrong protocol.
pub struct Mutant {
    /// What it is called on the command line.
    pub name: &'static str,
    /// What it does wrong.
    pub words: &'static str,
    /// Where the right way comes from, or who has got it wrong.
    pub source: &'static str,
    /// The scope that it is hunted in.
    pub scope: &'static str,
    /// Its rules.
    pub rules: &'static DynRules,
    /// What must give it away.
    pub killed_by: Killer,
    /// Properties that it must be seen to violate elsewhere in its scope, farther away.
    pub also: &'static [&'static str],
}

/// What gives a mutant away.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Killer {
    /// A property that is violated at the end of the shortest counterexample.
    Property(&'static str),
    /// A witness that is missing although every state of the scope was seen: it breaks nothing but gets nothing
    /// done.
    Witness(&'static str),
    /// A state from which the replicas do not find together again, although every property holds and every witness is seen.
    Stuck,
}

impl Killer {
    /// The name of the property or the witness, or what getting stuck is called.
    pub fn name(&self) -> &'static str {
        match self {
            Killer::Property(name) | Killer::Witness(name) => name,
            Killer::Stuck => recovery::NAME,
        }
    }
}

/// Every mutant.
pub const ALL: &[Mutant] = &[
    acknowledge_before_sync::MUTANT,
    append_acknowledged_before_sync::MUTANT,
    own_copy_unsynced::MUTANT,
    commit_on_one_copy::MUTANT,
    count_older_epochs::MUTANT,
    vote_without_freshness::MUTANT,
    two_votes_an_epoch::MUTANT,
    vote_not_persisted::MUTANT,
    vote_told_before_sync::MUTANT,
    forget_vote_on_restart::MUTANT,
    early_vote_request::MUTANT,
    epoch_not_persisted::MUTANT,
    lower_epoch_heard::MUTANT,
    append_without_prev_check::MUTANT,
    stale_append_truncates::MUTANT,
    acknowledges_its_last_index::MUTANT,
    commit_beyond_match::MUTANT,
    truncation_keeps_durable::MUTANT,
    no_token_check::MUTANT,
    no_lineage_check::MUTANT,
    window_blocks_probe::MUTANT,
    gate_never_opens::MUTANT,
    leader_acks_unbounded::MUTANT,
    pre_vote_against_a_leader::MUTANT,
    hopeless_pre_vote::MUTANT,
    pre_vote_to_the_fresher_only::MUTANT,
    never_steps_down::MUTANT,
    idle_is_silent::MUTANT,
    lineage_forgotten::MUTANT,
    compacts_unapplied::MUTANT,
    compacted_never_sent::MUTANT,
    snapshot_epoch_unchecked::MUTANT,
    snapshot_always_installed::MUTANT,
    snapshot_before_sync::MUTANT,
    answered_before_outcome::MUTANT,
    transaction_in_part::MUTANT,
    version_is_index::MUTANT,
    fate_only_higher_truncates::MUTANT,
    fate_truncated_from_log::MUTANT,
    fate_committed_from_log::MUTANT,
    reads_before_barrier::MUTANT,
    reads_without_round::MUTANT,
    reads_join_a_round::MUTANT,
    reads_unapplied::MUTANT,
    reads_leave_the_token::MUTANT,
    told_before_it_has_all::MUTANT,
    writes_while_handing_over::MUTANT,
    never_gives_up::MUTANT,
    asks_when_told::MUTANT,
    late_word_obeyed::MUTANT,
    quarantine_without_deletes::MUTANT,
    quarantine_forgotten_at_restart::MUTANT,
    quarantine_passed_by_a_state::MUTANT,
    accepts_one_too_many::MUTANT,
    question_leaves_the_epoch::MUTANT,
    learner_votes::MUTANT,
    learner_campaigns::MUTANT,
    learner_acknowledges::MUTANT,
    learner_confirms::MUTANT,
    learner_is_counted::MUTANT,
    joins_when_appended::MUTANT,
    state_taken_for_the_compacted::MUTANT,
    empty_disk_is_a_member::MUTANT,
    damage_is_a_torn_tail::MUTANT,
    retries_before_barrier::MUTANT,
    unapplied_not_looked_at::MUTANT,
    unknown_client_served::MUTANT,
    results_forgotten_early::MUTANT,
    conflicts_not_remembered::MUTANT,
    snapshot_without_clients::MUTANT,
    told_of_own_epoch::MUTANT,
    last_publication_wins::MUTANT,
    router_never_corrected::MUTANT,
    age_of_the_commit::MUTANT,
    any_read_of_the_log::MUTANT,
    await_by_index::MUTANT,
    await_lost_from_log::MUTANT,
    await_downgraded::MUTANT,
    learner_answers_any::MUTANT,
    life_from_own_clock::MUTANT,
    life_from_the_log::MUTANT,
    expires_early::MUTANT,
    time_before_barrier::MUTANT,
    expiries_pile_up::MUTANT,
    snapshot_without_deadlines::MUTANT,
];

/// The mutant called `name`.
pub fn find(name: &str) -> Option<&'static Mutant> {
    ALL.iter().find(|mutant| mutant.name == name)
}
