//! The ways that a step can go, by name: so that a checker can say which of them it has seen, and which it has not.
//!
//! Each arm of a match and each early return tells [`Rules::took`](crate::Rules::took) which one it is, and so do
//! the other forks whose sides a reader would tell apart. Only a checker's rules listen; elsewhere nothing is left of it. `tests/branches.rs`
//! finds the arm that has no name, and the name that no arm has.
//!
//! What a step is given is named by matches over all of its kinds, so a new kind of input, message or request does not compile
//! without a name.

use crate::{Input, Message, RequestBody, Timer};

/// Declares the branches, their list and their words.
macro_rules! branches {
    ($($(#[doc = $words:literal])* $branch:ident,)*) => {
        /// A way that a step can go.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Branch {
            $($(#[doc = $words])* $branch,)*
        }

        impl Branch {
            /// Every branch, in the order of the enum.
            pub const ALL: &[Branch] = &[$(Branch::$branch),*];

            /// What it is called.
            pub fn name(self) -> &'static str {
                match self {
                    $(Branch::$branch => stringify!($branch),)*
                }
            }

            /// What happens there.
            pub fn words(self) -> &'static str {
                match self {
                    $(Branch::$branch => concat!($($words),*).trim_ascii(),)*
                }
            }
        }
    };
}

branches! {
    // What a step is given.
    /// A peer's message arrives.
    InputReceive,
    /// The election timer fires.
    InputElectionTimeout,
    /// The heartbeat timer fires.
    InputHeartbeatTimeout,
    /// Clients ask.
    InputRequests,
    /// Records are durable.
    InputSynced,
    /// The log may be compacted.
    InputCompact,
    /// The replica is not to lead any more.
    InputTransfer,
    /// The clock has got somewhere.
    InputClock,

    // What a peer says, if it is heard.
    /// A candidate asks for a vote.
    OnRequestVote,
    /// A vote arrives.
    OnVote,
    /// A leader replicates, or says that it is alive.
    OnAppend,
    /// A follower acknowledges.
    OnAppended,
    /// A follower rejects.
    OnRejected,
    /// A replica asks whether it would be elected.
    OnPreVote,
    /// A replica would be voted for.
    OnPreVoted,
    /// A leader sends its state.
    OnSnapshot,
    /// A leader asks whether it is followed.
    OnConfirm,
    /// A follower says that it follows.
    OnConfirmed,
    /// A leader hands over.
    OnTimeoutNow,
    /// A learner says how far it is.
    OnLearned,
    /// A learner rejects.
    OnLacking,

    // What a client asks for.
    /// A session reads.
    AskedRead,
    /// A client writes.
    AskedWrite,
    /// A client changes several keys.
    AskedTransact,
    /// A client asks what became of a write.
    AskedFate,
    /// A client reads linearizably.
    AskedLinearizableRead,
    /// A client registers.
    AskedRegister,
    /// A client sends a numbered write.
    AskedOnce,
    /// A client reads, and takes any age.
    AskedAnyRead,
    /// A client asks whether a write has reached a level.
    AskedAwait,
    /// A session reads the keys that begin alike.
    AskedScan,

    // `step.rs`
    /// A message of a higher epoch ends what the replica was doing.
    HigherEpochHeard,
    /// A message of a lower epoch gets silence.
    LowerEpochIgnored,
    /// A leader's own copies may count now.
    LeaderSynced,
    /// Entries at the end of the log give way.
    LogTruncated,
    /// What a client asked for gives way, and is kept.
    OperationsQuarantined,
    /// The disk has caught up with what a message promises.
    GatedMessageLeaves,
    /// The candidate's own vote is durable.
    GatedVoteCounts,
    /// A step changes nothing that has to be durable.
    NothingPersisted,
    /// A record ends the log anew.
    TailPersisted,
    /// A record holds a leader's state.
    StatePersisted,
    /// A record changes no entry.
    NoEntryPersisted,

    // `pre_vote.rs`
    /// The election timer of one that leads by now.
    ElectionTimerAtLeader,
    /// It asks before it campaigns.
    AsksFirst,
    /// It campaigns without asking, because it is configured so.
    CampaignsUnasked,
    /// A peer would be voted for.
    PreVoteGranted,
    /// A peer would not be voted for: there is a leader, or its log is not fresh.
    PreVoteDenied,
    /// A grant comes when nobody asks any more.
    PreVoteGrantLate,
    /// A majority would vote for it.
    PreVoteWon,

    // `election.rs`
    /// The vote is given away already, or the candidate's log is not fresh.
    VoteDenied,
    /// A peer gets the vote.
    VoteGiven,
    /// A peer that has the vote is told so again.
    VoteRepeated,
    /// A vote comes when there is no campaign any more.
    VoteLate,
    /// A majority has voted for it.
    ElectionWon,
    /// A leader steps down.
    LeaderFollows,
    /// A candidate gives up.
    CandidateFollows,
    /// One that has only asked gives up.
    PreCandidateFollows,
    /// A follower goes on, or hears who leads.
    FollowerFollows,

    // `leader.rs`
    /// The heartbeat timer of one that no longer leads.
    HeartbeatTimerLate,
    /// A leader has heard no majority for too long.
    QuorumLost,
    /// An acknowledgement reaches one that no longer leads.
    AcknowledgedTooLate,
    /// A rejection reaches one that no longer leads.
    RejectedTooLate,
    /// A rejection is about what is known to match by now, or about an older probe.
    RejectionStale,
    /// A majority has more than is known to be committed.
    Committed,
    /// A follower has been sent all that there is.
    AllSent,
    /// A follower has to acknowledge first.
    WindowFull,
    /// A follower needs what the log has dropped.
    StateNeeded,
    /// A follower is sent one append, to see whether the logs agree there.
    Probed,
    /// A follower is told of a commit at once.
    CommitPushed,
    /// A write has reached its level.
    WriteAcknowledged,
    /// A condition did not hold.
    ConflictTold,
    /// A write has not reached its level, or its outcome is not known.
    WriteWaits,

    // `levels.rs`
    /// A write waits for the leader's disk.
    WaitsForLeader,
    /// A write waits for a majority.
    WaitsForQuorum,
    /// A write waits for every disk.
    WaitsForAll,
    /// On whose disks entries are is asked of one that does not lead.
    NoCopiesAtNoLeader,

    // `follower.rs`
    /// The log has another entry, or none, before those that are sent.
    AppendRejected,
    /// Entries are taken.
    EntriesTaken,

    // `requests.rs`
    /// A session is answered.
    SessionAnswered,
    /// A session has seen more than is applied here.
    SessionToldToWait,
    /// A session has seen what is lost.
    SessionToldOfLoss,
    /// A write arrives where nobody leads.
    WriteAtNoLeader,
    /// A write arrives before the leader's barrier is committed.
    WriteBeforeBarrier,
    /// A write arrives at a leader that hands over.
    WriteWhileHandingOver,
    /// A write arrives where too many wait.
    WriteTooMany,
    /// A write wants every disk.
    AskedForAll,
    /// A write wants less than every disk.
    AskedForLess,
    /// A write is refused.
    WriteRefused,

    // `retries.rs`
    /// A registration is refused.
    RegistrationRefused,
    /// A registration finds no client that could be forgotten for it.
    RegistrationWithoutRoom,
    /// A registration is taken.
    RegistrationTaken,
    /// A numbered write arrives where nobody leads.
    NumberedAtNoLeader,
    /// A numbered write arrives before the leader's barrier is committed.
    NumberedBeforeBarrier,
    /// A numbered write leaves no room for what is to be remembered.
    NumberedTooFarAhead,
    /// A numbered write is looked for, and found in the log, not applied yet.
    NumberedFoundInLog,
    /// A numbered write is of a client that is not known.
    NumberedOfNobody,
    /// A numbered write is looked for, and found to be applied.
    NumberedFoundApplied,
    /// A numbered write is one that its client is done with.
    NumberedForgotten,
    /// A numbered write is looked for, and not found.
    NumberedNotFound,
    /// A numbered write is refused.
    NumberedRefused,
    /// A numbered write is new.
    NumberedNew,
    /// A numbered write is appended.
    NumberedTaken,
    /// A numbered write is new, and its leader hands over or has too many that wait.
    NumberedTurnedAway,
    /// A retry is told what became of the write.
    NumberedExecuted,
    /// A retry is of a write that is not applied yet, and too many wait.
    NumberedAgainTooMany,
    /// A retry waits for the entry that there is.
    NumberedAppended,

    // `reads.rs`
    /// A linearizable read arrives where nobody leads.
    ReadAtNoLeader,
    /// A linearizable read arrives before the leader's barrier is committed.
    ReadBeforeBarrier,
    /// A linearizable read arrives where too many wait.
    ReadTooMany,
    /// A linearizable read waits for its round.
    ReadWaits,
    /// A round begins.
    RoundBegun,
    /// No round begins, because nobody leads here.
    NoRoundAtNoLeader,
    /// A confirmation reaches one that no longer leads.
    ConfirmedTooLate,
    /// No linearizable read is answered, because nobody leads here.
    NoReadsAtNoLeader,
    /// A linearizable read is answered.
    ReadConfirmed,

    // `transfer.rs`
    /// One that does not serve is to hand over.
    NothingToHandOver,
    /// It does not hand over, because nobody leads here.
    NoHandOverAtNoLeader,
    /// It does not hand over, or has told its target already.
    NoHandOverDue,
    /// The target is told to campaign.
    HandedOver,

    // `expiry.rs`
    /// The clock of one that does not lead.
    ClockAtNoLeader,
    /// The clock of a leader whose barrier is not committed.
    ClockBeforeBarrier,
    /// The clock of a leader that hands over.
    ClockWhileHandingOver,
    /// An entry that lets keys expire is on its way already.
    ExpiryUnderWay,
    /// No key's time is over.
    NothingDue,
    /// Keys are to expire.
    ExpiryAppended,

    // `compaction.rs`
    /// There is nothing to drop.
    NothingToCompact,
    /// A leader's state takes the place of the log.
    StateTaken,
    /// The log has what a leader's state stands for.
    StateOldNews,

    // `refill.rs`
    /// A learner neither asks nor campaigns.
    LearnerWaits,
    /// A learner gives no vote.
    LearnerVotesNot,
    /// A learner confirms no leader.
    LearnerConfirmsNot,
    /// A replica that has never lost its disk, or has made it good, stands as it did.
    StandsAsBefore,
    /// A learner finds the entry that makes it a member.
    BecomesMember,
    /// A learner does not find it yet.
    StaysLearner,
    /// A learner says how far it is.
    LearnedSaid,
    /// A member acknowledges.
    AppendedSaid,
    /// A learner rejects.
    LackingSaid,
    /// A member rejects.
    RejectedSaid,
    /// A learner's word reaches one that no longer leads.
    LearnedTooLate,
    /// A learner's rejection reaches one that no longer leads.
    LackingTooLate,
    /// A leader is told of a refill that it has not heard of.
    LearnerMet,
    /// A learner is welcomed already, or is a member by now.
    LearnerKnown,

    // `apply.rs`
    /// The store gets a leader's state, which is durable now.
    StateInstalled,
    /// A conditional entry is applied where nobody leads.
    DecidedAtNoLeader,
    /// A conditional entry is applied, and its client waits here.
    DecidedForClient,
    /// A conditional entry is applied by a leader of whom nobody has asked it.
    DecidedForNobody,
    /// A barrier is applied.
    BarrierApplied,
    /// An entry that makes a refilled replica a member is applied.
    JoinedApplied,
    /// A blind change is applied.
    OpApplied,
    /// A transaction is applied.
    TransactionApplied,
    /// A registration is applied.
    RegistrationApplied,
    /// A numbered write is applied.
    NumberedApplied,
    /// Keys expire.
    ExpiryApplied,

    // `session.rs`
    /// Nobody owns the place that a session has seen, as far as is known here.
    LineageNotKnown,
    /// The epoch that a session has seen owns the place.
    LineageTheSame,
    /// Another epoch owns the place that a session has seen.
    LineageAnother,

    // `any_read.rs`
    /// A read of any age is refused, because this replica cannot tell how old its answer would be.
    AnyReadAtLearner,
    /// A read of any age is answered.
    AnyReadAnswered,

    // `awaited.rs`
    /// A level is awaited where nobody leads.
    AwaitedAtNoLeader,
    /// Another epoch has taken the place of the entry whose level is awaited.
    AwaitedLost,
    /// The level that is awaited is reached.
    AwaitedReached,
    /// The level that is awaited is not reached.
    AwaitedNotYet,

    // `fate.rs`
    /// The entry is committed.
    FateCommitted,
    /// Another epoch has taken the entry's place.
    FateTruncated,
    /// It is not known here what becomes of the entry.
    FateUnknown,

    // `directory.rs`
    /// The result of an election is news to who is told.
    ResultTaken,
    /// It is that of an earlier election, or of the same.
    ResultFenced,

    // `recover.rs`
    /// The store gets at recovery the leader's state that the log begins after.
    StateRecovered,
    /// The log's beginning was purged, and nothing tells what it amounted to.
    CheckpointMissing,
    /// The store lacks what the log has dropped.
    StoreFoundBehind,
    /// The store has what the log has not.
    StoreFoundAhead,
}

impl Branch {
    pub(crate) fn of_input(input: &Input) -> Branch {
        match input {
            Input::Receive { .. } => Branch::InputReceive,
            Input::Timeout(Timer::Election) => Branch::InputElectionTimeout,
            Input::Timeout(Timer::Heartbeat) => Branch::InputHeartbeatTimeout,
            Input::Requests(_) => Branch::InputRequests,
            Input::Synced(_) => Branch::InputSynced,
            Input::Compact { .. } => Branch::InputCompact,
            Input::Transfer { .. } => Branch::InputTransfer,
            Input::Clock { .. } => Branch::InputClock,
        }
    }

    pub(crate) fn of_message(message: &Message) -> Branch {
        match message {
            Message::RequestVote { .. } => Branch::OnRequestVote,
            Message::Vote { .. } => Branch::OnVote,
            Message::Append { .. } => Branch::OnAppend,
            Message::Appended { .. } => Branch::OnAppended,
            Message::Rejected { .. } => Branch::OnRejected,
            Message::PreVote { .. } => Branch::OnPreVote,
            Message::PreVoted { .. } => Branch::OnPreVoted,
            Message::Snapshot { .. } => Branch::OnSnapshot,
            Message::Confirm { .. } => Branch::OnConfirm,
            Message::Confirmed { .. } => Branch::OnConfirmed,
            Message::TimeoutNow { .. } => Branch::OnTimeoutNow,
            Message::Learned { .. } => Branch::OnLearned,
            Message::Lacking { .. } => Branch::OnLacking,
        }
    }

    pub(crate) fn of_request(body: &RequestBody) -> Branch {
        match body {
            RequestBody::Read { .. } => Branch::AskedRead,
            RequestBody::Write { .. } => Branch::AskedWrite,
            RequestBody::Transact { .. } => Branch::AskedTransact,
            RequestBody::Fate { .. } => Branch::AskedFate,
            RequestBody::LinearizableRead { .. } => Branch::AskedLinearizableRead,
            RequestBody::Register => Branch::AskedRegister,
            RequestBody::Once { .. } => Branch::AskedOnce,
            RequestBody::AnyRead { .. } => Branch::AskedAnyRead,
            RequestBody::Await { .. } => Branch::AskedAwait,
            RequestBody::Scan { .. } => Branch::AskedScan,
        }
    }
}
