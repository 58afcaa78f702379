//! Handing leadership over before a planned stop (§3.10 of Ongaro's thesis, *Leadership transfer extension*).
//!
//! A leader that simply stops is missed only when the others' timers have fired. So it hands over instead: it accepts no
//! more writes, brings one follower, the *target*, to the end of its log, answers the writes that it has accepted, and
//! tells the target `TimeoutNow`. The target campaigns at once and wins, since its log is as fresh as any.
//!
//! ```text
//!   leader    Transfer ... Appended (all of it) -> TimeoutNow             steps down
//!   target                                             campaigns, RequestVote -> leads
//! ```
//!
//! - The target does not ask first (pre-vote): the others still hear their leader, and would let go of nothing.
//! - Nothing of this is needed for safety. A replica may campaign at any moment, and a leader may be deposed at any moment;
//!   `TimeoutNow` that is lost, late or repeated is a campaign that does not happen, or one that need not have.
//! - A leader that waits for its target for too long gives up and accepts writes again. It has no clock, so it counts its
//!   heartbeats, as for check-quorum.
//! - Linearizable reads go on being answered: a round confirms the leader whatever else it is doing, and a leader that was
//!   replaced in the meantime is not confirmed.

use crate::node::{Node, Role};
use crate::step::Step;
use crate::{Branch, Log, Message, NodeId, Rules, Store};
use serde::{Deserialize, Serialize};
use std::cmp::Reverse;

/// A leader's handing over.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Transfer {
    /// Who is to lead next.
    pub to: NodeId,
    /// How many heartbeats were sent since it began.
    pub heartbeats: u32,
    /// Whether the target was told to campaign, since the last heartbeat.
    pub told: bool,
}

impl<R: Rules + ?Sized, L: Log, S: Store> Step<'_, R, L, S> {
    /// The caller wants `to`, or whoever has got farthest, to lead. Who does not lead, or does not serve yet, has nothing to
    /// hand over; a second wish replaces the first.
    pub(crate) fn transfer(&mut self, to: Option<NodeId>) {
        if !self.node.serving() {
            return self.rules.took(Branch::NothingToHandOver);
        }
        let peers = self.node.config.peers;
        let leadership = self.leadership();
        let farthest = || {
            let got_to = |place: &usize| {
                let progress = &leadership.progress[*place];
                // Of two that are equally far, the one that was heard last is more likely to be there.
                (progress.matched, Reverse(progress.unheard), Reverse(*place))
            };
            (0..peers.len()).max_by_key(got_to).map(|place| peers[place])
        };
        if let Some(to) = to.or_else(farthest).filter(|to| peers.contains(to)) {
            leadership.transfer = Some(Transfer {
                to,
                heartbeats: 0,
                told: false,
            });
        }
    }

    /// A heartbeat passes. The target is told again, since the first word may be lost; or it had its time.
    pub(crate) fn wait_for_target(&mut self) {
        let allowed = self.node.config.limits.transfer_heartbeats;
        let rules = self.rules;
        let waiting = &mut self.leadership().transfer;
        *waiting = waiting
            .filter(|transfer| !rules.gives_up(transfer.heartbeats, allowed))
            .map(|transfer| Transfer {
                heartbeats: transfer.heartbeats + 1,
                told: false,
                ..transfer
            });
    }

    /// Tells the target to campaign, once there is nothing left to wait for. It is called when a step has done what it can.
    pub(crate) fn hand_over(&mut self) {
        let (epoch, last) = (self.node.epoch(), self.node.log.last().index);
        let Role::Leader(leadership) = &mut self.node.role else {
            return self.rules.took(Branch::NoHandOverAtNoLeader);
        };
        let Some(transfer) = leadership.transfer.as_mut().filter(|transfer| !transfer.told) else {
            return self.rules.took(Branch::NoHandOverDue);
        };
        let to = transfer.to;
        let place = self.node.config.place_of(to).expect("the target is a peer");
        let matched = leadership.progress[place].matched;
        // Whoever waits for a level would be left with an unknown outcome.
        if self.rules.has_caught_up(matched, last) && leadership.pending.is_empty() {
            self.rules.took(Branch::HandedOver);
            transfer.told = true;
            self.send(to, Message::TimeoutNow { epoch });
        }
    }

    /// The leader of this epoch hands over to this replica.
    pub(crate) fn on_timeout_now(&mut self) {
        if self.rules.campaigns_when_told() && self.rules.campaigns(self.node.hard.standing) {
            self.campaign();
        } else {
            self.hears_no_leader();
        }
    }
}

impl<L: Log, S: Store> Node<L, S> {
    /// Whom it hands its leadership over to, if it does.
    pub fn handing_over_to(&self) -> Option<NodeId> {
        match &self.role {
            Role::Leader(leadership) => leadership.transfer.map(|transfer| transfer.to),
            _ => None,
        }
    }
}
