//! The kinds of what occurs, each told apart by a match over all of them.

use crate::action::{Action, Loss};
use crate::network::Msg;
use katakv_core::{Base, Effect, Message, Reply, Timer};

/// Declares the kinds of a type: their names, and which one a value is of. The match has no wildcard.
macro_rules! kinds {
    ($(#[$doc:meta])* $kind:ident of $type:ty { $($name:ident = $pattern:pat,)* } $(and $($more:ident),*)?) => {
        $(#[$doc])*
        #[derive(Clone, Copy)]
        pub(super) enum $kind { $($name,)* $($($more,)*)? }

        impl $kind {
            pub(super) const NAMES: &[&str] = &[$(stringify!($name),)* $($(stringify!($more),)*)?];

            pub(super) fn of(value: &$type) -> $kind {
                match value {
                    $($pattern => $kind::$name,)*
                }
            }
        }
    };
}

kinds! {
    /// What replicas say.
    MessageKind of Message {
        RequestVote = Message::RequestVote { .. },
        Vote = Message::Vote { .. },
        Append = Message::Append { .. },
        Appended = Message::Appended { .. },
        Rejected = Message::Rejected { .. },
        PreVote = Message::PreVote { .. },
        PreVoted = Message::PreVoted { .. },
        Snapshot = Message::Snapshot { .. },
        Confirm = Message::Confirm { .. },
        Confirmed = Message::Confirmed { .. },
        TimeoutNow = Message::TimeoutNow { .. },
        Learned = Message::Learned { .. },
        Lacking = Message::Lacking { .. },
    }
}

kinds! {
    /// What a replica wants done.
    EffectKind of Effect {
        Persist = Effect::Persist(_),
        Send = Effect::Send { .. },
        Reply = Effect::Reply { .. },
        ArmElection = Effect::Arm(Timer::Election),
        ArmHeartbeat = Effect::Arm(Timer::Heartbeat),
    }
}

kinds! {
    /// What a record holds besides, or instead of, a new beginning of the log.
    RecordPart of Base {
        Compacted = Base::Compacted(_),
        Installed = Base::Installed(_),
    } and Hard, Tail
}

kinds! {
    /// What clients are answered.
    ReplyKind of Reply {
        Written = Reply::Written { .. },
        Value = Reply::Value { .. },
        NotCaughtUp = Reply::NotCaughtUp { .. },
        Lost = Reply::Lost(_),
        NotLeader = Reply::NotLeader { .. },
        NotServing = Reply::NotServing,
        Busy = Reply::Busy,
        Unknown = Reply::Unknown { .. },
        Conflict = Reply::Conflict { .. },
        Fate = Reply::Fate { .. },
        HandingOver = Reply::HandingOver { .. },
        ClientExpired = Reply::ClientExpired,
        TooManyOutstanding = Reply::TooManyOutstanding,
        AnyValue = Reply::AnyValue { .. },
        NotYet = Reply::NotYet { .. },
        Page = Reply::Page { .. },
    }
}

kinds! {
    /// What happens.
    ActionKind of Action {
        DeliverToPeer = Action::Deliver { msg: Msg::Peer(_), .. },
        DeliverAsked = Action::Deliver { msg: Msg::Ask(_), .. },
        DeliverAnswer = Action::Deliver { msg: Msg::Answer(..), .. },
        ElectionTimeout = Action::Timeout { timer: Timer::Election, .. },
        HeartbeatTimeout = Action::Timeout { timer: Timer::Heartbeat, .. },
        Sync = Action::Sync { .. },
        WriteAlone = Action::Write { count: 0..=1, .. },
        WriteBatch = Action::Write { count: 2.., .. },
        Read = Action::Read { .. },
        Crash = Action::Crash { .. },
        Transact = Action::Transact { .. },
        Ask = Action::Ask { .. },
        Compact = Action::Compact { .. },
        Transfer = Action::Transfer { .. },
        Idle = Action::Idle { .. },
        LoseDisk = Action::Lose { loss: Loss::Disk, .. },
        LoseRecord = Action::Lose { loss: Loss::Record, .. },
        Once = Action::Once { .. },
        Register = Action::Register { .. },
        Hear = Action::Hear { .. },
        Forget = Action::Forget,
        Tick = Action::Tick { .. },
        Expire = Action::Expire { .. },
    }
}
