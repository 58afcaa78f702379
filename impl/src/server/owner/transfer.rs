//! Letting another node lead: when this one is about to stop, and when an operator wants it.

use super::Owner;
use crate::driver::Replica;
use crate::server::answer::Answer;
use crate::server::error::ServeError;
use crate::wire::{ClientReply, Elections};
use katakv_core::{Input, NodeId, Partition, Reply, Role};

/// How many heartbeats a node may leave without an answer that is to lead.
const UNHEARD_MAX: u32 = 2;

impl Owner {
    /// A node that is about to stop hands over what it leads; also what it comes to lead in the meantime, and again if a
    /// target did not take over.
    pub(super) fn hand_over(&mut self) -> Result<(), ServeError> {
        if self.leaving.is_none() {
            return Ok(());
        }
        let mut leads = false;
        for partition in self.driver.partitions() {
            let node = self.driver.node(partition);
            leads |= node.leader() == Some(node.id());
            if node.serving() && node.handing_over_to().is_none() {
                self.handle(partition, Input::Transfer { to: None })?;
            }
        }
        if !leads {
            self.leaving = None;
        }
        Ok(())
    }

    /// An operator wants `to` to lead. Whoever asks goes on asking until `to` says that it does; so a question that comes again
    /// while the partition is handed over must not begin anew, or no target would ever be given up.
    pub(super) fn take_transfer(
        &mut self,
        partition: Partition,
        to: NodeId,
        answer: Answer,
    ) -> Result<(), ServeError> {
        let node = self.driver.node(partition);
        if let (Some(elected), true) = (node.elected(), node.id() == to) {
            let (cluster, node) = (answer.origin.cluster, answer.origin.node);
            let won = vec![(partition, elected.epoch)];
            answer.other(ClientReply::Elected(Elections { cluster, node, won }));
            return Ok(());
        }
        if node.leader() != Some(node.id()) {
            let leader = node.leader();
            answer.protocol(Reply::NotLeader { leader });
            return Ok(());
        }
        if !node.serving() {
            answer.protocol(Reply::NotServing);
            return Ok(());
        }
        if let Some(why) = cannot_lead(node, to) {
            answer.other(ClientReply::Unavailable {
                tried: format!("{to} {why}, says {}", node.id()),
                maybe_done: false,
            });
            return Ok(());
        }
        if node.handing_over_to() != Some(to) {
            self.handle(partition, Input::Transfer { to: Some(to) })?;
        }
        answer.protocol(Reply::HandingOver { to });
        Ok(())
    }
}

/// Why a leader need not try: no write would be accepted while it waits for one that cannot come to lead.
fn cannot_lead(node: &Replica, to: NodeId) -> Option<&'static str> {
    let Role::Leader(leadership) = node.role() else {
        return None;
    };
    let Some(place) = node.config().peers.into_iter().position(|peer| peer == to) else {
        return Some("does not hold it");
    };
    let progress = &leadership.progress[place];
    if progress.matched < progress.joins {
        return Some("is being refilled, and does not count yet");
    }
    (progress.unheard > UNHEARD_MAX).then_some("has not been heard for a while")
}
