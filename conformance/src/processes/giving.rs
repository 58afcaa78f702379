//! The orders of a course, given one after the other.
//!
//! What an order needs, the processes do in their own time: a message that is to be let out has to be sent first. It is waited
//! for, a moment, and then the course goes on without it: the step is *missed*, and what it leads to will be, too. How many are
//! missed tells how close to the trace the processes were; nothing follows from it about them.

use super::clients::Clients;
use super::course::{PATIENCE, Steered};
use super::network::Held;
use super::orders::{Order, Step, Wanted, has_entries};
use super::tally::Tally;
use crate::graph::Class;
use katakv_core::{Epoch, Message, NodeId};
use katakv_model::StoreFate;
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;
use tokio::time::{Instant, sleep, timeout_at};

/// How long a step waits for what it needs. After one that was missed less: what follows from it will not come either.
const STEP_WITHIN: Duration = Duration::from_millis(150);
/// See [`STEP_WITHIN`].
const STEP_WITHIN_AFTER_MISS: Duration = Duration::from_millis(20);

/// How long it may take until a replica campaigns: its timer, that of who has to grant it, and its timer again.
const CAMPAIGN_WITHIN: Duration = Duration::from_millis(700);

/// How long a process has to finish what it was about to do before it is paused.
const PAUSED_AFTER: Duration = Duration::from_millis(15);

/// What a course knows while it is under way.
pub(super) struct Course {
    pub(super) clients: Clients,
    /// Which epoch of the trace is which of the processes'.
    pub(super) epochs: BTreeMap<Epoch, Epoch>,
    /// Who may ask whether it would be elected.
    pub(super) candidate: Arc<Mutex<Option<NodeId>>>,
    pub(super) missed_last: bool,
    pub(super) tally: Tally,
}

impl Steered {
    /// Gives the order of one step, and notes whether it was followed.
    pub(super) async fn give(&mut self, course: &mut Course, step: &Step) -> anyhow::Result<()> {
        if !step.pauses.is_empty() {
            sleep(PAUSED_AFTER).await;
        }
        for node in &step.pauses {
            self.processes.pause(*node)?;
            course.tally.pauses += 1;
        }
        for node in &step.resumes {
            self.processes.resume(*node)?;
        }
        let followed = match &step.order {
            Order::LetOut(wanted) => self.let_out(course, wanted).await,
            Order::Repeat(wanted) => self.network.repeat(|way, message| {
                wanted.is_like(way, message) && course.is_epoch(wanted.epoch, message)
            }),
            Order::Campaign(node, epoch) => self.campaign(course, *node, *epoch).await,
            Order::Ask(node) => {
                let asks =
                    |held: &Held| held.way.from == *node && matches!(held.message, Message::PreVote { .. });
                self.wait_for(asks, CAMPAIGN_WITHIN).await.is_some()
            }
            Order::Write(node, level, count) => {
                let before = course.clients.refused();
                for _ in 0..*count {
                    course.clients.write(*node, *level);
                }
                self.is_taken(course, *node, before).await
            }
            Order::Transact(node, level) => {
                let before = course.clients.refused();
                course.clients.transact(*node, *level);
                self.is_taken(course, *node, before).await
            }
            Order::Once(node, level, number) => {
                let before = course.clients.refused();
                course.clients.once(*node, *level, *number) && self.is_taken(course, *node, before).await
            }
            Order::Register(node) => {
                let before = course.clients.refused();
                course.clients.register(*node);
                self.is_taken(course, *node, before).await
            }
            Order::Read(node) => {
                course.clients.read(*node);
                true
            }
            Order::Kill(node, store) => {
                self.processes.kill(*node)?;
                course.tally.kills += 1;
                if *store == StoreFate::Lost {
                    self.processes.lose_store(*node)?;
                    course.tally.stores_lost += 1;
                }
                self.comes_back(course, *node).await?;
                true
            }
            Order::LoseDisk(node) => {
                self.processes.kill(*node)?;
                self.processes.refill(*node)?;
                course.tally.kills += 1;
                course.tally.disks_lost += 1;
                self.comes_back(course, *node).await?;
                true
            }
            Order::HandOver(node) => {
                self.processes.ask_to_stop(*node)?;
                let deadline = Instant::now() + PATIENCE;
                while !self.processes.has_stopped(*node)? {
                    anyhow::ensure!(Instant::now() < deadline, "{node} does not stop");
                    sleep(Duration::from_millis(5)).await;
                }
                course.tally.handovers += 1;
                self.comes_back(course, *node).await?;
                true
            }
            Order::Own => {
                course.tally.steps.entry(step.class).or_default().own += 1;
                return Ok(());
            }
        };
        course.note(step.class, followed);
        Ok(())
    }

    async fn let_out(&self, course: &mut Course, wanted: &Wanted) -> bool {
        let is_it = |held: &Held| {
            wanted.is_like(held.way, &held.message) && course.is_epoch(wanted.epoch, &held.message)
        };
        if self.wait_for(is_it, course.patience()).await.is_none() {
            return false;
        }
        let out = self.network.let_out(is_it);
        if let Some(held) = &out {
            course.learn(wanted.epoch, held.message.epoch());
        }
        out.is_some()
    }

    /// Lets `node` ask the others, until it asks for votes in an epoch that is new.
    async fn campaign(&self, course: &mut Course, node: NodeId, epoch: Epoch) -> bool {
        let since = self.network.next_number();
        course.set_candidate(Some(node));
        // It may have asked already, and will ask again only when its timer fires the next time.
        while self
            .network
            .let_out(|held| held.way.from == node && matches!(held.message, Message::PreVote { .. }))
            .is_some()
        {}
        let campaigns = |held: &Held| {
            held.number >= since
                && held.way.from == node
                && matches!(held.message, Message::RequestVote { .. })
        };
        let campaign = self.wait_for(campaigns, CAMPAIGN_WITHIN).await;
        course.set_candidate(None);
        if let Some(held) = &campaign {
            course.learn(epoch, held.message.epoch());
        }
        campaign.is_some()
    }

    /// Whether a node takes what a client has just asked: it says nothing, or sends it on.
    async fn is_taken(&self, course: &Course, node: NodeId, refused_before: usize) -> bool {
        let since = self.network.next_number();
        let deadline = Instant::now() + course.patience();
        while Instant::now() < deadline {
            let sent =
                |held: &Held| held.number >= since && held.way.from == node && has_entries(&held.message);
            if self.network.find(sent).is_some() {
                return true;
            }
            if course.clients.refused() > refused_before {
                return false;
            }
            sleep(Duration::from_millis(1)).await;
        }
        true
    }

    /// The first held message of that kind, as soon as there is one.
    async fn wait_for(&self, is_it: impl Fn(&Held) -> bool, within: Duration) -> Option<Held> {
        let deadline = Instant::now() + within;
        loop {
            if let Some(held) = self.network.find(&is_it) {
                return Some(held);
            }
            timeout_at(deadline, self.network.changed()).await.ok()?;
        }
    }

    /// Starts a node that does not run, and waits until it answers.
    async fn comes_back(&mut self, course: &Course, node: NodeId) -> anyhow::Result<()> {
        self.processes.restart(node)?;
        let deadline = Instant::now() + PATIENCE;
        while course.clients.status(node).await.is_err() {
            anyhow::ensure!(
                Instant::now() < deadline,
                "{node} does not come back: see {}",
                self.processes.log_of(node).display()
            );
            sleep(Duration::from_millis(5)).await;
        }
        Ok(())
    }
}

impl Course {
    fn note(&mut self, class: Class, followed: bool) {
        let steps = self.tally.steps.entry(class).or_default();
        match followed {
            true => steps.followed += 1,
            false => steps.missed += 1,
        }
        self.missed_last = !followed;
    }

    fn patience(&self) -> Duration {
        match self.missed_last {
            true => STEP_WITHIN_AFTER_MISS,
            false => STEP_WITHIN,
        }
    }

    /// Whether the message is of what the trace calls that epoch. One that it has not had yet is later than all others.
    fn is_epoch(&self, of_trace: Epoch, message: &Message) -> bool {
        match self.epochs.get(&of_trace) {
            Some(known) => *known == message.epoch(),
            None => self.epochs.values().all(|known| *known < message.epoch()),
        }
    }

    fn learn(&mut self, of_trace: Epoch, epoch: Epoch) {
        self.epochs.insert(of_trace, epoch);
    }

    fn set_candidate(&self, node: Option<NodeId>) {
        *self
            .candidate
            .lock()
            .expect("nothing panics while it holds the candidate") = node;
    }
}
