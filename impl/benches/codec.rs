//! What encoding costs: bytes per second of one peer frame's value, an `Append` of 64 puts of 256 bytes, to bytes and
//! back. The bytes counted are the encoded ones.
//!
//! It matters because every entry is encoded at the leader once for the log and once per follower, and decoded and
//! encoded again at each of these: a codec slower than the disk would be what group commit waits for.

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use katakv::codec;
use katakv::wire::PeerFrame;
use katakv_core::{Bytes, Entry, EntryId, Epoch, Index, Message, Op, Partition, Payload};
use std::hint::black_box;

const ENTRIES: u64 = 64;
const VALUE_BYTES: usize = 256;

fn append() -> PeerFrame {
    let entry = |index| Entry {
        id: EntryId::new(Epoch(3), Index(index)),
        payload: Payload::Op(Op::Put {
            key: Bytes::from(format!("key-{index:08}").as_str()),
            value: Bytes::from(vec![b'v'; VALUE_BYTES]),
        }),
    };
    let before = 1000;
    let entries: Vec<Entry> = (before + 1..=before + ENTRIES).map(entry).collect();
    PeerFrame {
        partition: Partition(0),
        message: Message::Append {
            epoch: Epoch(3),
            prev: EntryId::new(Epoch(3), Index(before)),
            commit: Index(before),
            entries: entries.into(),
        },
    }
}

fn there_and_back(criterion: &mut Criterion) {
    let frame = append();
    let bytes = codec::encode(&frame);
    let mut group = criterion.benchmark_group("codec");
    group.throughput(Throughput::Bytes(bytes.len() as u64));
    group.bench_function("encode_append_of_64", |bencher| {
        bencher.iter(|| codec::encode(black_box(&frame)));
    });
    group.bench_function("decode_append_of_64", |bencher| {
        bencher.iter(|| codec::decode::<PeerFrame>(black_box(&bytes)).expect("it was encoded just now"));
    });
    group.finish();
}

criterion_group!(benches, there_and_back);
criterion_main!(benches);
