//! Witnesses that a step shows: what it was, what it did, what it took away.

use super::{Seen, Step, Witness};
use crate::action::{Action, Loss, StoreFate};
use crate::client::Client;
use crate::idle::Idle;
use crate::network::Msg;
use crate::properties::deposed_never_acknowledges::{acknowledged, successors};
use crate::properties::learner_gets_its_entry;
use crate::state::State;
use katakv_core::{AckLevel, Base, Effect, EntryId, Epoch, Log, Message, Reply, Role, Standing};

pub(super) const WITNESSES: &[Witness] = &[
    witness(
        "a crash takes an un-synced record",
        "leader acknowledgements durable",
        |step| matches!(step.action, Action::Crash { keep, of, .. } if keep < of),
    ),
    witness(
        "a serving leader crashes",
        "leader acknowledgements durable",
        |step| matches!(step.action, Action::Crash { node, .. } if step.before.replica(*node).node().serving()),
    ),
    witness("a replica that has voted crashes", "election safety", |step| {
        matches!(step.action, Action::Crash { node, .. }
            if step.before.replica(*node).node().hard().vote.is_some_and(|vote| vote != *node))
    }),
    witness(
        "a follower that has confirmed its leader forgets the epoch in a crash",
        "linearizable",
        |step| {
            let Action::Crash { node, .. } = step.action else {
                return false;
            };
            let epoch_in = |state: &State| state.replica(*node).node().epoch();
            let forgets = epoch_in(&step.outcome.state) < epoch_in(step.before);
            // What it said may still arrive.
            forgets
                && step.before.network.envelopes().iter().any(|envelope| {
                    let says = &envelope.msg;
                    envelope.from == *node
                        && matches!(says, Msg::Peer(Message::Confirmed { epoch, .. }) if *epoch == epoch_in(step.before))
                })
        },
    ),
    witness("entries are truncated", "log matching", |step| {
        let last = |entries: Option<EntryId>| entries.unwrap_or(EntryId::ZERO);
        let is_delivery = matches!(step.action, Action::Deliver { .. });
        is_delivery
            && step.effects().any(|effect| match effect {
                Effect::Persist(record) => record.tail.as_ref().is_some_and(|tail| {
                    let node = step.before.replica(step.action.node()).node();
                    tail.after < last(Some(node.log().last())).index
                }),
                _ => false,
            })
    }),
    witness("a rejection is answered by a probe", "log matching", |step| {
        let is_rejection = matches!(
            step.action,
            Action::Deliver {
                msg: Msg::Peer(Message::Rejected { .. }),
                ..
            }
        );
        is_rejection && step.sends(|message| matches!(message, Message::Append { .. }))
    }),
    witness("a stale candidate is refused", "leader completeness", |step| {
        let Action::Deliver {
            to,
            msg: Msg::Peer(Message::RequestVote { last, epoch }),
            ..
        } = step.action
        else {
            return false;
        };
        let (before, after) = (
            step.before.replica(*to).node(),
            step.outcome.state.replica(*to).node(),
        );
        before.epoch() < *epoch && before.log().last() > *last && after.hard().vote.is_none()
    }),
    witness(
        "a gated acknowledgement leaves on a sync",
        "quorum acknowledgements kept",
        |step| {
            matches!(step.action, Action::Sync { .. })
                && step.sends(|message| matches!(message, Message::Appended { .. }))
        },
    ),
    witness("an append carries two entries", "log matching", |step| {
        step.sends(|message| matches!(message, Message::Append { entries, .. } if entries.len() > 1))
    }),
    witness("a commit is pushed", "applied agreement", |step| {
        let is_answer = matches!(
            step.action,
            Action::Deliver {
                msg: Msg::Peer(Message::Appended { .. }),
                ..
            }
        );
        is_answer && step.sends(is_empty_append)
    }),
    witness("a heartbeat tells of a commit", "applied agreement", |step| {
        matches!(step.action, Action::Timeout { .. })
            && step.sends(|message| {
                is_empty_append(message) && matches!(message, Message::Append { commit, .. } if commit.0 > 0)
            })
    }),
    witness(
        "a pre-vote leads to a campaign",
        "a pre-vote foretells the vote",
        |step| {
            let is_grant = matches!(
                step.action,
                Action::Deliver {
                    msg: Msg::Peer(Message::PreVoted { .. }),
                    ..
                }
            );
            is_grant && matches!(step.roles(), Some((_, Role::Candidate { .. })))
        },
    ),
    witness(
        "a replica that asks hears its leader",
        "a heard leader stays",
        |step| {
            matches!(step.action, Action::Deliver { .. })
                && matches!(
                    step.roles(),
                    Some((Role::PreCandidate { .. }, Role::Follower { leader: Some(_) }))
                )
        },
    ),
    witness(
        "a leader that hears nobody steps down",
        "a heard leader stays",
        |step| {
            matches!(step.action, Action::Timeout { .. })
                && matches!(step.roles(), Some((Role::Leader(_), after)) if !matches!(after, Role::Leader(_)))
        },
    ),
    witness("a deposed leader learns of it", "election safety", |step| {
        let at = step.action.node();
        step.before
            .replicas
            .get(usize::from(at.0))
            .is_some_and(|replica| {
                matches!(replica.node().role(), Role::Leader(_))
                    && step.outcome.state.replica(at).node().epoch() > replica.node().epoch()
            })
    }),
    witness(
        "a write at level leader is acknowledged when another commits",
        "leader acknowledgements bounded",
        |step| {
            let is_answer = matches!(
                step.action,
                Action::Deliver {
                    msg: Msg::Peer(Message::Appended { .. }),
                    ..
                }
            );
            let levels = &step.before.ledger.levels;
            is_answer
                && step.effects().any(|effect| match effect {
                    Effect::Reply { request, .. } => {
                        levels.get(request.0 as usize) == Some(&AckLevel::Leader)
                    }
                    _ => false,
                })
        },
    ),
    witness(
        "a follower takes a leader's state",
        "leader completeness",
        installs,
    ),
    witness("a leader's state is old news", "leader completeness", |step| {
        is_snapshot(step.action) && !installs(step)
    }),
    witness(
        "a leader's state ends where another entry stands",
        "log matching",
        |step| {
            let last = |base: &Base| match base {
                Base::Installed(snapshot) => snapshot.last(),
                Base::Compacted(_) => EntryId::ZERO,
            };
            step.bases().any(|base| {
                let log = step.before.replica(step.action.node()).node().log();
                log.epoch_at(last(base).index)
                    .is_some_and(|own| own != last(base).epoch)
            })
        },
    ),
    witness(
        "a write is refused by a leader that hands over",
        "no write while handing over",
        |step| {
            let refuses = |effect: &Effect| {
                matches!(
                    effect,
                    Effect::Reply {
                        reply: Reply::HandingOver { .. },
                        ..
                    }
                )
            };
            step.effects().any(refuses)
        },
    ),
    witness(
        "a deposed leader acknowledges what its successor has",
        "a deposed leader acknowledges nothing lost",
        |step| {
            let (before, after) = (step.before, &step.outcome.state);
            acknowledged(step).any(|at| {
                successors(before, at)
                    .chain(successors(after, at))
                    .next()
                    .is_some()
            })
        },
    ),
    witness(
        "a leader that has given up its transfer appends",
        "no write while handing over",
        |step| {
            let leader = step.before.replicas.get(usize::from(step.action.node().0));
            // Only the first leader was asked.
            let asked = step.before.ledger.transfers > 0
                && leader.is_some_and(|leader| leader.node().epoch() == Epoch(1));
            asked
                && leader.is_some_and(|leader| leader.node().handing_over_to().is_none())
                && matches!(step.action, Action::Write { .. })
                && step.effects().any(|effect| matches!(effect, Effect::Persist(_)))
        },
    ),
    witness(
        "a store gets a leader's state at recovery",
        "no honest refusal",
        |step| {
            let Action::Crash { node, .. } = step.action else {
                return false;
            };
            let (before, after) = (step.before.replica(*node), step.outcome.state.replica(*node));
            before.node().staged().is_some() && after.node().applied() > before.node().applied()
        },
    ),
    witness(
        "a crash takes back a truncation",
        "lost writes are in quarantine",
        |step| {
            let Action::Crash { node, .. } = step.action else {
                return false;
            };
            let holds = |state: &State, id: EntryId| {
                state.replica(*node).node().log().epoch_at(id.index) == Some(id.epoch)
            };
            let mut acks = step.before.ledger.acks.iter();
            acks.any(|ack| !holds(step.before, ack.at) && holds(&step.outcome.state, ack.at))
        },
    ),
    witness(
        "a quarantine is found in the log again",
        "lost writes are in quarantine",
        |step| {
            let is_lost = matches!(
                step.action,
                Action::Crash {
                    store: StoreFate::Lost,
                    ..
                }
            );
            is_lost
                && step
                    .quarantines()
                    .is_some_and(|[flushed, _, after]| flushed == 0 && after > 0)
        },
    ),
    witness(
        "a quarantine outlives the log that tells of it",
        "lost writes are in quarantine",
        |step| {
            let is_lost = matches!(
                step.action,
                Action::Crash {
                    store: StoreFate::Lost,
                    ..
                }
            );
            is_lost
                && step
                    .quarantines()
                    .is_some_and(|[_, in_log, after]| in_log == 0 && after > 0)
        },
    ),
    witness(
        "a lost write gave way to a leader's state",
        "lost writes are in quarantine",
        |step| installs(step) && step.quarantines().is_some_and(|[_, _, after]| after > 0),
    ),
    witness(
        "a write finds too many waiting",
        "refusals change nothing",
        |step| finds_a_leader(step, |what| matches!(what, Idle::Write(_))),
    ),
    witness(
        "a read finds too many waiting",
        "refusals change nothing",
        |step| finds_a_leader(step, |what| matches!(what, Idle::Read)),
    ),
    witness(
        "a synced record is found damaged",
        "a damaged replica never wins",
        |step| {
            matches!(
                step.action,
                Action::Lose {
                    loss: Loss::Record,
                    ..
                }
            )
        },
    ),
    witness(
        "a refilled replica is a member again",
        "a refilled replica is not counted early",
        |step| {
            matches!(
                step.standings(),
                Some((Standing::Learner { .. }, Standing::Member { .. }))
            )
        },
    ),
    witness(
        "a replica is a member again whose log begins with a leader's state",
        "a refilled replica is not counted early",
        |step| {
            let joins = matches!(
                step.standings(),
                Some((Standing::Learner { .. }, Standing::Member { .. }))
            );
            joins
                && step
                    .outcome
                    .state
                    .replica(step.action.node())
                    .node()
                    .log()
                    .compacted()
                    > EntryId::ZERO
        },
    ),
    witness(
        "a learner gets past its entry",
        "a learner gets its entry",
        |step| learner_gets_its_entry::passed_over(step).is_some(),
    ),
    witness(
        "a refilled replica votes",
        "a refilled replica never votes early",
        |step| {
            matches!(step.standings(), Some((_, Standing::Member { .. })))
                && step.sends(|message| matches!(message, Message::Vote { .. }))
        },
    ),
    witness(
        "a learner is asked for its vote",
        "a refilled replica never votes early",
        |step| {
            let asked = matches!(
                step.action,
                Action::Deliver {
                    msg: Msg::Peer(Message::RequestVote { .. }),
                    ..
                }
            );
            asked && matches!(step.standings(), Some((Standing::Learner { .. }, _)))
        },
    ),
    witness(
        "what a lost disk had promised arrives late",
        "a refilled replica is not counted early",
        |step| match step.action {
            Action::Deliver {
                from,
                msg: Msg::Peer(Message::Vote { .. } | Message::Appended { .. }),
                ..
            } => step.before.ledger.lacks(*from),
            _ => false,
        },
    ),
    witness(
        "a retry waits for the entry that there is",
        "exactly once",
        |step| {
            let pending = |state: &State| match state.replica(step.action.node()).node().role() {
                Role::Leader(leadership) => leadership.pending.len(),
                _ => 0,
            };
            is_retry(step) && !appends(step) && pending(&step.outcome.state) > pending(step.before)
        },
    ),
    witness(
        "a retry is told of an older leader's entry",
        "no false already done",
        |step| {
            let own = || step.outcome.state.replica(step.action.node()).node().epoch();
            is_retry(step)
                && step.replies(|reply| matches!(reply, Reply::Written { at, .. } if at.epoch < own()))
        },
    ),
    witness(
        "a retry is told of its conflict",
        "no false already done",
        |step| is_retry(step) && step.replies(|reply| matches!(reply, Reply::Conflict { .. })),
    ),
    witness("what was truncated is carried out anew", "exactly once", |step| {
        let acknowledged = |write: &u8| step.before.ledger.acks.iter().any(|ack| ack.write == *write);
        is_retry(step)
            && appends(step)
            && matches!(step.action, Action::Once { write, .. } if acknowledged(write))
    }),
    witness("a late result is not taken", "publication is monotonic", |step| {
        let latest = |state: &State| state.router.as_ref()?.directory.elected();
        let (before, after) = (latest(step.before), latest(&step.outcome.state));
        matches!(step.action, Action::Hear { result }
                if before == after && before.is_some_and(|latest| result.epoch < latest.epoch))
    }),
    witness(
        "a write goes to a leader whom the router knows from an answer alone",
        "client answers",
        |step| {
            let (Action::Ask { node }, Some(router)) = (step.action, &step.before.router) else {
                return false;
            };
            let writes = step.before.client.as_ref().is_some_and(Client::writes_next);
            let asked = step.before.replica(*node).node();
            // It has heard of a leader before, and was sent on by him.
            let is_news = router
                .directory
                .elected()
                .is_some_and(|heard| heard.leader != *node && heard.epoch < asked.epoch());
            writes && is_news && asked.serving() && router.directory.leader() == Some(*node)
        },
    ),
    witness("a client is not known any more", "exactly once", |step| {
        is_retry(step) && step.replies(|reply| matches!(reply, Reply::ClientExpired))
    }),
];

const fn witness(name: &'static str, of: &'static str, seen: fn(&Step<'_>) -> bool) -> Witness {
    Witness {
        name,
        of,
        seen: Seen::InStep(seen),
    }
}

/// Whether a leader that serves is asked for what it cannot accept.
fn finds_a_leader(step: &Step<'_>, is_it: impl Fn(Idle) -> bool) -> bool {
    matches!(step.action, Action::Idle { node, what }
        if is_it(*what) && step.before.replica(*node).node().serving())
}

fn is_empty_append(message: &Message) -> bool {
    matches!(message, Message::Append { entries, .. } if entries.is_empty())
}

fn is_snapshot(action: &Action) -> bool {
    matches!(
        action,
        Action::Deliver {
            msg: Msg::Peer(Message::Snapshot { .. }),
            ..
        }
    )
}

/// Whether the client sends a write that it has sent before.
fn is_retry(step: &Step<'_>) -> bool {
    matches!(step.action, Action::Once { write, .. } if usize::from(*write) < step.before.ledger.levels.len())
}

fn appends(step: &Step<'_>) -> bool {
    let tail = |effect: &Effect| matches!(effect, Effect::Persist(record) if record.tail.is_some());
    step.effects().any(tail)
}

fn installs(step: &Step<'_>) -> bool {
    step.bases().any(|base| matches!(base, Base::Installed(_)))
}

impl<'a> Step<'a> {
    /// The new beginnings of a log that it persists.
    fn bases(&self) -> impl Iterator<Item = &Base> {
        self.effects().filter_map(|effect| match effect {
            Effect::Persist(record) => record.base.as_ref(),
            _ => None,
        })
    }

    pub(crate) fn effects(&self) -> impl Iterator<Item = &Effect> {
        self.outcome.effects.iter()
    }

    /// How many entries the replica that the step happens at had in quarantine on its store's disk, and in its synced log, and
    /// how many it has after it.
    fn quarantines(&self) -> Option<[usize; 3]> {
        let at = usize::from(self.action.node().0);
        let (before, after) = (
            self.before.replicas.get(at)?,
            self.outcome.state.replicas.get(at)?,
        );
        Some([
            before.flushed().in_quarantine().len(),
            before.disk().quarantined().len(),
            after.node().store().in_quarantine().len(),
        ])
    }

    /// The role of the replica that the step happens at, before and after; the client has none.
    fn roles(&self) -> Option<(&Role, &Role)> {
        let at = usize::from(self.action.node().0);
        let role = |state: &'a State| Some(state.replicas.get(at)?.node().role());
        Some((role(self.before)?, role(&self.outcome.state)?))
    }

    /// The standing of the replica that the step happens at, before and after; the client has none.
    fn standings(&self) -> Option<(Standing, Standing)> {
        let at = usize::from(self.action.node().0);
        let standing = |state: &State| Some(state.replicas.get(at)?.node().standing());
        Some((standing(self.before)?, standing(&self.outcome.state)?))
    }

    fn replies(&self, is_it: impl Fn(&Reply) -> bool) -> bool {
        self.effects()
            .any(|effect| matches!(effect, Effect::Reply { reply, .. } if is_it(reply)))
    }

    pub(crate) fn sends(&self, is_it: impl Fn(&Message) -> bool) -> bool {
        self.effects()
            .any(|effect| matches!(effect, Effect::Send { message, .. } if is_it(message)))
    }
}
