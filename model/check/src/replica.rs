//! A replica as the checker sees it: the protocol's node, the disk under it, and its one timer.

use crate::action::{Loss, StoreFate};
use crate::digest::{digest, mix};
use crate::disk::Disk;
use crate::quiet::quietly;
use katakv_core::{
    Config, Effect, Input, MemLog, MemStore, Message, Node, NodeId, Rules, Timer, recover, refill, step,
};
use std::sync::Arc;

/// The decisions that a run is checked with: the sound ones or a mutant's.
pub type DynRules = dyn Rules + Send + Sync;

/// A node and what surrounds it on its machine. A step clones the one replica that it changes; the others are
/// shared between states.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Replica {
    node: Node<MemLog, MemStore>,
    disk: Arc<Disk>,
    timer: Timer,
    /// What the store's own disk has at least: what it held when the log was last compacted.
    flushed: MemStore,
    refused: bool,
    /// What the machine's clock shows, in milliseconds.
    clock_ms: u64,
    digests: [u64; 2],
}

impl Replica {
    /// A replica with an empty disk, at its first start.
    pub(crate) fn new(rules: &DynRules, config: Config) -> Replica {
        let mut effects = Vec::new();
        let node = recover(
            rules,
            config,
            [],
            MemLog::default(),
            MemStore::default(),
            &mut effects,
        )
        .expect("an empty disk is recovered from");
        Replica {
            node,
            disk: Arc::new(Disk::new(config.limits.quarantine)),
            timer: Timer::Election,
            flushed: MemStore::default(),
            refused: false,
            clock_ms: 0,
            digests: [0; 2],
        }
        .sealed()
    }

    /// The protocol's state.
    pub fn node(&self) -> &Node<MemLog, MemStore> {
        &self.node
    }

    /// Its disk.
    pub fn disk(&self) -> &Disk {
        &self.disk
    }

    /// What the store's own disk has at least.
    pub fn flushed(&self) -> &MemStore {
        &self.flushed
    }

    /// The timer that is armed.
    pub fn timer(&self) -> Timer {
        self.timer
    }

    /// What the machine's clock shows, in milliseconds.
    pub fn clock_ms(&self) -> u64 {
        self.clock_ms
    }

    /// The same when the clock has gone on by one.
    pub(crate) fn ticked(&self) -> Replica {
        Replica {
            clock_ms: self.clock_ms + 1,
            ..self.clone()
        }
        .sealed()
    }

    /// Whether it has refused a message of a peer, all of which are honest here, or its own disk, or has failed an
    /// assertion.
    pub fn refused(&self) -> bool {
        self.refused
    }

    /// The replica after one input, with what it wants done appended to `effects`. Records go to the disk here and
    /// timers are armed; messages and replies are left to the caller.
    pub(crate) fn after(&self, rules: &DynRules, input: Input, effects: &mut Vec<Effect>) -> Replica {
        let mut next = self.clone();
        if let Input::Receive { from, message } = &input
            && next.refuses(*from, message)
        {
            return next.sealed();
        }
        if let Input::Synced(count) = input {
            Arc::make_mut(&mut next.disk).sync(count as usize);
        }
        if let Input::Compact { .. } = input {
            next.flushed = self.node.store().clone();
        }
        // An assertion of the protocol that fails is a finding like any other: it gets a path, not a backtrace.
        if quietly(|| step(rules, &mut next.node, input, effects)).is_none() {
            next.node = self.node.clone();
            next.refused = true;
        }
        next.settle(effects);
        next.sealed()
    }

    /// The replica after a crash and the restart that follows it.
    pub(crate) fn after_crash(
        &self,
        rules: &DynRules,
        keep: usize,
        store: StoreFate,
        effects: &mut Vec<Effect>,
    ) -> Replica {
        let mut next = self.clone();
        let store = match store {
            StoreFate::Kept => self.node.store().clone(),
            StoreFate::Lost => self.flushed.clone(),
        };
        let recovered =
            Arc::make_mut(&mut next.disk)
                .crash(keep)
                .finish(rules, *self.node.config(), store, effects);
        match recovered {
            Ok(node) => next.node = node,
            // It would stay down: its state of before is as good as any, and the damage is reported.
            Err(_) => next.refused = true,
        }
        next.settle(effects);
        next.sealed()
    }

    /// The same with a disk whose records may be found damaged one day.
    pub(crate) fn with_perishable_disk(mut self) -> Replica {
        self.disk = Arc::new(Disk::perishable());
        self.sealed()
    }

    /// The replica after it has lost what it had synced, and has been refilled.
    pub(crate) fn after_loss(
        &self,
        rules: &DynRules,
        loss: Loss,
        incarnation: u64,
        effects: &mut Vec<Effect>,
    ) -> Replica {
        let mut next = self.clone();
        let disk = Arc::make_mut(&mut next.disk);
        let cut = match loss {
            Loss::Record if rules.cuts_damage() => disk.cut_damage(),
            Loss::Record | Loss::Disk => None,
        };
        let found = match cut {
            Some(left) => left,
            None => {
                *disk = disk.replaced(refill(rules, incarnation));
                disk.crash(0)
            }
        };
        next.flushed = MemStore::default();
        next.node = found
            .finish(rules, *self.node.config(), MemStore::default(), effects)
            .expect("an empty store is never ahead");
        next.settle(effects);
        next.sealed()
    }

    fn refuses(&mut self, from: NodeId, message: &Message) -> bool {
        let refuses = self.node.admits(from, message).is_err();
        self.refused |= refuses;
        refuses
    }

    fn settle(&mut self, effects: &[Effect]) {
        for effect in effects {
            match effect {
                Effect::Persist(record) => Arc::make_mut(&mut self.disk).append(record.clone()),
                Effect::Arm(timer) => self.timer = *timer,
                Effect::Send { .. } | Effect::Reply { .. } => {}
            }
        }
    }

    /// Two digests, told without any replica's name: one with its peers in their order, one with them exchanged.
    /// Every renaming of the three is one of the two, seen from here.
    fn sealed(mut self) -> Replica {
        let own = self.node.id();
        let [first, second] = self.node.config().peers;
        // This replica is 0, its peers are 1 and 2.
        let as_seen = move |one: NodeId| {
            move |id: NodeId| match id {
                id if id == own => NodeId(0),
                id if id == one => NodeId(1),
                _ => NodeId(2),
            }
        };
        let nameless = digest(&(
            (self.node.log(), self.node.store(), &self.flushed),
            (self.timer, self.refused, self.clock_ms),
        ));
        let mut outline = self.node.outline();
        outline.relabel(as_seen(first));
        let in_order = mix([
            digest(&outline),
            self.disk.digest_renamed(as_seen(first)),
            nameless,
        ]);
        outline.relabel(|id| [NodeId(0), NodeId(2), NodeId(1)][usize::from(id.0)]);
        let exchanged = mix([
            digest(&outline),
            self.disk.digest_renamed(as_seen(second)),
            nameless,
        ]);
        self.digests = [in_order, exchanged];
        self
    }

    /// What tells its state from others, but for its own name.
    pub(crate) fn digests(&self) -> [u64; 2] {
        self.digests
    }

    /// The digest with the peers in their order, or exchanged.
    pub(crate) fn digest_of(&self, exchanged: bool) -> u64 {
        self.digests[usize::from(exchanged)]
    }

    /// The same for every renaming.
    pub(crate) fn signature(&self) -> u64 {
        self.digests[0].wrapping_add(self.digests[1])
    }
}
