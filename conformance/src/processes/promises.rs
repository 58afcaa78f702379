//! What clients were told, held against what they are told later.
//!
//! Nothing here looks into a node. These are the promises that a client can hold the cluster to, whatever it is made of.

use katakv_core::{AckLevel, Bytes, EntryId, Fate, NodeId, Reply};

/// A promise was broken.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Broken {
    /// A write was acknowledged before it was where it has to be.
    #[error("{at} was acknowledged at level {level} with {copies} copies")]
    TooFewCopies {
        /// The write.
        at: EntryId,
        /// At which level.
        level: AckLevel,
        /// How many copies there were.
        copies: u8,
    },
    /// A read under a session did not see what the session had seen.
    #[error("{node} answered a session that had seen {seen} from {at}, with the version {version:?}")]
    Stale {
        /// Who answered.
        node: NodeId,
        /// What the session had seen.
        seen: EntryId,
        /// The state that was read.
        at: EntryId,
        /// The version that was found.
        version: Option<EntryId>,
    },
    /// A read found another value under the version of a write than was written.
    #[error("{node} has {found:?} as what {at} wrote")]
    OtherValue {
        /// Who answered.
        node: NodeId,
        /// The write.
        at: EntryId,
        /// The value.
        found: Option<Bytes>,
    },
    /// A write that no failover may take is told as gone.
    #[error("{node} says that {at} is gone, which was acknowledged at level {level}")]
    Gone {
        /// Who says it.
        node: NodeId,
        /// The write.
        at: EntryId,
        /// At which level it was acknowledged.
        level: AckLevel,
    },
    /// A session is told that a write is lost, and its fate is told as committed; or the other way round.
    #[error("{node} answers a session that has seen {at} with {read}, and tells its fate as {fate}")]
    Contradiction {
        /// Who says both.
        node: NodeId,
        /// The write.
        at: EntryId,
        /// The answer to the read.
        read: String,
        /// The fate.
        fate: Fate,
    },
    /// One replica tells another fate than the others.
    #[error("{node} tells the fate of {at} as {fate}, another one did otherwise")]
    TwoFates {
        /// Who.
        node: NodeId,
        /// The write.
        at: EntryId,
        /// The fate.
        fate: Fate,
    },
    /// A linearizable read missed a write that was acknowledged before.
    #[error(
        "{node} answered a linearizable read with the version {version:?}, though {acked} had been acknowledged"
    )]
    NotLinearizable {
        /// Who answered.
        node: NodeId,
        /// The version that was found.
        version: Option<EntryId>,
        /// A write that had been acknowledged.
        acked: EntryId,
    },
    /// All nodes run, everything is delivered, and no leader serves a group that agrees.
    #[error("the group does not find together: {0}")]
    Apart(String),
}

/// An acknowledged write.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ack {
    /// Its entry.
    pub at: EntryId,
    /// The level that it was acknowledged at.
    pub level: AckLevel,
    /// What it wrote.
    pub value: Bytes,
}

impl Ack {
    /// Whether a failover may take it.
    pub fn may_be_lost(&self) -> bool {
        self.level == AckLevel::Leader
    }

    /// What is wrong with being told that it has so many copies.
    pub fn check_copies(&self, copies: u8) -> Result<(), Broken> {
        let least = match self.level {
            AckLevel::Leader => 1,
            AckLevel::Quorum => 2,
            AckLevel::All => 3,
        };
        match copies < least {
            true => Err(Broken::TooFewCopies {
                at: self.at,
                level: self.level,
                copies,
            }),
            false => Ok(()),
        }
    }

    /// What is wrong with this answer to a session that has seen it.
    pub fn check_read(&self, node: NodeId, reply: &Reply) -> Result<(), Broken> {
        let seen = self.at;
        match reply {
            Reply::Value { value, version, at } => {
                // Along the committed log neither epochs nor indices go back.
                let is_behind = at.index < seen.index || at.epoch < seen.epoch;
                if is_behind || version.is_none_or(|version| version < seen) {
                    let (at, version) = (*at, *version);
                    return Err(Broken::Stale {
                        node,
                        seen,
                        at,
                        version,
                    });
                }
                match *version == Some(seen) && value.as_ref() != Some(&self.value) {
                    true => Err(Broken::OtherValue {
                        node,
                        at: seen,
                        found: value.clone(),
                    }),
                    false => Ok(()),
                }
            }
            Reply::Lost(_) => self.check_gone(node),
            _ => Ok(()),
        }
    }

    /// What is wrong with its being told as gone.
    pub fn check_gone(&self, node: NodeId) -> Result<(), Broken> {
        match self.may_be_lost() {
            true => Ok(()),
            false => Err(Broken::Gone {
                node,
                at: self.at,
                level: self.level,
            }),
        }
    }
}

/// What is wrong with this answer to a linearizable read, if `acks` were acknowledged before it was asked.
pub fn check_linearizable(acks: &[Ack], node: NodeId, reply: &Reply) -> Result<(), Broken> {
    let Reply::Value { version, .. } = reply else {
        return Ok(());
    };
    let kept = acks
        .iter()
        .filter(|ack| !ack.may_be_lost())
        .map(|ack| ack.at)
        .max();
    match kept {
        Some(acked) if version.is_none_or(|version| version < acked) => Err(Broken::NotLinearizable {
            node,
            version: *version,
            acked,
        }),
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use katakv_core::{Epoch, Index, LostRange};

    const NODE: NodeId = NodeId(1);

    fn id(epoch: u64, index: u64) -> EntryId {
        EntryId {
            epoch: Epoch(epoch),
            index: Index(index),
        }
    }

    fn ack(level: AckLevel) -> Ack {
        Ack {
            at: id(2, 5),
            level,
            value: Bytes::from("mine"),
        }
    }

    fn value(value: &str, version: EntryId, at: EntryId) -> Reply {
        Reply::Value {
            value: Some(Bytes::from(value)),
            version: Some(version),
            at,
        }
    }

    #[test]
    fn a_session_is_answered_with_what_it_has_seen_or_later() {
        let ack = ack(AckLevel::Quorum);
        assert_eq!(ack.check_read(NODE, &value("mine", id(2, 5), id(2, 5))), Ok(()));
        assert_eq!(ack.check_read(NODE, &value("other", id(3, 7), id(3, 9))), Ok(()));
        for stale in [
            value("old", id(1, 4), id(1, 4)),
            // The state is new enough; the key is not.
            value("old", id(1, 4), id(2, 5)),
        ] {
            let told = ack.check_read(NODE, &stale);
            assert!(matches!(told, Err(Broken::Stale { .. })), "{told:?}");
        }
        let told = ack.check_read(NODE, &value("other", id(2, 5), id(2, 6)));
        assert!(matches!(told, Err(Broken::OtherValue { .. })), "{told:?}");
    }

    #[test]
    fn only_what_the_leader_alone_had_may_be_lost() {
        let lost = Reply::Lost(LostRange {
            epoch: Epoch(2),
            first: Index(5),
            last: Index(5),
        });
        assert_eq!(ack(AckLevel::Leader).check_read(NODE, &lost), Ok(()));
        for level in [AckLevel::Quorum, AckLevel::All] {
            let told = ack(level).check_read(NODE, &lost);
            assert!(matches!(told, Err(Broken::Gone { .. })), "{told:?}");
        }
    }

    #[test]
    fn a_level_is_a_number_of_copies() {
        assert_eq!(ack(AckLevel::All).check_copies(3), Ok(()));
        assert!(ack(AckLevel::All).check_copies(2).is_err());
        assert!(ack(AckLevel::Quorum).check_copies(1).is_err());
        assert_eq!(ack(AckLevel::Leader).check_copies(1), Ok(()));
    }

    #[test]
    fn a_linearizable_read_sees_what_was_acknowledged_for_good() {
        let old = value("old", id(1, 4), id(3, 9));
        assert_eq!(check_linearizable(&[ack(AckLevel::Leader)], NODE, &old), Ok(()));
        let told = check_linearizable(&[ack(AckLevel::Quorum)], NODE, &old);
        assert!(matches!(told, Err(Broken::NotLinearizable { .. })), "{told:?}");
        let new = value("mine", id(2, 5), id(3, 9));
        assert_eq!(check_linearizable(&[ack(AckLevel::Quorum)], NODE, &new), Ok(()));
    }
}
