//! A snapshot is of the data, and nothing else.

use super::{Killer, Mutant};
use katakv_core::{Clients, Image, Rules, State};

struct SnapshotWithoutClients;

pub(super) const MUTANT: Mutant = Mutant {
    name: "snapshot-without-clients",
    words: "the state that a leader sends lacks what is remembered of clients",
    source: "Ongaro's thesis, §6.3: sessions are part of the state machine, hence of its snapshots",
    scope: "retried-snapshot",
    rules: &SnapshotWithoutClients,
    killed_by: Killer::Property("applied as specified"),
    also: &[],
};

impl Rules for SnapshotWithoutClients {
    fn state_sent(&self, state: Image) -> Image {
        match state {
            Image::Whole(state) => Image::Whole(State {
                clients: Clients::default(),
                ..state
            }),
            Image::Named(name) => Image::Named(name),
        }
    }
}
