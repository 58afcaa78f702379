use super::checkpoint::{checkpoint, write_keys};
use super::*;
use crate::driver::{Inspection, inspect};
use crate::store::Checked;
use crate::wal::WalError;
use std::fs;

/// A node that has written and compacted, and has stopped.
fn stopped(home: &Path) {
    let mut lone = Lone::open(home);
    lone.lead();
    write_keys(&mut lone, 200);
    checkpoint(&mut lone, 300);
    lone.write(1000, "after it", AckLevel::Leader);
    lone.sync();
}

fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap().map(Result::unwrap) {
        let to = to.join(entry.file_name());
        if entry.file_type().unwrap().is_dir() {
            copy(&entry.path(), &to);
        } else {
            fs::copy(entry.path(), to).unwrap();
        }
    }
}

#[test]
fn a_sound_disk_is_told_what_it_holds_and_the_node_starts_afterwards() {
    let home = tempfile::tempdir().unwrap();
    stopped(home.path());
    let inspection = inspect(home.path()).unwrap();
    assert!(inspection.is_sound());
    let Inspection {
        identity, partitions, ..
    } = &inspection;
    assert_eq!(*identity, config().identity());
    let partition = &partitions[usize::from(P.0)];
    assert!(partition.compacted < partition.applied && partition.applied < partition.last);
    assert!(matches!(
        partition.store,
        Ok(Checked {
            keys: 200,
            foreign: 0,
            ..
        })
    ));
    assert!(matches!(partitions[0].store, Ok(Checked { keys: 0, .. })));
    Lone::open(home.path());
}

#[test]
fn what_is_damaged_is_told() {
    let home = tempfile::tempdir().unwrap();
    stopped(&home.path().join("sound"));
    let damaged = |name: &str, damage: &dyn Fn(&Path)| {
        let dir = home.path().join(name);
        copy(&home.path().join("sound"), &dir);
        damage(&dir);
        inspect(&dir)
    };
    let flipped = damaged("flipped", &|dir| {
        let segment = dir.join("wal/wal-00000001.seg");
        let mut bytes = fs::read(&segment).unwrap();
        bytes[100] ^= 1;
        fs::write(segment, bytes).unwrap();
    });
    assert!(
        matches!(flipped, Err(OpenError::Wal(WalError::Damaged { .. }))),
        "{flipped:?}"
    );
    let gone = damaged("gone", &|dir| fs::remove_dir_all(dir.join("store")).unwrap());
    assert!(matches!(gone, Err(OpenError::NotThere { .. })), "{gone:?}");
    let empty = damaged("empty", &|dir| {
        fs::remove_dir_all(dir.join("store")).unwrap();
        fs::create_dir(dir.join("store")).unwrap();
    });
    let empty = empty.unwrap();
    let fault = empty.partitions[usize::from(P.0)].fault().unwrap();
    assert!(
        !empty.is_sound() && fault.contains("the log begins after"),
        "{fault}"
    );
    // The log of a node that has not gone so far.
    let behind = damaged("behind", &|dir| {
        fs::remove_dir_all(dir.join("wal")).unwrap();
        let other = dir.join("other");
        let mut lone = Lone::open(&other);
        lone.lead();
        write_keys(&mut lone, 10);
        drop(lone);
        copy(&other.join("wal"), &dir.join("wal"));
    });
    let fault = behind.unwrap().partitions[usize::from(P.0)].fault().unwrap();
    assert!(fault.contains("which the log"), "{fault}");
}
