//! What the protocol asks of a key-value store.

use crate::{Bytes, Entry, EntryId, State};

/// The state that committed entries are applied to. It may lag behind on disk: recovery applies again what the
/// log still holds, or installs again the state that stands for it. It is never ahead of the durable log, because only durable entries are applied.
pub trait Store {
    /// The last entry that was applied, or [`EntryId::ZERO`]; kept atomically with the data.
    fn applied(&self) -> EntryId;

    /// Applies the entry that follows [`Store::applied`].
    fn apply(&mut self, entry: &Entry);

    /// The value of `key` in the applied state.
    fn get(&self, key: &Bytes) -> Option<Bytes>;

    /// All that it holds, as of [`Store::applied`].
    fn state(&self) -> State;

    /// Takes `state` for all that it held; it is what applying up to `applied` leads to.
    fn install(&mut self, applied: EntryId, state: &State);
}
