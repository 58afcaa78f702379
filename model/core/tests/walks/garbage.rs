//! Messages that nobody honest has sent.

use super::dice::Dice;
use super::events::{Event, limits};
use super::requests::{any_id, any_number, any_requests};
use crate::cluster::Cluster;
use katakv_core::*;

/// Whatever a peer says that `admits` lets in, no assertion of `step` is within its reach, then or later.
#[test]
fn garbage_that_is_admitted_does_no_harm() {
    let (mut admitted, mut refused) = (0, 0);
    for seed in 1..=100 {
        let mut dice = Dice::new(seed);
        let mut cluster = Cluster::new(limits(&mut dice));
        for _ in 0..150 {
            Event::any(&mut dice, &cluster).happen(&mut cluster);
            let at = dice.member();
            let mut node = cluster.replica(at).node.clone();
            for _ in 0..12 {
                let from = NodeId(dice.roll(4) as u8);
                let message = any_message(&mut dice, node.epoch());
                if node.admits(from, &message).is_ok() {
                    admitted += 1;
                    step(
                        &Sound,
                        &mut node,
                        Input::Receive { from, message },
                        &mut Vec::new(),
                    );
                    step(&Sound, &mut node, any_local(&mut dice), &mut Vec::new());
                } else {
                    refused += 1;
                }
            }
            let in_flight = node.records_in_flight();
            step(&Sound, &mut node, Input::Synced(in_flight), &mut Vec::new());
        }
    }
    assert!(
        admitted > 10_000 && refused > 10_000,
        "{admitted} admitted, {refused} refused"
    );
}

fn any_message(dice: &mut Dice, near: Epoch) -> Message {
    let epoch = match dice.roll(5) {
        0 => Epoch(any_number(dice)),
        _ => Epoch(near.0.saturating_add(dice.roll(2))),
    };
    match dice.roll(11) {
        8 => Message::Learned {
            epoch,
            incarnation: dice.roll(3),
            reached: Index(any_number(dice)),
        },
        9 => Message::Lacking {
            epoch,
            incarnation: dice.roll(3),
            prev: Index(any_number(dice)),
            hint: any_id(dice),
        },
        10 => Message::TimeoutNow { epoch },
        7 => Message::Snapshot {
            epoch,
            snapshot: any_snapshot(dice),
        },
        0 => Message::RequestVote {
            epoch,
            last: any_id(dice),
        },
        1 => Message::Vote { epoch },
        2 => Message::Appended {
            epoch,
            matched: Index(any_number(dice)),
        },
        3 => Message::Rejected {
            epoch,
            prev: Index(any_number(dice)),
            hint: any_id(dice),
        },
        4 => Message::PreVote {
            epoch,
            last: any_id(dice),
        },
        5 => Message::PreVoted { epoch },
        _ => {
            let prev = any_id(dice);
            Message::Append {
                epoch,
                prev,
                commit: Index(any_number(dice)),
                entries: any_entries(dice, prev).into(),
            }
        }
    }
}

/// Mostly what could follow `prev`.
fn any_entries(dice: &mut Dice, prev: EntryId) -> Vec<Entry> {
    let mut last = prev;
    (0..dice.roll(4))
        .map(|_| {
            let index = match dice.roll(20) {
                0 => Index(any_number(dice)),
                _ => Index(last.index.0.saturating_add(1)),
            };
            last = EntryId::new(Epoch(last.epoch.0.saturating_add(dice.roll(2))), index);
            Entry {
                id: last,
                payload: Payload::Barrier,
            }
        })
        .collect()
}

fn any_snapshot(dice: &mut Dice) -> Snapshot {
    let mut lineage = Lineage::default();
    for _ in 0..dice.roll(8) {
        let last = lineage.last();
        let epoch = Epoch(last.epoch.0.max(1) + dice.roll(2));
        lineage.append(EntryId::new(epoch, last.index.next()));
    }
    Snapshot {
        lineage,
        state: Image::Whole(State::default()),
    }
}

fn any_local(dice: &mut Dice) -> Input {
    match dice.roll(5) {
        4 => Input::Compact {
            to: Index(any_number(dice)),
        },
        0 => Input::Timeout(Timer::Election),
        1 => Input::Timeout(Timer::Heartbeat),
        2 => Input::Synced(0),
        _ => Input::Requests(any_requests(dice)),
    }
}
