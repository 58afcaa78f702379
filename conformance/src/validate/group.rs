//! One partition's three replicas, as the replay has them, and what is promised of them.

use super::lane::{Fault, Lane, Replica};
use super::promises::{Asked, Promises};
use super::shape::{Seen, Shape, Stance};
use katakv::tap::Sum;
use katakv_core::{Effect, Input, NodeId, PARTITIONS, REPLICAS, RequestId};

/// The replicas of one partition.
#[derive(Default)]
pub(super) struct Group {
    lanes: [Option<Lane>; REPLICAS],
    /// Those of a process that has ended, until they come back.
    ended: [Option<Lane>; REPLICAS],
    /// Of whom something was heard that is in no tap.
    unsure: [bool; REPLICAS],
    pub(super) promises: Promises,
    pub(super) seen: Seen,
    scratch: Vec<u8>,
}

/// Those of every partition.
pub(super) fn all() -> Vec<Group> {
    (0..PARTITIONS).map(|_| Group::default()).collect()
}

impl Group {
    /// The process of `who` has ended, and another one begins.
    pub(super) fn ends(&mut self, who: NodeId) {
        let place = usize::from(who.0);
        if let Some(lane) = self.lanes[place].take() {
            self.ended[place] = Some(lane);
        }
    }

    /// The replica of `who` has come back.
    pub(super) fn comes_back(&mut self, found: Replica, gap: bool) -> Result<(), Fault> {
        let place = usize::from(found.id().0);
        if self.lanes[place].is_some() {
            return Err(Fault::OutOfPlace("a replica comes back without a start"));
        }
        let lane = match self.ended[place].take() {
            None => Lane::first(found)?,
            Some(ended) => {
                let before = Stance::of(&ended.node);
                let lane = ended.restart(found, gap)?;
                self.seen.note(Shape::of_crash(before, Stance::of(&lane.node)));
                lane
            }
        };
        self.promises.came_back(&lane.node, &mut self.scratch)?;
        self.unsure[place] = false;
        self.lanes[place] = Some(lane);
        Ok(())
    }

    /// Gives the replica of `who` its next input, which it does not refuse.
    pub(super) fn input(&mut self, who: NodeId, input: Input) -> Result<(), Fault> {
        let lane = lane(&mut self.lanes, who)?;
        let before = Stance::of(&lane.node);
        let kind = Shape::kind_of(&input);
        let effects = lane.input(input)?;
        let shape = Shape::of(kind, before, effects);
        let record = effects.iter().find_map(|effect| match effect {
            Effect::Persist(record) => Some(record.clone()),
            Effect::Send { .. } | Effect::Reply { .. } | Effect::Arm(_) => None,
        });
        self.seen.note(shape.to(Stance::of(&lane.node)));
        if let Some(record) = record {
            self.promises.appended(&lane.node, &record, &mut self.scratch)?;
        }
        Ok(self.promises.stepped(who, replicas(&self.lanes))?)
    }

    /// `who` has answered a client.
    pub(super) fn replied(
        &mut self,
        who: NodeId,
        request: RequestId,
        asked: Asked,
        reply: Sum,
    ) -> Result<(), Fault> {
        let reply = lane(&mut self.lanes, who)?.answered(request, Some(reply))?;
        let replicas = replicas(&self.lanes);
        Ok(self.promises.replied(who, replicas, self.unsure, asked, &reply)?)
    }

    /// Something was heard of `who` that is in no tap.
    pub(super) fn is_unsure_of(&mut self, who: NodeId) {
        self.unsure[usize::from(who.0)] = true;
    }

    /// The replica of `who`.
    pub(super) fn lane(&mut self, who: NodeId) -> Result<&mut Lane, Fault> {
        lane(&mut self.lanes, who)
    }

    /// All that was asked of `who` is done.
    pub(super) fn performed(&self, who: NodeId) -> Result<(), Fault> {
        self.lanes[usize::from(who.0)]
            .as_ref()
            .map_or(Ok(()), Lane::performed)
    }
}

fn lane(lanes: &mut [Option<Lane>; REPLICAS], who: NodeId) -> Result<&mut Lane, Fault> {
    lanes[usize::from(who.0)]
        .as_mut()
        .ok_or(Fault::OutOfPlace("a replica that has not come back yet"))
}

fn replicas(lanes: &[Option<Lane>; REPLICAS]) -> [Option<&Replica>; REPLICAS] {
    lanes.each_ref().map(|lane| lane.as_ref().map(|lane| &lane.node))
}
