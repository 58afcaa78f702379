//! Random walks of a cluster, seeded: what holds for every step, looked for where no story goes.

mod cluster;
mod walks {
    pub mod dice;
    pub mod events;
    mod garbage;
    mod healing;
    pub mod requests;
    mod twins;
}

use cluster::{Cluster, Envelope, MEMBERS};
use katakv_core::*;
use walks::dice::Dice;
use walks::events::{Event, limits};

/// Long walks, in which the assertions of `step` and of the cluster are the test; and not idle ones.
#[test]
fn no_walk_breaks_an_assertion() {
    let (mut epochs, mut commits) = (0, 0);
    for seed in 1..=150 {
        let mut dice = Dice::new(seed);
        let mut cluster = Cluster::new(limits(&mut dice));
        for _ in 0..1500 {
            Event::any(&mut dice, &cluster).happen(&mut cluster);
        }
        epochs += cluster.replica(MEMBERS[0]).node.epoch().0;
        commits += cluster.replica(MEMBERS[0]).node.commit().0;
    }
    assert!(
        epochs > 150 && commits > 1500,
        "{epochs} epochs, {commits} commits"
    );
}

/// A checkpoint is what all records before it amount to: alone, after whatever a purge has left of them, and after all of
/// them.
#[test]
fn a_checkpoint_stands_for_all_records_before_it() {
    let (mut checkpoints, mut compacted) = (0, 0);
    for seed in 1..=100 {
        let mut dice = Dice::new(seed);
        let mut cluster = Cluster::new(limits(&mut dice));
        for _ in 0..600 {
            Event::any(&mut dice, &cluster).happen(&mut cluster);
            let replica = cluster.replica(dice.member());
            let Some(checkpoint) = replica.node.checkpoint(dice.roll(200) as usize) else {
                continue;
            };
            let records: Vec<Record> = replica.synced.iter().chain(&replica.in_flight).cloned().collect();
            let fold = |mut recovery: Recovery<MemLog>, left: usize, checkpoint: &[Record]| {
                for record in &records[records.len() - left..] {
                    recovery.push(record.clone())?;
                }
                for record in checkpoint {
                    recovery.push_checkpoint(record.clone())?;
                }
                let (config, store) = (*replica.node.config(), replica.node.store().clone());
                recovery.finish(&Sound, config, store, &mut Vec::new())
            };
            let new = || Recovery::new(MemLog::default(), true);
            let purged = || Recovery::after_purge(MemLog::default(), true);
            let all = records.len();
            let left = dice.roll(all as u64 + 1) as usize;
            let expected = fold(new(), all, &[]);
            assert!(expected.is_ok(), "seed {seed}");
            assert_eq!(fold(new(), all, &checkpoint), expected, "seed {seed}");
            assert_eq!(
                fold(purged(), left, &checkpoint),
                expected,
                "seed {seed}, {left} left"
            );
            assert_eq!(
                fold(purged(), left, &checkpoint[1..]),
                Err(RecoverError::NoCheckpoint)
            );
            checkpoints += 1;
            compacted += u64::from(replica.node.log().compacted() > EntryId::ZERO);
        }
    }
    assert!(
        checkpoints > 10_000 && compacted > 1_000,
        "{checkpoints} checkpoints, {compacted} of compacted logs"
    );
}

/// Results of elections are published by whoever serves, and arrive late, repeatedly and in any order. What a directory says never goes back,
/// but for what it forgets altogether, and no epoch has two results.
#[test]
fn published_results_never_go_back() {
    let (mut news, mut late) = (0, 0);
    for seed in 1..=100 {
        let mut dice = Dice::new(seed);
        let mut cluster = Cluster::new(limits(&mut dice));
        let mut published: Vec<Elected> = Vec::new();
        let mut directory = Directory::default();
        for _ in 0..2_000 {
            Event::any(&mut dice, &cluster).happen(&mut cluster);
            for id in MEMBERS {
                let Some(result) = cluster.replica(id).node.elected() else {
                    continue;
                };
                let same = published.iter().find(|other| other.epoch == result.epoch);
                match same {
                    Some(other) => assert_eq!(*other, result, "seed {seed}: one result an epoch"),
                    None => published.push(result),
                }
            }
            if dice.roll(200) == 0 {
                directory = Directory::default();
            }
            if published.is_empty() || dice.roll(4) > 0 {
                continue;
            }
            let heard = published[dice.roll(published.len() as u64) as usize];
            let before = directory.elected();
            let is_news = directory.hear(&Sound, heard);
            let after = directory.elected();
            assert!(
                after >= before && after.is_some_and(|after| after.epoch >= heard.epoch),
                "seed {seed}"
            );
            news += u64::from(is_news);
            late += u64::from(before.is_some_and(|before| before.epoch > heard.epoch));
        }
    }
    assert!(news > 100 && late > 1_000, "{news} were news, {late} came late");
}

/// A node, its records and its messages survive a text format: traces are made of them.
#[test]
fn states_and_messages_survive_json() {
    let mut dice = Dice::new(7);
    let mut cluster = Cluster::new(Limits::default());
    for _ in 0..3000 {
        let event = Event::any(&mut dice, &cluster);
        event.happen(&mut cluster);
        if let Event::Deliver(Envelope { message, .. }) = &event {
            assert_eq!(&through_json(message), message);
        }
        if let Event::Input(at, input) = &event {
            assert_eq!(&through_json(input), input);
            let node = &cluster.replica(*at).node;
            assert_eq!(&through_json(node), node);
            assert_eq!(
                &through_json(&cluster.replica(*at).synced),
                &cluster.replica(*at).synced
            );
        }
    }
}

fn through_json<T: serde::Serialize + serde::de::DeserializeOwned>(value: &T) -> T {
    let text = serde_json::to_string(value).expect("it can be told in JSON");
    serde_json::from_str(&text).expect("and read again")
}
