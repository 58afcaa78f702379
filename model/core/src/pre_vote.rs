//! Asking before campaigning (pre-vote: §9.6 of Ongaro's thesis, *Preventing disruptions when a server rejoins the
//! cluster*; etcd's `PreVote`).
//!
//! A campaign enters a new epoch, and that ends the leadership of whoever leads: a replica that was cut off for a while
//! would depose a healthy leader by nothing but coming back. So a replica that hears no leader first asks the others
//! whether it would be elected. It is granted that by whoever hears no leader either and has no fresher log. With a
//! majority it campaigns.
//!
//! A question is asked in the epoch that the replica *is* in. So the rule of epochs holds for it as for any message: one
//! of a later epoch is entered, one of an earlier epoch gets silence. A replica that has got ahead of its group in epochs,
//! whose appends it is deaf to, thereby brings the group to its own epoch, and is not locked out for ever.
//!
//! Nothing of this waits in the gate. A grant is no promise: the grantor may vote for another one a moment later, and a
//! crash that makes either side forget, or takes the end of the log that the question told of, takes away nothing that
//! anybody relies on. What elects is the vote, and the campaign that asks for it does wait, with a log that is synced by
//! then. A grant that comes late lets a replica campaign that need not, which is safe at any time.

use crate::node::{Role, VOTE_QUORUM};
use crate::step::Step;
use crate::{Branch, EntryId, Log, Message, NodeId, Rules, Store, Timer};

impl<R: Rules + ?Sized, L: Log, S: Store> Step<'_, R, L, S> {
    /// The election timer fired.
    pub(crate) fn hears_no_leader(&mut self) {
        // A leader has a heartbeat timer; a late election timer means nothing to it.
        if self.node.leads() {
            return self.rules.took(Branch::ElectionTimerAtLeader);
        }
        // Whoever is refilled waits for a leader, for as long as it takes.
        if !self.rules.campaigns(self.node.hard.standing) {
            self.rules.took(Branch::LearnerWaits);
            self.follow(None);
            return self.arm(Timer::Election);
        }
        if self.node.config.limits.pre_vote {
            self.rules.took(Branch::AsksFirst);
            self.ask();
        } else {
            self.rules.took(Branch::CampaignsUnasked);
            self.campaign();
        }
    }

    /// Asks whether it would be elected. It believes in no leader any more, which lets it grant the same to others.
    fn ask(&mut self) {
        self.follow(None);
        let own = self.node.id();
        self.node.role = Role::PreCandidate { granted: vec![own] };
        self.arm(Timer::Election);
        let question = Message::PreVote {
            epoch: self.node.epoch(),
            last: self.node.log.last(),
        };
        for peer in self.node.config.peers {
            self.send(peer, question.clone());
        }
    }

    /// A replica that hears no leader in this epoch asks whether it would be elected. Silence is the denial.
    pub(crate) fn on_pre_vote(&mut self, from: NodeId, last: EntryId) {
        let hopeful =
            self.rules.votes(self.node.hard.standing) && self.rules.hopeful(last, self.node.log.last());
        if hopeful && self.rules.lets_go(self.node.leader(), from) {
            self.rules.took(Branch::PreVoteGranted);
            let epoch = self.node.epoch();
            self.send(from, Message::PreVoted { epoch });
        } else {
            self.rules.took(Branch::PreVoteDenied);
        }
    }

    /// A peer would vote for this replica.
    pub(crate) fn on_pre_voted(&mut self, from: NodeId) {
        // It may come late: a leader was heard since, or the campaign has begun.
        let Role::PreCandidate { granted } = &mut self.node.role else {
            return self.rules.took(Branch::PreVoteGrantLate);
        };
        if let Err(place) = granted.binary_search(&from) {
            granted.insert(place, from);
        }
        if granted.len() >= VOTE_QUORUM {
            self.rules.took(Branch::PreVoteWon);
            self.campaign();
        }
    }
}
