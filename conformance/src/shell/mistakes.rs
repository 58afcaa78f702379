//! The mistakes: what each is, and whose tests are about the part that it is in.

/// A mistake in the shell.
#[derive(Debug)]
pub struct Mistake {
    /// Its name in `sabotaged!`.
    pub name: &'static str,
    /// What is done wrong.
    pub words: &'static str,
    /// Which of `katakv`'s tests are about that part.
    pub suite: &'static str,
}

const fn mistake(name: &'static str, words: &'static str, suite: &'static str) -> Mistake {
    Mistake { name, words, suite }
}

/// Every suite that is named below.
pub(super) const SUITES: [&str; 10] = [
    "wal::",
    "driver::",
    "log::",
    "store::",
    "parked::",
    "timers::",
    "requests::",
    "session::",
    "writes::",
    "router::",
];

/// Every mistake.
pub const ALL: &[Mistake] = &[
    mistake(
        "wal-partition-shifted",
        "a record is put down under the next partition",
        "wal::",
    ),
    mistake(
        "wal-checksum-ignored",
        "a torn record is taken for a whole one",
        "wal::",
    ),
    mistake(
        "wal-header-not-covered",
        "the checksum covers the payload alone",
        "wal::",
    ),
    mistake(
        "wal-failed-sync-retried",
        "after a failed sync the log goes on",
        "wal::",
    ),
    mistake(
        "wal-purges-too-far",
        "a purge takes the segment of the checkpoint along",
        "wal::",
    ),
    mistake(
        "wal-testifies-to-nothing",
        "no record says that those before it were synced",
        "wal::",
    ),
    mistake(
        "wal-rotates-unsynced",
        "the next segment begins before the last is synced",
        "wal::",
    ),
    mistake(
        "wal-damage-taken-for-a-tear",
        "damage of what was synced is cut like a torn tail",
        "wal::",
    ),
    mistake(
        "wal-tear-left-there",
        "what is torn is passed over and left in the file",
        "wal::",
    ),
    mistake(
        "wal-group-reversed",
        "the records of a group are appended in reverse",
        "wal::",
    ),
    mistake(
        "wal-sync-reported-early",
        "a group is reported as synced before it is",
        "wal::",
    ),
    mistake(
        "wal-sync-error-lost",
        "a failed sync is reported as a good one",
        "wal::",
    ),
    mistake(
        "stale-cached-vote",
        "recovery keeps the first vote that it finds",
        "driver::",
    ),
    mistake(
        "messages-not-looked-at",
        "a peer's message is not asked whether it is honest",
        "driver::",
    ),
    mistake(
        "codec-fields-swapped",
        "epoch and index change places on their way out",
        "driver::",
    ),
    mistake(
        "record-without-vote",
        "the vote is left out of the record",
        "driver::",
    ),
    mistake(
        "record-without-epoch",
        "a record with entries leaves out the epoch",
        "driver::",
    ),
    mistake(
        "snapshot-without-lineage",
        "a state travels without whose entries it stands for",
        "driver::",
    ),
    mistake(
        "commit-index-overstated",
        "an append claims one more entry to be committed",
        "driver::",
    ),
    mistake(
        "lineage-not-truncated",
        "a truncated entry's epoch is remembered as an owner",
        "log::",
    ),
    mistake(
        "store-drops-second-change",
        "of a transaction's changes one is applied",
        "store::",
    ),
    mistake(
        "store-reads-past-overlay",
        "a read misses what is not in the engine yet",
        "store::",
    ),
    mistake(
        "store-keeps-a-deadline",
        "a key that is put for good goes when it was to go before",
        "store::",
    ),
    mistake("heartbeat-not-armed", "a leader's timer is not armed", "timers::"),
    mistake(
        "timer-fires-as-another",
        "a heartbeat's timer fires as an election's",
        "timers::",
    ),
    mistake(
        "records-of-a-turn-reversed",
        "the records of a turn go to the log in reverse",
        "driver::",
    ),
    mistake(
        "messages-of-a-turn-reversed",
        "the messages of a turn go to the link in reverse",
        "driver::",
    ),
    mistake(
        "messages-to-the-wrong-peer",
        "messages go to the other peer's link",
        "driver::",
    ),
    mistake(
        "only-one-peer-served",
        "one of two followers gets no messages",
        "driver::",
    ),
    mistake(
        "acknowledgement-names-another-entry",
        "a client is told the next entry's id",
        "writes::",
    ),
    mistake(
        "message-under-another-partition",
        "a message goes out as one of the next partition",
        "driver::",
    ),
    mistake(
        "honest-append-refused",
        "an append of more than one entry is taken for too long",
        "driver::",
    ),
    mistake(
        "timer-not-armed-after-a-restart",
        "a replica that comes back waits for no leader",
        "driver::",
    ),
    mistake(
        "sync-counted-twice",
        "one more record is taken for synced than was reported",
        "driver::",
    ),
    mistake(
        "request-presented-twice",
        "the first request of a batch is in it twice",
        "requests::",
    ),
    mistake(
        "parked-through-an-epoch",
        "a read that waits is not looked at when the epoch changes",
        "parked::",
    ),
    mistake(
        "token-truncated",
        "a printed token names one partition at most",
        "session::",
    ),
    mistake(
        "token-goes-back",
        "an older answer takes the session back",
        "session::",
    ),
    mistake(
        "token-forgets-a-doubt",
        "a write in a later epoch hides one that may be lost",
        "session::",
    ),
    mistake(
        "router-cache-not-corrected",
        "who is told of another leader goes on asking the old one",
        "router::",
    ),
];
