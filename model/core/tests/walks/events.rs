//! What can happen, and making it happen.

use super::dice::Dice;
use super::requests::any_requests;
use crate::cluster::{Cluster, Envelope, MEMBERS};
use katakv_core::*;

/// What can happen in the world.
#[derive(Clone, Debug)]
pub enum Event {
    Input(NodeId, Input),
    Deliver(Envelope),
    Lose(Envelope),
    Repeat(Envelope),
    Crash {
        at: NodeId,
        keep: usize,
        store_lags: bool,
    },
    LoseDisk {
        at: NodeId,
        incarnation: u64,
    },
}

impl Event {
    /// Something that can happen now. Whatever is in the network can arrive first.
    pub fn any(dice: &mut Dice, cluster: &Cluster) -> Event {
        let at = dice.member();
        let in_flight = cluster.replica(at).in_flight.len() as u64;
        let network = &cluster.network;
        if !network.is_empty() && dice.roll(2) == 0 {
            let envelope = network[dice.roll(network.len() as u64) as usize].clone();
            return match dice.roll(12) {
                0 => Event::Lose(envelope),
                1 => Event::Repeat(envelope),
                _ => Event::Deliver(envelope),
            };
        }
        match dice.roll(40) {
            0 => Event::Input(at, Input::Timeout(Timer::Election)),
            1..=5 => Event::Input(at, Input::Timeout(Timer::Heartbeat)),
            6 if dice.roll(4) == 0 => Event::Crash {
                at,
                keep: dice.roll(in_flight + 1) as usize,
                store_lags: dice.roll(2) == 0,
            },
            7 if dice.roll(2) == 0 => {
                let to = Index(dice.roll(cluster.replica(at).node.log().last().index.0 + 2));
                Event::Input(at, Input::Compact { to })
            }
            // One at a time: two copies of three must be there.
            22 if dice.roll(8) == 0 && MEMBERS.iter().all(|member| counts(cluster, *member)) => {
                Event::LoseDisk {
                    at,
                    incarnation: 1 + dice.roll(u64::MAX),
                }
            }
            20 if dice.roll(2) == 0 => {
                let now_ms = dice.roll(12);
                Event::Input(at, Input::Clock { now_ms })
            }
            8..=20 => Event::Input(at, Input::Requests(any_requests(dice))),
            // Named: of two that are equally far, the first would be chosen.
            21 => Event::Input(
                at,
                Input::Transfer {
                    to: Some(dice.member()),
                },
            ),
            _ => Event::Input(at, Input::Synced(dice.roll(in_flight + 1) as u32)),
        }
    }

    /// Makes it happen. `Cluster::step` asserts what must hold after each step.
    pub fn happen(&self, cluster: &mut Cluster) -> Vec<Effect> {
        match self.clone() {
            Event::Input(at, input) => cluster.step(at, input),
            Event::Deliver(envelope) => {
                take(cluster, &envelope);
                let Envelope { from, to, message } = envelope;
                let admitted = cluster.replica(to).node.admits(from, &message);
                assert_eq!(admitted, Ok(()), "{from} to {to}: {message}");
                cluster.step(to, Input::Receive { from, message })
            }
            Event::Lose(envelope) => {
                take(cluster, &envelope);
                Vec::new()
            }
            Event::Repeat(envelope) => {
                cluster.network.push(envelope);
                Vec::new()
            }
            Event::Crash { at, keep, store_lags } => {
                cluster.crash(at, keep, store_lags);
                Vec::new()
            }
            Event::LoseDisk { at, incarnation } => {
                cluster.lose(at, incarnation);
                Vec::new()
            }
        }
    }
}

/// Whether a replica is a member, and would be after any crash.
fn counts(cluster: &Cluster, at: NodeId) -> bool {
    let replica = cluster.replica(at);
    let durable = replica.synced.iter().filter_map(|record| record.hard).next_back();
    replica.node.standing().is_member() && durable.is_none_or(|hard| hard.standing.is_member())
}

fn take(cluster: &mut Cluster, wanted: &Envelope) {
    let is_it = |envelope: &Envelope| {
        envelope.from == wanted.from && envelope.to == wanted.to && envelope.message == wanted.message
    };
    let place = cluster
        .network
        .iter()
        .position(is_it)
        .expect("it is in the network");
    cluster.network.remove(place);
}

pub fn limits(dice: &mut Dice) -> Limits {
    Limits {
        window: 1 + dice.roll(3) as u32,
        append_entries_max: 1 + dice.roll(3) as u32,
        uncommitted_max: 1 + dice.roll(6) as u32,
        push_commit: dice.roll(2) == 0,
        leader_acks_max: dice.roll(3) as u32,
        pre_vote: dice.roll(2) == 0,
        quorum_heartbeats: dice.roll(3) as u32,
        expired_max: 1 + dice.roll(2) as u32,
        ..Limits::default()
    }
}
