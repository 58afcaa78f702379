//! What is remembered of clients, so that a write which is sent again is carried out once.
//!
//! A client that gets no answer cannot know whether its write was carried out. So it gives each write an *origin*, its own
//! name and a number, and sends the same again until it is answered. What became of a numbered write is part of the
//! replicated state, beside the data that the write changed, so every later leader knows of it too.
//!
//! ```text
//!   origin           the log                        remembered of c, once that is applied
//!   c 1, done 0 -->  e1:5  put k                    1: e1:5 done
//!   c 2, done 0 -->  e1:6  if k is absent: put k    1: e1:5 done, 2: e1:6 conflict
//!   c 3, done 2 -->  e1:7  put j                    3: e1:7 done      nobody will ask about 1 and 2 again
//! ```
//! (Sessions: Ongaro's thesis, §6.3. Numbers that need not be answered in order, and are forgotten once the client says so:
//! RIFL, Lee et al. 2015.) How a leader tells a write that is new from one that it has is in `retries.rs`.
//!
//! Nothing of it has to be rolled back: only what is committed is applied, and an entry that is truncated takes with it
//! all that was known of its write.

use crate::{EntryId, Index, Outcome, Transaction};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// How many writes a client may have for which it has not said that they are done. It bounds what is remembered: each
/// result has a number above the client's `done`, and at most this far above.
pub const OUTSTANDING_MAX: u64 = 128;

/// Which write of which client.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Origin {
    /// The client: the entry that registered it. An entry id names one entry for good, so no two clients share a name.
    pub client: EntryId,
    /// The write's number, from 1. The client gives each write its own, and what it sends again the number that it had.
    pub seq: u64,
    /// The writes up to this number are answered, or given up: the client will not ask about them again.
    pub done: u64,
}

impl Origin {
    /// Whether the client leaves room for what is to be remembered.
    pub fn is_within_bounds(&self) -> bool {
        self.seq.saturating_sub(self.done) <= OUTSTANDING_MAX
    }
}

/// A client's changes, as one, with their origin: a log holds them once, however often the client asks.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Once {
    /// Whose they are.
    pub origin: Origin,
    /// The changes. A single blind one is a transaction without conditions.
    pub transaction: Transaction,
}

/// What became of a numbered write.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Executed {
    /// Its entry.
    pub at: EntryId,
    /// What applying it did.
    pub outcome: Outcome,
}

/// What is remembered of one client.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Client {
    /// The last entry that is the client's.
    pub active: Index,
    /// The client has said that it will not ask about writes up to this number.
    pub done: u64,
    /// What became of its writes above that, by number.
    pub executed: BTreeMap<u64, Executed>,
}

/// Every client that is remembered, by name.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Clients(#[serde(with = "crate::pairs")] BTreeMap<EntryId, Client>);

/// What an applied entry changes in what is remembered. Decided outside: a store carries it out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ClientChange {
    /// The entry's client becomes known, and another one may be forgotten for it.
    Registered {
        /// Who.
        forgets: Option<EntryId>,
    },
    /// A client's write was carried out.
    Executed {
        /// Which.
        origin: Origin,
        /// What became of it, if that is to be remembered.
        outcome: Option<Outcome>,
        /// Up to which number the client's results are forgotten.
        forgets_to: u64,
    },
}

impl Clients {
    /// The clients with these names: for a store that keeps them elsewhere.
    pub fn new(clients: BTreeMap<EntryId, Client>) -> Clients {
        Clients(clients)
    }

    /// What is remembered of `client`.
    pub fn get(&self, client: EntryId) -> Option<&Client> {
        self.0.get(&client)
    }

    /// Each with its name, in the order in which they were registered.
    pub fn iter(&self) -> impl Iterator<Item = (&EntryId, &Client)> {
        self.0.iter()
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Carries out what the entry `id` changes.
    pub fn apply(&mut self, id: EntryId, change: &ClientChange) {
        match change {
            ClientChange::Registered { forgets } => {
                if let Some(forgotten) = forgets {
                    self.0.remove(forgotten);
                }
                let client = Client {
                    active: id.index,
                    done: 0,
                    executed: BTreeMap::new(),
                };
                self.0.insert(id, client);
            }
            ClientChange::Executed {
                origin,
                outcome,
                forgets_to,
            } => {
                // No leader appends a write of a client that is not known when it is applied. Were one to do it, there
                // would be nowhere to remember it.
                let Some(client) = self.0.get_mut(&origin.client) else {
                    return;
                };
                client.active = id.index;
                client.done = client.done.max(origin.done);
                if let Some(outcome) = *outcome {
                    client.executed.insert(origin.seq, Executed { at: id, outcome });
                }
                let forgotten = client.done.max(*forgets_to);
                client.executed.retain(|seq, _| *seq > forgotten);
            }
        }
    }

    /// A bound on their encoded size.
    pub fn bytes(&self) -> usize {
        const CLIENT: usize = 64;
        const RESULT: usize = 96;
        let of = |client: &Client| CLIENT + RESULT * client.executed.len();
        self.0.values().map(of).sum()
    }
}

impl ClientChange {
    /// The clients of which the entry `id` changes what is remembered.
    pub fn clients(&self, id: EntryId) -> impl Iterator<Item = EntryId> {
        let (one, other) = match self {
            ClientChange::Registered { forgets } => (id, *forgets),
            ClientChange::Executed { origin, .. } => (origin.client, None),
        };
        [Some(one), other].into_iter().flatten()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Epoch;

    fn id(index: u64) -> EntryId {
        EntryId::new(Epoch(1), Index(index))
    }

    fn executed(seq: u64, done: u64) -> ClientChange {
        ClientChange::Executed {
            origin: Origin {
                client: id(1),
                seq,
                done,
            },
            outcome: Some(Outcome::Done),
            forgets_to: done,
        }
    }

    fn of_one_client() -> Clients {
        let mut clients = Clients::default();
        clients.apply(id(1), &ClientChange::Registered { forgets: None });
        clients
    }

    fn remembered(clients: &Clients) -> Vec<u64> {
        let client = clients.get(id(1)).expect("it is registered");
        client.executed.keys().copied().collect()
    }

    #[test]
    fn results_come_in_any_order_and_stay_until_the_client_is_done_with_them() {
        let mut clients = of_one_client();
        clients.apply(id(2), &executed(3, 0));
        clients.apply(id(3), &executed(1, 0));
        assert_eq!(remembered(&clients), [1, 3]);
        clients.apply(id(4), &executed(4, 1));
        assert_eq!(remembered(&clients), [3, 4]);
        assert_eq!(clients.get(id(1)).map(|client| client.done), Some(1));
    }

    #[test]
    fn a_write_that_comes_after_its_client_is_done_with_it_is_not_remembered() {
        let mut clients = of_one_client();
        clients.apply(id(2), &executed(3, 2));
        clients.apply(id(3), &executed(1, 0));
        assert_eq!(remembered(&clients), [3]);
    }

    #[test]
    fn however_a_client_numbers_its_writes_what_is_remembered_is_bounded() {
        let mut clients = of_one_client();
        for seq in 1..1000_u64 {
            let done = seq.saturating_sub(OUTSTANDING_MAX);
            clients.apply(id(1 + seq), &executed(seq, done));
            assert!(remembered(&clients).len() as u64 <= OUTSTANDING_MAX);
        }
    }

    #[test]
    fn who_is_forgotten_makes_room() {
        let mut clients = of_one_client();
        let forgets = Some(id(1));
        clients.apply(id(2), &ClientChange::Registered { forgets });
        assert_eq!((clients.len(), clients.get(id(1))), (1, None));
        clients.apply(id(3), &executed(1, 0));
        assert_eq!(clients.len(), 1);
    }
}
