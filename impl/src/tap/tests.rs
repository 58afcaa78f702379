//! A tap holds what was recorded, within its limit, and tells how it ended.

use super::{End, Event, RecordConfig, Recorder, TapError, TapFile, files};
use crate::driver::{Driver, DriverConfig};
use crate::placement::Placement;
use crate::wal::WalConfig;
use crate::wire::ClusterId;
use katakv_core::{Input, Limits, NodeId, Partition, Timer};
use std::fs;
use std::path::Path;

fn node() -> DriverConfig {
    DriverConfig {
        cluster: ClusterId(7),
        id: NodeId(1),
        placement: Placement::OF_THREE,
        limits: Limits::default(),
        wal: WalConfig {
            segment_bytes: 1 << 16,
        },
    }
}

fn recorder(home: &Path, bytes_max: u64) -> Recorder {
    let (driver, _wal) = Driver::open(&home.join("node"), node(), &mut Vec::new()).unwrap();
    let dir = home.join("record");
    Recorder::start(&RecordConfig { dir, bytes_max }, &node(), &driver)
        .unwrap()
        .unwrap()
}

fn read(file: &Path) -> (Vec<Event>, bool) {
    let mut tap = TapFile::open(file).unwrap();
    let mut events = Vec::new();
    while let Some(event) = tap.next_event().unwrap() {
        events.push(event);
    }
    (events, tap.is_cut())
}

fn timeout() -> Event {
    Event::Input {
        partition: Partition(3),
        input: Input::Timeout(Timer::Election),
    }
}

fn record(recorder: &mut Recorder) {
    recorder.input(Partition(3), &Input::Timeout(Timer::Election));
    recorder.performed();
}

#[test]
fn what_was_recorded_is_read_and_each_start_has_a_file() {
    let home = tempfile::tempdir().unwrap();
    let mut first = recorder(home.path(), 1 << 20);
    record(&mut first);
    first.stopped();
    let mut second = recorder(home.path(), 1 << 20);
    record(&mut second);
    drop(second);

    let files = files(&home.path().join("record"), NodeId(1)).unwrap();
    assert_eq!(files.len(), 2);
    let (events, _) = read(&files[0]);
    assert!(matches!(events[0], Event::Started { node: NodeId(1), .. }));
    assert_eq!(
        events[11..],
        [timeout(), Event::Performed, Event::Ended(End::Stopped)]
    );
    let (events, _) = read(&files[1]);
    assert_eq!(
        events.last(),
        Some(&Event::Performed),
        "it was not stopped in good order"
    );
}

#[test]
fn recording_ends_at_its_limit_and_says_so() {
    let home = tempfile::tempdir().unwrap();
    let bytes_max = 2000;
    let mut recorder = recorder(home.path(), bytes_max);
    for _ in 0..10_000 {
        record(&mut recorder);
    }
    recorder.stopped();
    let files = files(&home.path().join("record"), NodeId(1)).unwrap();
    let (events, _) = read(&files[0]);
    assert_eq!(events.last(), Some(&Event::Ended(End::Limit)));
    assert!(events.contains(&timeout()), "something was recorded");
    assert!(fs::metadata(&files[0]).unwrap().len() <= bytes_max);
}

/// How many turns there are of each partition, and whether the node was stopped at the end.
fn turns(file: &Path) -> ([usize; 10], bool) {
    let (events, _) = read(file);
    let mut turns = [0; 10];
    let mut of = None;
    for event in &events[11..] {
        match event {
            Event::Input { partition, .. } => {
                assert_eq!(of, None, "a turn begins when the one before it is over");
                of = Some(*partition);
            }
            Event::Performed => turns[usize::from(of.take().unwrap().0)] += 1,
            Event::Ended(_) => {}
            other => panic!("{other:?}"),
        }
    }
    (turns, events.last() == Some(&Event::Ended(End::Stopped)))
}

#[test]
fn the_turns_of_several_owners_are_in_one_file_each_as_a_whole() {
    let home = tempfile::tempdir().unwrap();
    let mut owners = recorder(home.path(), 16 << 20).split(3);
    std::thread::scope(|scope| {
        for (partition, owner) in (0..).zip(&mut owners) {
            scope.spawn(move || {
                for _ in 0..20_000 {
                    owner.input(Partition(partition), &Input::Timeout(Timer::Election));
                    owner.performed();
                }
            });
        }
    });
    owners.into_iter().for_each(Recorder::stopped);
    let files = files(&home.path().join("record"), NodeId(1)).unwrap();
    let (turns, stopped) = turns(&files[0]);
    assert_eq!(turns[..4], [20_000, 20_000, 20_000, 0]);
    assert!(stopped);
}

/// What led to a failure is there, and nothing after it: the file ends as if the node had been killed.
#[test]
fn when_one_owner_fails_the_record_ends_with_what_it_did() {
    let home = tempfile::tempdir().unwrap();
    let mut owners = recorder(home.path(), 1 << 20).split(2);
    let (mut other, mut failing) = (owners.remove(0), owners.remove(0));
    record(&mut other);
    failing.input(Partition(5), &Input::Timeout(Timer::Election));
    drop(failing);
    record(&mut other);
    other.stopped();
    let files = files(&home.path().join("record"), NodeId(1)).unwrap();
    let (events, _) = read(&files[0]);
    let of_failing = matches!(
        events.last(),
        Some(Event::Input {
            partition: Partition(5),
            ..
        })
    );
    assert!(of_failing, "{:?}", events.last());
}

/// A killed process leaves any beginning of what it was putting into its file.
#[test]
fn a_file_that_is_cut_anywhere_is_read_up_to_the_last_whole_block() {
    let home = tempfile::tempdir().unwrap();
    let mut recorder = recorder(home.path(), 1 << 20);
    record(&mut recorder);
    recorder.stopped();
    let files = files(&home.path().join("record"), NodeId(1)).unwrap();
    let bytes = fs::read(&files[0]).unwrap();
    let (whole, is_cut) = read(&files[0]);
    assert!(!is_cut);
    for length in 12..bytes.len() {
        fs::write(&files[0], &bytes[..length]).unwrap();
        let (events, is_cut) = read(&files[0]);
        assert!(whole.starts_with(&events) && events.len() < whole.len());
        assert!(is_cut || length == 12);
    }
}

#[test]
fn a_changed_byte_is_told_with_its_block() {
    let home = tempfile::tempdir().unwrap();
    recorder(home.path(), 1 << 20).stopped();
    let files = files(&home.path().join("record"), NodeId(1)).unwrap();
    let mut bytes = fs::read(&files[0]).unwrap();
    *bytes.last_mut().unwrap() ^= 1;
    fs::write(&files[0], bytes).unwrap();
    let read = TapFile::open(&files[0]).unwrap().next_event();
    assert!(
        matches!(
            read,
            Err(TapError::Damaged {
                block: 0,
                offset: 12,
                ..
            })
        ),
        "{read:?}"
    );
}
