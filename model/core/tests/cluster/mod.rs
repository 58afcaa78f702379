//! Three replicas in memory, their disks and the network between them: the smallest world that `step` can live in.
//!
//! Nothing moves by itself. Messages lie in the network until somebody delivers them, records in flight until somebody
//! syncs them. What no step may break is asserted after each one.

use katakv_core::*;
use std::collections::{BTreeMap, VecDeque};

/// The three of every test.
pub const MEMBERS: [NodeId; REPLICAS] = [NodeId(0), NodeId(1), NodeId(2)];

/// One replica with its disk.
pub struct Replica {
    pub node: Node<MemLog, MemStore>,
    /// Records that a crash cannot take.
    pub synced: Vec<Record>,
    /// Records appended since, of which a crash keeps any prefix.
    pub in_flight: VecDeque<Record>,
    /// What the store's own disk has: what the log has dropped, at least.
    pub flushed: MemStore,
}

/// A message on its way.
#[derive(Clone, Debug)]
pub struct Envelope {
    pub from: NodeId,
    pub to: NodeId,
    pub message: Message,
}

/// The three, and what is between them.
pub struct Cluster {
    pub replicas: [Replica; REPLICAS],
    /// In the order in which they were sent.
    pub network: Vec<Envelope>,
    leaders: BTreeMap<Epoch, NodeId>,
    applied: Vec<Entry>,
}

impl Cluster {
    /// Three replicas that have just been installed.
    pub fn new(limits: Limits) -> Cluster {
        let replicas = MEMBERS.map(|id| Replica {
            node: restart(Config::new(id, MEMBERS, limits), &[], MemStore::default()),
            synced: Vec::new(),
            in_flight: VecDeque::new(),
            flushed: MemStore::default(),
        });
        Cluster {
            replicas,
            network: Vec::new(),
            leaders: BTreeMap::new(),
            applied: Vec::new(),
        }
    }

    pub fn replica(&self, id: NodeId) -> &Replica {
        &self.replicas[usize::from(id.0)]
    }

    /// One step of `at`; its records go to its disk and its messages into the network.
    pub fn step(&mut self, at: NodeId, input: Input) -> Vec<Effect> {
        let replica = &mut self.replicas[usize::from(at.0)];
        if let Input::Synced(count) = input {
            replica.synced.extend(replica.in_flight.drain(..count as usize));
        }
        if let Input::Compact { .. } = input {
            replica.flushed = replica.node.store().clone();
        }
        let mut effects = Vec::new();
        step(&Sound, &mut replica.node, input, &mut effects);
        assert_record_first(&effects);
        for effect in &effects {
            match effect {
                Effect::Persist(record) => replica.in_flight.push_back(record.clone()),
                Effect::Send { to, message } => self.network.push(Envelope {
                    from: at,
                    to: *to,
                    message: message.clone(),
                }),
                Effect::Reply { .. } | Effect::Arm(_) => {}
            }
        }
        self.assert_agreement(at);
        effects
    }

    /// The power fails at `at`; the `keep` oldest records in flight are on the disk all the same. The store that it
    /// comes back with is the one that it had, or, since a store may lag, what its own disk has.
    pub fn crash(&mut self, at: NodeId, keep: usize, store_lags: bool) {
        let replica = &mut self.replicas[usize::from(at.0)];
        replica.in_flight.truncate(keep);
        replica.synced.extend(replica.in_flight.drain(..));
        let store = if store_lags {
            replica.flushed.clone()
        } else {
            replica.node.store().clone()
        };
        replica.node = restart(*replica.node.config(), &replica.synced, store);
    }

    /// `at` loses its disk, and comes back with an empty one as a learner.
    pub fn lose(&mut self, at: NodeId, incarnation: u64) {
        let replica = &mut self.replicas[usize::from(at.0)];
        let record = refill(&Sound, incarnation);
        *replica = Replica {
            node: restart(
                *replica.node.config(),
                std::slice::from_ref(&record),
                MemStore::default(),
            ),
            synced: vec![record],
            in_flight: VecDeque::new(),
            flushed: MemStore::default(),
        };
    }

    /// What applying the first entries leads to.
    fn store_at(&self, applied: u64) -> MemStore {
        let mut store = MemStore::default();
        for entry in &self.applied[..applied as usize] {
            let stands_against =
                |(_, condition): &(u32, &Condition)| store.version(&condition.key) != condition.version;
            let conditions = entry
                .payload
                .transaction()
                .into_iter()
                .flat_map(|all| &all.conditions);
            let conflict = (0..).zip(conditions).find(stands_against);
            let outcome = conflict.map_or(Outcome::Done, |(condition, against)| Outcome::Conflict {
                condition,
                version: store.version(&against.key),
            });
            let ops = match (&entry.payload, outcome) {
                (Payload::Expire { time_ms, keys_max }, _) => expired(&store, *time_ms, *keys_max),
                (payload, Outcome::Done) => payload.ops().to_vec(),
                (_, Outcome::Conflict { .. }) => Vec::new(),
            };
            let client = match &entry.payload {
                Payload::Register { forgets } => Some(ClientChange::Registered { forgets: *forgets }),
                Payload::Once(once) => Some(ClientChange::Executed {
                    origin: once.origin,
                    outcome: Some(outcome),
                    forgets_to: once.origin.done,
                }),
                Payload::Barrier
                | Payload::Joined { .. }
                | Payload::Op(_)
                | Payload::Transaction(_)
                | Payload::Expire { .. } => None,
            };
            let clock_ms = store.clock_ms().max(entry.payload.time_ms());
            store.apply(entry.id, &ops, client, clock_ms);
        }
        store
    }

    /// One leader an epoch, and one history.
    fn assert_agreement(&mut self, at: NodeId) {
        let node = self.replica(at).node.clone();
        let epoch = node.epoch();
        let leads = node.leader() == Some(at);
        let (log, applied) = (node.log(), node.applied().index.0);
        for index in (1..=applied).map(Index) {
            let known = self.applied.get(index.previous().0 as usize).cloned();
            match (known, log.entry(index)) {
                (Some(known), Some(entry)) => assert_eq!(known, *entry, "replicas apply the same entries"),
                (None, Some(entry)) => {
                    assert!(
                        origin(entry).is_none()
                            || !self.applied.iter().any(|old| origin(old) == origin(entry)),
                        "a numbered write is applied once"
                    );
                    self.applied.push(entry.clone());
                }
                (Some(known), None) => {
                    assert_eq!(log.epoch_at(index), Some(known.id.epoch), "lineage is kept")
                }
                (None, None) => panic!("{index} is applied by somebody before it is compacted"),
            }
        }
        let (store, expected) = (node.store(), self.store_at(applied));
        assert_eq!(
            (store.applied(), store.data(), store.deadlines(), store.clock_ms()),
            (
                expected.applied(),
                expected.data(),
                expected.deadlines(),
                expected.clock_ms()
            ),
            "a store is what was applied"
        );
        if leads {
            let known = *self.leaders.entry(epoch).or_insert(at);
            assert_eq!(known, at, "one leader in {epoch}");
        }
    }
}

/// What an expiry removes: of the keys that are due, those first that are due the longest.
fn expired(store: &MemStore, time_ms: u64, keys_max: u32) -> Vec<Op> {
    let deadlines = store.deadlines().iter();
    let mut due: Vec<(u64, Bytes)> = deadlines
        .filter(|(_, deadline)| *deadline <= time_ms)
        .map(|(key, deadline)| (deadline, key.clone()))
        .collect();
    due.sort();
    due.truncate(keys_max as usize);
    due.into_iter().map(|(_, key)| Op::Delete { key }).collect()
}

/// Client and number of a numbered write.
fn origin(entry: &Entry) -> Option<(EntryId, u64)> {
    match &entry.payload {
        Payload::Once(once) => Some((once.origin.client, once.origin.seq)),
        _ => None,
    }
}

/// What a replica comes back as, with these records on its disk.
pub fn restart(config: Config, records: &[Record], store: MemStore) -> Node<MemLog, MemStore> {
    let records = records.iter().cloned();
    recover(&Sound, config, records, MemLog::default(), store, &mut Vec::new())
        .expect("what a step persisted can be recovered")
}

/// At most one record a step, and before anything that is sent.
fn assert_record_first(effects: &[Effect]) {
    let persists: Vec<usize> = places(effects, |effect| matches!(effect, Effect::Persist(_)));
    let sends: Vec<usize> = places(effects, |effect| matches!(effect, Effect::Send { .. }));
    assert!(persists.len() <= 1, "a step makes one record: {effects:?}");
    if let (Some(persist), Some(send)) = (persists.first(), sends.first()) {
        assert!(
            persist < send,
            "the record comes before the messages: {effects:?}"
        );
    }
}

fn places(effects: &[Effect], is: impl Fn(&Effect) -> bool) -> Vec<usize> {
    (0..effects.len()).filter(|place| is(&effects[*place])).collect()
}
