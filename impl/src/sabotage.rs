//! Mistakes on purpose, for the kill matrix: each is one that a tired engineer could make in the shell around the
//! protocol, and each must be noticed.
//!
//! A mistake is made where the code says `sabotaged!("its-name")`, if the environment variable `KATAKV_SABOTAGE` has that name.
//! Without the feature `sabotage` the macro is the word `false`: there is no name, no variable and no branch. With the
//! feature, nothing but a build for tests compiles: see below.

#[cfg(all(feature = "sabotage", not(debug_assertions)))]
compile_error!("the feature `sabotage` is for tests: it must not be in a release build");

/// Whether a mistake is to be made here.
#[cfg(not(feature = "sabotage"))]
macro_rules! sabotaged {
    ($name:literal) => {
        false
    };
}

/// Whether a mistake is to be made here.
#[cfg(feature = "sabotage")]
macro_rules! sabotaged {
    ($name:literal) => {
        $crate::sabotage::is($name)
    };
}

/// What leaves the driver, as it is.
#[cfg(not(feature = "sabotage"))]
#[inline(always)]
pub(crate) fn effect(effect: katakv_core::Effect) -> katakv_core::Effect {
    effect
}

/// What a client is told, as it is.
#[cfg(not(feature = "sabotage"))]
#[inline(always)]
pub(crate) fn reply(reply: katakv_core::Reply) -> katakv_core::Reply {
    reply
}

#[cfg(feature = "sabotage")]
pub(crate) use made::{effect, is, reply};

#[cfg(feature = "sabotage")]
mod made {
    use katakv_core::{Effect, EntryId, Epoch, Index, Lineage, Message, Record, Reply, Snapshot};
    use std::sync::OnceLock;

    /// The environment variable that names the one mistake to make.
    const VARIABLE: &str = "KATAKV_SABOTAGE";

    pub(crate) fn is(name: &str) -> bool {
        static ACTIVE: OnceLock<Option<String>> = OnceLock::new();
        let active = ACTIVE.get_or_init(|| std::env::var(VARIABLE).ok());
        active.as_deref() == Some(name)
    }

    /// What leaves the driver.
    pub(crate) fn effect(effect: Effect) -> Effect {
        match effect {
            Effect::Persist(record) => Effect::Persist(persisted(record)),
            Effect::Send { to, message } => {
                let message = sent(message);
                Effect::Send { to, message }
            }
            Effect::Reply { .. } | Effect::Arm(_) => effect,
        }
    }

    fn persisted(mut record: Record) -> Record {
        if let Some(hard) = &mut record.hard
            && sabotaged!("record-without-vote")
        {
            hard.vote = None;
        }
        if sabotaged!("record-without-epoch") && record.tail.is_some() {
            record.hard = None;
        }
        record
    }

    fn sent(message: Message) -> Message {
        match message {
            Message::Appended { epoch, matched } if sabotaged!("codec-fields-swapped") => Message::Appended {
                epoch: Epoch(matched.0),
                matched: Index(epoch.0),
            },
            Message::Append {
                epoch,
                prev,
                commit,
                entries,
            } if sabotaged!("commit-index-overstated") => Message::Append {
                epoch,
                prev,
                commit: commit.next(),
                entries,
            },
            Message::Snapshot { epoch, snapshot } if sabotaged!("snapshot-without-lineage") => {
                let snapshot = Snapshot {
                    lineage: only_last(snapshot.last()),
                    ..snapshot
                };
                Message::Snapshot { epoch, snapshot }
            }
            other => other,
        }
    }

    /// As if the last entry's epoch had owned every index.
    fn only_last(last: EntryId) -> Lineage {
        let mut lineage = Lineage::default();
        for index in 1..=last.index.0 {
            lineage.append(EntryId::new(last.epoch, Index(index)));
        }
        lineage
    }

    /// What a client is told.
    pub(crate) fn reply(reply: Reply) -> Reply {
        match reply {
            Reply::Written { at, copies } if sabotaged!("acknowledgement-names-another-entry") => {
                Reply::Written {
                    at: EntryId::new(at.epoch, at.index.next()),
                    copies,
                }
            }
            other => other,
        }
    }
}
