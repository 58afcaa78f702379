//! The protocol, told in stories: each file of `tests/scripts` is one rule, its commands and what came of them.
//!
//! A story is read from top to bottom. `→` is a message that arrives, `=>` what has changed in the replica, `persist`
//! a record that is appended (not yet durable), `in the gate` what waits for the disk. After a change of the protocol,
//! `UPDATE_GOLDENFILES=1 cargo test -p katakv-core` tells the stories anew: read the difference.

mod cluster;
mod golden {
    mod arguments;
    mod commands;
    mod forged;
    pub mod runner;
    pub mod words;
}

use golden::runner::Runner;

/// One test for each story.
macro_rules! stories {
    ($($name:ident)*) => {
        $(
            #[test]
            fn $name() {
                let path = concat!("tests/scripts/", stringify!($name));
                goldenscript::run(&mut Runner::default(), path).unwrap();
            }
        )*

        #[test]
        fn every_story_is_told() {
            let mut told = vec![$(stringify!($name).to_string()),*];
            told.sort();
            let entries = std::fs::read_dir("tests/scripts").unwrap();
            let mut written: Vec<String> = entries
                .map(|entry| entry.unwrap().file_name().into_string().unwrap())
                .collect();
            written.sort();
            assert_eq!(told, written);
        }
    };
}

stories! {
    admits
    any_reads
    awaited
    barrier
    batch
    busy
    busy_with_a_follower_down
    busy_with_a_slow_disk
    client_forgotten
    client_outstanding
    clients_in_a_snapshot
    commit
    commit_figure_8
    commit_without_the_leaders_disk
    compaction
    delete
    election
    election_epoch_before_index
    election_freshness
    election_late_messages
    election_lost_to_a_leader
    election_one_vote
    election_own_vote_is_lost
    expiry
    expiry_in_a_snapshot
    expiry_in_pieces
    expiry_of_a_changed_key
    expiry_of_a_retry
    expiry_truncated
    expiry_under_a_slow_clock
    expiry_waits
    fate
    gate
    leader_acks_bounded
    leader_cut_off
    levels
    pre_vote
    pre_vote_freshness
    pre_vote_late_grant
    pre_vote_of_a_former_leader
    pre_vote_of_one_that_returns
    pre_vote_one_epoch_ahead
    quarantine
    quarantine_after_a_crash
    quarantine_for_a_state
    quorum_heard_by_confirmations
    quorum_lost
    reads_busy
    reads_confirmed
    reads_deposed
    reads_late_confirmation
    reads_lost_round
    recovery
    recovery_of_a_leader
    refill
    refill_counts_for_nothing
    refill_forgets_its_leader
    refill_keeps_the_commit
    refill_late_acknowledgement
    refill_of_a_leader
    refill_past_its_entry
    refill_past_its_entry_in_a_newer_state
    refill_twice
    replication_divergence
    replication_hint_beyond
    replication_late_rejection
    replication_long_absence
    replication_lost_span
    replication_pipeline
    replication_rejection
    replication_restarted_follower
    retry_after_a_failover
    retry_after_truncation
    retry_of_a_conflict
    retry_of_an_applied_write
    retry_of_an_unapplied_write
    retry_pipelined
    scan
    session_lost
    session_reads
    snapshot
    snapshot_tells_who_leads
    snapshot_lost_with_the_power
    snapshot_meets_another_log
    step_down
    transaction
    transaction_of_a_truncated_version
    transfer
    transfer_catches_up
    transfer_gives_up
    transfer_late
    transfer_refused
    truncation
    truncation_in_flight
    truncation_with_a_commit
}
