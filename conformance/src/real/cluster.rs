//! Three real nodes, driven in lockstep with the model.

use super::node::{NodeError, RealNode};
use super::offers::Offers;
use super::parting::Parting;
use super::under_way::{Arrived, UnderWay};
use katakv::codec;
use katakv::driver::Output;
use katakv::store::StoreImage;
use katakv::wire::{NodeFrame, StateFrame, StatePart};
use katakv_core::{
    AckLevel, Base, Effect, EntryId, Epoch, Image, Input, Lineage, Log, Message, NodeId, Partition, REPLICAS,
    Record, Reply, Request, RequestBody, RequestId, Snapshot, step,
};
use katakv_model::{Action, Msg, Outcome, Scope, State, StoreFate, System};
use std::collections::BTreeSet;
use std::path::Path;
use std::sync::Arc;

/// Three real nodes, one of whose partitions is driven at a time.
pub struct RealCluster {
    nodes: [RealNode; REPLICAS],
    partition: Partition,
    under_way: UnderWay,
    offers: Offers,
    /// Whether a node has lost its disk, and so all of its partitions.
    has_lost: bool,
}

/// How much of a state goes into one frame: one item, so that even a small state takes several.
const PAGE_BYTES: usize = 0;

impl RealCluster {
    /// Three nodes with empty directories below `home`.
    pub fn new(home: &Path, scope: Scope) -> Result<RealCluster, NodeError> {
        let node = |id| RealNode::new(home, NodeId(id), scope.limits);
        Ok(RealCluster {
            nodes: [node(0)?, node(1)?, node(2)?],
            partition: Partition(0),
            under_way: UnderWay::new(scope.network)?,
            offers: Offers::new(scope),
            has_lost: false,
        })
    }

    /// Goes on with the next partition, which is as new; `false` if all are used up.
    pub fn next_partition(&mut self) -> Result<bool, NodeError> {
        for node in &mut self.nodes {
            node.finish_trace()?;
        }
        self.under_way.clear();
        self.offers.begin();
        self.partition.0 += 1;
        // A lost disk has taken all partitions with it: the others are not as new any more.
        Ok(!self.has_lost && self.partition.0 < katakv_core::PARTITIONS)
    }

    /// Performs `action` on the real nodes and compares everything with what the model made of it.
    pub fn perform(&mut self, system: &System, action: &Action, outcome: &Outcome) -> Result<(), Parting> {
        let node = action.node();
        let effects = match action {
            Action::Crash { keep, store, .. } => {
                self.crash(node, usize::from(*keep), *store, outcome)?;
                self.under_way.break_connections_to(node);
                outcome.effects.clone()
            }
            Action::Lose { .. } => {
                let incarnation = u64::from(outcome.state.ledger().losses);
                self.nodes[usize::from(node.0)].lose(incarnation)?;
                self.under_way.break_connections_to(node);
                self.has_lost = true;
                outcome.effects.clone()
            }
            Action::Deliver {
                from,
                to,
                msg: Msg::Peer(message),
            } => {
                let message = self.take(*from, *to, message)?;
                let partition = self.partition;
                self.input(node, partition, Input::Receive { from: *from, message })?
            }
            // The clocks are the model's: a node is told what its clock shows when it is to look at it.
            Action::Tick { .. } => Vec::new(),
            _ => {
                let (_, input) = outcome.input.clone().expect("an action of a replica is an input");
                self.input(node, self.partition, input)?
            }
        };
        self.offers.took(action, &effects);
        same_effects(node, &outcome.effects, &effects)?;
        for place in 0..REPLICAS {
            compare(
                &mut self.nodes[place],
                self.partition,
                &outcome.state,
                NodeId(place as u8),
                "after the step",
            )?;
        }
        self.ask_everywhere(system, &outcome.state)
    }

    /// Compares what may come next: `enabled` is what the model says, the nodes tell the rest.
    pub fn same_offers(&mut self, enabled: &[Action]) -> Result<(), Parting> {
        self.offers
            .compare(&self.nodes, self.partition, &mut self.under_way, enabled)
    }

    /// Reads at every replica, for every session that has seen one acknowledged write, asks which levels that write has
    /// reached and what became of it, and of whatever is last in each log. In the model such questions are not steps but invariants, since they
    /// change nothing; so they are asked after every step here.
    fn ask_everywhere(&mut self, system: &System, state: &State) -> Result<(), Parting> {
        let acks = &state.ledger().acks;
        let reads = acks.iter().map(|ack| RequestBody::Read {
            key: system.key().clone(),
            seen: ack.at,
        });
        let lasts = state.replicas().iter().map(|replica| replica.node().log().last());
        let asked: BTreeSet<EntryId> = acks.iter().map(|ack| ack.at).chain(lasts).collect();
        let fates = asked.into_iter().map(|at| RequestBody::Fate { at });
        let levels = acks.iter().flat_map(|ack| {
            let levels = [AckLevel::Leader, AckLevel::Quorum, AckLevel::All];
            levels.map(|level| RequestBody::Await { at: ack.at, level })
        });
        let request = |body| Request {
            id: RequestId(u64::MAX),
            body,
        };
        let requests: Vec<Request> = reads.chain(fates).chain(levels).map(request).collect();
        let input = Input::Requests(requests);
        for place in 0..REPLICAS {
            let node = NodeId(place as u8);
            let mut model = Vec::new();
            step(
                system.rules,
                &mut state.replica(node).node().clone(),
                input.clone(),
                &mut model,
            );
            let real = self.input(node, self.partition, input.clone())?;
            same_effects(node, &model, &real)?;
        }
        Ok(())
    }

    fn input(&mut self, node: NodeId, partition: Partition, input: Input) -> Result<Vec<Effect>, Parting> {
        let outputs = self.nodes[usize::from(node.0)].handle(partition, input)?;
        let mut effects = Vec::with_capacity(outputs.len());
        for output in outputs {
            effects.push(match output {
                Output::Append { record, .. } => {
                    let mut record: Record = codec::decode(&record)?;
                    if let Some(hard) = record.hard {
                        self.nodes[usize::from(node.0)].last_record_tells(hard.epoch);
                    }
                    if let Some(Base::Installed(snapshot)) = &mut record.base {
                        let real = &self.nodes[usize::from(node.0)];
                        snapshot.state = real.whole(partition, &snapshot.state);
                    }
                    Effect::Persist(record)
                }
                Output::SendState {
                    to,
                    epoch,
                    lineage,
                    image,
                    ..
                } => {
                    let frames = state_frames(partition, epoch, &lineage, &image)?;
                    let contents = image.dump().map_err(Arc::new).map_err(NodeError::from)?;
                    let state = Image::Whole(contents);
                    let snapshot = Snapshot { lineage, state };
                    let message = Message::Snapshot { epoch, snapshot };
                    self.under_way
                        .send([node, to], partition, message.clone(), frames)?;
                    Effect::Send { to, message }
                }
                Output::Reply { request, reply } => Effect::Reply { request, reply },
                Output::Page { request, at, view } => {
                    let page = view.read().map_err(NodeError::from)?;
                    let reply = Reply::Page { page, at };
                    Effect::Reply { request, reply }
                }
                Output::Arm { timer, .. } => Effect::Arm(timer),
                Output::Send { to, frame } => {
                    let message = frame.message.clone();
                    let frame = NodeFrame::Message(frame);
                    self.under_way
                        .send([node, to], partition, message.clone(), [frame])?;
                    Effect::Send { to, message }
                }
            });
        }
        Ok(effects)
    }

    /// What the real bytes say that say `message`. A state is staged at the receiver, which knows it by name then.
    fn take(&mut self, from: NodeId, to: NodeId, message: &Message) -> Result<Message, Parting> {
        match self.under_way.take(from, to, message) {
            Some(Arrived::Message(message)) => Ok(message),
            Some(Arrived::State(frames)) => self.stage(to, frames),
            None => Err(Parting::NeverSent {
                from,
                to,
                message: message.to_string(),
            }),
        }
    }

    /// What the receiving server makes of a state's frames.
    fn stage(&mut self, to: NodeId, frames: Vec<NodeFrame>) -> Result<Message, Parting> {
        let (mut begun, mut pages) = (None, Vec::new());
        for frame in frames {
            match frame {
                NodeFrame::State(StateFrame { part, .. }) => match part {
                    StatePart::Begin { epoch, lineage } => begun = Some((epoch, lineage)),
                    StatePart::Page { items, .. } => pages.push(items),
                    StatePart::Taken { .. } | StatePart::Refused => unreachable!("no sender says this"),
                },
                NodeFrame::Message(_) => unreachable!("these are the frames of a state"),
            }
        }
        let (epoch, lineage) = begun.expect("the frames begin with this");
        let name = self.nodes[usize::from(to.0)].stage(self.partition, pages)?;
        let state = Image::Named(name);
        let snapshot = Snapshot { lineage, state };
        Ok(Message::Snapshot { epoch, snapshot })
    }

    fn crash(&mut self, id: NodeId, keep: usize, store: StoreFate, outcome: &Outcome) -> Result<(), Parting> {
        let partition = self.partition;
        let mut clean = Ok(());
        self.nodes[usize::from(id.0)].crash(keep, store, |node, tail| {
            if clean.is_ok() {
                clean = compare(node, partition, &outcome.state, id, tail.when());
            }
        })?;
        clean
    }
}

/// The frames of a state, as the sending server makes them.
fn state_frames(
    partition: Partition,
    epoch: Epoch,
    lineage: &Lineage,
    image: &StoreImage,
) -> Result<Vec<NodeFrame>, NodeError> {
    let mut frames = Vec::new();
    let mut put = |part| {
        let transfer = 1;
        frames.push(NodeFrame::State(StateFrame {
            partition,
            transfer,
            part,
        }));
    };
    let lineage = lineage.clone();
    put(StatePart::Begin { epoch, lineage });
    let mut after = None;
    for number in 1.. {
        let page = image.page(after.as_ref(), PAGE_BYTES).map_err(Arc::new)?;
        let (items, is_last) = (page.items, page.is_last);
        after = items.last().map(|(key, _)| key.clone()).or(after);
        put(StatePart::Page {
            number,
            items,
            is_last,
        });
        if is_last {
            break;
        }
    }
    Ok(frames)
}

fn same_effects(node: NodeId, model: &[Effect], real: &[Effect]) -> Result<(), Parting> {
    if model == real {
        return Ok(());
    }
    let (model, real) = (format!("{model:?}"), format!("{real:?}"));
    Err(Parting::Effects { node, model, real })
}

fn compare(
    real: &mut RealNode,
    partition: Partition,
    state: &State,
    id: NodeId,
    when: &'static str,
) -> Result<(), Parting> {
    let replica = state.replica(id);
    let (model, model_timer) = (replica.node(), replica.timer());
    let (node, timer) = (real.state(partition)?, real.timer(partition));
    if node == *model && timer == Some(model_timer) {
        return Ok(());
    }
    let (model, real) = (
        format!("{model:?} {:?}", Some(model_timer)),
        format!("{node:?} {timer:?}"),
    );
    Err(Parting::State {
        node: id,
        when,
        model,
        real,
    })
}

#[cfg(test)]
mod tests;
