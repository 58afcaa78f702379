use super::*;
use katakv_core::{Log, RecoverError};
use std::fs;

/// Writes `count` keys, each on two disks.
pub(super) fn write_keys(lone: &mut Lone, count: u64) {
    for request in 1..=count {
        lone.write(request, &format!("key-{request}"), AckLevel::Quorum);
        lone.sync();
        lone.peer_has_all();
    }
}

/// Compacts and makes a checkpoint, as an owner does. Returns the segment that the checkpoint begins in.
pub(super) fn checkpoint(lone: &mut Lone, kept_bytes: usize) -> u64 {
    let compaction = lone.driver.begin_compaction();
    let compactable = loop {
        if let Some(compactable) = lone.driver.compactable(&compaction, kept_bytes, |_| None) {
            break compactable;
        }
    };
    let (_, to) = compactable[usize::from(P.0)];
    lone.handle(Input::Compact { to }).unwrap();
    let records = lone.driver.checkpoint(&compaction).unwrap();
    let appended: Vec<_> = records
        .iter()
        .map(|(tag, record)| lone.wal.append(*tag, record).unwrap())
        .collect();
    lone.sync();
    appended[0].segment
}

fn segments(dir: &Path) -> Vec<String> {
    let entries = fs::read_dir(dir.join("wal")).unwrap();
    let mut names: Vec<_> = entries
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    names.sort();
    names
}

/// All that a node is, but for the appends that its leader may have had in flight.
fn looks(lone: &Lone) -> String {
    let node = lone.driver.node(P);
    let log = node.log();
    let entries = log.entries_after(log.compacted().index, usize::MAX, usize::MAX);
    let data = lone.driver.dump(P).unwrap();
    let lineage = log.lineage(log.last().index);
    format!(
        "{:?} {lineage} {entries:?} {} {data:?}",
        node.hard(),
        node.applied()
    )
}

#[test]
fn a_node_comes_back_from_its_store_and_a_checkpoint_whatever_a_purge_has_left() {
    let home = tempfile::tempdir().unwrap();
    let mut lone = Lone::open(home.path());
    lone.lead();
    write_keys(&mut lone, 400);
    let segment = checkpoint(&mut lone, 300);
    assert!(segment > 3, "small segments");
    let compacted = lone.driver.node(P).log().compacted().index;
    assert!(compacted > Index(390) && compacted < lone.driver.node(P).applied().index);
    lone.write(1000, "after it", AckLevel::Leader);
    lone.sync();
    let expected = looks(&lone);
    // As many purges as there are segments to go, each cut short by a crash after the first removal.
    for left in (1..segment).rev() {
        let first = segment - left + 1;
        lone.wal.purge_before(first).unwrap();
        drop(lone);
        assert_eq!(segments(home.path())[0], format!("wal-{first:08}.seg"));
        lone = Lone::open(home.path());
        assert_eq!(looks(&lone), expected, "segments from {first} on");
    }
}

#[test]
fn a_log_whose_beginning_nothing_stands_for_is_refused() {
    let home = tempfile::tempdir().unwrap();
    let mut lone = Lone::open(home.path());
    lone.lead();
    write_keys(&mut lone, 400);
    drop(lone);
    fs::remove_file(home.path().join("wal/wal-00000001.seg")).unwrap();
    let before = segments(home.path());
    match Lone::try_open(home.path()).map(|_| ()).unwrap_err() {
        OpenError::Recover {
            source: RecoverError::NoCheckpoint,
            ..
        } => {}
        other => panic!("{other}"),
    }
    assert_eq!(segments(home.path()), before);
}

#[test]
fn a_store_that_is_lost_after_a_compaction_is_noticed() {
    let home = tempfile::tempdir().unwrap();
    let mut lone = Lone::open(home.path());
    lone.lead();
    write_keys(&mut lone, 10);
    checkpoint(&mut lone, 0);
    drop(lone);
    fs::remove_dir_all(home.path().join("store")).unwrap();
    match Lone::try_open(home.path()).map(|_| ()).unwrap_err() {
        OpenError::Recover {
            source: RecoverError::StoreBehind { .. },
            partition: P,
            ..
        } => {}
        other => panic!("{other}"),
    }
}

#[test]
fn what_is_in_quarantine_outlives_the_records_that_tell_of_it() {
    let home = tempfile::tempdir().unwrap();
    let mut lone = Lone::open(home.path());
    lone.lead();
    write_keys(&mut lone, 100);
    let prev = lone.driver.node(P).log().last();
    lone.write(1000, "lost", AckLevel::Leader);
    lone.sync();
    let lost = lone.driver.node(P).log().last();
    // A later leader's barrier takes its place.
    let epoch = lost.epoch.next();
    let barrier = katakv_core::Entry {
        id: EntryId::new(epoch, lost.index),
        payload: katakv_core::Payload::Barrier,
    };
    lone.receive(Message::Append {
        epoch,
        prev,
        commit: lost.index,
        entries: vec![barrier].into(),
    })
    .unwrap();
    lone.sync();
    let segment = checkpoint(&mut lone, 0);
    lone.wal.purge_before(segment).unwrap();
    drop(lone);
    let lone = Lone::open(home.path());
    let part = lone.driver.quarantine(P, EntryId::ZERO);
    let ids: Vec<EntryId> = part.entries.iter().map(|entry| entry.id).collect();
    assert_eq!(ids, [lost]);
    assert_eq!(part.entries[0].payload.ops()[0].key(), &"lost".into());
}

/// Memory and disk would grow with the time that a follower is away.
#[test]
fn what_a_follower_needs_stays_while_it_is_catching_up_and_not_while_it_is_silent() {
    let home = tempfile::tempdir().unwrap();
    let mut lone = Lone::open(home.path());
    let other = NodeId(2);
    let all_of = |lone: &Lone| {
        let node = lone.driver.node(P);
        let (epoch, matched) = (node.epoch(), node.log().last().index);
        Input::Receive {
            from: other,
            message: Message::Appended { epoch, matched },
        }
    };
    lone.lead();
    assert_eq!(
        lone.driver.needed_by_followers(P),
        Some(Index(1)),
        "the other one is not heard yet"
    );
    write_keys(&mut lone, 10);
    let behind = lone.driver.node(P).log().last().index;
    for request in 11..=30 {
        lone.write(request, &format!("key-{request}"), AckLevel::Quorum);
        lone.sync();
        let all = all_of(&lone);
        lone.handle(all).unwrap();
    }
    let last = lone.driver.node(P).log().last().index;
    assert!(behind < last && lone.driver.node(P).applied().index == last);
    assert_eq!(lone.driver.needed_by_followers(P), Some(behind));

    let compaction = lone.driver.begin_compaction();
    lone.driver.settle().unwrap();
    let to = |lone: &Lone| loop {
        let needed = |partition| lone.driver.needed_by_followers(partition);
        if let Some(compactable) = lone.driver.compactable(&compaction, 0, needed) {
            break compactable[usize::from(P.0)].1;
        }
    };
    assert_eq!(to(&lone), behind);
    for _ in 0..config().limits.quorum_heartbeats {
        lone.handle(Input::Timeout(Timer::Heartbeat)).unwrap();
        let all = all_of(&lone);
        lone.handle(all).unwrap();
    }
    assert_eq!(to(&lone), last, "nobody knows when it will come back");
}
