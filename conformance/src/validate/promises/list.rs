//! Which of the model's properties are looked at over a record, and which cannot be.

use std::fmt;

/// A promise, by its place among [`PROMISES`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(
    missing_docs,
    reason = "the model's property of the same name says what it promises"
)]
pub enum Promise {
    ElectionSafety,
    LogMatching,
    LeaderCompleteness,
    AppliedAgreement,
    QuorumAcksKept,
    LeaderAcksDurable,
    ReadYourWrites,
    NoSilentLoss,
    FateTellsTheTruth,
    Linearizable,
    DeposedNeverAcknowledges,
    LeaderAcksBounded,
    LostWritesQuarantined,
    AnyReadsTellTheirAge,
    AppliedAsSpecified,
    OutcomesAsTold,
    ExactlyOnce,
    NoFalseDone,
    CompactionKeepsLineage,
    NoHonestRefusal,
    RefusalsChangeNothing,
    HandoverPrepared,
    NoWriteWhileHandingOver,
    OnlyALeaderHandsOver,
    RefilledVotesLate,
    RefilledCountsLate,
    RefilledNeverWins,
    AwaitedLevelsHold,
    TimeNeverGoesBack,
    OneExpiryAtATime,
}

/// Every promise that is looked at, in order, by the name of the model's property.
pub const PROMISES: [(Promise, &str); 30] = [
    (Promise::ElectionSafety, "election safety"),
    (Promise::LogMatching, "log matching"),
    (Promise::LeaderCompleteness, "leader completeness"),
    (Promise::AppliedAgreement, "applied agreement"),
    (Promise::QuorumAcksKept, "quorum acknowledgements kept"),
    (Promise::LeaderAcksDurable, "leader acknowledgements durable"),
    (Promise::ReadYourWrites, "read your writes"),
    (Promise::NoSilentLoss, "no silent loss"),
    (Promise::FateTellsTheTruth, "fate tells the truth"),
    (Promise::Linearizable, "linearizable"),
    (
        Promise::DeposedNeverAcknowledges,
        "a deposed leader acknowledges nothing lost",
    ),
    (Promise::LeaderAcksBounded, "leader acknowledgements bounded"),
    (Promise::LostWritesQuarantined, "lost writes are in quarantine"),
    (Promise::AnyReadsTellTheirAge, "any reads tell their age"),
    (Promise::AppliedAsSpecified, "applied as specified"),
    (Promise::OutcomesAsTold, "outcomes as told"),
    (Promise::ExactlyOnce, "exactly once"),
    (Promise::NoFalseDone, "no false already done"),
    (Promise::CompactionKeepsLineage, "compaction keeps the lineage"),
    (Promise::NoHonestRefusal, "no honest refusal"),
    (Promise::RefusalsChangeNothing, "refusals change nothing"),
    (Promise::HandoverPrepared, "a hand-over is prepared"),
    (Promise::NoWriteWhileHandingOver, "no write while handing over"),
    (Promise::OnlyALeaderHandsOver, "only the leader hands over"),
    (Promise::RefilledVotesLate, "a refilled replica never votes early"),
    (
        Promise::RefilledCountsLate,
        "a refilled replica is not counted early",
    ),
    (Promise::RefilledNeverWins, "a damaged replica never wins"),
    (Promise::AwaitedLevelsHold, "awaited levels hold"),
    (Promise::TimeNeverGoesBack, "time never goes back"),
    (Promise::OneExpiryAtATime, "one expiry at a time"),
];

/// The model's other properties, by name, and why a record does not show whether they hold.
pub const NOT_LOOKED_AT: [(&str, &str); 7] = [
    ("client answers", "what a client makes of an answer is in no tap"),
    (
        "monotonic reads",
        "a request carries a token and not whose it is: `read your writes` holds each answer against it",
    ),
    (
        "a heard leader stays",
        "whether somebody had a reason to doubt is a matter of time, and a tap has no clock",
    ),
    (
        "a pre-vote foretells the vote",
        "it speaks of a step that was not taken, from a state that would have to be copied",
    ),
    (
        "a learner gets its entry",
        "it compares what a leader hears with what the learner's log is at that moment, and no two taps have a moment in common",
    ),
    (
        "publication is monotonic",
        "routers and clients, who hear of elections, leave no tap",
    ),
    (
        "no life is cut short",
        "the entry of a write says from when on it counts, and not what the clock showed that its leader had then",
    ),
];

impl fmt::Display for Promise {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(PROMISES[*self as usize].1)
    }
}

/// A promise that the cluster has broken.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("broken: {promise}: {how}")]
pub struct Broken {
    /// Which.
    pub promise: Promise,
    /// How.
    pub how: String,
}

/// How often each promise was looked at.
#[derive(Clone, Debug, Default)]
pub(in crate::validate) struct Looked(pub(in crate::validate) [u64; PROMISES.len()]);

impl Looked {
    pub(in crate::validate) fn keep(
        &mut self,
        promise: Promise,
        kept: bool,
        how: impl FnOnce() -> String,
    ) -> Result<(), Broken> {
        self.0[promise as usize] += 1;
        if kept {
            return Ok(());
        }
        Err(Broken { promise, how: how() })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use katakv_model::properties;
    use std::collections::BTreeSet;

    /// Whatever the model promises is looked at, or it is said why not; and in this order.
    #[test]
    fn every_property_of_the_model_is_in_one_of_the_lists() {
        let looked_at = PROMISES.iter().map(|(_, name)| *name);
        let known: BTreeSet<&str> = looked_at.chain(NOT_LOOKED_AT.map(|(name, _)| name)).collect();
        let all: BTreeSet<&str> = properties::ALL.iter().map(|property| property.name).collect();
        assert_eq!(known, all);
        for (place, (promise, _)) in PROMISES.iter().enumerate() {
            assert_eq!(*promise as usize, place);
        }
    }
}
