//! What the protocol itself costs: puts per second through `step` at three replicas of one partition, in one process,
//! without disk, network or encoding.
//!
//! A round is what one batch of puts sets in motion. The leader takes it as `Requests`, its record is synced; each
//! follower takes the append, syncs it and says `Appended`; the leader commits, applies, answers, and tells the followers, which
//! apply. It ends with every put applied three times. The unit is puts per second.
//!
//! It matters as the ceiling of a partition: whatever a node stays below it by is the price of disks, sockets and encoding.

use criterion::{BatchSize, BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use katakv_core::*;
use std::collections::VecDeque;
use std::hint::black_box;

const MEMBERS: [NodeId; REPLICAS] = [NodeId(0), NodeId(1), NodeId(2)];
const LEADER: NodeId = MEMBERS[0];
const VALUE_BYTES: usize = 256;
/// How many rounds a cluster lives for: enough to make its beginning small, few enough to keep its log short.
const ROUNDS: usize = 16;

/// Three replicas whose disks sync at once, and a network that keeps the order.
struct Cluster {
    nodes: [Node<MemLog, MemStore>; REPLICAS],
    network: VecDeque<(NodeId, NodeId, Message)>,
    effects: Vec<Effect>,
    answers: usize,
}

impl Cluster {
    /// A leader that serves, and two followers.
    fn led() -> Cluster {
        let limits = Limits::default();
        let mut cluster = Cluster {
            nodes: MEMBERS.map(|id| {
                let config = Config::new(id, MEMBERS, limits);
                let (log, store) = (MemLog::default(), MemStore::default());
                recover(&Sound, config, [], log, store, &mut Vec::new()).expect("an empty disk is sound")
            }),
            network: VecDeque::new(),
            effects: Vec::new(),
            answers: 0,
        };
        cluster.round(Input::Timeout(Timer::Election));
        assert!(cluster.nodes[0].serving());
        cluster
    }

    /// One input at the leader, and all that comes of it.
    fn round(&mut self, input: Input) {
        self.step(LEADER, input);
        while let Some((from, to, message)) = self.network.pop_front() {
            self.step(to, Input::Receive { from, message });
        }
    }

    /// One step, and the sync of the record that it may have made.
    fn step(&mut self, at: NodeId, input: Input) {
        let node = &mut self.nodes[usize::from(at.0)];
        step(&Sound, node, input, &mut self.effects);
        let records = node.records_in_flight();
        for effect in self.effects.drain(..) {
            match effect {
                Effect::Send { to, message } => self.network.push_back((at, to, message)),
                Effect::Reply { .. } => self.answers += 1,
                Effect::Persist(_) | Effect::Arm(_) => {}
            }
        }
        if records > 0 {
            self.step(at, Input::Synced(records));
        }
    }
}

/// `ROUNDS` batches of `puts` each, every put of a key of its own.
fn batches(puts: usize) -> Vec<Input> {
    let put = |number: usize| Request {
        id: RequestId(number as u64),
        body: RequestBody::Write {
            op: Op::Put {
                key: Bytes::from(format!("key-{number:08}").as_str()),
                value: Bytes::from(vec![b'v'; VALUE_BYTES]),
            },
            level: AckLevel::Quorum,
        },
    };
    let batch = |round| (round * puts..(round + 1) * puts).map(put).collect();
    (0..ROUNDS).map(batch).map(Input::Requests).collect()
}

fn rounds(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("step");
    for puts in [1, 16, 64] {
        group.throughput(Throughput::Elements((ROUNDS * puts) as u64));
        group.bench_function(BenchmarkId::new("puts_of_256_bytes_per_batch", puts), |bencher| {
            let fresh = || (Cluster::led(), batches(puts));
            let routine = |(mut cluster, batches): (Cluster, Vec<Input>)| {
                for batch in batches {
                    cluster.round(black_box(batch));
                }
                let applied = Index((1 + ROUNDS * puts) as u64);
                assert_eq!(cluster.answers, ROUNDS * puts);
                assert!(cluster.nodes.iter().all(|node| node.applied().index == applied));
                cluster
            };
            bencher.iter_batched(fresh, routine, BatchSize::LargeInput);
        });
    }
    group.finish();
}

criterion_group!(benches, rounds);
criterion_main!(benches);
