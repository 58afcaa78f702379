//! One node, replayed: ten replicas, and what clients and peers get from it.

use super::back::Back;
use super::due::sum_of;
use super::fault::Fault;
use super::feed::{Feed, Next, Place, Tap};
use super::mail::Letter;
use super::promises::Asked;
use super::{Cluster, Rejection};
use katakv::tap::{End, Event, Sum, TapError};
use katakv_core::{EntryId, Input, NodeId, Partition, Request, RequestId};
use std::collections::HashMap;
use std::path::Path;

/// How far a node got.
enum Progress {
    /// One event further.
    Moved,
    /// It waits for its peer to say what it hears next, or there is nothing more, or there is a gap.
    Waits,
}

/// The replay of one node.
pub(super) struct NodeReplay {
    id: NodeId,
    feed: Feed,
    /// What was asked, until it is answered.
    asked: HashMap<RequestId, (Partition, Asked)>,
    waits_for: Option<Letter>,
    accepts: bool,
    /// Whether the last one was accepted so.
    accepted: bool,
    at_gap: bool,
    /// Whether there was a gap since the last start, and before it.
    gap_since: bool,
    gap_before: bool,
    /// How many events there were before the last gap.
    events_at_gap: usize,
    /// Whether it had run before the record begins.
    had_run: bool,
    /// Where the event stands that is looked at.
    place: Place,
    /// How the replicas of this start have come back, so far as they have.
    back: Option<Back>,
    /// How many gaps there were.
    pub(super) gaps: usize,
    /// How many times the process started.
    pub(super) starts: usize,
    /// How often it began anew with an empty disk.
    pub(super) refills: usize,
    /// How many events were passed over, since what had come in before them is not known.
    pub(super) skipped: usize,
    /// How many inputs were replayed.
    pub(super) inputs: usize,
    scratch: Vec<u8>,
}

impl NodeReplay {
    pub(super) fn open(dir: &Path, id: NodeId) -> Result<NodeReplay, TapError> {
        let feed = Feed::open(dir, id)?;
        Ok(NodeReplay {
            id,
            place: feed.place(),
            feed,
            asked: HashMap::new(),
            waits_for: None,
            accepts: false,
            accepted: false,
            at_gap: false,
            gap_since: false,
            gap_before: false,
            events_at_gap: 0,
            had_run: false,
            back: None,
            gaps: 0,
            starts: 0,
            refills: 0,
            skipped: 0,
            inputs: 0,
            scratch: Vec::new(),
        })
    }

    /// Goes on for as long as it can; returns whether it moved.
    pub(super) fn run(&mut self, cluster: &mut Cluster) -> Result<bool, Box<Rejection>> {
        let mut moved = false;
        loop {
            match self.event(cluster) {
                Ok(Progress::Moved) => moved = true,
                Ok(Progress::Waits) => return Ok(moved),
                Err(fault) => return Err(self.rejection(fault)),
            }
        }
    }

    fn event(&mut self, cluster: &mut Cluster) -> Result<Progress, Fault> {
        let looked = self.feed.look();
        self.place = self.feed.place();
        match looked? {
            Next::Event => {}
            Next::Gap => {
                self.at_gap = true;
                return Ok(Progress::Waits);
            }
            Next::End => return Ok(Progress::Waits),
        }
        if let Some(Event::Input { partition, input }) = self.feed.peek()
            && let Input::Receive { from, message } = input
            && !self.accepts
        {
            let letter = Letter {
                from: *from,
                to: self.id,
                partition: *partition,
                message: sum_of(message, &mut self.scratch).0,
            };
            if !cluster.mail.has(&letter) {
                self.waits_for = Some(letter);
                return Ok(Progress::Waits);
            }
        }
        self.waits_for = None;
        self.accepted = std::mem::take(&mut self.accepts);
        let event = self.feed.take().expect("there is one, it was looked at");
        self.take(event, cluster)?;
        Ok(Progress::Moved)
    }

    fn take(&mut self, event: Event, cluster: &mut Cluster) -> Result<(), Fault> {
        let who = self.id;
        if self.passes_over(&event, cluster)? {
            self.skipped += 1;
            return Ok(());
        }
        match event {
            Event::Started { node, .. } => self.started(node, cluster),
            Event::Recovered { partition, replica } => {
                if self.starts == 0 || replica.id() != who {
                    return Err(Fault::OutOfPlace("a replica of nobody who has started"));
                }
                let back = cluster.group(partition)?.comes_back(&replica, self.gap_before)?;
                self.came_back(back)
            }
            Event::Input { partition, input } => self.input(partition, input, cluster),
            Event::Refused => Err(Fault::Refused),
            Event::Imaged { .. } => Err(Fault::OutOfPlace("a state that no input asks for")),
            Event::Appended { partition, record } => cluster.group(partition)?.lane(who)?.appended(record),
            Event::Sent {
                partition,
                to,
                message,
            } => {
                cluster.group(partition)?.lane(who)?.sent(to, message)?;
                self.mails(to, partition, message, cluster);
                Ok(())
            }
            Event::StateSent { partition, to, state } => {
                cluster.group(partition)?.lane(who)?.state_sent(to, state)?;
                self.mails(to, partition, state, cluster);
                Ok(())
            }
            Event::Replied { request, reply } => {
                let Some((partition, asked)) = self.asked.remove(&request) else {
                    let did = format!("answered request {}", request.0);
                    return Err(Fault::NotDue { did, due: None });
                };
                cluster.group(partition)?.replied(who, request, asked, reply)
            }
            Event::Parked { request } => {
                let partition = self.asked.get(&request).map(|(partition, _)| *partition);
                let partition = partition.ok_or(Fault::OutOfPlace("it keeps a request that nobody asked"))?;
                let lane = cluster.group(partition)?.lane(who)?;
                lane.answered(request, None).map(|_| ())
            }
            Event::Armed { partition, timer } => cluster.group(partition)?.lane(who)?.armed(timer),
            Event::Performed => cluster.groups.iter().try_for_each(|group| group.performed(who)),
            Event::Ended(_) => Err(Fault::OutOfPlace("events follow the end")),
        }
    }

    /// Whether the event is one of a replica that cannot be followed. What it sent, it sent.
    fn passes_over(&mut self, event: &Event, cluster: &mut Cluster) -> Result<bool, Fault> {
        let partition = match event {
            Event::Input { partition, .. }
            | Event::Appended { partition, .. }
            | Event::Sent { partition, .. }
            | Event::Armed { partition, .. }
            | Event::Imaged { partition, .. }
            | Event::StateSent { partition, .. } => Some(*partition),
            Event::Replied { request, .. } | Event::Parked { request } => {
                self.asked.get(request).map(|(partition, _)| *partition)
            }
            Event::Started { .. }
            | Event::Recovered { .. }
            | Event::Refused
            | Event::Performed
            | Event::Ended(_) => None,
        };
        let Some(partition) = partition else {
            return Ok(false);
        };
        if !cluster.group(partition)?.has_lost(self.id) {
            return Ok(false);
        }
        match event {
            Event::Sent { to, message: sum, .. } | Event::StateSent { to, state: sum, .. } => {
                self.mails(*to, partition, *sum, cluster);
            }
            Event::Input {
                input: Input::Requests(requests),
                ..
            } => self.asks(partition, requests, cluster)?,
            Event::Input { .. } => {
                self.skipped += usize::from(self.says_refused()?);
            }
            _ => {}
        }
        Ok(true)
    }

    fn asks(
        &mut self,
        partition: Partition,
        requests: &[Request],
        cluster: &mut Cluster,
    ) -> Result<(), Fault> {
        let group = cluster.group(partition)?;
        for request in requests {
            // A read that was kept is presented again, and began when it came.
            self.asked
                .entry(request.id)
                .or_insert_with(|| (partition, group.asked(self.id, &request.body)));
        }
        Ok(())
    }

    /// Whether the input just taken is followed by the word that it was refused, which is taken then.
    fn says_refused(&mut self) -> Result<bool, Fault> {
        let is_refused =
            matches!(self.feed.look()?, Next::Event) && self.feed.peek() == Some(&Event::Refused);
        if is_refused {
            self.feed.take();
        }
        Ok(is_refused)
    }

    fn started(&mut self, node: NodeId, cluster: &mut Cluster) -> Result<(), Fault> {
        if node != self.id {
            return Err(Fault::OutOfPlace("the start of another node"));
        }
        self.starts += 1;
        self.gap_before = std::mem::take(&mut self.gap_since);
        self.back = None;
        self.asked.clear();
        cluster.groups.iter_mut().for_each(|group| group.ends(node));
        Ok(())
    }

    /// A disk is lost as a whole, or not at all.
    fn came_back(&mut self, back: Back) -> Result<(), Fault> {
        let incarnation = |back| match back {
            Back::Refilled(incarnation) => Some(incarnation),
            Back::New | Back::Known | Back::Restarted { .. } => None,
        };
        if self.back.is_none() && matches!(back, Back::Refilled(_)) {
            self.refills += 1;
        }
        let first = *self.back.get_or_insert(back);
        if incarnation(first) != incarnation(back) {
            let what = "an empty disk in one partition, and not in another".into();
            return Err(Fault::CameBack(what));
        }
        self.had_run |= back == Back::Known;
        Ok(())
    }

    fn mails(&self, to: NodeId, partition: Partition, message: Sum, cluster: &mut Cluster) {
        cluster.mail.send(Letter {
            from: self.id,
            to,
            partition,
            message,
        });
    }

    /// The states that the input just taken lets be sent.
    fn images(&mut self, of: Partition) -> Result<Vec<EntryId>, Fault> {
        let mut images = Vec::new();
        while let Next::Event = self.feed.look()?
            && let Some(Event::Imaged { partition, at }) = self.feed.peek()
            && *partition == of
        {
            images.push(*at);
            self.feed.take();
        }
        Ok(images)
    }

    fn input(&mut self, partition: Partition, input: Input, cluster: &mut Cluster) -> Result<(), Fault> {
        self.inputs += 1;
        let group = cluster.group(partition)?;
        if let Some(fault) = group.lane(self.id)?.refuses(&input) {
            return match (self.says_refused()?, &input) {
                // What no tap has may be anybody's.
                (true, Input::Receive { from, .. }) if !self.accepted => {
                    cluster.group(partition)?.refused(self.id, *from)
                }
                (true, _) => Ok(()),
                (false, _) => Err(fault),
            };
        }
        if let Input::Requests(requests) = &input {
            self.asks(partition, requests, cluster)?;
        }
        let images = self.images(partition)?;
        cluster.group(partition)?.input(self.id, input, &images)
    }

    pub(super) fn is_absent(&self) -> bool {
        self.feed.is_absent()
    }

    /// Whether everything that the process before a gap did is replayed.
    pub(super) fn at_gap(&self) -> bool {
        self.at_gap
    }

    pub(super) fn pass_gap(&mut self) {
        self.gaps += 1;
        self.at_gap = false;
        self.gap_since = true;
        self.feed.pass_gap();
        self.events_at_gap = self.events();
    }

    /// The message that it waits for.
    pub(super) fn waits_for(&self) -> Option<Letter> {
        self.waits_for
    }

    /// How many events ago it may have sent more than is recorded, the last time; `None` if all that it sent is recorded.
    pub(super) fn may_have_said_more(&self) -> Option<usize> {
        let is_cut_off = self.at_gap || (self.feed.is_over() && self.feed.end() != Some(End::Stopped));
        let may = self.gaps > 0 || self.had_run || is_cut_off;
        may.then(|| match is_cut_off {
            true => 0,
            false => self.events() - self.events_at_gap,
        })
    }

    /// The next message is accepted, though nobody recorded that it was sent.
    pub(super) fn accept_unaccounted(&mut self) {
        self.accepts = true;
    }

    pub(super) fn rejection(&self, fault: Fault) -> Box<Rejection> {
        let (file, event) = &self.place;
        Box::new(Rejection {
            node: self.id,
            file: file.to_path_buf(),
            event: *event,
            fault,
        })
    }

    /// The record is at its end.
    pub(super) fn finish(&self, cluster: &mut Cluster) -> Result<(), Box<Rejection>> {
        let mut groups = cluster.groups.iter_mut();
        let finished = groups.try_for_each(|group| group.finish(self.id));
        finished.map_err(|fault| self.rejection(fault))
    }

    /// How many events it had recorded.
    pub(super) fn events(&self) -> usize {
        self.feed.events()
    }

    /// Its taps.
    pub(super) fn taps(&self) -> Vec<Tap> {
        self.feed.taps()
    }
}
