//! The clients of a course: they ask one node each, as the trace says, and keep what they are told.

use super::promises::{Ack, Broken, check_linearizable};
use katakv::client::{Cluster, Options, Outcome};
use katakv::wire::{ClientReply, ClientRequest, Status};
use katakv_core::{
    AckLevel, Bytes, Condition, EntryId, Fate, NodeId, Once, Op, Origin, Partition, REPLICAS, Reply,
    Transaction,
};
use serde::Serialize;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Duration;
use tokio::task::JoinSet;
use tokio::time::{Instant, sleep, timeout};

/// How long a request may go unanswered; of a write, the outcome is not known then.
const ANSWER_WITHIN: Duration = Duration::from_secs(5);

/// How long a read on the way may go unanswered. It is only looked at what is answered.
const LOOK_WITHIN: Duration = Duration::from_millis(100);

/// How long a new leader is asked again until it serves.
const SERVES_WITHIN: Duration = Duration::from_millis(150);

/// When all is over, how long a replica may take to have what the leader has.
const CATCHES_UP_WITHIN_MS: u32 = 5000;

/// What clients were told during one course.
#[derive(Default)]
struct Told {
    acks: Vec<Ack>,
    /// The client's name at the partition, once it is registered.
    client: Option<EntryId>,
    /// What was wrong with an answer.
    broken: Vec<Broken>,
    counts: Counts,
}

/// How many requests went which way.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Counts {
    /// Writes that were acknowledged.
    pub acknowledged: usize,
    /// Of them, at level `leader`, those that a failover took.
    pub lost: usize,
    /// Requests that were refused: the node did not lead, or not yet.
    pub refused: usize,
    /// Writes of whose outcome nobody told.
    pub unknown: usize,
    /// Reads that were answered.
    pub reads: usize,
}

/// The clients.
pub struct Clients {
    cluster: Arc<Cluster>,
    partition: Partition,
    key: Bytes,
    told: Arc<Mutex<Told>>,
    asking: JoinSet<()>,
    writes: u64,
}

impl Clients {
    /// Clients of the nodes at `nodes`, who write a key of `partition`.
    pub fn new(nodes: [SocketAddr; REPLICAS], partition: Partition) -> Clients {
        let options = Options {
            deadline: ANSWER_WITHIN,
            ..Options::default()
        };
        let key = (0..)
            .map(|number: u32| Bytes::from(format!("key {number}").as_str()))
            .find(|key| Partition::of_key(key) == partition)
            .expect("keys are spread over all partitions");
        Clients {
            cluster: Arc::new(Cluster::new(nodes, options)),
            partition,
            key,
            told: Arc::default(),
            asking: JoinSet::new(),
            writes: 0,
        }
    }

    /// A write arrives at `node`.
    pub fn write(&mut self, node: NodeId, level: AckLevel) {
        let value = self.next_value();
        let op = self.put(&value);
        self.send(node, ClientRequest::Write { op, level }, Some((level, value)));
    }

    /// A write arrives at `node`, under the condition that the key is as it was told last.
    pub fn transact(&mut self, node: NodeId, level: AckLevel) {
        let value = self.next_value();
        let key = self.key.clone();
        let version = self.lock().acks.last().map(|ack| ack.at);
        let transaction = Transaction {
            conditions: vec![Condition { key, version }],
            ops: vec![self.put(&value)],
        };
        let request = ClientRequest::Transact { transaction, level };
        self.send(node, request, Some((level, value)));
    }

    /// The numbered write `number` arrives at `node`, for the first time or again; `false` if the client is not known yet.
    pub fn once(&mut self, node: NodeId, level: AckLevel, number: u8) -> bool {
        let Some(client) = self.lock().client else {
            return false;
        };
        let value = Bytes::from(format!("{client} {number}").as_str());
        let origin = Origin {
            client,
            seq: u64::from(number) + 1,
            done: 0,
        };
        let transaction = Transaction {
            conditions: Vec::new(),
            ops: vec![self.put(&value)],
        };
        let once = Once { origin, transaction };
        let request = ClientRequest::Once { once, level };
        self.send(node, request, Some((level, value)));
        true
    }

    /// A registration arrives at `node`.
    pub fn register(&mut self, node: NodeId) {
        let partition = self.partition;
        self.send(node, ClientRequest::Register { partition }, None);
    }

    /// A linearizable read arrives at `node`.
    pub fn read(&mut self, node: NodeId) {
        let key = self.key.clone();
        let (cluster, told) = (Arc::clone(&self.cluster), Arc::clone(&self.told));
        self.asking.spawn(async move {
            let before = lock(&told).acks.clone();
            match protocol(cluster.raw(node, ClientRequest::LinearizableRead { key }).await) {
                Some(reply @ Reply::Value { .. }) => {
                    let checked = check_linearizable(&before, node, &reply);
                    let mut told = lock(&told);
                    told.counts.reads += 1;
                    told.broken.extend(checked.err());
                }
                _ => lock(&told).counts.refused += 1,
            }
        });
    }

    /// Whether the client that a numbered write needs is registered.
    pub fn is_registered(&self) -> bool {
        self.lock().client.is_some()
    }

    /// How many requests were refused so far.
    pub fn refused(&self) -> usize {
        self.lock().counts.refused
    }

    /// A node's state, if it says.
    pub async fn status(&self, node: NodeId) -> Result<Status, Outcome> {
        self.cluster.status(node).await
    }

    fn send(&mut self, node: NodeId, request: ClientRequest, writes: Option<(AckLevel, Bytes)>) {
        let (cluster, told, key) = (
            Arc::clone(&self.cluster),
            Arc::clone(&self.told),
            self.key.clone(),
        );
        self.asking.spawn(async move {
            let started = Instant::now();
            let reply = loop {
                match protocol(cluster.raw(node, request.clone()).await) {
                    // Nothing was done; it is about to serve.
                    Some(Reply::NotServing) if started.elapsed() < SERVES_WITHIN => {
                        sleep(Duration::from_millis(2)).await;
                    }
                    reply => break reply,
                }
            };
            match (reply, writes) {
                (Some(Reply::Written { at, copies }), Some((level, value))) => {
                    let ack = Ack { at, level, value };
                    note_ack(&told, &ack, copies);
                    ask_everywhere(&cluster, &told, &key, &ack).await;
                }
                (Some(Reply::Written { at, .. }), None) => lock(&told).client = Some(at),
                (None | Some(Reply::Unknown { .. }), _) => lock(&told).counts.unknown += 1,
                (Some(Reply::Conflict { .. }), _) => {}
                (Some(_), _) => lock(&told).counts.refused += 1,
            }
        });
    }

    fn put(&self, value: &Bytes) -> Op {
        Op::Put {
            key: self.key.clone(),
            value: value.clone(),
        }
    }

    fn next_value(&mut self) -> Bytes {
        self.writes += 1;
        Bytes::from(format!("value {}", self.writes).as_str())
    }

    /// The course is over, the group has found together and follows `leader`: every promise is looked at, at every node.
    pub async fn settle_accounts(&mut self, leader: NodeId) -> Result<Counts, Broken> {
        while self.asking.join_next().await.is_some() {}
        self.write_past(leader).await?;
        let acks = self.lock().acks.clone();
        for ack in &acks {
            let mut fates = Vec::new();
            for node in (0..REPLICAS as u8).map(NodeId) {
                fates.push((node, self.account(node, ack).await?));
            }
            let first = fates.iter().find(|(_, fate)| *fate != Fate::Unknown);
            for (node, fate) in &fates {
                if *fate != Fate::Unknown && first.is_some_and(|(_, first)| first != fate) {
                    let (node, fate, at) = (*node, *fate, ack.at);
                    return Err(Broken::TwoFates { node, at, fate });
                }
            }
            if first.is_some_and(|(_, fate)| *fate == Fate::Truncated) {
                self.lock().counts.lost += 1;
            }
        }
        let mut told = self.lock();
        match told.broken.pop() {
            Some(broken) => Err(broken),
            None => Ok(told.counts),
        }
    }

    /// Writes, until each place is taken in which an acknowledged write may have stood: by then its fate is known.
    async fn write_past(&mut self, leader: NodeId) -> Result<(), Broken> {
        let last = self.lock().acks.iter().map(|ack| ack.at.index).max();
        let (last, level) = (last.unwrap_or_default(), AckLevel::All);
        loop {
            let value = self.next_value();
            let op = self.put(&value);
            match protocol(self.cluster.raw(leader, ClientRequest::Write { op, level }).await) {
                Some(Reply::Written { at, copies }) => {
                    note_ack(&self.told, &Ack { at, level, value }, copies);
                    if at.index > last {
                        return Ok(());
                    }
                }
                other => {
                    let other = format!("{leader} answers a write with {other:?}");
                    return Err(Broken::Apart(other));
                }
            }
        }
    }

    /// What `node` answers a session that has seen the write, and as what it tells its fate.
    async fn account(&self, node: NodeId, ack: &Ack) -> Result<Fate, Broken> {
        let (partition, at) = (self.partition, ack.at);
        let read = session_read(&self.key, ack, CATCHES_UP_WITHIN_MS);
        let read = protocol(self.cluster.raw(node, read).await);
        let fate = protocol(
            self.cluster
                .raw(node, ClientRequest::Fate { partition, at })
                .await,
        );
        let (Some(read), Some(Reply::Fate { fate, .. })) = (read, fate) else {
            return Err(Broken::Apart(format!("{node} does not answer about {at}")));
        };
        ack.check_read(node, &read)?;
        self.lock().counts.reads += 1;
        match fate {
            Fate::Truncated => ack.check_gone(node)?,
            Fate::Committed | Fate::Unknown => {}
        }
        match (&read, fate) {
            (Reply::Lost(_), Fate::Truncated) | (Reply::Value { .. }, Fate::Committed) => Ok(fate),
            _ => Err(Broken::Contradiction {
                node,
                at,
                read: format!("{read:?}"),
                fate,
            }),
        }
    }

    fn lock(&self) -> MutexGuard<'_, Told> {
        lock(&self.told)
    }
}

fn lock(told: &Mutex<Told>) -> MutexGuard<'_, Told> {
    told.lock().expect("nothing panics while it holds what was told")
}

fn note_ack(told: &Mutex<Told>, ack: &Ack, copies: u8) {
    let mut told = lock(told);
    told.broken.extend(ack.check_copies(copies).err());
    told.counts.acknowledged += 1;
    // A write that was sent again is one write.
    if !told.acks.contains(ack) {
        told.acks.push(ack.clone());
    }
}

/// Whoever has been told of a write asks every node for it at once: it answers with that, with something later, or not yet.
async fn ask_everywhere(cluster: &Cluster, told: &Mutex<Told>, key: &Bytes, ack: &Ack) {
    for node in (0..REPLICAS as u8).map(NodeId) {
        let asked = cluster.raw(node, session_read(key, ack, 0));
        if let Ok(Some(reply)) = timeout(LOOK_WITHIN, asked).await.map(protocol) {
            let checked = ack.check_read(node, &reply);
            let mut told = lock(told);
            told.counts.reads += 1;
            told.broken.extend(checked.err());
        }
    }
}

fn session_read(key: &Bytes, ack: &Ack, wait_ms: u32) -> ClientRequest {
    ClientRequest::Read {
        key: key.clone(),
        seen: ack.at,
        wait_ms,
    }
}

/// The protocol's answer, if there was one.
fn protocol(reply: Result<ClientReply, Outcome>) -> Option<Reply> {
    match reply {
        Ok(ClientReply::Protocol { reply, .. }) => Some(reply),
        Ok(_) | Err(_) => None,
    }
}
