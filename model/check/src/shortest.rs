//! The shortest way to a state: breadth-first, one thread, remembering of each state its digest, its parent and
//! which action led to it.
//!
//! Stateright's breadth-first search overwrites a discovery while it finishes its block, so its counterexample
//! need not be the shortest. What somebody has to read should be.

use crate::action::Action;
use crate::digest::Digests;
use crate::state::State;
use crate::system::System;
use crate::trace::Trace;
use crate::witnesses::{Seen, Step, Witness};
use std::collections::VecDeque;
use std::ops::ControlFlow;

/// How many unique states a hunt looks at before it gives up. The frontier holds whole states, about 2 KiB each.
pub const UNIQUE_MAX: usize = 2_000_000;

/// What a search found.
#[derive(Default)]
pub struct Search {
    /// The actions that lead to the state that was looked for, and that state.
    pub found: Option<(Vec<Action>, State)>,
    /// How many unique states were seen.
    pub unique: usize,
    /// Whether every state of the scope was seen.
    pub exhausted: bool,
}

/// A state that was reached: from where, and by which of the actions enabled there.
struct Reached {
    parent: usize,
    choice: usize,
}

/// Looks for the nearest state of which `is_it` holds, and gives up after `unique_max` states.
pub fn search(system: &System, unique_max: usize, is_it: impl Fn(&State) -> bool) -> Search {
    search_on(system, unique_max, 0, is_it)
}

/// The same, and then goes on for `beyond` further states, which are shown to `is_it`, too.
pub fn search_on(
    system: &System,
    unique_max: usize,
    beyond: usize,
    is_it: impl Fn(&State) -> bool,
) -> Search {
    let mut search = Search::default();
    let mut limit = unique_max;
    search.exhausted = breadth_first(system, |met| {
        if met.is_new {
            search.unique += 1;
            if is_it(met.state) && search.found.is_none() {
                search.found = Some((met.path(), met.state.clone()));
                limit = search.unique + beyond;
            }
        }
        if search.unique >= limit {
            return ControlFlow::Break(());
        }
        ControlFlow::Continue(())
    });
    search
}

/// The shortest way to each of some witnesses, to a state that shows it or over a step that does; `None` for those that
/// `unique_max` states do not show.
pub fn witnessed(
    system: &System,
    unique_max: usize,
    witnesses: &[&'static Witness],
) -> Vec<Option<Vec<Action>>> {
    let mut paths = vec![None; witnesses.len()];
    let mut unique = 0;
    breadth_first(system, |met| {
        unique += usize::from(met.is_new);
        for (witness, path) in witnesses.iter().zip(&mut paths) {
            let shows = path.is_none()
                && match witness.seen {
                    Seen::InState(seen) => met.is_new && seen(system, met.state),
                    Seen::InStep(seen) => met.step.as_ref().is_some_and(seen),
                };
            if shows {
                *path = Some(met.path());
            }
        }
        if unique >= unique_max || paths.iter().all(Option::is_some) {
            return ControlFlow::Break(());
        }
        ControlFlow::Continue(())
    });
    paths
}

/// Whether a trace shows a witness at its end, in its last state or over its last step.
pub fn is_shown(system: &System, trace: &Trace, witness: &Witness) -> bool {
    let mut shown = match witness.seen {
        Seen::InState(seen) => seen(system, &system.initial()),
        Seen::InStep(_) => false,
    };
    let mut state = system.initial();
    for action in &trace.steps {
        let Some(outcome) = system.perform(&state, action) else {
            return false;
        };
        shown = match witness.seen {
            Seen::InState(seen) => seen(system, &outcome.state),
            Seen::InStep(seen) => seen(&Step {
                before: &state,
                action,
                outcome: &outcome,
            }),
        };
        state = outcome.state;
    }
    shown
}

/// A state that a search meets: the initial one, or one at the end of a step.
pub(crate) struct Met<'a> {
    pub(crate) state: &'a State,
    /// Whether it has not been met before.
    pub(crate) is_new: bool,
    pub(crate) step: Option<Step<'a>>,
    system: &'a System,
    reached: &'a [Reached],
    /// The place of the state that the step begins at, and which of its actions is taken.
    pub(crate) from: usize,
    choice: usize,
}

impl Met<'_> {
    /// The shortest way there, over this very step.
    fn path(&self) -> Vec<Action> {
        let last = self.step.is_some().then_some(self.choice);
        path_to(self.system, self.reached, self.from, last)
    }
}

/// Shows every step to `look`, the nearest states first, until it has seen enough; says whether it was shown all.
pub(crate) fn breadth_first(system: &System, mut look: impl FnMut(Met<'_>) -> ControlFlow<()>) -> bool {
    let initial = system.initial();
    let mut seen = Digests::from_iter([initial.digest()]);
    let mut reached = vec![Reached { parent: 0, choice: 0 }];
    let begins = look(Met {
        state: &initial,
        is_new: true,
        step: None,
        system,
        reached: &reached,
        from: 0,
        choice: 0,
    });
    if begins.is_break() {
        return false;
    }
    let mut frontier = VecDeque::from([(initial, 0)]);
    let mut actions = Vec::new();
    while let Some((state, place)) = frontier.pop_front() {
        actions.clear();
        system.enabled(&state, &mut actions);
        for (choice, action) in actions.iter().enumerate() {
            let Some(outcome) = system.perform(&state, action) else {
                continue;
            };
            let is_new = seen.insert(outcome.state.digest());
            let step = Step {
                before: &state,
                action,
                outcome: &outcome,
            };
            let goes_on = look(Met {
                state: &outcome.state,
                is_new,
                step: Some(step),
                system,
                reached: &reached,
                from: place,
                choice,
            });
            if goes_on.is_break() {
                return false;
            }
            if !is_new {
                continue;
            }
            reached.push(Reached {
                parent: place,
                choice,
            });
            // There the protocol is over: the model only lets it stay as it was.
            if !outcome.state.replicas().iter().any(|replica| replica.refused()) {
                frontier.push_back((outcome.state, reached.len() - 1));
            }
        }
    }
    true
}

/// The actions on the way from the initial state, and perhaps a last one, by walking it again.
fn path_to(system: &System, reached: &[Reached], mut place: usize, last: Option<usize>) -> Vec<Action> {
    let mut choices = Vec::from_iter(last);
    while place > 0 {
        choices.push(reached[place].choice);
        place = reached[place].parent;
    }
    let mut state = system.initial();
    let mut path = Vec::new();
    for choice in choices.into_iter().rev() {
        let mut actions = Vec::new();
        system.enabled(&state, &mut actions);
        let action = actions.swap_remove(choice);
        state = system
            .perform(&state, &action)
            .expect("the search has taken this action")
            .state;
        path.push(action);
    }
    path
}
