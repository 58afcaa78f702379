//! Two clusters that differ in the names of their members alone.

use super::dice::Dice;
use super::events::{Event, limits};
use crate::cluster::{Cluster, Envelope, MEMBERS};
use katakv_core::*;

/// Two clusters whose members bear other names do the same under those names.
#[test]
fn relabelling_commutes_with_every_step() {
    for seed in 1..=60 {
        let mut dice = Dice::new(seed);
        let limits = limits(&mut dice);
        let (mut one, mut twin) = (Cluster::new(limits), Cluster::new(limits));
        for _ in 0..400 {
            let event = Event::any(&mut dice, &one);
            let effects = event.happen(&mut one);
            let twins = event.renamed().happen(&mut twin);
            assert_eq!(renamed(effects), ordered(twins), "seed {seed}: {event:?}");
            for id in MEMBERS {
                let mut node = one.replica(id).node.clone();
                node.relabel(swap);
                assert_eq!(
                    node,
                    twin.replica(swap(id)).node,
                    "seed {seed}, {id} after {event:?}"
                );
            }
        }
    }
}

impl Event {
    /// The same, as the twin has it.
    fn renamed(&self) -> Event {
        let renamed = |envelope: &Envelope| Envelope {
            from: swap(envelope.from),
            to: swap(envelope.to),
            message: envelope.message.clone(),
        };
        match self {
            Event::Input(at, Input::Transfer { to }) => {
                Event::Input(swap(*at), Input::Transfer { to: to.map(swap) })
            }
            Event::Input(at, input) => Event::Input(swap(*at), input.clone()),
            Event::Deliver(envelope) => Event::Deliver(renamed(envelope)),
            Event::Lose(envelope) => Event::Lose(renamed(envelope)),
            Event::Repeat(envelope) => Event::Repeat(renamed(envelope)),
            Event::Crash { at, keep, store_lags } => Event::Crash {
                at: swap(*at),
                keep: *keep,
                store_lags: *store_lags,
            },
            Event::LoseDisk { at, incarnation } => Event::LoseDisk {
                at: swap(*at),
                incarnation: *incarnation,
            },
        }
    }
}

/// The renaming of the twins: everyone changes places, and the order of no pair is kept.
fn swap(id: NodeId) -> NodeId {
    NodeId(2 - id.0)
}

/// `effects` as the twin has them. Between different peers, the order of messages means nothing.
fn renamed(mut effects: Vec<Effect>) -> Vec<Effect> {
    for effect in &mut effects {
        match effect {
            Effect::Send { to, .. } => *to = swap(*to),
            Effect::Persist(record) => {
                record.hard = record.hard.map(|hard| HardState {
                    vote: hard.vote.map(swap),
                    ..hard
                })
            }
            Effect::Reply {
                reply: Reply::NotLeader { leader } | Reply::AnyValue { leader, .. },
                ..
            } => *leader = leader.map(swap),
            Effect::Reply {
                reply: Reply::HandingOver { to },
                ..
            } => *to = swap(*to),
            Effect::Reply { .. } | Effect::Arm(_) => {}
        }
    }
    ordered(effects)
}

fn ordered(mut effects: Vec<Effect>) -> Vec<Effect> {
    effects.sort_by_key(|effect| match effect {
        Effect::Send { to, .. } => Some(*to),
        _ => None,
    });
    effects
}
