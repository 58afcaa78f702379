//! What group commit is worth: records per second that become durable when 1, 16 or 64 of them, of 300 bytes each, share
//! one sync.
//!
//! It matters because a sync costs the same for one record as for many, and far more than the protocol and the codec
//! do: a node that synced for each would be as fast as the first figure, whatever its load.
//!
//! The log lies in Cargo's target directory, which is on a disk; the system's temporary directory may be memory, where a
//! sync does nothing. Rotation from segment to segment is part of what is measured.

use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use katakv::wal::{Identity, Wal, WalConfig};
use std::hint::black_box;

const RECORD: [u8; 300] = [b'r'; 300];

fn group_commit(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("wal");
    for records in [1, 16, 64] {
        group.throughput(Throughput::Elements(records));
        group.bench_function(
            BenchmarkId::new("records_of_300_bytes_per_sync", records),
            |bencher| {
                let home =
                    tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR")).expect("there is room for a log");
                let (dir, identity) = (home.path().join("wal"), Identity(*b"benchmark/node-0"));
                let (mut wal, _) = Wal::open(&dir, identity, WalConfig::default(), |_, _, _| Ok(()))
                    .expect("a log begins in an empty directory");
                bencher.iter(|| {
                    for _ in 0..records {
                        wal.append(0, black_box(&RECORD)).expect("the disk takes it");
                    }
                    wal.sync().expect("the disk syncs")
                });
            },
        );
    }
    group.finish();
}

criterion_group!(benches, group_commit);
criterion_main!(benches);
