//! The shortest way to a state: breadth-first, one thread, remembering of each state its digest, its parent and
//! which action led to it.
//!
//! Stateright's breadth-first search overwrites a discovery while it finishes its block, so its counterexample
//! need not be the shortest. What somebody has to read should be.

use crate::action::Action;
use crate::digest::Digests;
use crate::state::State;
use crate::system::System;
use std::collections::VecDeque;

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
    let initial = system.initial();
    let mut search = Search {
        unique: 1,
        ..Search::default()
    };
    let mut limit = unique_max;
    if is_it(&initial) {
        search.found = Some((Vec::new(), initial.clone()));
        limit = 1 + beyond;
    }
    let mut seen = Digests::from_iter([initial.digest()]);
    let mut reached = vec![Reached { parent: 0, choice: 0 }];
    let mut frontier = VecDeque::from([(initial, 0)]);
    let mut actions = Vec::new();
    while let Some((state, place)) = frontier.pop_front() {
        actions.clear();
        system.enabled(&state, &mut actions);
        for (choice, action) in actions.iter().enumerate() {
            if search.unique >= limit {
                return search;
            }
            let Some(outcome) = system.perform(&state, action) else {
                continue;
            };
            if !seen.insert(outcome.state.digest()) {
                continue;
            }
            search.unique += 1;
            reached.push(Reached {
                parent: place,
                choice,
            });
            if is_it(&outcome.state) && search.found.is_none() {
                let path = path_to(system, &reached, reached.len() - 1);
                search.found = Some((path, outcome.state.clone()));
                limit = search.unique + beyond;
            }
            // There the protocol is over: the model only lets it stay as it was.
            if !outcome.state.replicas().iter().any(|replica| replica.refused()) {
                frontier.push_back((outcome.state, reached.len() - 1));
            }
        }
    }
    search.exhausted = true;
    search
}

/// The actions on the way from the initial state, by walking it again.
fn path_to(system: &System, reached: &[Reached], mut place: usize) -> Vec<Action> {
    let mut choices = Vec::new();
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
