use super::*;
use crate::wal::Identity;
use katakv_core::{Entry, EntryId, Epoch, Index, Op, Payload, Store};
use rand::rngs::StdRng;
use rand::{Rng, SeedableRng};
use std::thread;
use tempfile::TempDir;

const IDENTITY: Identity = Identity(*b"cluster-a/node-1");
const P: Partition = Partition(3);

fn open(home: &TempDir) -> (Stores, Vec<PartitionStore>) {
    Stores::open(&home.path().join("store"), IDENTITY).unwrap()
}

fn entry(index: u64, payload: Payload) -> Entry {
    let id = EntryId::new(Epoch(1 + index / 10), Index(index));
    Entry { id, payload }
}

fn put(index: u64, key: &str, value: &str) -> Entry {
    let (key, value) = (key.into(), value.into());
    entry(index, Payload::Op(Op::Put { key, value }))
}

fn delete(index: u64, key: &str) -> Entry {
    entry(index, Payload::Op(Op::Delete { key: key.into() }))
}

fn get(store: &PartitionStore, key: &str) -> Option<String> {
    store.get(&key.into()).map(|value| value.to_string())
}

#[test]
fn what_is_applied_is_read_at_once_and_after_it_was_moved_and_after_reopening() {
    let home = tempfile::tempdir().unwrap();
    let entries = [
        put(1, "a", "1"),
        put(2, "b", "2"),
        put(3, "a", "3"),
        delete(4, "b"),
        entry(5, Payload::Barrier),
        delete(6, "never there"),
        put(7, "", "empty key"),
        put(8, "empty value", ""),
    ];
    let assert_read = |store: &PartitionStore| {
        assert_eq!(get(store, "a").as_deref(), Some("3"));
        assert_eq!(get(store, "b"), None);
        assert_eq!(get(store, "").as_deref(), Some("empty key"));
        assert_eq!(get(store, "empty value").as_deref(), Some(""));
        assert_eq!(store.applied(), entries[7].id);
    };
    let (stores, mut partitions) = open(&home);
    for entry in &entries {
        partitions[3].apply(entry);
    }
    assert_read(&partitions[3]);
    stores.settle().unwrap();
    assert_read(&partitions[3]);
    assert_eq!(stores.dump(P).unwrap().len(), 3);
    drop((stores, partitions));

    let (stores, partitions) = open(&home);
    assert_read(&partitions[3]);
    for (partition, store) in Partition::all()
        .zip(&partitions)
        .filter(|(partition, _)| *partition != P)
    {
        assert_eq!(store.applied(), EntryId::ZERO);
        assert_eq!(
            stores.dump(partition).unwrap().len(),
            0,
            "partitions share nothing"
        );
    }
}

/// A few keys, changed again and again, while the mover works: the store must tell at any time what a map tells.
#[test]
fn it_agrees_with_a_map_while_changes_move() {
    let home = tempfile::tempdir().unwrap();
    let (stores, mut partitions) = open(&home);
    let store = &mut partitions[3];
    let mut map = BTreeMap::new();
    let mut random = StdRng::seed_from_u64(1);
    for index in 1..=2000 {
        let key = random.random_range(0..20).to_string();
        if random.random_ratio(1, 4) {
            store.apply(&delete(index, &key));
            map.remove(&key);
        } else {
            store.apply(&put(index, &key, &index.to_string()));
            map.insert(key, index.to_string());
        }
        let key = random.random_range(0..20).to_string();
        assert_eq!(get(store, &key), map.get(&key).cloned());
        if random.random_ratio(1, 100) {
            stores.settle().unwrap();
        }
    }
    let dump = stores.dump(P).unwrap();
    let dump = dump
        .iter()
        .map(|(key, value)| (key.to_string(), value.to_string()));
    assert_eq!(dump.collect::<BTreeMap<_, _>>(), map);
}

#[test]
fn a_full_overlay_makes_apply_wait_and_loses_nothing() {
    let home = tempfile::tempdir().unwrap();
    let dir = home.path().join("store");
    // Room for about two entries.
    let (stores, mut partitions) = Stores::open_bounded(&dir, IDENTITY, 300).unwrap();
    thread::scope(|scope| {
        for store in &mut partitions {
            scope.spawn(|| (1..200).for_each(|index| store.apply(&put(index, &index.to_string(), "v"))));
        }
    });
    for partition in Partition::all() {
        assert_eq!(stores.dump(partition).unwrap().len(), 199);
    }
}

#[test]
fn a_failure_is_kept_and_lets_nobody_wait() {
    let home = tempfile::tempdir().unwrap();
    let dir = home.path().join("store");
    let (stores, mut partitions) = Stores::open_bounded(&dir, IDENTITY, 300).unwrap();
    let broken = |action| StoreError::Engine {
        action,
        dir: dir.clone(),
        source: fjall::Error::Poisoned,
    };
    stores.fail(broken("first"));
    stores.fail(broken("second"));
    for index in 1..100 {
        partitions[3].apply(&put(index, "k", "v"));
    }
    let failure = stores.failure().unwrap().to_string();
    assert!(failure.starts_with("cannot first in"), "{failure}");
    assert!(stores.settle().is_err());
}

#[test]
fn a_store_of_another_node_or_without_an_identity_is_refused() {
    let home = tempfile::tempdir().unwrap();
    drop(open(&home));
    let dir = home.path().join("store");
    let other = Identity(*b"cluster-a/node-2");
    match Stores::open(&dir, other).unwrap_err() {
        StoreError::WrongIdentity { expected, found, .. } => assert_eq!((expected, found), (other, IDENTITY)),
        error => panic!("{error}"),
    }

    let nobodys = tempfile::tempdir().unwrap();
    let database = fjall::Database::builder(nobodys.path()).open().unwrap();
    let keyspace = database
        .keyspace("store", fjall::KeyspaceCreateOptions::default)
        .unwrap();
    keyspace
        .insert([4, 0], crate::codec::encode(&entry(1, Payload::Barrier).id))
        .unwrap();
    drop((keyspace, database));
    let error = Stores::open(nobodys.path(), IDENTITY).unwrap_err();
    assert!(matches!(error, StoreError::NoIdentity { .. }), "{error}");
}
