//! Witnesses that a single state shows.

use super::{Seen, Witness};
use crate::network::Msg;
use crate::state::State;
use crate::system::System;
use katakv_core::{
    AckLevel, EntryId, Epoch, Fate, Index, Leadership, Log, MemLog, MemStore, Message, Node, Op, Reply, Role,
    SessionRead, Standing, any_read, awaited, fate, session_read,
};

pub(super) const WITNESSES: &[Witness] = &[
    witness("a leader serves", "election safety", |_, state| {
        nodes(state).any(|node| node.serving())
    }),
    witness(
        "a later epoch's leader serves",
        "leader completeness",
        |_, state| nodes(state).any(|node| node.serving() && node.epoch() > Epoch(1)),
    ),
    witness(
        "two leaders of different epochs",
        "election safety",
        |_, state| leaders(state).count() == 2,
    ),
    witness("logs disagree", "log matching", |_, state| {
        let last = |place: usize| state.replicas[place].node().log().last();
        let differ = |one: usize, other: usize| {
            let shared = last(one).index.min(last(other).index);
            let epoch_at = |place: usize| state.replicas[place].node().log().epoch_at(shared);
            epoch_at(one) != epoch_at(other)
        };
        differ(0, 1) || differ(0, 2) || differ(1, 2)
    }),
    witness(
        "a follower has applied a write",
        "applied agreement",
        |_, state| {
            nodes(state)
                .any(|node| !matches!(node.role(), Role::Leader(_)) && !node.store().data().is_empty())
        },
    ),
    witness(
        "acknowledged at leader",
        "leader acknowledgements durable",
        |_, state| acked(state, AckLevel::Leader),
    ),
    witness(
        "acknowledged at quorum",
        "quorum acknowledgements kept",
        |_, state| acked(state, AckLevel::Quorum),
    ),
    witness(
        "acknowledged at all",
        "quorum acknowledgements kept",
        |_, state| acked(state, AckLevel::All),
    ),
    witness(
        "a write is acknowledged at quorum and its leader is gone",
        "quorum acknowledgements kept",
        |_, state| {
            let gone = |epoch| leaders(state).any(|(node, _)| node.epoch() > epoch);
            let acks = &state.ledger.acks;
            acks.iter()
                .any(|ack| ack.level != AckLevel::Leader && gone(ack.at.epoch))
        },
    ),
    witness(
        "a follower answers a session read",
        "read your writes",
        |system, state| {
            any_answer(system, state, |node, answer| {
                answer == SessionRead::Answer && !matches!(node.role(), Role::Leader(_))
            })
        },
    ),
    witness(
        "a read of any age lags",
        "any reads tell their age",
        |system, state| {
            any_reads(system, state, |reply| {
                matches!(reply, Reply::AnyValue { lag: 1.., .. })
            })
        },
    ),
    witness(
        "a learner refuses a read of any age",
        "any reads tell their age",
        |system, state| any_reads(system, state, |reply| matches!(reply, Reply::NotCaughtUp { .. })),
    ),
    witness(
        "a write that its leader alone had reaches every disk",
        "awaited levels hold",
        |system, state| {
            any_awaited(system, state, AckLevel::All, |reply| {
                matches!(reply, Reply::Written { .. })
            })
        },
    ),
    witness(
        "a write on a quorum is awaited on all disks",
        "awaited levels hold",
        |system, state| {
            any_awaited(system, state, AckLevel::All, |reply| {
                matches!(reply, Reply::NotYet { copies: 2, .. })
            })
        },
    ),
    witness(
        "a write whose level is awaited is lost",
        "awaited levels hold",
        |system, state| {
            any_awaited(system, state, AckLevel::Quorum, |reply| {
                matches!(reply, Reply::Lost(_))
            })
        },
    ),
    witness(
        "a session is told NotCaughtUp",
        "read your writes",
        |system, state| any_answer(system, state, |_, answer| answer == SessionRead::NotCaughtUp),
    ),
    witness("a session is told LOST", "no silent loss", |system, state| {
        any_answer(system, state, |_, answer| matches!(answer, SessionRead::Lost(_)))
    }),
    witness(
        "an older epoch's entry commits under a barrier",
        "leader completeness",
        |_, state| {
            leaders(state).any(|(node, leadership)| {
                node.commit() >= leadership.barrier
                    && node
                        .log()
                        .epoch_at(Index(1))
                        .is_some_and(|first| first < node.epoch())
            })
        },
    ),
    witness("two spans are in flight", "log matching", |_, state| {
        leaders(state).any(|(_, leadership)| {
            leadership
                .progress
                .iter()
                .any(|progress| progress.spans.len() >= 2)
        })
    }),
    witness(
        "the client is answered by a session read",
        "client answers",
        |_, state| {
            state
                .client
                .as_ref()
                .is_some_and(|client| client.wrote && client.answered > 0)
        },
    ),
    witness(
        "the router forgets after a put, and the get sees it",
        "client answers",
        |_, state| {
            let reads_it = state.client.as_ref().is_some_and(|client| client.has_read);
            reads_it
                && state
                    .router
                    .as_ref()
                    .is_some_and(|router| router.forgot_within_session)
        },
    ),
    witness(
        "the client reads another one's write twice",
        "monotonic reads",
        |_, state| {
            let reader = state.client.as_ref();
            reader.is_some_and(|client| !client.wrote && client.has_read && client.answered > 1)
        },
    ),
    witness(
        "a replica asks while the others have a leader",
        "a heard leader stays",
        |_, state| {
            let asks = |node: &&Node<MemLog, MemStore>| matches!(node.role(), Role::PreCandidate { .. });
            nodes(state).find(asks).is_some_and(|asking| {
                let mut others = nodes(state).filter(|node| node.id() != asking.id());
                leaders(state).any(|(leader, _)| {
                    others.all(|node| node.epoch() == leader.epoch() && node.leader() == Some(leader.id()))
                })
            })
        },
    ),
    witness(
        "an idle leader that is heard outlives its heartbeats",
        "a heard leader stays",
        |system, state| {
            let allowed = system.scope.limits.quorum_heartbeats;
            let idle = state.ledger.levels.is_empty();
            let outlived = allowed > 0 && u32::from(state.ledger.heartbeats) > allowed && idle;
            // One leader of one epoch has sent them all.
            outlived && leaders(state).any(|(node, _)| node.epoch() == Epoch(1))
        },
    ),
    witness(
        "every linearizable read is answered",
        "linearizable",
        |system, state| {
            let history = state.ledger.history.as_ref();
            history.is_some_and(|history| history.answered > 0 && history.answered == system.scope.reads)
        },
    ),
    witness(
        "a read waits at a leader that is replaced",
        "linearizable",
        |_, state| {
            let newest = leaders(state).map(|(node, _)| node.epoch()).max();
            leaders(state).any(|(node, leadership)| {
                !leadership.reads.waiting.is_empty() && newest.is_some_and(|newest| node.epoch() < newest)
            })
        },
    ),
    witness(
        "a confirmed read waits for its leader's disk",
        "linearizable",
        |_, state| {
            leaders(state).any(|(node, Leadership { reads, .. })| {
                let confirmed = |round| reads.echoed.iter().any(|echoed| *echoed >= round);
                reads
                    .waiting
                    .iter()
                    .any(|read| confirmed(read.round) && node.applied().index < read.index)
            })
        },
    ),
    witness("reads wait for different rounds", "linearizable", |_, state| {
        leaders(state).any(|(_, Leadership { reads, .. })| {
            let ends = reads.waiting.front().zip(reads.waiting.back());
            ends.is_some_and(|(first, last)| first.round < last.round)
        })
    }),
    witness("the client is told LOST", "no silent loss", |_, state| {
        state.client.as_ref().is_some_and(|client| client.told_lost)
    }),
    witness(
        "a durable write waits for the bound of its level",
        "leader acknowledgements bounded",
        |_, state| {
            leaders(state).any(|(node, leadership)| {
                leadership
                    .pending
                    .iter()
                    .any(|write| write.level == AckLevel::Leader && write.index <= node.durable())
            })
        },
    ),
    witness(
        "a session is answered about a compacted entry",
        "compaction keeps the lineage",
        |system, state| about_compacted(system, state, |answer| answer == SessionRead::Answer),
    ),
    witness(
        "a session is told LOST about a compacted entry",
        "compaction keeps the lineage",
        |system, state| about_compacted(system, state, |answer| matches!(answer, SessionRead::Lost(_))),
    ),
    witness(
        "a leader's state waits for the disk",
        "no honest refusal",
        |_, state| nodes(state).any(|node| node.staged().is_some()),
    ),
    witness("a transaction is done", "applied as specified", |_, state| {
        let ledger = &state.ledger;
        ledger
            .acks
            .iter()
            .any(|ack| ledger.transactions.contains(&ack.write))
    }),
    witness("a transaction conflicts", "outcomes as told", |_, state| {
        !state.ledger.conflicts.is_empty()
    }),
    witness(
        "a transaction at level leader waits for its outcome",
        "outcomes as told",
        |_, state| {
            leaders(state).any(|(node, leadership)| {
                leadership.pending.iter().any(|write| {
                    write.level == AckLevel::Leader
                        && write.outcome.is_none()
                        && write.index <= node.durable()
                })
            })
        },
    ),
    witness(
        "a leader that hands over waits for its target",
        "a hand-over is prepared",
        |_, state| {
            leaders(state).any(|(_, leadership)| leadership.transfer.is_some_and(|transfer| !transfer.told))
        },
    ),
    witness(
        "an earlier leader's word to campaign is under way",
        "only the leader hands over",
        |_, state| {
            state.network.envelopes().iter().any(|envelope| {
                matches!(&envelope.msg, Msg::Peer(Message::TimeoutNow { epoch })
                    if *epoch < state.replica(envelope.to).node().epoch())
            })
        },
    ),
    witness(
        "a write's fate is told as committed",
        "fate tells the truth",
        |system, state| any_fate(system, state, Fate::Committed),
    ),
    witness(
        "a write's fate is told as truncated",
        "fate tells the truth",
        |system, state| any_fate(system, state, Fate::Truncated),
    ),
    witness(
        "a write's fate is told as unknown",
        "fate tells the truth",
        |system, state| any_fate(system, state, Fate::Unknown),
    ),
    witness(
        "an entry is truncated in favour of an older one",
        "fate tells the truth",
        |_, state| {
            nodes(state).any(|node| {
                let applied = node.applied().index;
                let loses = |id: EntryId| {
                    id.index <= applied
                        && node
                            .log()
                            .epoch_at(id.index)
                            .is_some_and(|owner| owner < id.epoch)
                };
                nodes(state).any(|other| other.log().all().iter().any(|entry| loses(entry.id)))
            })
        },
    ),
    witness(
        "a lost write's operation is told",
        "lost writes are in quarantine",
        |_, state| {
            nodes(state).any(|node| {
                let (lost, _) = node.quarantine(EntryId::ZERO, usize::MAX, usize::MAX);
                !lost.is_empty()
            })
        },
    ),
    witness(
        "a delete is in quarantine",
        "lost writes are in quarantine",
        |_, state| {
            let is_delete = |op: &Op| matches!(op, Op::Delete { .. });
            nodes(state).any(|node| {
                let mut lost = node.store().in_quarantine().iter();
                lost.any(|entry| entry.payload.ops().iter().any(is_delete))
            })
        },
    ),
    witness(
        "an entry commits on a refilled replica's copy",
        "a refilled replica is not counted early",
        |_, state| {
            leaders(state).any(|(node, leadership)| {
                let rests_on = |place: usize| {
                    let refilled = state.replica(node.config().peers[place]).node().standing();
                    let (copy, other) = (&leadership.progress[place], &leadership.progress[1 - place]);
                    let counted = copy.joins < node.commit() && copy.matched >= node.commit();
                    refilled != Standing::Original && counted && other.matched < node.commit()
                };
                rests_on(0) || rests_on(1)
            })
        },
    ),
];

const fn witness(name: &'static str, of: &'static str, seen: fn(&System, &State) -> bool) -> Witness {
    Witness {
        name,
        of,
        seen: Seen::InState(seen),
    }
}

fn nodes(state: &State) -> impl Iterator<Item = &Node<MemLog, MemStore>> {
    state.replicas.iter().map(|replica| replica.node())
}

fn leaders(state: &State) -> impl Iterator<Item = (&Node<MemLog, MemStore>, &Leadership)> {
    nodes(state).filter_map(|node| match node.role() {
        Role::Leader(leadership) => Some((node, leadership)),
        _ => None,
    })
}

fn acked(state: &State, level: AckLevel) -> bool {
    state.ledger.acks.iter().any(|ack| ack.level == level)
}

fn any_fate(system: &System, state: &State, wanted: Fate) -> bool {
    let acks = &state.ledger.acks;
    nodes(state).any(|node| {
        acks.iter()
            .any(|ack| fate(system.rules, node.log(), node.applied(), ack.at) == wanted)
    })
}

fn any_reads(system: &System, state: &State, is_it: impl Fn(Reply) -> bool) -> bool {
    nodes(state).any(|node| is_it(any_read(system.rules, node, system.key())))
}

/// Whether somebody is answered so who awaits `level` of a write that was acknowledged at level `leader`.
fn any_awaited(system: &System, state: &State, level: AckLevel, is_it: impl Fn(Reply) -> bool) -> bool {
    let mut acks = state.ledger.acks.iter();
    acks.any(|ack| {
        ack.level == AckLevel::Leader
            && nodes(state).any(|node| is_it(awaited(system.rules, node, ack.at, level)))
    })
}

fn any_answer(
    system: &System,
    state: &State,
    is_it: impl Fn(&Node<MemLog, MemStore>, SessionRead) -> bool,
) -> bool {
    let answer = |node: &Node<MemLog, MemStore>, seen: EntryId| {
        session_read(system.rules, node.log(), node.applied(), seen)
    };
    let acks = &state.ledger.acks;
    nodes(state).any(|node| acks.iter().any(|ack| is_it(node, answer(node, ack.at))))
}

/// Whether a replica gives such an answer about an entry that its log has dropped.
fn about_compacted(system: &System, state: &State, is_it: impl Fn(SessionRead) -> bool) -> bool {
    nodes(state).any(|node| {
        let compacted = node.log().compacted().index;
        let mut dropped = state.ledger.acks.iter().filter(|ack| ack.at.index <= compacted);
        dropped.any(|ack| is_it(session_read(system.rules, node.log(), node.applied(), ack.at)))
    })
}
