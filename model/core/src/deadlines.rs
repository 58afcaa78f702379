//! When which key goes: part of the replicated state, beside the data.

use crate::{Bytes, Op};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};

/// The keys that have a deadline, each with the time at which it is due, in milliseconds since the Unix epoch. They are
/// known by key and in the order in which they are due, so that neither a change of a key nor the question who is next
/// looks at the others.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(from = "Vec<(Bytes, u64)>", into = "Vec<(Bytes, u64)>")]
pub struct Deadlines {
    by_key: BTreeMap<Bytes, u64>,
    by_time: BTreeSet<(u64, Bytes)>,
}

impl Deadlines {
    /// What a change of a key makes of its deadline: another one, or none.
    pub fn apply(&mut self, op: &Op) {
        self.set(op.key(), op.deadline_ms());
    }

    /// Gives `key` this deadline, or none; returns the one that it had.
    pub fn set(&mut self, key: &Bytes, deadline_ms: Option<u64>) -> Option<u64> {
        let before = match deadline_ms {
            Some(deadline) => self.by_key.insert(key.clone(), deadline),
            None => self.by_key.remove(key),
        };
        if let Some(before) = before {
            self.by_time.remove(&(before, key.clone()));
        }
        self.by_time
            .extend(deadline_ms.map(|deadline| (deadline, key.clone())));
        before
    }

    /// When `key` goes, if time ends it.
    pub fn get(&self, key: &Bytes) -> Option<u64> {
        self.by_key.get(key).copied()
    }

    /// The earliest one.
    pub fn first_ms(&self) -> Option<u64> {
        self.by_time.first().map(|(deadline, _)| *deadline)
    }

    /// The keys that are due at `time_ms`, by deadline and then by key; at most `count_max`.
    pub fn due(&self, time_ms: u64, count_max: usize) -> Vec<Bytes> {
        let due = self
            .by_time
            .iter()
            .take_while(|(deadline, _)| *deadline <= time_ms);
        due.take(count_max).map(|(_, key)| key.clone()).collect()
    }

    /// Each key with its deadline, in the order of the keys.
    pub fn iter(&self) -> impl Iterator<Item = (&Bytes, u64)> {
        self.by_key.iter().map(|(key, deadline)| (key, *deadline))
    }

    /// How many keys have one.
    pub fn len(&self) -> usize {
        self.by_key.len()
    }

    /// Whether no key has one.
    pub fn is_empty(&self) -> bool {
        self.by_key.is_empty()
    }

    /// A bound on their encoded size.
    pub fn bytes(&self) -> usize {
        const DEADLINE: usize = 20;
        self.by_key.keys().map(|key| DEADLINE + key.len()).sum()
    }
}

impl FromIterator<(Bytes, u64)> for Deadlines {
    fn from_iter<I: IntoIterator<Item = (Bytes, u64)>>(keys: I) -> Deadlines {
        let mut deadlines = Deadlines::default();
        for (key, deadline) in keys {
            deadlines.set(&key, Some(deadline));
        }
        deadlines
    }
}

impl From<Vec<(Bytes, u64)>> for Deadlines {
    fn from(keys: Vec<(Bytes, u64)>) -> Deadlines {
        keys.into_iter().collect()
    }
}

impl From<Deadlines> for Vec<(Bytes, u64)> {
    fn from(deadlines: Deadlines) -> Vec<(Bytes, u64)> {
        deadlines.by_key.into_iter().collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of_three() -> Deadlines {
        let keys = [("b", 7), ("c", 5), ("a", 7)];
        keys.into_iter().map(|(key, at)| (key.into(), at)).collect()
    }

    fn keys(due: Vec<Bytes>) -> Vec<String> {
        due.iter().map(Bytes::to_string).collect()
    }

    #[test]
    fn keys_are_due_by_deadline_and_then_by_key_and_no_more_than_are_asked_for() {
        let deadlines = of_three();
        assert_eq!(deadlines.first_ms(), Some(5));
        assert!(deadlines.due(4, 9).is_empty());
        assert_eq!(keys(deadlines.due(5, 9)), ["c"]);
        assert_eq!(keys(deadlines.due(7, 9)), ["c", "a", "b"]);
        assert_eq!(keys(deadlines.due(7, 2)), ["c", "a"]);
    }

    #[test]
    fn whatever_changes_a_key_says_anew_whether_time_ends_it() {
        let mut deadlines = of_three();
        deadlines.apply(&Op::Put {
            key: "c".into(),
            value: "1".into(),
        });
        deadlines.apply(&Op::Delete { key: "a".into() });
        deadlines.apply(&Op::PutFor {
            key: "b".into(),
            value: "1".into(),
            ttl_ms: 2,
            since_ms: u64::MAX,
        });
        assert_eq!(keys(deadlines.due(u64::MAX - 1, 9)), [""; 0]);
        assert_eq!(keys(deadlines.due(u64::MAX, 9)), ["b"]);
        assert_eq!(deadlines.get(&"a".into()), None);
    }
}
