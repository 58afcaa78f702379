//! Which steps may come next: what the real nodes would take, held against what the model says is enabled, both ways.
//!
//! | step | the nodes' part of it |
//! |---|---|
//! | a message arrives | the sender's bytes say it, of this partition, and the receiver would not refuse it |
//! | a timer fires | it is the one that is armed |
//! | a record is synced | one is appended to the log, and not synced |
//! | a crash keeps 0, 1, ... records | so many are appended and not synced |
//! | a client writes or reads | the node serves; what a condition names, a node has told a client |
//! | a log is compacted | the store has applied more than the log has dropped |
//! | a leader hands over | the node leads |
//! | keys expire | the node leads, and its store says that some are due |
//! | a disk is lost | all nodes count; the damaged record is not the last one |
//!
//! The rest is the scope's, and in `budget.rs`. Two things are taken from the model: which of its numbered writes a client sends,
//! which is the client's to choose (at whom they may arrive is not); and what must change nothing, which is compared
//! by its effects.

use super::budget::Budget;
use super::node::RealNode;
use super::parting::Parting;
use super::under_way::UnderWay;
use katakv_core::{
    Effect, EntryId, Image, Log, Message, NodeId, Partition, REPLICAS, Reply, Snapshot, Store,
};
use katakv_model::{Action, Loss, Msg, Scope};
use std::fmt::Display;

/// What is left of the scope, and what clients were told.
pub(super) struct Offers {
    budget: Budget,
    acknowledged: Vec<EntryId>,
    /// Lends its memory.
    offered: Vec<Action>,
}

impl Offers {
    /// Of `scope`, where nothing has happened.
    pub(super) fn new(scope: Scope) -> Offers {
        Offers {
            budget: Budget::new(scope),
            acknowledged: Vec::new(),
            offered: Vec::new(),
        }
    }

    /// A new trace begins.
    pub(super) fn begin(&mut self) {
        self.budget = self.budget.anew();
        self.acknowledged.clear();
    }

    /// A step was taken, and led to this.
    pub(super) fn took(&mut self, action: &Action, effects: &[Effect]) {
        self.budget.spend(action);
        self.acknowledged
            .extend(effects.iter().filter_map(|effect| match effect {
                Effect::Reply {
                    reply: Reply::Written { at, .. },
                    ..
                } => Some(*at),
                _ => None,
            }));
    }

    /// Compares what `nodes` would take next with what the model says is enabled.
    pub(super) fn compare(
        &mut self,
        nodes: &[RealNode; REPLICAS],
        partition: Partition,
        under_way: &mut UnderWay,
        enabled: &[Action],
    ) -> Result<(), Parting> {
        if self.budget.buries() {
            let passed = nodes.each_ref().map(|node| node.durable().1);
            under_way.bury(|to, message| message.epoch() < passed[usize::from(to.0)]);
        }
        let mut offered = std::mem::take(&mut self.offered);
        offered.clear();
        self.offer(nodes, partition, &mut offered);
        offer_numbered(nodes, partition, enabled, &mut offered);
        let mut apart = Apart::default();
        for ([from, to], of, message) in under_way.next() {
            if !enabled.iter().any(|action| delivers(action, [from, to], message)) {
                apart.real(&format_args!("{from} → {to}: {message}"));
            } else if let Err(why) = would_take(&nodes[usize::from(to.0)], partition, (from, of), message) {
                apart.model(&format_args!("{from} → {to}: {message} ({to} refuses it: {why})"));
            }
        }
        for action in enabled {
            let is_offered = match action {
                Action::Deliver { .. } => under_way
                    .next()
                    .any(|(ends, _, message)| delivers(action, ends, message)),
                Action::Idle { .. } => true,
                action => offered.contains(action),
            };
            if !is_offered {
                apart.model(action);
            }
        }
        for action in offered.iter().filter(|action| !enabled.contains(action)) {
            apart.real(action);
        }
        self.offered = offered;
        apart.told()
    }

    /// What the nodes would take, but for messages and numbered writes, so far as the scope lets it happen.
    fn offer(&self, nodes: &[RealNode; REPLICAS], partition: Partition, offered: &mut Vec<Action>) {
        let budget = &self.budget;
        let all_count = nodes
            .iter()
            .all(|real| real.driver().node(partition).standing().is_member());
        for real in nodes {
            let replica = real.driver().node(partition);
            let (node, epoch) = (replica.id(), replica.epoch());
            let of = real.unsynced() as u8;
            if of > 0 {
                offered.push(Action::Sync { node });
            }
            let timer = real.timer(partition);
            if let Some(timer) = timer.filter(|timer| budget.may_fire(*timer, epoch)) {
                offered.push(Action::Timeout { node, timer });
            }
            if replica.serving() {
                self.offer_requests(node, offered);
            }
            for store in budget.crashes() {
                let store = *store;
                offered.extend((0..=of).map(|keep| Action::Crash {
                    node,
                    keep,
                    of,
                    store,
                }));
            }
            if replica.leader() == Some(node) && budget.may_transfer(epoch) {
                let peers = replica.config().peers.into_iter();
                offered.extend(peers.map(|to| Action::Transfer { node, to }));
            }
            if replica.applied().index > replica.log().compacted().index && budget.may_compact() {
                offered.push(Action::Compact { node });
            }
            if budget.may_tick() {
                offered.push(Action::Tick { node });
            }
            if replica.leader() == Some(node)
                && let Some(clock_ms) = budget.may_expire(node)
                && let time_ms = clock_ms.max(replica.store().clock_ms())
                && !replica.store().due(time_ms, 1).is_empty()
            {
                offered.push(Action::Expire { node });
            }
            // One at a time: the second only when the first is made good.
            for loss in budget.losses().iter().filter(|_| all_count) {
                let (records, _) = real.durable();
                if *loss == Loss::Disk || records > 1 {
                    offered.push(Action::Lose { node, loss: *loss });
                }
            }
        }
    }

    /// What clients may ask of a node that serves.
    fn offer_requests(&self, node: NodeId, offered: &mut Vec<Action>) {
        for level in self.budget.levels() {
            let level = *level;
            let batches = self.budget.batches();
            offered.extend(batches.map(|count| Action::Write { node, level, count }));
            if self.budget.may_transact() {
                let told = self.acknowledged.iter().map(|at| Some(*at));
                offered.extend(
                    told.chain([None])
                        .map(|expects| Action::Transact { node, level, expects }),
                );
            }
        }
        if self.budget.may_read() {
            offered.push(Action::Read { node });
        }
    }
}

/// Whatever a numbering client may send to one node, it may send to each that serves, and to no other.
fn offer_numbered(
    nodes: &[RealNode; REPLICAS],
    partition: Partition,
    enabled: &[Action],
    offered: &mut Vec<Action>,
) {
    let replicas = nodes.iter().map(|real| real.driver().node(partition));
    for replica in replicas.filter(|replica| replica.serving()) {
        let node = replica.id();
        offered.extend(enabled.iter().filter_map(|action| match *action {
            Action::Once {
                write,
                level,
                expects,
                done,
                ..
            } => Some(Action::Once {
                node,
                write,
                level,
                expects,
                done,
            }),
            Action::Register { .. } => Some(Action::Register { node }),
            _ => None,
        }));
    }
}

fn delivers(action: &Action, ends: [NodeId; 2], message: &Message) -> bool {
    match action {
        Action::Deliver {
            from,
            to,
            msg: Msg::Peer(said),
        } => [*from, *to] == ends && said == message,
        _ => false,
    }
}

/// Whether the replica of `partition` would take a message whose bytes say that it is of the partition `of`.
fn would_take(
    real: &RealNode,
    partition: Partition,
    (from, of): (NodeId, Partition),
    message: &Message,
) -> Result<(), String> {
    if of != partition {
        return Err(format!("its bytes say that it is of {of}"));
    }
    let taken = match message {
        // It will be known to the receiver by a name.
        Message::Snapshot { epoch, snapshot } => {
            let (epoch, state) = (*epoch, Image::Named(0));
            let lineage = snapshot.lineage.clone();
            let snapshot = Snapshot { lineage, state };
            let message = Message::Snapshot { epoch, snapshot };
            real.driver().would_take(partition, from, &message)
        }
        message => real.driver().would_take(partition, from, message),
    };
    taken.map_err(|error| error.to_string())
}

/// The steps that only one side has, in words.
#[derive(Default)]
struct Apart {
    model: String,
    real: String,
}

impl Apart {
    fn model(&mut self, step: &dyn Display) {
        add(&mut self.model, step);
    }

    fn real(&mut self, step: &dyn Display) {
        add(&mut self.real, step);
    }

    fn told(self) -> Result<(), Parting> {
        let Apart { model, real } = self;
        match model.is_empty() && real.is_empty() {
            true => Ok(()),
            false => Err(Parting::Steps { model, real }),
        }
    }
}

fn add(steps: &mut String, step: &dyn Display) {
    if !steps.is_empty() {
        steps.push_str("; ");
    }
    steps.push_str(&step.to_string());
}
