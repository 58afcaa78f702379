//! The node's clock, for keys that live for a while: what it shows goes into writes that give a life, and lets keys expire.
//!
//! The protocol asks for it only while this node leads a partition in which some key has a deadline, so nobody else pays
//! for it. It is the system's clock, which may be set: a leader sees to it that time does not go back in its log,
//! and whatever is due by the clock that it has now expires now.

use super::Owner;
use crate::server::error::ServeError;
use katakv_core::{Input, Op, Partition, RequestBody};
use std::slice;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

/// After how long the clock is looked at again while some key has a deadline: it may have been set.
const LOOK_AGAIN_AFTER: Duration = Duration::from_secs(1);

/// What the system's clock shows, in milliseconds since the Unix epoch; 0 before it.
fn now_ms() -> u64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    u64::try_from(since.as_millis()).unwrap_or(u64::MAX)
}

/// What a request changes.
fn ops(body: &mut RequestBody) -> &mut [Op] {
    match body {
        RequestBody::Write { op, .. } => slice::from_mut(op),
        RequestBody::Transact { transaction, .. } => &mut transaction.ops,
        RequestBody::Once { once, .. } => &mut once.transaction.ops,
        _ => &mut [],
    }
}

/// The lives that a request gives count from now, whatever a client says.
pub(super) fn begin_lives(body: &mut RequestBody) {
    for op in ops(body) {
        if let Op::PutFor { since_ms, .. } = op {
            *since_ms = now_ms();
        }
    }
}

impl Owner {
    /// Whether what a request asks for leaves no more keys with a deadline than there may be. Whoever has one may get another. What is
    /// under way is not counted, and is bounded itself.
    pub(super) fn has_room_for_lives(&self, partition: Partition, body: &mut RequestBody) -> bool {
        let node = self.driver.node(partition);
        let deadlines = node.store().deadlines();
        let lives = |op: &&Op| op.deadline_ms().is_some() && deadlines.get(op.key()).is_none();
        let more = ops(body).iter().filter(lives).count();
        // Who does not serve has nothing to say about it.
        more == 0 || deadlines.len() + more <= self.lives_max || !node.serving()
    }

    /// What is due expires, unless there is no room on the disk to say so.
    pub(super) fn let_expire(&mut self) -> Result<(), ServeError> {
        let Some(next_ms) = self.next_expiry() else {
            return Ok(());
        };
        let now_ms = now_ms();
        if next_ms > now_ms || self.space.is_full() {
            return Ok(());
        }
        for partition in self.driver.partitions() {
            let next_ms = self.driver.node(partition).next_expiry();
            if next_ms.is_some_and(|next_ms| next_ms <= now_ms) {
                self.handle(partition, Input::Clock { now_ms })?;
            }
        }
        Ok(())
    }

    /// When the clock is to be looked at, if it is.
    pub(super) fn looks_at_clock(&self) -> Option<Instant> {
        let left = Duration::from_millis(self.next_expiry()?.saturating_sub(now_ms()));
        let left = match self.space.is_full() {
            true => LOOK_AGAIN_AFTER,
            false => left.min(LOOK_AGAIN_AFTER),
        };
        Some(Instant::now() + left)
    }

    /// The earliest deadline in what it leads, in milliseconds since the Unix epoch.
    fn next_expiry(&self) -> Option<u64> {
        let partitions = self.driver.partitions();
        partitions
            .filter_map(|partition| self.driver.node(partition).next_expiry())
            .min()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use katakv_core::{AckLevel, Transaction};

    /// A client that says that it is another time is not believed.
    #[test]
    fn a_life_counts_from_now_whoever_says_what() {
        let living = |since_ms| Op::PutFor {
            key: "a".into(),
            value: "1".into(),
            ttl_ms: 5,
            since_ms,
        };
        let before = now_ms();
        for since_ms in [0, u64::MAX] {
            let transaction = Transaction {
                conditions: Vec::new(),
                ops: vec![Op::Delete { key: "b".into() }, living(since_ms)],
            };
            let level = AckLevel::Quorum;
            let mut body = RequestBody::Transact { transaction, level };
            begin_lives(&mut body);
            let RequestBody::Transact { transaction, .. } = body else {
                unreachable!("it was one")
            };
            let deadline = transaction.ops[1].deadline_ms().unwrap();
            assert!((before + 5..=now_ms() + 5).contains(&deadline));
            assert_eq!(transaction.ops[0].deadline_ms(), None);
        }
    }
}
