use super::*;
use crate::driver::RecordError;
use crate::wal::{DamagedPart, Lsn, WalError};
use katakv_core::{HardState, Record, RecoverError, Standing, Versioned};
use std::collections::BTreeMap;
use std::fs;
use std::path::PathBuf;

fn segment(dir: &Path) -> PathBuf {
    dir.join("wal/wal-00000001.seg")
}

fn flip(file: &Path, at: u64) {
    let mut bytes = fs::read(file).unwrap();
    bytes[at as usize] ^= 0x10;
    fs::write(file, bytes).unwrap();
}

#[test]
fn what_was_acknowledged_is_there_after_a_crash_and_is_applied_once_a_leader_tells_the_commit() {
    let home = tempfile::tempdir().unwrap();
    let mut lone = Lone::open(home.path());
    lone.lead();
    lone.write(1, "on one disk", AckLevel::Leader);
    assert_eq!(lone.reply_to(1), None, "appended is not durable");
    lone.sync();
    let Some(Reply::Written { at: first, copies: 1 }) = lone.reply_to(1) else {
        panic!("{:?}", lone.outputs)
    };
    lone.write(2, "on two disks", AckLevel::Quorum);
    lone.sync();
    assert_eq!(lone.reply_to(2), None, "one disk is not two");
    lone.peer_has_all();
    let Some(Reply::Written {
        at: second,
        copies: 2,
    }) = lone.reply_to(2)
    else {
        panic!("{:?}", lone.outputs)
    };
    lone.write(3, "only appended", AckLevel::Leader);
    let (hard, applied) = (lone.driver.node(P).hard(), lone.driver.node(P).applied());
    assert_eq!(applied, second);
    lone.driver.settle().unwrap();
    drop(lone);

    let mut lone = Lone::open(home.path());
    let node = lone.driver.node(P);
    assert_eq!((node.hard(), node.applied()), (hard, applied));
    assert_eq!(
        katakv_core::Log::last(node.log()),
        second,
        "the un-synced record is lost"
    );
    assert!(matches!(
        lone.read("on one disk", first),
        Reply::Value { value: Some(_), .. }
    ));

    // A store that has lost everything is filled again from the log, as far as a leader says that it is committed.
    drop(lone);
    fs::remove_dir_all(home.path().join("store")).unwrap();
    let mut lone = Lone::open(home.path());
    assert_eq!(lone.driver.node(P).applied(), EntryId::ZERO);
    assert_eq!(
        lone.read("on two disks", second),
        Reply::NotCaughtUp {
            applied: EntryId::ZERO
        }
    );
    lone.receive(heartbeat(hard.epoch.0 + 1, second, second.index))
        .unwrap();
    assert!(matches!(
        lone.read("on two disks", second),
        Reply::Value { value: Some(_), .. }
    ));
    let expected = [("on one disk", first), ("on two disks", second)].map(|(key, version)| {
        let value = key.into();
        (key.into(), Versioned { value, version })
    });
    assert_eq!(lone.driver.dump(P).unwrap().data, BTreeMap::from(expected));
}

#[test]
fn a_vote_is_kept_over_a_crash() {
    let home = tempfile::tempdir().unwrap();
    let request = |from| Input::Receive {
        from,
        message: Message::RequestVote {
            epoch: Epoch(5),
            last: EntryId::ZERO,
        },
    };
    let is_vote = |output: &Output| matches!(output, Output::Send { frame, .. } if matches!(frame.message, Message::Vote { .. }));
    let mut lone = Lone::open(home.path());
    lone.handle(request(NodeId(1))).unwrap();
    assert!(!lone.outputs.iter().any(is_vote), "it waits for the disk");
    lone.sync();
    assert!(lone.outputs.iter().any(is_vote));
    drop(lone);
    let mut lone = Lone::open(home.path());
    lone.handle(request(NodeId(2))).unwrap();
    lone.sync();
    assert!(!lone.outputs.iter().any(is_vote), "one vote in an epoch");
    lone.handle(request(NodeId(1))).unwrap();
    assert!(lone.outputs.iter().any(is_vote), "the same one may be told again");
}

#[test]
fn a_torn_tail_is_cut_and_what_was_synced_stays() {
    let home = tempfile::tempdir().unwrap();
    let mut lone = Lone::open(home.path());
    lone.lead();
    lone.write(1, "synced", AckLevel::Leader);
    lone.sync();
    let last = katakv_core::Log::last(lone.driver.node(P).log());
    lone.write(2, "torn", AckLevel::Leader);
    lone.wal.flush().unwrap();
    let lsn = lone.wal.synced_through();
    drop(lone);
    let file = segment(home.path());
    let end = fs::read(&file)
        .unwrap()
        .iter()
        .rposition(|byte| *byte != 0)
        .unwrap();
    flip(&file, end as u64);
    let lone = Lone::open(home.path());
    assert_eq!(katakv_core::Log::last(lone.driver.node(P).log()), last);
    assert_eq!(lone.wal.appended_through(), lsn);
}

#[test]
fn damage_in_the_middle_is_refused_and_named_and_nothing_is_changed() {
    let home = tempfile::tempdir().unwrap();
    let mut lone = Lone::open(home.path());
    lone.lead();
    let place = lone
        .wal
        .append(P.0, &crate::codec::encode(&Record::default()))
        .unwrap();
    lone.sync();
    lone.write(1, "after it", AckLevel::Leader);
    lone.sync();
    drop(lone);
    let file = segment(home.path());
    flip(&file, place.end - 1);
    let before = fs::read(&file).unwrap();
    match Lone::try_open(home.path()).map(|_| ()).unwrap_err() {
        OpenError::Wal(WalError::Damaged {
            file: named,
            offset,
            part,
        }) => {
            assert_eq!((named, offset), (file.clone(), place.start));
            assert_eq!(part, DamagedPart::Record(place.lsn));
        }
        other => panic!("{other}"),
    }
    assert!(fs::read(&file).unwrap() == before);
}

/// What is wrong with a record, and where it is said to be, when `payload` is the only record of the log.
fn refusal(partition: u8, payload: &[u8]) -> RecordError {
    let home = tempfile::tempdir().unwrap();
    let mut wal = Wal::open(
        &home.path().join("wal"),
        config().identity(),
        config().wal,
        |_, _, _| Ok(()),
    )
    .unwrap()
    .0;
    wal.append(partition, payload).unwrap();
    wal.sync().unwrap();
    drop(wal);
    match Lone::try_open(home.path()).map(|_| ()).unwrap_err() {
        OpenError::Wal(WalError::Refused {
            file, lsn, reason, ..
        }) => {
            assert_eq!((file, lsn), (segment(home.path()), Lsn(1)));
            assert!(!home.path().join("store").exists(), "the store is not opened");
            *reason.downcast().unwrap()
        }
        other => panic!("{other}"),
    }
}

#[test]
fn an_intact_record_that_makes_no_sense_is_refused() {
    let hard = |epoch| HardState {
        epoch: Epoch(epoch),
        vote: None,
        standing: Standing::Original,
    };
    let empty = crate::codec::encode(&Record::default());
    assert!(matches!(refusal(10, &empty), RecordError::NoSuchPartition));
    assert!(matches!(refusal(3, b"\x07"), RecordError::Decode(_)));
    assert!(matches!(
        refusal(3, &[&empty[..], &[0]].concat()),
        RecordError::Decode(_)
    ));
    let gap = Record {
        hard: Some(hard(1)),
        tail: Some(katakv_core::Tail {
            after: Index(4),
            entries: Entries::default(),
        }),
        base: None,
    };
    let error = refusal(3, &crate::codec::encode(&gap));
    assert!(
        matches!(error, RecordError::Recover(RecoverError::Gap { .. })),
        "{error}"
    );
}

/// What looks like a torn tail may be the damage of what was synced, and the store can tell. The evidence stays.
#[test]
fn a_torn_tail_that_the_store_has_applied_is_refused_and_nothing_is_changed() {
    let home = tempfile::tempdir().unwrap();
    let mut lone = Lone::open(home.path());
    lone.lead();
    lone.write(1, "k", AckLevel::Quorum);
    lone.sync();
    lone.peer_has_all();
    lone.driver.settle().unwrap();
    drop(lone);
    let file = segment(home.path());
    let used = fs::read(&file)
        .unwrap()
        .iter()
        .rposition(|byte| *byte != 0)
        .unwrap();
    flip(&file, used as u64);
    let before = fs::read(&file).unwrap();
    for _ in 0..2 {
        let error = Lone::try_open(home.path()).map(|_| ()).unwrap_err();
        let ahead = matches!(
            error,
            OpenError::Recover {
                source: RecoverError::StoreAhead { .. },
                ..
            }
        );
        assert!(ahead, "{error}");
        assert!(fs::read(&file).unwrap() == before);
    }
}

#[test]
fn a_store_that_is_ahead_of_the_log_is_refused() {
    let home = tempfile::tempdir().unwrap();
    let mut lone = Lone::open(home.path());
    lone.lead();
    lone.driver.settle().unwrap();
    drop(lone);
    fs::remove_dir_all(home.path().join("wal")).unwrap();
    match Lone::try_open(home.path()).map(|_| ()).unwrap_err() {
        OpenError::Recover {
            partition,
            source: RecoverError::StoreAhead { .. },
            ..
        } => {
            assert_eq!(partition, P);
        }
        other => panic!("{other}"),
    }
}
