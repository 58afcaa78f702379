//! Random walks of a cluster, seeded: what holds for every step, looked for where no story goes.

mod cluster;

use cluster::{Cluster, Envelope, MEMBERS};
use katakv_core::*;

/// A small generator of numbers (xorshift64*), so that a seed names a walk for ever.
struct Dice(u64);

impl Dice {
    fn new(seed: u64) -> Dice {
        Dice(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1)
    }

    /// One of `0..sides`.
    fn roll(&mut self, sides: u64) -> u64 {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        (self.0.wrapping_mul(0x2545_f491_4f6c_dd1d) >> 33) % sides
    }

    fn member(&mut self) -> NodeId {
        MEMBERS[self.roll(3) as usize]
    }
}

/// What can happen in the world.
#[derive(Clone, Debug)]
enum Event {
    Input(NodeId, Input),
    Deliver(Envelope),
    Lose(Envelope),
    Repeat(Envelope),
    Crash {
        at: NodeId,
        keep: usize,
        store_lags: bool,
    },
    LoseDisk {
        at: NodeId,
        incarnation: u64,
    },
}

impl Event {
    /// Something that can happen now. Whatever is in the network can arrive first.
    fn any(dice: &mut Dice, cluster: &Cluster) -> Event {
        let at = dice.member();
        let in_flight = cluster.replica(at).in_flight.len() as u64;
        let network = &cluster.network;
        if !network.is_empty() && dice.roll(2) == 0 {
            let envelope = network[dice.roll(network.len() as u64) as usize].clone();
            return match dice.roll(12) {
                0 => Event::Lose(envelope),
                1 => Event::Repeat(envelope),
                _ => Event::Deliver(envelope),
            };
        }
        match dice.roll(40) {
            0 => Event::Input(at, Input::Timeout(Timer::Election)),
            1..=5 => Event::Input(at, Input::Timeout(Timer::Heartbeat)),
            6 if dice.roll(4) == 0 => Event::Crash {
                at,
                keep: dice.roll(in_flight + 1) as usize,
                store_lags: dice.roll(2) == 0,
            },
            7 if dice.roll(2) == 0 => {
                let to = Index(dice.roll(cluster.replica(at).node.log().last().index.0 + 2));
                Event::Input(at, Input::Compact { to })
            }
            // One at a time: two copies of three must be there.
            22 if dice.roll(8) == 0 && MEMBERS.iter().all(|member| counts(cluster, *member)) => {
                Event::LoseDisk {
                    at,
                    incarnation: 1 + dice.roll(u64::MAX),
                }
            }
            8..=20 => Event::Input(at, Input::Requests(any_requests(dice))),
            // Named: of two that are equally far, the first would be chosen.
            21 => Event::Input(
                at,
                Input::Transfer {
                    to: Some(dice.member()),
                },
            ),
            _ => Event::Input(at, Input::Synced(dice.roll(in_flight + 1) as u32)),
        }
    }

    fn renamed(&self) -> Event {
        let renamed = |envelope: &Envelope| Envelope {
            from: swap(envelope.from),
            to: swap(envelope.to),
            message: envelope.message.clone(),
        };
        match self {
            Event::Input(at, Input::Transfer { to }) => {
                Event::Input(swap(*at), Input::Transfer { to: to.map(swap) })
            }
            Event::Input(at, input) => Event::Input(swap(*at), input.clone()),
            Event::Deliver(envelope) => Event::Deliver(renamed(envelope)),
            Event::Lose(envelope) => Event::Lose(renamed(envelope)),
            Event::Repeat(envelope) => Event::Repeat(renamed(envelope)),
            Event::Crash { at, keep, store_lags } => Event::Crash {
                at: swap(*at),
                keep: *keep,
                store_lags: *store_lags,
            },
            Event::LoseDisk { at, incarnation } => Event::LoseDisk {
                at: swap(*at),
                incarnation: *incarnation,
            },
        }
    }

    /// Makes it happen. `Cluster::step` asserts what must hold after each step.
    fn happen(&self, cluster: &mut Cluster) -> Vec<Effect> {
        match self.clone() {
            Event::Input(at, input) => cluster.step(at, input),
            Event::Deliver(envelope) => {
                take(cluster, &envelope);
                let Envelope { from, to, message } = envelope;
                let admitted = cluster.replica(to).node.admits(from, &message);
                assert_eq!(admitted, Ok(()), "{from} to {to}: {message}");
                cluster.step(to, Input::Receive { from, message })
            }
            Event::Lose(envelope) => {
                take(cluster, &envelope);
                Vec::new()
            }
            Event::Repeat(envelope) => {
                cluster.network.push(envelope);
                Vec::new()
            }
            Event::Crash { at, keep, store_lags } => {
                cluster.crash(at, keep, store_lags);
                Vec::new()
            }
            Event::LoseDisk { at, incarnation } => {
                cluster.lose(at, incarnation);
                Vec::new()
            }
        }
    }
}

/// Whether a replica is a member, and would be after any crash.
fn counts(cluster: &Cluster, at: NodeId) -> bool {
    let replica = cluster.replica(at);
    let durable = replica.synced.iter().filter_map(|record| record.hard).next_back();
    replica.node.standing().is_member() && durable.is_none_or(|hard| hard.standing.is_member())
}

fn take(cluster: &mut Cluster, wanted: &Envelope) {
    let is_it = |envelope: &Envelope| {
        envelope.from == wanted.from && envelope.to == wanted.to && envelope.message == wanted.message
    };
    let place = cluster
        .network
        .iter()
        .position(is_it)
        .expect("it is in the network");
    cluster.network.remove(place);
}

fn any_requests(dice: &mut Dice) -> Vec<Request> {
    (0..=dice.roll(3))
        .map(|_| Request {
            id: RequestId(dice.roll(1 << 30)),
            body: any_body(dice),
        })
        .collect()
}

fn any_body(dice: &mut Dice) -> RequestBody {
    let key = ["a", "b"][dice.roll(2) as usize].into();
    let level = [AckLevel::Leader, AckLevel::Quorum, AckLevel::All][dice.roll(3) as usize];
    match dice.roll(12) {
        11 => RequestBody::Scan {
            scan: Scan {
                prefix: "".into(),
                after: (dice.roll(2) == 0).then_some(key),
                keys_max: dice.roll(3) as u32,
                bytes_max: dice.roll(9) as u32,
            },
            seen: any_id(dice),
        },
        10 => RequestBody::Await {
            at: any_id(dice),
            level,
        },
        9 => RequestBody::AnyRead { key },
        6 => RequestBody::Register,
        7 | 8 => {
            let (seq, client) = (1 + dice.roll(3), any_id(dice));
            let done = dice.roll(seq);
            let origin = Origin { client, seq, done };
            let ops = vec![Op::Delete { key }];
            let transaction = Transaction {
                ops,
                ..Transaction::default()
            };
            let once = Once { origin, transaction };
            RequestBody::Once { once, level }
        }
        5 => RequestBody::LinearizableRead { key },
        0 => RequestBody::Read {
            key,
            seen: any_id(dice),
        },
        4 => RequestBody::Fate { at: any_id(dice) },
        1 => RequestBody::Transact {
            transaction: Transaction {
                conditions: vec![Condition {
                    key: key.clone(),
                    version: (dice.roll(3) > 0).then(|| any_id(dice)),
                }],
                ops: vec![Op::Delete { key: key.clone() }, Op::Delete { key }],
            },
            level,
        },
        2 => RequestBody::Write {
            op: Op::Delete { key },
            level,
        },
        _ => RequestBody::Write {
            op: Op::Put {
                key,
                value: dice.roll(1 << 30).to_string().as_str().into(),
            },
            level,
        },
    }
}

/// A number that is plausible, or one at the edge of what can be said.
fn any_number(dice: &mut Dice) -> u64 {
    match dice.roll(20) {
        0 => u64::MAX,
        1 => u64::MAX / 2,
        2 => u64::MAX / 2 + 1,
        3 => 0,
        _ => dice.roll(9),
    }
}

fn any_id(dice: &mut Dice) -> EntryId {
    EntryId::new(Epoch(any_number(dice)), Index(any_number(dice)))
}

/// Mostly what could follow `prev`.
fn any_entries(dice: &mut Dice, prev: EntryId) -> Vec<Entry> {
    let mut last = prev;
    (0..dice.roll(4))
        .map(|_| {
            let index = match dice.roll(20) {
                0 => Index(any_number(dice)),
                _ => Index(last.index.0.saturating_add(1)),
            };
            last = EntryId::new(Epoch(last.epoch.0.saturating_add(dice.roll(2))), index);
            Entry {
                id: last,
                payload: Payload::Barrier,
            }
        })
        .collect()
}

fn any_message(dice: &mut Dice, near: Epoch) -> Message {
    let epoch = match dice.roll(5) {
        0 => Epoch(any_number(dice)),
        _ => Epoch(near.0.saturating_add(dice.roll(2))),
    };
    match dice.roll(11) {
        8 => Message::Learned {
            epoch,
            incarnation: dice.roll(3),
            reached: Index(any_number(dice)),
        },
        9 => Message::Lacking {
            epoch,
            incarnation: dice.roll(3),
            prev: Index(any_number(dice)),
            hint: any_id(dice),
        },
        10 => Message::TimeoutNow { epoch },
        7 => Message::Snapshot {
            epoch,
            snapshot: any_snapshot(dice),
        },
        0 => Message::RequestVote {
            epoch,
            last: any_id(dice),
        },
        1 => Message::Vote { epoch },
        2 => Message::Appended {
            epoch,
            matched: Index(any_number(dice)),
        },
        3 => Message::Rejected {
            epoch,
            prev: Index(any_number(dice)),
            hint: any_id(dice),
        },
        4 => Message::PreVote {
            epoch,
            last: any_id(dice),
        },
        5 => Message::PreVoted { epoch },
        _ => {
            let prev = any_id(dice);
            Message::Append {
                epoch,
                prev,
                commit: Index(any_number(dice)),
                entries: any_entries(dice, prev).into(),
            }
        }
    }
}

fn any_snapshot(dice: &mut Dice) -> Snapshot {
    let mut lineage = Lineage::default();
    for _ in 0..dice.roll(8) {
        let last = lineage.last();
        let epoch = Epoch(last.epoch.0.max(1) + dice.roll(2));
        lineage.append(EntryId::new(epoch, last.index.next()));
    }
    Snapshot {
        lineage,
        state: Image::Whole(State::default()),
    }
}

fn limits(dice: &mut Dice) -> Limits {
    Limits {
        window: 1 + dice.roll(3) as u32,
        append_entries_max: 1 + dice.roll(3) as u32,
        uncommitted_max: 1 + dice.roll(6) as u32,
        push_commit: dice.roll(2) == 0,
        leader_acks_max: dice.roll(3) as u32,
        pre_vote: dice.roll(2) == 0,
        quorum_heartbeats: dice.roll(3) as u32,
        ..Limits::default()
    }
}

/// The renaming of the twins: everyone changes places, and the order of no pair is kept.
fn swap(id: NodeId) -> NodeId {
    NodeId(2 - id.0)
}

/// `effects` as the twin has them. Between different peers, the order of messages means nothing.
fn renamed(mut effects: Vec<Effect>) -> Vec<Effect> {
    for effect in &mut effects {
        match effect {
            Effect::Send { to, .. } => *to = swap(*to),
            Effect::Persist(record) => {
                record.hard = record.hard.map(|hard| HardState {
                    vote: hard.vote.map(swap),
                    ..hard
                })
            }
            Effect::Reply {
                reply: Reply::NotLeader { leader } | Reply::AnyValue { leader, .. },
                ..
            } => *leader = leader.map(swap),
            Effect::Reply {
                reply: Reply::HandingOver { to },
                ..
            } => *to = swap(*to),
            Effect::Reply { .. } | Effect::Arm(_) => {}
        }
    }
    ordered(effects)
}

fn ordered(mut effects: Vec<Effect>) -> Vec<Effect> {
    effects.sort_by_key(|effect| match effect {
        Effect::Send { to, .. } => Some(*to),
        _ => None,
    });
    effects
}

/// Two clusters whose members bear other names do the same under those names.
#[test]
fn relabelling_commutes_with_every_step() {
    for seed in 1..=60 {
        let mut dice = Dice::new(seed);
        let limits = limits(&mut dice);
        let (mut one, mut twin) = (Cluster::new(limits), Cluster::new(limits));
        for _ in 0..400 {
            let event = Event::any(&mut dice, &one);
            let effects = event.happen(&mut one);
            let twins = event.renamed().happen(&mut twin);
            assert_eq!(renamed(effects), ordered(twins), "seed {seed}: {event:?}");
            for id in MEMBERS {
                let mut node = one.replica(id).node.clone();
                node.relabel(swap);
                assert_eq!(
                    node,
                    twin.replica(swap(id)).node,
                    "seed {seed}, {id} after {event:?}"
                );
            }
        }
    }
}

/// Long walks, in which the assertions of `step` and of the cluster are the test; and not idle ones.
#[test]
fn no_walk_breaks_an_assertion() {
    let (mut epochs, mut commits) = (0, 0);
    for seed in 1..=150 {
        let mut dice = Dice::new(seed);
        let mut cluster = Cluster::new(limits(&mut dice));
        for _ in 0..1500 {
            Event::any(&mut dice, &cluster).happen(&mut cluster);
        }
        epochs += cluster.replica(MEMBERS[0]).node.epoch().0;
        commits += cluster.replica(MEMBERS[0]).node.commit().0;
    }
    assert!(
        epochs > 150 && commits > 1500,
        "{epochs} epochs, {commits} commits"
    );
}

/// A checkpoint is what all records before it amount to: alone, after whatever a purge has left of them, and after all of
/// them.
#[test]
fn a_checkpoint_stands_for_all_records_before_it() {
    let (mut checkpoints, mut compacted) = (0, 0);
    for seed in 1..=100 {
        let mut dice = Dice::new(seed);
        let mut cluster = Cluster::new(limits(&mut dice));
        for _ in 0..600 {
            Event::any(&mut dice, &cluster).happen(&mut cluster);
            let replica = cluster.replica(dice.member());
            let Some(checkpoint) = replica.node.checkpoint(dice.roll(200) as usize) else {
                continue;
            };
            let records: Vec<Record> = replica.synced.iter().chain(&replica.in_flight).cloned().collect();
            let fold = |mut recovery: Recovery<MemLog>, left: usize, checkpoint: &[Record]| {
                for record in &records[records.len() - left..] {
                    recovery.push(record.clone())?;
                }
                for record in checkpoint {
                    recovery.push_checkpoint(record.clone())?;
                }
                let (config, store) = (*replica.node.config(), replica.node.store().clone());
                recovery.finish(&Sound, config, store, &mut Vec::new())
            };
            let new = || Recovery::new(MemLog::default(), true);
            let purged = || Recovery::after_purge(MemLog::default(), true);
            let all = records.len();
            let left = dice.roll(all as u64 + 1) as usize;
            let expected = fold(new(), all, &[]);
            assert!(expected.is_ok(), "seed {seed}");
            assert_eq!(fold(new(), all, &checkpoint), expected, "seed {seed}");
            assert_eq!(
                fold(purged(), left, &checkpoint),
                expected,
                "seed {seed}, {left} left"
            );
            assert_eq!(
                fold(purged(), left, &checkpoint[1..]),
                Err(RecoverError::NoCheckpoint)
            );
            checkpoints += 1;
            compacted += u64::from(replica.node.log().compacted() > EntryId::ZERO);
        }
    }
    assert!(
        checkpoints > 10_000 && compacted > 1_000,
        "{checkpoints} checkpoints, {compacted} of compacted logs"
    );
}

/// Results of elections are published by whoever serves, and arrive late, repeatedly and in any order. What a directory says never goes back,
/// but for what it forgets altogether, and no epoch has two results.
#[test]
fn published_results_never_go_back() {
    let (mut news, mut late) = (0, 0);
    for seed in 1..=100 {
        let mut dice = Dice::new(seed);
        let mut cluster = Cluster::new(limits(&mut dice));
        let mut published: Vec<Elected> = Vec::new();
        let mut directory = Directory::default();
        for _ in 0..2_000 {
            Event::any(&mut dice, &cluster).happen(&mut cluster);
            for id in MEMBERS {
                let Some(result) = cluster.replica(id).node.elected() else {
                    continue;
                };
                let same = published.iter().find(|other| other.epoch == result.epoch);
                match same {
                    Some(other) => assert_eq!(*other, result, "seed {seed}: one result an epoch"),
                    None => published.push(result),
                }
            }
            if dice.roll(200) == 0 {
                directory = Directory::default();
            }
            if published.is_empty() || dice.roll(4) > 0 {
                continue;
            }
            let heard = published[dice.roll(published.len() as u64) as usize];
            let before = directory.elected();
            let is_news = directory.hear(&Sound, heard);
            let after = directory.elected();
            assert!(
                after >= before && after.is_some_and(|after| after.epoch >= heard.epoch),
                "seed {seed}"
            );
            news += u64::from(is_news);
            late += u64::from(before.is_some_and(|before| before.epoch > heard.epoch));
        }
    }
    assert!(news > 100 && late > 1_000, "{news} were news, {late} came late");
}

/// Whatever has happened, a cluster whose messages arrive again and whose disks are done elects a leader that serves,
/// and the others catch up with it.
#[test]
fn every_walk_can_be_healed() {
    for seed in 1..=150 {
        let mut dice = Dice::new(seed);
        let mut cluster = Cluster::new(limits(&mut dice));
        for _ in 0..400 {
            Event::any(&mut dice, &cluster).happen(&mut cluster);
        }
        let leader = heal(&mut cluster, &mut dice);
        let node = &cluster.replica(leader).node;
        for id in MEMBERS {
            let other = &cluster.replica(id).node;
            let last = node.log().last().index;
            assert_eq!(
                (other.log().last(), other.log().lineage(last)),
                (node.log().last(), node.log().lineage(last)),
                "seed {seed}: {id} has the log of {leader}"
            );
            assert_eq!(
                (other.applied(), other.store().data()),
                (node.applied(), node.store().data()),
                "seed {seed}: {id} has applied it all"
            );
        }
        assert_eq!(node.applied(), node.log().last(), "seed {seed}");
    }
}

/// Lets everything arrive, and time out who hears no leader. Returns the leader that serves in the end.
fn heal(cluster: &mut Cluster, dice: &mut Dice) -> NodeId {
    for _ in 0..20 {
        settle(cluster);
        let leader = MEMBERS
            .into_iter()
            .filter(|id| cluster.replica(*id).node.leader() == Some(*id))
            .max_by_key(|id| cluster.replica(*id).node.epoch());
        let serving = leader.filter(|id| cluster.replica(*id).node.serving());
        for id in MEMBERS {
            cluster.step(id, Input::Timeout(Timer::Heartbeat));
        }
        settle(cluster);
        let follows = |id: &NodeId| cluster.replica(*id).node.leader() == leader;
        if let Some(leader) = serving
            && MEMBERS.iter().all(follows)
        {
            // Once more, so that everyone hears how far it is committed.
            cluster.step(leader, Input::Timeout(Timer::Heartbeat));
            settle(cluster);
            // With this heartbeat, one that was to hand over may have done so.
            if cluster.replica(leader).node.leader() == Some(leader) {
                return leader;
            }
            continue;
        }
        let lonely: Vec<NodeId> = MEMBERS.into_iter().filter(|id| !follows(id)).collect();
        let lonely = if lonely.is_empty() {
            MEMBERS.to_vec()
        } else {
            lonely
        };
        let at = lonely[dice.roll(lonely.len() as u64) as usize];
        cluster.step(at, Input::Timeout(Timer::Election));
    }
    panic!("no leader serves after twenty rounds")
}

fn settle(cluster: &mut Cluster) {
    for _ in 0..200 {
        for id in MEMBERS {
            let in_flight = cluster.replica(id).node.records_in_flight();
            cluster.step(id, Input::Synced(in_flight));
        }
        let envelopes = std::mem::take(&mut cluster.network);
        if envelopes.is_empty() {
            return;
        }
        for Envelope { from, to, message } in envelopes {
            assert_eq!(cluster.replica(to).node.admits(from, &message), Ok(()));
            cluster.step(to, Input::Receive { from, message });
        }
    }
    panic!("replicas that nobody disturbs never stop talking")
}

/// Whatever a peer says that `admits` lets in, no assertion of `step` is within its reach, then or later.
#[test]
fn garbage_that_is_admitted_does_no_harm() {
    let (mut admitted, mut refused) = (0, 0);
    for seed in 1..=100 {
        let mut dice = Dice::new(seed);
        let mut cluster = Cluster::new(limits(&mut dice));
        for _ in 0..150 {
            Event::any(&mut dice, &cluster).happen(&mut cluster);
            let at = dice.member();
            let mut node = cluster.replica(at).node.clone();
            for _ in 0..12 {
                let from = NodeId(dice.roll(4) as u8);
                let message = any_message(&mut dice, node.epoch());
                if node.admits(from, &message).is_ok() {
                    admitted += 1;
                    step(
                        &Sound,
                        &mut node,
                        Input::Receive { from, message },
                        &mut Vec::new(),
                    );
                    step(&Sound, &mut node, any_local(&mut dice), &mut Vec::new());
                } else {
                    refused += 1;
                }
            }
            let in_flight = node.records_in_flight();
            step(&Sound, &mut node, Input::Synced(in_flight), &mut Vec::new());
        }
    }
    assert!(
        admitted > 10_000 && refused > 10_000,
        "{admitted} admitted, {refused} refused"
    );
}

fn any_local(dice: &mut Dice) -> Input {
    match dice.roll(5) {
        4 => Input::Compact {
            to: Index(any_number(dice)),
        },
        0 => Input::Timeout(Timer::Election),
        1 => Input::Timeout(Timer::Heartbeat),
        2 => Input::Synced(0),
        _ => Input::Requests(any_requests(dice)),
    }
}

/// A node, its records and its messages survive a text format: traces are made of them.
#[test]
fn states_and_messages_survive_json() {
    let mut dice = Dice::new(7);
    let mut cluster = Cluster::new(Limits::default());
    for _ in 0..3000 {
        let event = Event::any(&mut dice, &cluster);
        event.happen(&mut cluster);
        if let Event::Deliver(Envelope { message, .. }) = &event {
            assert_eq!(&through_json(message), message);
        }
        if let Event::Input(at, input) = &event {
            assert_eq!(&through_json(input), input);
            let node = &cluster.replica(*at).node;
            assert_eq!(&through_json(node), node);
            assert_eq!(
                &through_json(&cluster.replica(*at).synced),
                &cluster.replica(*at).synced
            );
        }
    }
}

fn through_json<T: serde::Serialize + serde::de::DeserializeOwned>(value: &T) -> T {
    let text = serde_json::to_string(value).expect("it can be told in JSON");
    serde_json::from_str(&text).expect("and read again")
}
