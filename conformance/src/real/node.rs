//! One real node.

use super::crash::{Scene, Tail};
use super::records::Records;
use katakv::driver::{Driver, DriverConfig, HandleError, OpenError, Output};
use katakv::placement::Placement;
use katakv::store::{Item, StoreError, Stores};
use katakv::wal::{Wal, WalConfig, WalError};
use katakv::wire::ClusterId;
use katakv_core::{
    Entry, EntryId, Epoch, Image, Input, Limits, Log, MemLog, MemStore, Node, NodeId, PARTITIONS, Partition,
    State, Store, Timer,
};
use katakv_model::StoreFate;
use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// Small segments, so that three nodes of a trace do not fill a disk; large enough that a trace stays in one.
const SEGMENT_BYTES: u64 = 1 << 17;

/// Why a real node could not do what the model's did.
#[derive(Debug, thiserror::Error)]
pub enum NodeError {
    /// It did not open.
    #[error("the node does not open: {0}")]
    Open(#[from] OpenError),
    /// It refused an input.
    #[error("the node refuses the input: {0}")]
    Handle(#[from] HandleError),
    /// Its log failed.
    #[error("the node's log fails: {0}")]
    Wal(#[from] WalError),
    /// Its store failed.
    #[error("the node's store fails: {0}")]
    Store(#[from] Arc<StoreError>),
    /// The harness could not change the node's files.
    #[error("the harness cannot change the node's files: {0}")]
    Files(#[from] std::io::Error),
}

/// A node of production, opened in a directory of its own.
pub struct RealNode {
    dir: PathBuf,
    config: DriverConfig,
    /// `None` only while it is crashed.
    open: Option<Open>,
    /// Those of the current partition.
    records: Records,
    /// What is armed; nothing, if it has fired and the driver has not asked for another one.
    timers: [Option<Timer>; PARTITIONS as usize],
    /// What the store held when it was last looked at. It changes only when an entry is applied.
    seen: BTreeMap<Partition, (EntryId, State)>,
    /// What each store holds on its disk at least: what it held when the log was last compacted.
    flushed: BTreeMap<Partition, Flushed>,
    /// The states that have come in, by the names that the store has for them; they are on its disk.
    staged: BTreeMap<(Partition, u64), (Vec<Item>, State)>,
}

/// What a store's disk has: the data as of an entry, and the quarantine.
type Flushed = (EntryId, Vec<Item>, Vec<Entry>);

/// The name of what was flushed, in a store that has lost the rest.
const FLUSHED: u64 = 1 << 32;

struct Open {
    driver: Driver,
    wal: Wal,
}

impl RealNode {
    /// A node with an empty directory below `home`.
    pub fn new(home: &Path, id: NodeId, limits: Limits) -> Result<RealNode, NodeError> {
        let mut node = RealNode {
            dir: home.join(id.to_string()),
            config: DriverConfig {
                cluster: ClusterId(1),
                id,
                placement: Placement::OF_THREE,
                limits,
                wal: WalConfig {
                    segment_bytes: SEGMENT_BYTES,
                },
            },
            open: None,
            records: Records::default(),
            timers: [None; PARTITIONS as usize],
            seen: BTreeMap::new(),
            flushed: BTreeMap::new(),
            staged: BTreeMap::new(),
        };
        node.start()?;
        Ok(node)
    }

    /// Gives the replica of `partition` an input. Records are appended to the real log; the rest comes back.
    pub fn handle(&mut self, partition: Partition, input: Input) -> Result<Vec<Output>, NodeError> {
        if let Input::Synced(count) = &input {
            self.sync(*count as usize)?;
        }
        if let Input::Compact { .. } = &input {
            self.flush(partition)?;
        }
        if let Input::Timeout(fired) = &input {
            // One that is late is not the one that is armed.
            self.timers[usize::from(partition.0)].take_if(|armed| armed == fired);
        }
        let open = self.open.as_mut().expect("a node is open between two steps");
        if open.driver.node(partition).log().compacted() > EntryId::ZERO {
            // A state may be sent, and the engine must not be behind what the model's store has.
            open.driver.settle()?;
        }
        let mut outputs = Vec::new();
        open.driver.handle(partition, input, &mut outputs)?;
        for output in &outputs {
            match output {
                Output::Append { partition, record } => {
                    let place = open.wal.append(partition.0, record)?;
                    self.records.append(place);
                }
                Output::Arm { partition, timer } => self.timers[usize::from(partition.0)] = Some(*timer),
                Output::Send { .. }
                | Output::SendState { .. }
                | Output::Reply { .. }
                | Output::Page { .. } => {}
            }
        }
        // In the file, where a crash of the process would leave it and one of the machine might.
        open.wal.flush()?;
        Ok(outputs)
    }

    /// The oldest `count` records are to survive any crash. A disk syncs all or nothing; so does this one, once
    /// nothing is left that the model could still lose.
    fn sync(&mut self, count: usize) -> Result<(), NodeError> {
        self.records.survive(count);
        if self.records.unsynced() == 0 {
            self.open_mut().wal.sync()?;
        }
        Ok(())
    }

    /// The record that was appended last says which epoch the replica is in.
    pub fn last_record_tells(&mut self, epoch: Epoch) {
        self.records.last_tells(epoch);
    }

    /// The store of `partition` is on its disk, as a caller sees to before it has the log compacted.
    fn flush(&mut self, partition: Partition) -> Result<(), NodeError> {
        let driver = &self.open_mut().driver;
        driver.settle()?;
        let image = driver.image(partition)?;
        let items = image.page(None, usize::MAX).map_err(Arc::new)?.items;
        let quarantine = all_quarantined(driver.node(partition).store());
        self.flushed
            .insert(partition, (image.applied(), items, quarantine));
        Ok(())
    }

    /// Takes a state in, page by page, and returns the name that the store has for it.
    pub fn stage(
        &mut self,
        partition: Partition,
        pages: impl IntoIterator<Item = Vec<Item>>,
    ) -> Result<u64, NodeError> {
        let driver = &self.open_mut().driver;
        let (staging, mut all) = (driver.staging(), Vec::new());
        let name = staging.begin();
        for items in pages {
            staging.put(partition, name, &items).map_err(Arc::new)?;
            all.extend(items);
        }
        staging.sync().map_err(Arc::new)?;
        let state = driver.dump_state(partition, name)?;
        self.staged.insert((partition, name), (all, state));
        Ok(name)
    }

    /// A state that has come in, whole, as the model has it.
    pub fn whole(&self, partition: Partition, image: &Image) -> Image {
        match image {
            Image::Named(name) => Image::Whole(self.staged[&(partition, *name)].1.clone()),
            Image::Whole(_) => image.clone(),
        }
    }

    /// The crash takes the store back to what was flushed, and to the states that came in, which are flushed before anybody
    /// hears of them: one as new, to which that is given.
    fn lose_store(&self) -> Result<(), NodeError> {
        let dir = self.dir.join("store");
        fs::remove_dir_all(&dir)?;
        let (stores, mut partitions) = Stores::open(&dir, self.config.identity()).map_err(Arc::new)?;
        let staging = stores.staging();
        for ((partition, name), (items, _)) in &self.staged {
            staging.put(*partition, *name, items).map_err(Arc::new)?;
        }
        for (partition, (applied, items, quarantine)) in &self.flushed {
            staging.put(*partition, FLUSHED, items).map_err(Arc::new)?;
            let store = &mut partitions[usize::from(partition.0)];
            store.install(*applied, &Image::Named(FLUSHED));
            store.quarantine(quarantine.clone());
        }
        Ok(stores.settle()?)
    }

    /// Crashes the node and opens it again: the oldest `keep` un-synced records are found, the others are not.
    ///
    /// It comes back several times: with a torn, a zeroed and a repeated record behind those that survive, which `inspect`
    /// sees. Recovery cuts that and leaves zeros, which is what a log looks like when nothing more had reached the disk; from
    /// there it comes back for good. All must be the same.
    pub fn crash(
        &mut self,
        keep: usize,
        store: StoreFate,
        mut inspect: impl FnMut(&mut RealNode, Tail),
    ) -> Result<(), NodeError> {
        let open = self.open.take().expect("a node is open between two steps");
        open.driver.settle()?;
        // Whatever survives is synced by the recovery that finds it.
        self.records.survive(keep);
        let lost = self.records.lose();
        let synced = self.records.synced();
        let segment = lost.first().copied().or(synced);
        let segment = segment.map(|record| open.wal.segment_path(record.segment));
        drop(open);
        if store == StoreFate::Lost {
            self.lose_store()?;
        }
        self.seen.clear();
        if let Some(segment) = segment
            && let Some(scene) = Scene::of(&segment, synced, &lost)?
        {
            for tail in Tail::ALL {
                if scene.leave(&segment, tail)? {
                    self.start()?;
                    inspect(self, tail);
                    self.seen.clear();
                    self.open = None;
                    assert!(scene.is_erased(&segment)?, "recovery cuts what is torn");
                }
            }
        }
        self.start()
    }

    /// The node loses its directory, and is refilled.
    pub fn lose(&mut self, incarnation: u64) -> Result<(), NodeError> {
        self.open = None;
        self.records.refill();
        self.seen.clear();
        self.flushed.clear();
        fs::remove_dir_all(&self.dir)?;
        Driver::refill(&self.dir, self.config, incarnation)?;
        self.start()
    }

    /// Ends a trace: everything becomes durable, so that the next trace's crashes leave it alone.
    pub fn finish_trace(&mut self) -> Result<(), NodeError> {
        self.records.begin();
        self.open_mut().wal.sync()?;
        Ok(())
    }

    /// The timer that is armed for `partition`, if one is.
    pub fn timer(&self, partition: Partition) -> Option<Timer> {
        self.timers[usize::from(partition.0)]
    }

    /// The timer that was armed for `partition` is not any more.
    #[cfg(test)]
    pub(super) fn disarm(&mut self, partition: Partition) -> Option<Timer> {
        self.timers[usize::from(partition.0)].take()
    }

    /// How many records of the current partition are appended and not synced.
    pub fn unsynced(&self) -> usize {
        self.records.unsynced()
    }

    /// How many records of the current partition no crash can take, and which epoch they say the replica is in.
    pub fn durable(&self) -> (usize, Epoch) {
        self.records.durable()
    }

    /// The node's driver, to be looked at.
    pub fn driver(&self) -> &Driver {
        &self
            .open
            .as_ref()
            .expect("a node is open between two steps")
            .driver
    }

    /// The replica of `partition`, whole, in the checker's terms.
    pub fn state(&mut self, partition: Partition) -> Result<Node<MemLog, MemStore>, NodeError> {
        let applied = self.driver().node(partition).applied();
        // Also when nothing is applied: a store that is said to be lost has to be empty.
        if self.seen.get(&partition).is_none_or(|(at, _)| *at != applied) {
            let held = self.driver().dump(partition)?;
            self.seen.insert(partition, (applied, held));
        }
        let node = self.driver().node(partition);
        let (_, state) = &self.seen[&partition];
        let store = MemStore::new(applied, state.clone(), all_quarantined(node.store()));
        Ok(node.to_mem(store, |image| self.whole(partition, image)))
    }

    fn start(&mut self) -> Result<(), NodeError> {
        let mut outputs = Vec::new();
        let (driver, wal) = Driver::open(&self.dir, self.config, &mut outputs)?;
        self.timers = [None; PARTITIONS as usize];
        for output in outputs {
            if let Output::Arm { partition, timer } = output {
                self.timers[usize::from(partition.0)] = Some(timer);
            }
        }
        self.open = Some(Open { driver, wal });
        Ok(())
    }

    fn open_mut(&mut self) -> &mut Open {
        self.open.as_mut().expect("a node is open between two steps")
    }
}

fn all_quarantined(store: &impl Store) -> Vec<Entry> {
    store.quarantined(EntryId::ZERO, usize::MAX, usize::MAX)
}
