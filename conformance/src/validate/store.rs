//! The store of a replayed replica: one in memory that can tell what it held as of any entry that it has applied.
//!
//! Two things of a real store no input says, and a record has to: as of which entry the state was that a leader sent, since
//! its disk is a little behind what is applied; and what a state holds that has come in, since it came beside the messages.
//! The former is told to this store before the step that asks for it, the latter is what the sender's store held.

use katakv_core::{
    Bytes, Client, ClientChange, Clients, Entry, EntryId, Executed, Image, Index, MemStore, Op, Scan,
    ScanPage, State, Store, Versioned,
};
use std::cell::RefCell;
use std::collections::{BTreeMap, VecDeque};
use std::rc::Rc;

/// The name of a state that goes out. Only the receiver's own name for it is in a record.
const SENT: Image = Image::Named(0);

/// What the store is told before a step.
#[derive(Debug, Default)]
pub(super) struct Told {
    /// As of which entries the states are that the step will ask for.
    pub(super) images: VecDeque<EntryId>,
    /// The states that have come in, by the names that the replica's own store has for them.
    pub(super) states: BTreeMap<u64, State>,
    /// Whether a step has asked for more than it was told of.
    pub(super) asked_too_much: bool,
}

/// See the [module](self).
#[derive(Clone, Debug, Default)]
pub(super) struct Rewindable {
    now: MemStore,
    /// What each applied entry has replaced, the newest last.
    before: Vec<Replaced>,
    told: Rc<RefCell<Told>>,
}

/// What an entry has replaced.
#[derive(Clone, Debug)]
struct Replaced {
    /// The entry applied before it.
    applied: EntryId,
    data: Vec<(Bytes, Option<Versioned>)>,
    clients: Vec<(EntryId, Option<Remembered>)>,
    /// Of the keys that have a deadline before it or after it.
    deadlines: Vec<(Bytes, Option<u64>)>,
    clock_ms: u64,
}

/// A client as it was: a map of a few results takes ten times as much.
#[derive(Clone, Debug)]
struct Remembered {
    active: Index,
    done: u64,
    executed: Box<[(u64, Executed)]>,
}

impl Remembered {
    fn of(client: &Client) -> Remembered {
        Remembered {
            active: client.active,
            done: client.done,
            executed: client.executed.iter().map(|(seq, what)| (*seq, *what)).collect(),
        }
    }

    fn client(&self) -> Client {
        Client {
            active: self.active,
            done: self.done,
            executed: self.executed.iter().copied().collect(),
        }
    }
}

impl Rewindable {
    /// One that holds this.
    pub(super) fn new(now: MemStore) -> Rewindable {
        Rewindable {
            now,
            ..Rewindable::default()
        }
    }

    /// Where it is told what no input says.
    pub(super) fn told(&self) -> Rc<RefCell<Told>> {
        Rc::clone(&self.told)
    }

    pub(super) fn now(&self) -> &MemStore {
        &self.now
    }

    /// What it held when it had applied `at`, if it ever had.
    pub(super) fn state_at(&self, at: EntryId) -> Option<State> {
        let since = match self.before.iter().rposition(|replaced| replaced.applied == at) {
            Some(place) => &self.before[place..],
            None if self.now.applied() == at => &[],
            None => return None,
        };
        let mut state = self.now.contents().clone();
        let mut clients: BTreeMap<EntryId, Client> = state
            .clients
            .iter()
            .map(|(name, client)| (*name, client.clone()))
            .collect();
        for replaced in since.iter().rev() {
            replaced
                .data
                .iter()
                .rev()
                .for_each(|(key, found)| put_back(&mut state.data, key, found));
            for (name, client) in &replaced.clients {
                put_back(&mut clients, name, &client.as_ref().map(Remembered::client));
            }
            for (key, deadline_ms) in replaced.deadlines.iter().rev() {
                state.deadlines.set(key, *deadline_ms);
            }
            state.clock_ms = replaced.clock_ms;
        }
        state.clients = Clients::new(clients);
        Some(state)
    }

    /// The same store as of `at`, with this in quarantine; nothing, if it never was there.
    pub(super) fn back_to(self, at: EntryId, quarantine: Vec<Entry>) -> Option<Rewindable> {
        let now = MemStore::new(at, self.state_at(at)?, quarantine);
        let mut before = self.before;
        if let Some(place) = before.iter().rposition(|replaced| replaced.applied == at) {
            before.truncate(place);
        }
        Some(Rewindable {
            now,
            before,
            told: Rc::default(),
        })
    }
}

fn put_back<K: Clone + Ord, V: Clone>(map: &mut BTreeMap<K, V>, key: &K, found: &Option<V>) {
    match found {
        Some(found) => map.insert(key.clone(), found.clone()),
        None => map.remove(key),
    };
}

impl Store for Rewindable {
    fn applied(&self) -> EntryId {
        self.now.applied()
    }

    fn apply(&mut self, id: EntryId, ops: &[Op], client: Option<ClientChange>, clock_ms: u64) {
        let of_time = |op: &Op| {
            let deadline_ms = self.now.deadlines().get(op.key());
            let is_touched = deadline_ms.is_some() || matches!(op, Op::PutFor { .. });
            is_touched.then(|| (op.key().clone(), deadline_ms))
        };
        let of_client = |name| (name, self.now.clients().get(name).map(Remembered::of));
        let mut replaced = Replaced {
            applied: self.now.applied(),
            data: Vec::with_capacity(ops.len()),
            clients: client
                .iter()
                .flat_map(|change| change.clients(id))
                .map(of_client)
                .collect(),
            deadlines: ops.iter().filter_map(of_time).collect(),
            clock_ms: self.now.clock_ms(),
        };
        let data = &mut replaced.data;
        let keep = |key: &Bytes, found| data.push((key.clone(), found));
        self.now.apply_over(id, ops, client, clock_ms, keep);
        self.before.push(replaced);
    }

    fn get(&self, key: &Bytes) -> Option<Versioned> {
        self.now.get(key)
    }

    fn scan(&self, scan: &Scan) -> ScanPage {
        self.now.scan(scan)
    }

    fn clients(&self) -> &Clients {
        self.now.clients()
    }

    fn clock_ms(&self) -> u64 {
        self.now.clock_ms()
    }

    fn first_deadline_ms(&self) -> Option<u64> {
        self.now.first_deadline_ms()
    }

    fn due(&self, time_ms: u64, count_max: usize) -> Vec<Bytes> {
        self.now.due(time_ms, count_max)
    }

    fn state(&self) -> (EntryId, Image) {
        let mut told = self.told.borrow_mut();
        let at = told.images.pop_front();
        told.asked_too_much |= at.is_none();
        (at.unwrap_or(self.now.applied()), SENT)
    }

    fn install(&mut self, applied: EntryId, state: &Image) {
        let Image::Named(name) = state else {
            unreachable!("what has come in has a name: others are refused");
        };
        let state = self.told.borrow_mut().states.remove(name);
        let state = state.expect("what it holds was told with the message that brought it");
        self.before.clear();
        let quarantine = self.now.in_quarantine().to_vec();
        self.now = MemStore::new(applied, state, quarantine);
    }

    fn quarantine(&mut self, entries: Vec<Entry>) {
        self.now.quarantine(entries);
    }

    fn quarantined(&self, from: EntryId, count_max: usize, bytes_max: usize) -> Vec<Entry> {
        self.now.quarantined(from, count_max, bytes_max)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use katakv_core::Epoch;

    fn id(index: u64) -> EntryId {
        EntryId::new(Epoch(1), Index(index))
    }

    fn put(key: &str, value: &str) -> Op {
        Op::Put {
            key: key.into(),
            value: value.into(),
        }
    }

    /// Whatever was applied since, the state of each entry is what it was then.
    #[test]
    fn what_it_held_can_be_told_as_of_every_entry() {
        let mut store = Rewindable::default();
        let mut states = vec![store.state_at(EntryId::ZERO).unwrap()];
        let delete = Op::Delete { key: "a".into() };
        let registered = ClientChange::Registered { forgets: None };
        let forgetful = ClientChange::Registered { forgets: Some(id(3)) };
        let living = Op::PutFor {
            key: "a".into(),
            value: "1".into(),
            ttl_ms: 5,
            since_ms: 1,
        };
        let changes = [
            (vec![living], None),
            (vec![put("a", "2"), put("b", "1"), put("a", "3")], None),
            (vec![], Some(registered)),
            (vec![delete], None),
            (vec![], Some(forgetful)),
        ];
        for (index, (ops, client)) in (1..).zip(changes) {
            store.apply(id(index), &ops, client, 7 * index);
            states.push(store.state_at(id(index)).unwrap());
        }
        assert_eq!(&states[5], store.now.contents());
        assert_eq!(states[1].deadlines.first_ms(), Some(6));
        for (index, state) in (0..).zip(&states) {
            let at = if index == 0 { EntryId::ZERO } else { id(index) };
            assert_eq!(store.state_at(at).as_ref(), Some(state), "{at}");
            let back = store.clone().back_to(at, Vec::new()).unwrap();
            assert_eq!(back.state_at(at).as_ref(), Some(state), "{at}");
            assert_eq!(back.state_at(id(6)), None);
        }
    }
}
