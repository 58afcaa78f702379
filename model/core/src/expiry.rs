//! Times to live: a key goes when the *log* says so.
//!
//! ```text
//!   its clock   the leader                             each replica, when it applies that
//!     1000      appends e1:4  put k, for 50 from 1000    k has a value, and the deadline 1050
//!     1049        nothing is due
//!     1050      appends e1:5  expire what is due at 1050   k is gone
//! ```
//! Clocks differ, and time passes at each replica when it likes. So no replica asks its own clock whether a key is there: until
//! `e1:5` is applied a key is there for reads, scans and conditions, however late that is, and from then on it is not.
//! Whatever two replicas have applied alike they hold alike, and a session that has seen a key gone sees it gone everywhere.
//! (Redis has its master expire keys for its replicas, by writing deletes; etcd revokes leases through its log.)
//!
//! **What goes is decided when the entry is applied**, like a condition. A key that was changed since it was appended has another
//! deadline by then, or none, and stays.
//!
//! **Time does not go back along a log.** A leader counts from what its clock shows or from the latest time in its log, whichever
//! is later; so the clocks of two leaders may differ, and still nothing that the one takes is over by what the other has said
//! before. What it takes lives for as long as was asked for by its own clock, as long as it leads. A *later* leader whose
//! clock is ahead ends it sooner, by as much as it is ahead; nothing but clocks that are set alike can help that.
//!
//! **Late is safe.** Without a leader nothing expires; a leader that is new, hands over, or has an expiry under way waits. How late
//! it is, is how long it takes to notice and to replicate.
//!
//! Which clock that is, and when it is looked at, is the caller's business: [`Node::next_expiry`] says from when on it is of use.

use crate::node::{Node, Role};
use crate::step::Step;
use crate::{Branch, Entry, EntryId, Log, Op, Payload, Rules, Store};
use serde::{Deserialize, Serialize};

/// What a leader has put into its log about time.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Expiry {
    /// The latest time in the entries that it has appended, in milliseconds since the Unix epoch.
    pub latest_ms: u64,
    /// Whether it has appended an entry that lets keys expire, and not applied it yet.
    pub under_way: bool,
}

impl Expiry {
    fn appended(&mut self, payload: &Payload) {
        self.latest_ms = self.latest_ms.max(payload.time_ms());
        self.under_way |= matches!(payload, Payload::Expire { .. });
    }

    /// The entry is applied.
    pub(crate) fn applied(&mut self, entry: &Entry) {
        self.under_way &= !matches!(entry.payload, Payload::Expire { .. });
    }
}

impl<R: Rules + ?Sized, L: Log, S: Store> Step<'_, R, L, S> {
    /// The clock shows `now_ms`: what is due expires, by an entry.
    pub(crate) fn clock(&mut self, now_ms: u64) {
        let Role::Leader(leadership) = &self.node.role else {
            return self.rules.took(Branch::ClockAtNoLeader);
        };
        if !self.rules.serves_time(leadership.barrier, self.node.commit) {
            return self.rules.took(Branch::ClockBeforeBarrier);
        }
        // The target has an end to get to.
        if leadership.transfer.is_some() && !self.rules.accepts_while_handing_over() {
            return self.rules.took(Branch::ClockWhileHandingOver);
        }
        if !self.rules.expires_again(leadership.expiry.under_way) {
            return self.rules.took(Branch::ExpiryUnderWay);
        }
        let time_ms = now_ms.max(self.node.latest_ms());
        if self.node.store.due(time_ms, 1).is_empty() {
            return self.rules.took(Branch::NothingDue);
        }
        self.rules.took(Branch::ExpiryAppended);
        let last = self.node.log.last().index;
        let payload = Payload::Expire {
            time_ms,
            keys_max: self.node.config.limits.expired_max,
        };
        self.leadership().expiry.appended(&payload);
        let id = EntryId::new(self.node.epoch(), last.next());
        self.append_to_log(last, vec![Entry { id, payload }]);
        self.replicate_to_all();
    }

    /// The lives that a write gives begin, now that it is about to be appended.
    pub(crate) fn begin_lives(&mut self, payload: &mut Payload) {
        let latest_ms = self.node.latest_ms();
        for op in payload.ops_mut() {
            if let Op::PutFor { since_ms, .. } = op {
                *since_ms = self.rules.counts_from(*since_ms, latest_ms);
            }
        }
        self.leadership().expiry.appended(payload);
    }
}

impl<L: Log, S: Store> Node<L, S> {
    /// The latest time in what is applied and in what a leader has appended, in milliseconds since the Unix epoch. By the time
    /// that a leader serves, nothing else is in its log.
    fn latest_ms(&self) -> u64 {
        let appended_ms = match &self.role {
            Role::Leader(leadership) => leadership.expiry.latest_ms,
            Role::Follower { .. } | Role::Candidate { .. } | Role::PreCandidate { .. } => 0,
        };
        self.store.clock_ms().max(appended_ms)
    }

    /// From when on an [`Input::Clock`](crate::Input::Clock) lets keys expire, in milliseconds since the Unix epoch. `None` while
    /// none would: no key has a deadline, or this replica does not serve, hands over, or has an expiry under way.
    pub fn next_expiry(&self) -> Option<u64> {
        let Role::Leader(leadership) = &self.role else {
            return None;
        };
        if !self.serving() || leadership.transfer.is_some() || leadership.expiry.under_way {
            return None;
        }
        let first_ms = self.store.first_deadline_ms()?;
        // What the log has said already is past, whatever the clock shows.
        Some(if first_ms <= self.latest_ms() { 0 } else { first_ms })
    }
}
