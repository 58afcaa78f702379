//! What the protocol asks of a key-value store.

use crate::{Bytes, ClientChange, Clients, Entry, EntryId, Image, Op, Scan, ScanPage, Versioned};

/// The state that committed entries are applied to. It may lag behind on disk: recovery applies again what the
/// log still holds, or installs again the state that stands for it. It is never ahead of the durable log, because only
/// durable entries are applied.
///
/// What an entry does is decided outside: a store carries it out.
pub trait Store {
    /// The last entry that was applied, or [`EntryId::ZERO`]; kept atomically with the data.
    fn applied(&self) -> EntryId;

    /// Takes in what the entry `id`, which follows [`Store::applied`], does: `ops` in order, what is remembered of a client, and
    /// what the partition's clock shows from then on, all of it or, after a crash, nothing. `id` becomes the version of what they
    /// put; a key has a deadline if the last of them to change it gives it one.
    fn apply(&mut self, id: EntryId, ops: &[Op], client: Option<ClientChange>, clock_ms: u64);

    /// The value and version of `key` in the applied state.
    fn get(&self, key: &Bytes) -> Option<Versioned>;

    /// The keys that `scan` takes, with their values and versions, in the applied state.
    fn scan(&self, scan: &Scan) -> ScanPage;

    /// The version of `key` in the applied state.
    fn version(&self, key: &Bytes) -> Option<EntryId> {
        self.get(key).map(|found| found.version)
    }

    /// What is remembered of clients in the applied state.
    fn clients(&self) -> &Clients;

    /// The latest time that an applied entry has said, in milliseconds since the Unix epoch; 0 if none has.
    fn clock_ms(&self) -> u64;

    /// The earliest deadline in the applied state, in milliseconds since the Unix epoch; `None` if no key has one.
    fn first_deadline_ms(&self) -> Option<u64>;

    /// The keys whose deadline in the applied state is `time_ms` or earlier, by deadline and then by key; at most `count_max`.
    fn due(&self, time_ms: u64, count_max: usize) -> Vec<Bytes>;

    /// All that it holds, and the entry as of which: [`Store::applied`] or an earlier one, but none before what a crash
    /// can take the store back to.
    fn state(&self) -> (EntryId, Image);

    /// Takes `state` for all the data that it held; it is what applying up to `applied` leads to. The quarantine stays.
    fn install(&mut self, applied: EntryId, state: &Image);

    /// Keeps `entries` beside the data, for as long as the data: they were in the log and are no more. Some may be here already.
    fn quarantine(&mut self, entries: Vec<Entry>);

    /// The entries in quarantine from `from` on, in the order of their ids: at most `count_max`, at most `bytes_max` in
    /// sum, but at least one if there is one.
    fn quarantined(&self, from: EntryId, count_max: usize, bytes_max: usize) -> Vec<Entry>;
}
