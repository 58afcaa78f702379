//! What must happen somewhere, so that a property is not kept by nothing ever happening. Each witness belongs to a
//! property; each scope names those that it must show. A file holds those of one part of the protocol.

mod acknowledgements;
mod clients;
mod compaction;
mod elections;
mod expiry;
mod handovers;
mod logs;
mod lost;
mod reads;
mod refills;
mod retries;
mod sessions;
mod step;
mod transactions;

pub(crate) use step::Step;

use crate::state::State;
use crate::system::System;
use katakv_core::{Leadership, MemLog, MemStore, Node, Role};
use std::sync::LazyLock;

/// Something that can be seen in a state, or in a step.
pub struct Witness {
    /// What it is called.
    pub name: &'static str,
    /// The property that says nothing where this never happens.
    pub of: &'static str,
    pub(crate) seen: Seen,
}

/// Where it can be seen.
#[derive(Clone, Copy)]
pub(crate) enum Seen {
    InState(Condition),
    InStep(fn(&Step<'_>) -> bool),
}

/// A condition on a state, as Stateright asks for it.
pub(crate) type Condition = fn(&System, &State) -> bool;

impl Witness {
    const fn in_state(name: &'static str, of: &'static str, seen: Condition) -> Witness {
        let seen = Seen::InState(seen);
        Witness { name, of, seen }
    }

    const fn in_step(name: &'static str, of: &'static str, seen: fn(&Step<'_>) -> bool) -> Witness {
        let seen = Seen::InStep(seen);
        Witness { name, of, seen }
    }
}

/// Every witness, in the order of their bits.
static ALL: LazyLock<Vec<&'static Witness>> = LazyLock::new(|| {
    let parts = [
        elections::WITNESSES,
        logs::WITNESSES,
        acknowledgements::WITNESSES,
        sessions::WITNESSES,
        clients::WITNESSES,
        reads::WITNESSES,
        compaction::WITNESSES,
        transactions::WITNESSES,
        retries::WITNESSES,
        handovers::WITNESSES,
        lost::WITNESSES,
        refills::WITNESSES,
        expiry::WITNESSES,
    ];
    parts.into_iter().flatten().collect()
});

/// Every witness.
pub fn all() -> impl Iterator<Item = &'static Witness> {
    ALL.iter().copied()
}

/// The witnesses that a single state shows.
pub(crate) fn of_states() -> impl Iterator<Item = (&'static str, Condition)> {
    all().filter_map(|witness| match witness.seen {
        Seen::InState(seen) => Some((witness.name, seen)),
        Seen::InStep(_) => None,
    })
}

/// The bit of a witness.
pub(crate) fn place(name: &str) -> Option<usize> {
    all().position(|witness| witness.name == name)
}

/// The names behind such bits.
pub(crate) fn names(bits: u128) -> Vec<&'static str> {
    all()
        .enumerate()
        .filter(|(place, _)| bits >> place & 1 == 1)
        .map(|(_, witness)| witness.name)
        .collect()
}

/// The bits of witnesses.
pub(crate) fn bits<'a>(names: impl Iterator<Item = &'a str>) -> u128 {
    names.filter_map(place).fold(0, |bits, place| bits | 1 << place)
}

/// Notes what `state` shows, of what is looked for and was not seen yet.
pub(crate) fn observe_state(system: &System, state: &State) {
    for place in unseen(system) {
        if let Seen::InState(seen) = ALL[place].seen
            && seen(system, state)
        {
            system.observed.witnessed.set(place);
        }
    }
}

/// Notes what a step shows, of what is looked for and was not seen yet.
pub(crate) fn observe_step(system: &System, step: &Step<'_>) {
    for place in unseen(system) {
        if let Seen::InStep(seen) = ALL[place].seen
            && seen(step)
        {
            system.observed.witnessed.set(place);
        }
    }
}

fn unseen(system: &System) -> impl Iterator<Item = usize> {
    let mut bits = system.looked_for & !system.observed.witnessed.bits();
    std::iter::from_fn(move || {
        let place = bits.trailing_zeros();
        bits &= bits.wrapping_sub(1);
        (place < u128::BITS).then_some(place as usize)
    })
}

fn nodes(state: &State) -> impl Iterator<Item = &Node<MemLog, MemStore>> {
    state.replicas.iter().map(|replica| replica.node())
}

fn leaders(state: &State) -> impl Iterator<Item = (&Node<MemLog, MemStore>, &Leadership)> {
    nodes(state).filter_map(|node| match node.role() {
        Role::Leader(leadership) => Some((node, leadership)),
        _ => None,
    })
}
