use super::*;
use crate::wal::Identity;
use katakv_core::{ClientChange, Entry, EntryId, Epoch, Image, Index, Op, Payload, Store};
use rand::rngs::StdRng;
use rand::{Rng, SeedableRng};
use std::collections::BTreeMap;
use std::thread;
use tempfile::TempDir;

const IDENTITY: Identity = Identity(*b"cluster-a/node-1");
const P: Partition = Partition(3);

fn open(home: &TempDir) -> (Stores, Vec<PartitionStore>) {
    Stores::open(&home.path().join("store"), IDENTITY).unwrap()
}

fn id(index: u64) -> EntryId {
    EntryId::new(Epoch(1 + index / 10), Index(index))
}

fn put(key: &str, value: &str) -> Op {
    let (key, value) = (key.into(), value.into());
    Op::Put { key, value }
}

fn delete(key: &str) -> Op {
    Op::Delete { key: key.into() }
}

fn get(store: &PartitionStore, key: &str) -> Option<String> {
    store.get(&key.into()).map(|found| found.value.to_string())
}

#[test]
fn what_is_applied_is_read_at_once_and_after_it_was_moved_and_after_reopening() {
    let home = tempfile::tempdir().unwrap();
    let entries = [
        vec![put("a", "1")],
        vec![put("b", "2"), put("a", "2")],
        vec![put("a", "3")],
        vec![delete("b"), delete("never there")],
        vec![],
        vec![put("", "replaced in the same entry"), put("", "empty key")],
        vec![put("empty value", "")],
    ];
    let assert_read = |store: &PartitionStore| {
        assert_eq!(get(store, "a").as_deref(), Some("3"));
        assert_eq!(get(store, "b"), None);
        assert_eq!(get(store, "").as_deref(), Some("empty key"));
        assert_eq!(get(store, "empty value").as_deref(), Some(""));
        assert_eq!(store.version(&"a".into()), Some(id(3)));
        assert_eq!(store.version(&"b".into()), None);
        assert_eq!(store.version(&"empty value".into()), Some(id(7)));
        assert_eq!(store.applied(), id(7));
    };
    let (stores, mut partitions) = open(&home);
    for (index, ops) in (1..).zip(&entries) {
        partitions[3].apply(id(index), ops, None, 0);
    }
    assert_read(&partitions[3]);
    stores.settle().unwrap();
    assert_read(&partitions[3]);
    assert_eq!(stores.dump(P).unwrap().data.len(), 3);
    drop((stores, partitions));

    let (stores, partitions) = open(&home);
    assert_read(&partitions[3]);
    for (partition, store) in Partition::all()
        .zip(&partitions)
        .filter(|(partition, _)| *partition != P)
    {
        assert_eq!(store.applied(), EntryId::ZERO);
        assert_eq!(
            stores.dump(partition).unwrap().data.len(),
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
            store.apply(id(index), &[delete(&key)], None, 0);
            map.remove(&key);
        } else {
            store.apply(id(index), &[put(&key, &index.to_string())], None, 0);
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
        .data
        .iter()
        .map(|(key, found)| (key.to_string(), found.value.to_string()));
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
            scope.spawn(|| {
                (1..200).for_each(|index| store.apply(id(index), &[put(&index.to_string(), "v")], None, 0));
            });
        }
    });
    for partition in Partition::all() {
        assert_eq!(stores.dump(partition).unwrap().data.len(), 199);
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
        partitions[3].apply(id(index), &[put("k", "v")], None, 0);
    }
    let failure = stores.failure().unwrap().to_string();
    assert!(failure.starts_with("cannot first in"), "{failure}");
    assert!(stores.settle().is_err());
    drop((stores, partitions));

    // What was applied after a failed read may be wrong: it must not be found again.
    let (_stores, partitions) = Stores::open(&dir, IDENTITY).unwrap();
    assert_eq!(partitions[3].applied(), EntryId::ZERO);
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
    keyspace.insert([4, 0], crate::codec::encode(&id(1))).unwrap();
    drop((keyspace, database));
    let error = Stores::open(nobodys.path(), IDENTITY).unwrap_err();
    assert!(matches!(error, StoreError::NoIdentity { .. }), "{error}");

    let older = tempfile::tempdir().unwrap();
    let database = fjall::Database::builder(older.path()).open().unwrap();
    let keyspace = database
        .keyspace("store", fjall::KeyspaceCreateOptions::default)
        .unwrap();
    keyspace.insert([255], IDENTITY.0).unwrap();
    drop((keyspace, database));
    let error = Stores::open(older.path(), IDENTITY).unwrap_err();
    assert!(matches!(error, StoreError::OtherFormat { .. }), "{error}");
}

#[test]
fn a_sync_that_was_wanted_waits_for_what_came_into_quarantine_since() {
    let overlays = Overlays::new(OVERLAY_BYTES_MAX, Partition::all().map(|_| 0));
    let moves = || {
        let work = overlays.take().unwrap();
        overlays.done(work.sync);
    };
    let ticket = overlays.want_sync();
    let entry = Entry {
        id: id(1),
        payload: Payload::Op(put("a", "lost")),
    };
    let begun = overlays.take().unwrap();
    overlays.quarantine(P, EntryId::ZERO, vec![entry.clone()]);
    overlays.done(begun.sync);
    assert!(!overlays.synced(ticket));
    moves();
    assert!(overlays.synced(ticket));
}

#[test]
fn the_quarantine_is_read_in_parts_wherever_it_is() {
    let home = tempfile::tempdir().unwrap();
    let entries: Vec<Entry> = (1..=20)
        .map(|index| Entry {
            id: id(index),
            payload: Payload::Op(put("a", "lost")),
        })
        .collect();
    {
        let (stores, mut partitions) = open(&home);
        let store = &mut partitions[usize::from(P.0)];
        store.quarantine(entries[..10].to_vec());
        stores.settle().unwrap();
        // Some are in the engine and some are not, and some are in both.
        store.quarantine(entries[5..].to_vec());
        assert_eq!(store.quarantined(id(3), 4, usize::MAX), entries[2..6]);
        assert_eq!(store.quarantined(EntryId::ZERO, usize::MAX, usize::MAX), entries);
        assert_eq!(store.quarantined(id(8), usize::MAX, 0), entries[7..8]);
    }
    let (_stores, partitions) = open(&home);
    let read = |partition: usize| partitions[partition].quarantined(EntryId::ZERO, 100, usize::MAX);
    assert_eq!(read(usize::from(P.0)), entries);
    assert_eq!(read(0), []);
}

/// All of an image, in pages of one item.
fn pages(image: &StoreImage) -> Vec<Item> {
    let (mut items, mut after) = (Vec::new(), None);
    loop {
        let page = image.page(after.as_ref(), 0).unwrap();
        assert!(page.items.len() <= 1);
        after = page.items.last().map(|(key, _)| key.clone()).or(after);
        items.extend(page.items);
        if page.is_last {
            return items;
        }
    }
}

#[test]
fn an_image_is_of_one_moment() {
    let home = tempfile::tempdir().unwrap();
    let (stores, mut partitions) = open(&home);
    let store = &mut partitions[3];
    (1..=50).for_each(|index| store.apply(id(index), &[put(&format!("k{index}"), "old")], None, 0));
    stores.settle().unwrap();
    let (applied, Image::Named(name)) = store.state() else {
        panic!("a store of production names its states")
    };
    let expected = stores.dump(P).unwrap();
    (51..=90).for_each(|index| {
        store.apply(
            id(index),
            &[put(&format!("k{}", index - 45), "new"), delete("k1")],
            None,
            0,
        )
    });
    stores.settle().unwrap();
    let image = stores.take_image(name).unwrap();
    assert!(stores.take_image(name).is_none());
    assert_eq!((applied, image.applied()), (id(50), id(50)));
    assert_eq!(image.dump().unwrap(), expected);
    assert_eq!(pages(&image).len(), 50);
    let at_once = image.page(None, usize::MAX).unwrap();
    assert!(at_once.is_last && at_once.items == pages(&image));
}

#[test]
fn a_state_that_is_staged_takes_the_place_of_the_old_one_whole() {
    let (giver, taker) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let (from, mut giving) = open(&giver);
    (1..=50).for_each(|index| {
        giving[3].apply(
            id(index),
            &[put(&format!("k{index}"), "given")],
            (index == 7).then_some(ClientChange::Registered { forgets: None }),
            0,
        )
    });
    from.settle().unwrap();
    let image = from.image(P).unwrap();

    let (stores, mut partitions) = open(&taker);
    let store = &mut partitions[3];
    store.apply(
        id(1),
        &[put("moved", "old"), put("k1", "old")],
        Some(ClientChange::Registered { forgets: None }),
        0,
    );
    stores.settle().unwrap();
    store.apply(id(2), &[put("waits", "old")], None, 0);
    let staging = stores.staging();
    let (unfinished, name) = (staging.begin(), staging.begin());
    staging.put(P, unfinished, &pages(&image)[..9]).unwrap();
    for item in pages(&image) {
        staging.put(P, name, &[item]).unwrap();
    }
    staging.sync().unwrap();
    assert_eq!(get(store, "k1").as_deref(), Some("old"), "it is not installed");
    store.install(id(50), &Image::Named(name));
    let assert_installed = |store: &PartitionStore| {
        assert_eq!(get(store, "k1").as_deref(), Some("given"));
        assert_eq!(get(store, "moved"), None);
        assert_eq!(get(store, "waits"), None);
        assert_eq!(store.version(&"k50".into()), Some(id(50)));
    };
    assert_installed(store);
    let names: Vec<_> = store.clients().iter().map(|(name, _)| *name).collect();
    assert_eq!(names, [id(7)], "clients come with the state");
    store.apply(id(51), &[put("after", "new")], None, 0);
    stores.settle().unwrap();
    assert_installed(store);
    let all = stores.dump(P).unwrap();
    assert_eq!((all.data.len(), all.clients.len()), (51, 1));
    drop((stores, partitions));

    let (stores, partitions) = open(&taker);
    assert_installed(&partitions[3]);
    assert_eq!(
        (partitions[3].applied(), partitions[3].generation()),
        (id(51), name)
    );
    assert!(stores.staging().begin() > name, "a name is given once");
    stores.clean(|_, generation| generation == name).unwrap();
    while stores.engine.generations(P).unwrap() != [name] {
        thread::yield_now();
    }
    assert_installed(&partitions[3]);
}

#[test]
fn an_item_that_no_store_can_take_is_refused() {
    let home = tempfile::tempdir().unwrap();
    let (stores, _partitions) = open(&home);
    let staging = stores.staging();
    let name = staging.begin();
    let (key, version): (Vec<u8>, Vec<u8>) = (vec![0, b'k'], vec![0; 16]);
    let long = [&[0], &vec![b'k'; KEY_BYTES_MAX + 1][..]].concat();
    for (key, found) in [
        (vec![], version.clone()),
        (vec![9, b'k'], version.clone()),
        (key.clone(), vec![0; 15]),
        (long, version.clone()),
        (vec![2, b'k'], version.clone()),
        (vec![3, b'k'], vec![0; 8]),
        (vec![3], vec![0; 7]),
    ] {
        let error = staging.put(P, name, &[(key.into(), found.into())]).unwrap_err();
        assert!(matches!(error, StoreError::Item { .. }), "{error}");
    }
    staging.put(P, name, &[(key.into(), version.into())]).unwrap();
}
