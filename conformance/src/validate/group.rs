//! One partition's three replicas, as the replay has them, and what is promised of them.

use super::back::Back;
use super::fault::Fault;
use super::lane::{Found, Lane};
use super::place::Members;
use super::promises::{Asked, Before, Promises, Taken};
use super::seen::Seen;
use super::shape::{Kind, Pose, Shape, Stance};
use katakv::tap::Sum;
use katakv_core::{EntryId, Input, Log, NodeId, PARTITIONS, REPLICAS, RequestBody, RequestId, State};

/// The replicas of one partition, each in its place.
#[derive(Default)]
pub(super) struct Group {
    /// Who they are, once one of them has come back.
    members: Option<Members>,
    lanes: [Option<Lane>; REPLICAS],
    /// Those of a process that has ended, until they come back.
    ended: [Option<Lane>; REPLICAS],
    /// Of whom something was heard that is in no tap.
    unsure: [bool; REPLICAS],
    /// Who cannot be followed until it comes back: it has taken in a state, and what that holds is in no tap.
    lost: [bool; REPLICAS],
    pub(super) promises: Promises,
    pub(super) seen: Seen,
    /// How many states replicas have taken in.
    pub(super) states: usize,
}

const NOT_BACK: Fault = Fault::OutOfPlace("a replica that has not come back yet");

/// Those of every partition.
pub(super) fn all() -> Vec<Group> {
    (0..PARTITIONS).map(|_| Group::default()).collect()
}

impl Group {
    /// The process of `who` has ended, and another one begins.
    pub(super) fn ends(&mut self, who: NodeId) {
        let Some(place) = self.place(who) else { return };
        self.lost[place] = false;
        if let Some(lane) = self.lanes[place].take() {
            self.ended[place] = Some(lane);
        }
    }

    /// The replica of `who` has come back.
    pub(super) fn comes_back(&mut self, found: &Found, gap: bool) -> Result<Back, Fault> {
        let members = Members::of(found.config());
        if *self.members.get_or_insert(members) != members {
            return Err(Fault::OutOfPlace("a partition of other nodes than before"));
        }
        let place = self.place(found.id()).expect("it is one of its own members");
        if self.lanes[place].is_some() {
            return Err(Fault::OutOfPlace("a replica comes back without a start"));
        }
        let (lane, back) = match self.ended[place].take() {
            None => Lane::first(found)?,
            Some(ended) => {
                let before = Stance::of(&ended.node);
                let (lane, back) = ended.restart(found, gap)?;
                self.seen
                    .note(Shape::of_restart(back.kind(), before, Stance::of(&lane.node)));
                (lane, back)
            }
        };
        self.promises
            .came_back(&lane.node, gap || !matches!(back, Back::Restarted { .. }))?;
        self.unsure[place] = false;
        self.lanes[place] = Some(lane);
        Ok(back)
    }

    /// Whether the replica of `who` cannot be followed for now.
    pub(super) fn has_lost(&self, who: NodeId) -> bool {
        self.place(who).is_some_and(|place| self.lost[place])
    }

    /// What a state holds, as of its last entry: what any of the replicas held that has applied it.
    fn state_at(&self, at: EntryId) -> Option<State> {
        let lanes = self.lanes.iter().chain(&self.ended).flatten();
        let mut had = lanes.filter(|lane| lane.node.log().epoch_at(at.index) == Some(at.epoch));
        had.find_map(|lane| lane.node.store().state_at(at))
    }

    /// Gives the replica of `who` its next input, which it does not refuse, and in which it sends states of these entries.
    pub(super) fn input(&mut self, who: NodeId, input: Input, images: &[EntryId]) -> Result<(), Fault> {
        let place = self.place(who).ok_or(NOT_BACK)?;
        let taken = self.lane(who)?.takes_state(&input);
        if let Some((last, image)) = taken.map(|snapshot| (snapshot.last(), snapshot.state.clone())) {
            let Some(state) = self.state_at(last) else {
                self.lost[place] = true;
                self.lanes[place] = None;
                return Ok(());
            };
            self.lane(who)?.knows_state(&image, state);
            self.states += 1;
        }
        let lane = self.lanes[place].as_mut().ok_or(NOT_BACK)?;
        let pose = Pose::of(&lane.node);
        let kind = Kind::of(&input);
        let before = Before::of(&lane.node, &input);
        lane.input(input, images)?;
        self.seen
            .note(Shape::of_step(kind, pose, lane.effects(), Pose::of(&lane.node)));
        let (lanes, unsure) = (&self.lanes, self.unsure);
        let Some(lane) = &lanes[place] else { return Ok(()) };
        Ok(self.promises.stepped(&Taken {
            before,
            node: &lane.node,
            effects: lane.effects(),
            lanes,
            unsure,
        })?)
    }

    /// `who` is asked.
    pub(super) fn asked(&self, who: NodeId, body: &RequestBody) -> Asked {
        match self.found(who) {
            Some(lane) => self.promises.asked(&lane.node, body),
            None => Asked::Other,
        }
    }

    /// `who` has answered a client.
    pub(super) fn replied(
        &mut self,
        who: NodeId,
        request: RequestId,
        asked: Asked,
        reply: Sum,
    ) -> Result<(), Fault> {
        let place = self.place(who).ok_or(NOT_BACK)?;
        let reply = self.lane(who)?.answered(request, Some(reply))?;
        let (lanes, unsure) = (&self.lanes, self.unsure);
        let Some(lane) = &lanes[place] else { return Ok(()) };
        Ok(self.promises.replied(&lane.node, lanes, unsure, asked, &reply)?)
    }

    /// `who` has refused a message that `from` did send.
    pub(super) fn refused(&mut self, who: NodeId, from: NodeId) -> Result<(), Fault> {
        Ok(self.promises.refused(who, from)?)
    }

    /// The record is at its end.
    pub(super) fn finish(&mut self, who: NodeId) -> Result<(), Fault> {
        let Some(place) = self.place(who) else {
            return Ok(());
        };
        match &self.lanes[place] {
            Some(lane) => Ok(self.promises.ends(&lane.node)?),
            None => Ok(()),
        }
    }

    /// `by` is given something of `who` that is in no tap.
    pub(super) fn is_unsure_of(&mut self, who: NodeId, by: NodeId) {
        let (Some(who), Some(by)) = (self.place(who), self.place(by)) else {
            return;
        };
        self.unsure[who] = true;
        self.promises.doubts(by);
    }

    /// The replica of `who`.
    pub(super) fn lane(&mut self, who: NodeId) -> Result<&mut Lane, Fault> {
        let place = self.place(who).ok_or(NOT_BACK)?;
        self.lanes[place].as_mut().ok_or(NOT_BACK)
    }

    /// All that was asked of `who` is done.
    pub(super) fn performed(&self, who: NodeId) -> Result<(), Fault> {
        self.found(who).map_or(Ok(()), Lane::performed)
    }

    fn place(&self, who: NodeId) -> Option<usize> {
        self.members?.place(who)
    }

    fn found(&self, who: NodeId) -> Option<&Lane> {
        self.lanes[self.place(who)?].as_ref()
    }
}
