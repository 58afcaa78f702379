//! What group commit is worth: records per second that become durable when 1, 16 or 64 of them, of 300 bytes each, share
//! one sync.
//!
//! It matters because a sync costs the same for one record as for many, and far more than the protocol and the codec
//! do: a node that synced for each would be as fast as the first figure, whatever its load.
//!
//! The log lies in Cargo's target directory, which is on a disk; the system's temporary directory may be memory, where a
//! sync does nothing. Rotation from segment to segment is part of what is measured.
//!
//! And what the file costs in which a group goes: one that grows, one of zeros that were put there ahead, as the log's segments
//! are, and one that was full of other records before, as segments would be if they were recycled.

use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use katakv::wal::{Identity, Wal, WalConfig};
use std::fs::File;
use std::hint::black_box;
use std::os::unix::fs::FileExt;

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

/// What lies in a file before groups go there.
#[derive(Clone, Copy, Debug)]
enum Before {
    Nothing,
    Zeros,
    Records,
}

/// Big enough for no measurement to come to its end; then it begins anew.
const FILE_BYTES: u64 = 16 << 20;

fn sync_into(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("wal");
    for before in [Before::Nothing, Before::Zeros, Before::Records] {
        group.bench_function(
            BenchmarkId::new("sync_of_300_bytes_into", format!("{before:?}")),
            |bencher| {
                let home =
                    tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR")).expect("there is room for a file");
                let file = File::create(home.path().join("file")).expect("the directory is empty");
                for content in match before {
                    Before::Nothing => vec![],
                    Before::Zeros => vec![0],
                    Before::Records => vec![0, b'r'],
                } {
                    file.write_all_at(&vec![content; FILE_BYTES as usize], 0)
                        .expect("there is room");
                    file.sync_all().expect("the disk syncs");
                }
                let mut at = 0;
                bencher.iter(|| {
                    file.write_all_at(black_box(&RECORD), at).expect("there is room");
                    file.sync_data().expect("the disk syncs");
                    at = (at + RECORD.len() as u64) % (FILE_BYTES - RECORD.len() as u64);
                });
            },
        );
    }
    group.finish();
}

criterion_group!(benches, group_commit, sync_into);
criterion_main!(benches);
