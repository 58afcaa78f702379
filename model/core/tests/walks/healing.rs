//! Whatever has happened can be mended.

use super::dice::Dice;
use super::events::{Event, limits};
use crate::cluster::{Cluster, Envelope, MEMBERS};
use katakv_core::*;

/// Whatever has happened, a cluster whose messages arrive again and whose disks are done elects a leader that serves,
/// and the others catch up with it.
#[test]
fn every_walk_can_be_healed() {
    for seed in 1..=150 {
        let mut dice = Dice::new(seed);
        let mut cluster = Cluster::new(limits(&mut dice));
        for _ in 0..400 {
            Event::any(&mut dice, &cluster).happen(&mut cluster);
        }
        let leader = heal(&mut cluster, &mut dice);
        let node = &cluster.replica(leader).node;
        for id in MEMBERS {
            let other = &cluster.replica(id).node;
            let last = node.log().last().index;
            assert_eq!(
                (other.log().last(), other.log().lineage(last)),
                (node.log().last(), node.log().lineage(last)),
                "seed {seed}: {id} has the log of {leader}"
            );
            assert_eq!(
                (other.applied(), other.store().data()),
                (node.applied(), node.store().data()),
                "seed {seed}: {id} has applied it all"
            );
        }
        assert_eq!(node.applied(), node.log().last(), "seed {seed}");
    }
}

/// Lets everything arrive, and time out who hears no leader. Returns the leader that serves in the end.
fn heal(cluster: &mut Cluster, dice: &mut Dice) -> NodeId {
    for _ in 0..20 {
        settle(cluster);
        let leader = MEMBERS
            .into_iter()
            .filter(|id| cluster.replica(*id).node.leader() == Some(*id))
            .max_by_key(|id| cluster.replica(*id).node.epoch());
        let serving = leader.filter(|id| cluster.replica(*id).node.serving());
        for id in MEMBERS {
            cluster.step(id, Input::Timeout(Timer::Heartbeat));
        }
        settle(cluster);
        let follows = |id: &NodeId| cluster.replica(*id).node.leader() == leader;
        if let Some(leader) = serving
            && MEMBERS.iter().all(follows)
        {
            // Once more, so that everyone hears how far it is committed.
            cluster.step(leader, Input::Timeout(Timer::Heartbeat));
            settle(cluster);
            // With this heartbeat, one that was to hand over may have done so.
            if cluster.replica(leader).node.leader() == Some(leader) {
                return leader;
            }
            continue;
        }
        let lonely: Vec<NodeId> = MEMBERS.into_iter().filter(|id| !follows(id)).collect();
        let lonely = if lonely.is_empty() {
            MEMBERS.to_vec()
        } else {
            lonely
        };
        let at = lonely[dice.roll(lonely.len() as u64) as usize];
        cluster.step(at, Input::Timeout(Timer::Election));
    }
    panic!("no leader serves after twenty rounds")
}

fn settle(cluster: &mut Cluster) {
    for _ in 0..200 {
        for id in MEMBERS {
            let in_flight = cluster.replica(id).node.records_in_flight();
            cluster.step(id, Input::Synced(in_flight));
        }
        let envelopes = std::mem::take(&mut cluster.network);
        if envelopes.is_empty() {
            return;
        }
        for Envelope { from, to, message } in envelopes {
            assert_eq!(cluster.replica(to).node.admits(from, &message), Ok(()));
            cluster.step(to, Input::Receive { from, message });
        }
    }
    panic!("replicas that nobody disturbs never stop talking")
}
