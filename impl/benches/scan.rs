//! How long a scan takes: the view, for which the owner's loop stands still, and the page, which is read beside it.
//!
//! The largest page that may be asked for, of keys that the engine has, behind so many keys that were removed a moment ago: those the
//! engine passes over one by one until it has tidied up.

use criterion::{BenchmarkId, Criterion, criterion_group, criterion_main};
use katakv::driver::limits::{SCAN_BYTES_MAX, SCAN_KEYS_MAX};
use katakv::store::{PartitionStore, ScanView, Stores};
use katakv::wal::Identity;
use katakv_core::{EntryId, Epoch, Op, Partition, Scan, Store};
use std::hint::black_box;

const VALUE: [u8; 200] = [b'v'; 200];
const KEYS: u64 = 20_000;

/// Applies an operation to each of the first keys.
fn apply(store: &mut PartitionStore, count: u64, op: impl Fn(u64) -> Op) {
    let all: Vec<Op> = (0..count).map(op).collect();
    for ops in all.chunks(256) {
        let id = EntryId::new(Epoch(1), store.applied().index.next());
        store.apply(id, ops, None, 0);
    }
}

fn key(number: u64) -> String {
    format!("key-{number:010}")
}

fn put(number: u64) -> Op {
    Op::Put {
        key: key(number).as_str().into(),
        value: VALUE.to_vec().into(),
    }
}

fn delete(number: u64) -> Op {
    Op::Delete {
        key: key(number).as_str().into(),
    }
}

fn scans(criterion: &mut Criterion) {
    let scan = Scan {
        prefix: "key-".into(),
        after: None,
        keys_max: SCAN_KEYS_MAX,
        bytes_max: SCAN_BYTES_MAX,
    };
    let mut group = criterion.benchmark_group("scan");
    group.sample_size(10);
    for removed in [0, 10_000, 100_000, 1_000_000] {
        let home = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR")).expect("there is room");
        let (stores, mut partitions) =
            Stores::open(&home.path().join("store"), Identity(*b"benchmark/node-0")).expect("it begins");
        let store = &mut partitions[0];
        apply(store, removed + KEYS, put);
        apply(store, removed, delete);
        stores.settle().expect("the engine takes it");
        let view = || -> ScanView {
            store.scan(black_box(&scan));
            stores
                .take_view(Partition(0))
                .expect("the store has just taken it")
        };
        group.bench_function(BenchmarkId::new("view_behind_removed_keys", removed), |bencher| {
            bencher.iter(|| black_box(view()));
        });
        group.bench_function(BenchmarkId::new("page_behind_removed_keys", removed), |bencher| {
            let view = view();
            bencher.iter(|| black_box(view.read().expect("the engine reads")));
        });
    }
    group.finish();
}

criterion_group!(benches, scans);
criterion_main!(benches);
