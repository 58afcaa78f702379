//! What must happen somewhere, so that a property is not kept by nothing ever happening. Each witness belongs to a
//! property; each scope names those that it must show.

mod states;
mod steps;

use crate::action::Action;
use crate::perform::Outcome;
use crate::state::State;
use crate::system::System;

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

/// A step, as its witnesses see it.
pub(crate) struct Step<'a> {
    pub(crate) before: &'a State,
    pub(crate) action: &'a Action,
    pub(crate) outcome: &'a Outcome,
}

/// Every witness.
pub fn all() -> impl Iterator<Item = &'static Witness> {
    states::WITNESSES.iter().chain(steps::WITNESSES)
}

/// A condition on a state, as Stateright asks for it.
pub(crate) type Condition = fn(&System, &State) -> bool;

/// The witnesses that a single state shows.
pub(crate) fn of_states() -> impl Iterator<Item = (&'static str, Condition)> {
    states::WITNESSES.iter().filter_map(|witness| match witness.seen {
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
        if let Some(Seen::InState(seen)) = states::WITNESSES.get(place).map(|witness| witness.seen)
            && seen(system, state)
        {
            system.observed.witnessed.set(place);
        }
    }
}

/// Notes what a step shows, of what is looked for and was not seen yet.
pub(crate) fn observe_step(system: &System, step: &Step<'_>) {
    for place in unseen(system) {
        let of_steps = place.checked_sub(states::WITNESSES.len());
        if let Some(Seen::InStep(seen)) = of_steps.map(|place| steps::WITNESSES[place].seen)
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
