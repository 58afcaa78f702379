//! A replica's disk: what is synced, and what a crash may still take.

use crate::digest::Digest;
use katakv_core::{EntryId, HardState, MemLog, NodeId, Payload, Record, Recovery, Snapshot};
use std::collections::{BTreeMap, VecDeque};
use std::hash::{Hash, Hasher};

/// One ordered sequence of records. The synced ones are kept folded, as recovery would fold them; the others wait,
/// oldest first, and a crash keeps any prefix of them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Disk {
    synced: Recovery<MemLog>,
    unsynced: VecDeque<Record>,
    damaged: bool,
    /// What the synced records were before the last two of them, and before the last, in scopes in which one of them may
    /// be found damaged.
    earlier: Option<VecDeque<Recovery<MemLog>>>,
}

/// How many records must be there for one to be damaged that is not the tail.
const FOR_DAMAGE: usize = 2;

impl Disk {
    /// An empty disk; `quarantine` as in `Limits`.
    pub(crate) fn new(quarantine: bool) -> Disk {
        Disk {
            synced: Recovery::new(MemLog::default(), quarantine),
            ..Disk::default()
        }
    }

    /// The epoch and vote that survive any crash.
    pub fn hard(&self) -> HardState {
        self.synced.state().0
    }

    /// The log that survives any crash.
    pub fn log(&self) -> &MemLog {
        self.synced.state().1
    }

    /// The leader's state that survives any crash, while no log that was compacted since does without it.
    pub fn staged(&self) -> Option<&Snapshot> {
        self.synced.staged()
    }

    /// What the synced records have truncated, as far as no store's disk is known to have it.
    pub fn quarantined(&self) -> &BTreeMap<EntryId, Payload> {
        self.synced.quarantined()
    }

    /// What is appended and not synced, oldest first.
    pub fn unsynced(&self) -> &VecDeque<Record> {
        &self.unsynced
    }

    /// Whether recovery would refuse what is synced. Sound rules cannot bring it about.
    pub fn damaged(&self) -> bool {
        self.damaged
    }

    /// An empty disk whose records may be found damaged one day.
    pub(crate) fn perishable() -> Disk {
        Disk {
            earlier: Some(VecDeque::new()),
            ..Disk::default()
        }
    }

    /// An empty disk in the place of this one, with the first record of a refill.
    pub(crate) fn replaced(&self, first: Record) -> Disk {
        let mut disk = match self.earlier {
            Some(_) => Disk::perishable(),
            None => Disk::default(),
        };
        disk.append(first);
        disk.sync(1);
        disk
    }

    /// What is before a damaged record, if there is one that is not the tail.
    pub(crate) fn before_damage(&self) -> Option<&Recovery<MemLog>> {
        let earlier = self.earlier.as_ref()?;
        earlier.front().filter(|_| earlier.len() == FOR_DAMAGE)
    }

    /// The damaged record and what is after it are cut, as if they were a torn tail. Returns what is left.
    pub(crate) fn cut_damage(&mut self) -> Option<Recovery<MemLog>> {
        let left = self.before_damage()?.clone();
        self.synced = left.clone();
        self.unsynced.clear();
        self.earlier = Some(VecDeque::new());
        Some(left)
    }

    pub(crate) fn append(&mut self, record: Record) {
        self.unsynced.push_back(record);
    }

    /// The oldest `count` records become durable.
    pub(crate) fn sync(&mut self, count: usize) {
        for record in self.unsynced.drain(..count) {
            if let Some(earlier) = &mut self.earlier {
                earlier.push_back(self.synced.clone());
                if earlier.len() > FOR_DAMAGE {
                    earlier.pop_front();
                }
            }
            self.damaged |= self.synced.push(record).is_err();
        }
    }

    /// A crash: the oldest `keep` of the un-synced records have reached the platter, the rest is gone. Returns what
    /// recovery then finds.
    pub(crate) fn crash(&mut self, keep: usize) -> Recovery<MemLog> {
        self.sync(keep);
        self.unsynced.clear();
        self.synced.clone()
    }

    /// The digest with the members renamed. Votes are all that names them.
    pub(crate) fn digest_renamed(&self, name: impl Fn(NodeId) -> NodeId) -> u64 {
        let renamed = |hard: HardState| HardState {
            vote: hard.vote.map(&name),
            ..hard
        };
        let mut digest = Digest::new();
        for before in self.earlier.iter().flatten() {
            let (hard, log) = before.state();
            (renamed(hard), log, before.staged()).hash(&mut digest);
        }
        (renamed(self.hard()), self.log(), self.staged(), self.damaged).hash(&mut digest);
        self.quarantined().hash(&mut digest);
        self.unsynced.len().hash(&mut digest);
        for record in &self.unsynced {
            (record.hard.map(renamed), &record.tail, &record.base).hash(&mut digest);
        }
        digest.finish()
    }
}
