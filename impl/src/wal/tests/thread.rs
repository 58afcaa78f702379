use std::collections::BTreeMap;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::thread;

use super::super::{Outcome, SubmitError, Synced, WalError, WalHandle, WalStopped, WalThread};
use super::append::with_failing_sync;
use super::{Home, records};

/// Of the log in most tests.
const PARTS: usize = 1;

fn spawn(home: &Home) -> (WalHandle, Receiver<Outcome>) {
    let (sender, outcomes) = channel();
    let handle =
        WalThread::spawn(home.open().0, PARTS, move |outcome| sender.send(outcome).unwrap()).unwrap();
    (handle, outcomes)
}

fn synced(outcome: Outcome) -> Vec<Synced> {
    match outcome {
        Outcome::Synced { synced, .. } => synced,
        Outcome::Failed(error) => panic!("{error}"),
    }
}

#[test]
fn a_group_reports_how_many_records_of_each_partition_are_synced() {
    let home = Home::new(4096);
    let (handle, outcomes) = spawn(&home);
    let submission: Vec<_> = [7, 2, 7, 0, 7, 2]
        .into_iter()
        .map(|partition| (partition, vec![partition]))
        .collect();
    handle.append(submission.clone()).unwrap();
    let counts = synced(outcomes.recv().unwrap());
    let expected = [(0, 1), (2, 2), (7, 3)].map(|(partition, records)| Synced { partition, records });
    assert_eq!(counts, expected);
    handle.shutdown().unwrap();
    assert_eq!(home.records(), submission);
}

#[test]
fn a_checkpoint_takes_the_place_of_the_segments_before_it_and_is_not_reported() {
    let home = Home::new(256);
    let (handle, outcomes) = spawn(&home);
    handle.append(records(0..40)).unwrap();
    let mut left: usize = 40;
    while left > 0 {
        let counts = synced(outcomes.recv().unwrap());
        left -= counts.iter().map(|synced| synced.records as usize).sum::<usize>();
    }
    let checkpoint = records(100..103);
    handle.checkpoint(0, checkpoint.clone()).unwrap();
    handle.append(records(40..41)).unwrap();
    assert_eq!(synced(outcomes.recv().unwrap()).len(), 1);
    handle.shutdown().unwrap();
    assert!(outcomes.recv().is_err(), "nothing else is reported");
    let kept = home.records();
    let place = kept.iter().position(|record| *record == checkpoint[0]).unwrap();
    assert!(place < 20, "what was before the checkpoint's segment is purged");
    assert_eq!(kept[place..], [checkpoint, records(40..41)].concat());
}

/// Where one part has made a checkpoint, another may have records that nobody has said again.
#[test]
fn no_segment_goes_before_every_part_has_made_a_checkpoint_after_it() {
    let home = Home::new(256);
    let (sender, outcomes) = channel();
    let notify = move |outcome| sender.send(outcome).unwrap();
    let handle = WalThread::spawn(home.open().0, 2, notify).unwrap();
    let mut next = 0..;
    // Enough for several segments, and synced.
    let mut write = || {
        handle.append(records(next.by_ref().take(15))).unwrap();
        synced(outcomes.recv().unwrap());
    };
    write();
    for n in 100..103 {
        handle.checkpoint(0, records(n..n + 1)).unwrap();
        write();
        assert!(
            home.segment(1).exists(),
            "one part alone has said its records again"
        );
    }
    handle.checkpoint(1, records(103..104)).unwrap();
    write();
    assert!(!home.segment(1).exists(), "both have");
    handle.shutdown().unwrap();
    let kept = home.records();
    assert!(
        kept.contains(&records(102..103)[0]),
        "the older of the two checkpoints is needed"
    );
    assert!(!kept.contains(&records(101..102)[0]), "what is before it is not");
}

#[test]
fn what_queues_up_during_a_sync_is_one_group() {
    let home = Home::new(4096);
    let (sender, outcomes) = channel();
    let (resume, resumed): (Sender<()>, _) = channel();
    let handle = WalThread::spawn(home.open().0, PARTS, move |outcome| {
        sender.send(outcome).unwrap();
        let _ = resumed.recv();
    })
    .unwrap();
    handle.append(records(0..1)).unwrap();
    assert_eq!(synced(outcomes.recv().unwrap()).len(), 1);
    for n in 1..20 {
        handle.append(vec![(5, vec![n])]).unwrap();
    }
    drop(resume);
    assert_eq!(
        synced(outcomes.recv().unwrap()),
        [Synced {
            partition: 5,
            records: 19
        }]
    );
}

#[test]
fn many_producers_lose_nothing_and_keep_their_order() {
    const PRODUCERS: u8 = 8;
    const SUBMISSIONS: u8 = 100;
    let home = Home::new(4096);
    let (handle, outcomes) = spawn(&home);
    thread::scope(|scope| {
        for producer in 0..PRODUCERS {
            let handle = &handle;
            scope.spawn(move || {
                for n in 0..SUBMISSIONS {
                    let other = producer + PRODUCERS;
                    handle
                        .append(vec![
                            (producer, vec![n; 20]),
                            (other, vec![n; 40]),
                            (producer, vec![n]),
                        ])
                        .unwrap();
                }
            });
        }
    });
    handle.shutdown().unwrap();

    let mut counts = BTreeMap::new();
    for outcome in outcomes {
        for Synced { partition, records } in synced(outcome) {
            *counts.entry(partition).or_insert(0) += records;
        }
    }
    let per_submission = |partition| if partition < PRODUCERS { 2 } else { 1 };
    let expected =
        (0..2 * PRODUCERS).map(|partition| (partition, u32::from(SUBMISSIONS) * per_submission(partition)));
    assert_eq!(counts, expected.collect());

    let mut next = [0; PRODUCERS as usize];
    let replayed = home.records();
    assert_eq!(
        replayed.len(),
        3 * usize::from(PRODUCERS) * usize::from(SUBMISSIONS)
    );
    for submission in replayed.chunks(3) {
        let producer = submission[0].0;
        let n = next[usize::from(producer)];
        assert_eq!(
            submission,
            [
                (producer, vec![n; 20]),
                (producer + PRODUCERS, vec![n; 40]),
                (producer, vec![n])
            ]
        );
        next[usize::from(producer)] += 1;
    }
}

#[test]
fn dropping_the_handle_syncs_and_reports_all_that_was_submitted() {
    let home = Home::new(4096);
    let (handle, outcomes) = spawn(&home);
    for n in 0..100 {
        handle.append(records([n])).unwrap();
    }
    drop(handle);
    let reported: u32 = outcomes
        .into_iter()
        .flat_map(synced)
        .map(|synced| synced.records)
        .sum();
    assert_eq!(reported, 100);
    assert_eq!(home.records(), records(0..100));
}

#[test]
fn a_failed_sync_is_reported_once_and_stops_the_thread() {
    let home = Home::new(4096);
    let (sender, outcomes) = channel();
    let wal = with_failing_sync(&home);
    let handle = WalThread::spawn(wal, PARTS, move |outcome| sender.send(outcome).unwrap()).unwrap();
    handle.append(records(0..3)).unwrap();
    let outcome = outcomes.recv().unwrap();
    assert!(
        matches!(outcome, Outcome::Failed(WalError::Io { action: "sync", .. })),
        "{outcome:?}"
    );
    // By then nobody can submit any more, and nobody who waited for room in the queue is still waiting.
    assert_eq!(
        handle.append(records(3..4)),
        Err(SubmitError::Stopped(WalStopped))
    );
    assert_eq!(handle.shutdown(), Err(WalStopped));
    assert!(outcomes.recv().is_err(), "reported once");
}

#[test]
fn a_submission_is_taken_whole_or_not_at_all() {
    let home = Home::new(200);
    let (handle, _outcomes) = spawn(&home);
    let error = handle.append(vec![(1, vec![1]), (2, vec![2; 500])]).unwrap_err();
    assert_eq!(error, SubmitError::PayloadTooLarge { bytes: 500, max: 127 });
    handle.append(vec![]).unwrap();
    handle.append(vec![(3, vec![3])]).unwrap();
    handle.shutdown().unwrap();
    assert_eq!(home.records(), [(3, vec![3])]);
}
