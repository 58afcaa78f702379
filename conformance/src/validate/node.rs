//! One node, replayed: ten replicas, and what clients and peers get from it.

use super::feed::{Feed, Next};
use super::lane::Fault;
use super::mail::Letter;
use super::promises::Asked;
use super::{Cluster, Rejection};
use katakv::tap::{End, Event, Sum, TapError};
use katakv_core::{Input, NodeId, Partition, RequestId};
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
    at_gap: bool,
    /// How many gaps there were.
    pub(super) gaps: usize,
    /// How many times the process started.
    pub(super) starts: usize,
    /// How many inputs were replayed.
    pub(super) inputs: usize,
    scratch: Vec<u8>,
}

impl NodeReplay {
    pub(super) fn open(dir: &Path, id: NodeId) -> Result<NodeReplay, TapError> {
        Ok(NodeReplay {
            id,
            feed: Feed::open(dir, id)?,
            asked: HashMap::new(),
            waits_for: None,
            accepts: false,
            at_gap: false,
            gaps: 0,
            starts: 0,
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
        match self.feed.look()? {
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
                message: Sum::of(message, &mut self.scratch),
            };
            if !cluster.mail.has(&letter) {
                self.waits_for = Some(letter);
                return Ok(Progress::Waits);
            }
        }
        self.waits_for = None;
        self.accepts = false;
        let event = self.feed.take().expect("there is one, it was looked at");
        self.take(event, cluster)?;
        Ok(Progress::Moved)
    }

    fn take(&mut self, event: Event, cluster: &mut Cluster) -> Result<(), Fault> {
        let who = self.id;
        match event {
            Event::Started { node, .. } => self.started(node, cluster),
            Event::Recovered { partition, replica } => {
                if self.starts == 0 || replica.id() != who {
                    return Err(Fault::OutOfPlace("a replica of nobody who has started"));
                }
                let gap = self.gaps > 0;
                cluster.group(partition)?.comes_back(*replica, gap)
            }
            Event::Input { partition, input } => self.input(partition, input, cluster),
            Event::Refused => Err(Fault::Refused),
            Event::Appended { partition, record } => cluster.group(partition)?.lane(who)?.appended(record),
            Event::Sent {
                partition,
                to,
                message,
            } => {
                cluster.group(partition)?.lane(who)?.sent(to, message)?;
                cluster.mail.send(Letter {
                    from: who,
                    to,
                    partition,
                    message,
                });
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

    fn started(&mut self, node: NodeId, cluster: &mut Cluster) -> Result<(), Fault> {
        if node != self.id {
            return Err(Fault::OutOfPlace("the start of another node"));
        }
        self.starts += 1;
        self.asked.clear();
        cluster.groups.iter_mut().for_each(|group| group.ends(node));
        Ok(())
    }

    fn input(&mut self, partition: Partition, input: Input, cluster: &mut Cluster) -> Result<(), Fault> {
        self.inputs += 1;
        let group = cluster.group(partition)?;
        if let Some(fault) = group.lane(self.id)?.refuses(&input) {
            return match self.feed.look()? {
                Next::Event if self.feed.peek() == Some(&Event::Refused) => {
                    self.feed.take();
                    Ok(())
                }
                // Cut off before it could say so.
                Next::Gap | Next::End => Ok(()),
                Next::Event => Err(fault),
            };
        }
        if let Input::Requests(requests) = &input {
            for request in requests {
                let asked = Asked::of(&request.body);
                self.asked.insert(request.id, (partition, asked));
            }
        }
        group.input(self.id, input)
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
        self.feed.pass_gap();
    }

    /// The message that it waits for.
    pub(super) fn waits_for(&self) -> Option<Letter> {
        self.waits_for
    }

    /// Whether it may have sent more than is recorded.
    pub(super) fn may_have_said_more(&self) -> bool {
        self.gaps > 0 || (self.feed.is_over() && self.feed.end() != Some(End::Stopped))
    }

    /// The next message is accepted, though nobody recorded that it was sent.
    pub(super) fn accept_unaccounted(&mut self) {
        self.accepts = true;
    }

    pub(super) fn rejection(&self, fault: Fault) -> Box<Rejection> {
        let (file, event) = self.feed.place();
        Box::new(Rejection {
            node: self.id,
            file,
            event,
            fault,
        })
    }

    /// How many events it had recorded.
    pub(super) fn events(&self) -> usize {
        self.feed.events()
    }

    /// Which node, and how its tap ended.
    pub(super) fn end(&self) -> (NodeId, Option<End>) {
        (self.id, self.feed.end())
    }
}
