//! Doing what the driver asks for: one submission to the WAL, one hand-over to each link, and the answers.

use super::Owner;
use crate::driver::Output;
use crate::server::bounds;
use crate::server::error::ServeError;
use crate::server::metrics::Kind;
use crate::server::states::Outgoing;
use crate::wire::PeerFrame;
use katakv_core::{Reply, RequestId, Timer};
use std::time::Instant;

impl Owner {
    /// Does what the driver asks for.
    pub(super) fn perform(&mut self) -> Result<(), ServeError> {
        if self.outputs.is_empty() {
            return Ok(());
        }
        let now = Instant::now();
        let (mut records, mut states) = (Vec::new(), Vec::new());
        let mut frames: Vec<Vec<PeerFrame>> = self.links.iter().map(|_| Vec::new()).collect();
        let mut outputs = std::mem::take(&mut self.outputs);
        for output in outputs.drain(..) {
            match output {
                Output::Append { partition, record } => records.push((partition.0, record)),
                Output::Send { to, frame } => {
                    let place = self.links.iter().position(|link| link.peer == to);
                    frames[place.expect("there is a link to each peer")].push(frame);
                }
                Output::SendState {
                    to,
                    partition,
                    epoch,
                    lineage,
                    image,
                } => {
                    if let Some(tap) = &mut self.tap {
                        tap.state_sent(partition, to, epoch, &lineage);
                    }
                    states.push(Outgoing {
                        to,
                        partition,
                        epoch,
                        lineage,
                        image,
                    });
                }
                Output::Reply { request, reply } => self.reply(request, reply),
                Output::Page { request, at, view } => self.scans.read(self.place, request, at, view),
                Output::Arm { timer, .. }
                    if sabotaged!("heartbeat-not-armed") && timer == Timer::Heartbeat => {}
                Output::Arm { partition, timer } => {
                    self.timers.arm(partition, timer, now);
                    if let Some(tap) = &mut self.tap {
                        tap.armed(partition, timer);
                    }
                }
            }
        }
        self.outputs = outputs;
        if sabotaged!("records-of-a-turn-reversed") {
            records.reverse();
        }
        if sabotaged!("messages-to-the-wrong-peer") {
            frames.reverse();
        }
        if sabotaged!("messages-of-a-turn-reversed") {
            frames.iter_mut().for_each(|frames| frames.reverse());
        }
        if sabotaged!("only-one-peer-served") {
            frames.iter_mut().skip(1).for_each(Vec::clear);
        }
        self.compaction.appended(&records);
        if let Some(tap) = &mut self.tap {
            tap.appended(&records);
        }
        self.wal.append(records)?;
        if let Some(tap) = &mut self.tap {
            for (link, frames) in self.links.iter().zip(&frames) {
                tap.sent(link.peer, frames);
            }
            // Before anybody can hear of it.
            tap.performed();
        }
        for (link, frames) in self.links.iter().zip(frames) {
            if !frames.is_empty() {
                link.send(frames.into_iter());
            }
        }
        for state in states {
            self.states.ports.start(state);
        }
        Ok(())
    }

    /// Answers, or parks a request that may wait.
    pub(super) fn reply(&mut self, id: RequestId, reply: Reply) {
        let reply = crate::sabotage::reply(reply);
        let waiting = self.waiting.get_mut(&id).expect("each request is answered once");
        let is_early = matches!(reply, Reply::NotCaughtUp { .. } | Reply::NotYet { .. });
        let may_wait = is_early && self.parked.len() < bounds::PARKED_MAX;
        match &waiting.patient {
            Some(patient) if may_wait => {
                waiting.waited = true;
                self.parked.insert(id, patient.clone());
                if let Some(tap) = &mut self.tap {
                    tap.parked(id);
                }
            }
            _ => {
                if let Some(tap) = &mut self.tap {
                    tap.replied(id, &reply);
                }
                let waiting = self.waiting.remove(&id).expect("it was there just now");
                let took = waiting.since.elapsed();
                self.metrics.answered(waiting.kind, took);
                if waiting.waited && waiting.kind == Kind::Read {
                    self.metrics.read_waited(took);
                }
                waiting.answer.protocol(reply);
            }
        }
    }

    /// Tells the operator.
    pub(super) fn log_leaders(&mut self) {
        for partition in self.driver.partitions() {
            let node = self.driver.node(partition);
            let known = &mut self.leaders[usize::from(partition.0)];
            let current = (node.epoch(), node.leader());
            if *known != current {
                *known = current;
                let (epoch, leader) = current;
                let leader = leader.map(tracing::field::display);
                tracing::info!(node = %node.id(), %partition, %epoch, leader, "leader changed");
                let since = &mut self.leaderless_since[usize::from(partition.0)];
                match (current.1, *since) {
                    (Some(_), Some(began)) => {
                        self.metrics.leader_found(began.elapsed());
                        *since = None;
                    }
                    (None, None) => *since = Some(Instant::now()),
                    (Some(_), None) | (None, Some(_)) => {}
                }
            }
        }
    }
}
