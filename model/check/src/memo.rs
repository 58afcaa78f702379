//! What becomes of a replica depends on its state and on what happens to it alone, and the same two meet again and again
//! in different states of the whole, of which there are hundreds of times more. So each meeting is worked out once and
//! remembered, and the replicas that come of it are shared.
//!
//! It is a cache: forgetting is always right, and keeps it bounded.

use crate::action::{Loss, StoreFate};
use crate::digest::digest;
use crate::replica::Replica;
use katakv_core::{Effect, Input, NodeId};
use std::collections::HashMap;
use std::hash::{BuildHasherDefault, Hasher};
use std::sync::{Arc, Mutex};

/// So that threads seldom wait for each other.
const SHARDS: usize = 64;
/// Past it, a shard forgets everything and begins anew.
const SHARD_ENTRIES_MAX: usize = 1 << 12;

/// A replica after something has happened to it, and what it wants done.
pub(crate) struct Stepped {
    pub(crate) replica: Arc<Replica>,
    pub(crate) effects: Vec<Effect>,
    /// Whether nothing came of it that anybody could notice.
    pub(crate) silent: bool,
}

/// What can happen to a replica.
#[derive(Hash)]
pub(crate) enum Event<'a> {
    Input(&'a Input),
    Crash { keep: u8, store: StoreFate },
    Loss { loss: Loss, incarnation: u64 },
}

/// Which replica, in which state, and what happens to it. The replica's digests are of 128 bits in all, so two states are
/// not taken for one where the fingerprints of a search keep them apart.
type Key = (NodeId, [u64; 2], u64);

type Shard = HashMap<Key, Arc<Stepped>, BuildHasherDefault<Last>>;

/// The steps that have been worked out, under one set of rules.
pub(crate) struct Memo {
    shards: [Mutex<Shard>; SHARDS],
}

impl Default for Memo {
    fn default() -> Memo {
        Memo {
            shards: std::array::from_fn(|_| Mutex::default()),
        }
    }
}

impl Memo {
    /// What comes of `event` at `replica`: as `work` says, the first time.
    pub(crate) fn after(
        &self,
        replica: &Replica,
        event: Event<'_>,
        work: impl FnOnce(&mut Vec<Effect>) -> Replica,
    ) -> Arc<Stepped> {
        let key = (replica.node().id(), replica.digests(), digest(&event));
        let shard = &self.shards[(key.2 ^ key.1[0]) as usize % SHARDS];
        let lock = || shard.lock().expect("nothing panics while it holds a shard");
        if let Some(known) = lock().get(&key) {
            return Arc::clone(known);
        }
        let mut effects = Vec::new();
        let after = work(&mut effects);
        let speaks = |effect: &Effect| matches!(effect, Effect::Send { .. } | Effect::Reply { .. });
        let stepped = Arc::new(Stepped {
            silent: after.digests() == replica.digests() && !effects.iter().any(speaks),
            replica: Arc::new(after),
            effects,
        });
        let mut shard = lock();
        if shard.len() >= SHARD_ENTRIES_MAX {
            shard.clear();
        }
        shard.insert(key, Arc::clone(&stepped));
        stepped
    }
}

/// The keys are digests: their words are as good as a hash of them.
#[derive(Default)]
struct Last(u64);

impl Hasher for Last {
    fn finish(&self) -> u64 {
        self.0
    }

    fn write(&mut self, bytes: &[u8]) {
        for byte in bytes {
            self.write_u64(u64::from(*byte));
        }
    }

    fn write_u8(&mut self, word: u8) {
        self.write_u64(u64::from(word));
    }

    fn write_u64(&mut self, word: u64) {
        self.0 = self.0.rotate_left(5) ^ word;
    }

    fn write_usize(&mut self, word: usize) {
        self.write_u64(word as u64);
    }
}
