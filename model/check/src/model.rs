//! The face that Stateright sees.

use crate::action::Action;
use crate::properties;
use crate::state::State;
use crate::system::System;
use crate::witnesses::{self, Step};
use stateright::{Model, Path, Property};
use std::sync::atomic::Ordering;

impl Model for System {
    type State = State;
    type Action = Action;

    fn init_states(&self) -> Vec<State> {
        vec![self.initial()]
    }

    /// Asked once for each unique state that the search looks at; with the number of those that it has met, that tells how many it has
    /// yet to look at. A search that gives up empties its queue without a look.
    fn actions(&self, state: &State, actions: &mut Vec<Action>) {
        if self.observed.stop.load(Ordering::Relaxed) {
            return;
        }
        self.observed.looked_at.fetch_add(1, Ordering::Relaxed);
        self.enabled(state, actions);
    }

    fn next_state(&self, state: &State, action: Action) -> Option<State> {
        let outcome = self.perform(state, &action)?;
        let step = Step {
            before: state,
            action: &action,
            outcome: &outcome,
        };
        witnesses::observe_step(self, &step);
        Some(outcome.state)
    }

    /// All properties are one to Stateright: it would look each of them up, and keep a path for every state that
    /// a witness is seen in. Which of them was violated is noted on the side.
    fn properties(&self) -> Vec<Property<System>> {
        if self.explored.is_some() {
            let always = |property: &properties::Property| Property::always(property.name, property.holds);
            // Of the witnesses those of the scope: more would hide the list of actions below them.
            let shown = witnesses::of_states().filter(|(name, _)| self.scope.shows.contains(name));
            let sometimes = shown.map(|(name, seen)| Property::sometimes(name, seen));
            return properties::ALL.iter().map(always).chain(sometimes).collect();
        }
        vec![Property::always("every property holds", |system, state| {
            properties::observe(system, state) == 0
        })]
    }

    fn format_action(&self, action: &Action) -> String {
        action.to_string()
    }

    fn format_step(&self, last: &State, action: Action) -> Option<String> {
        self.next_state(last, action).map(|next| next.to_string())
    }

    /// What the Explorer puts above a state: it takes any markup for a picture.
    fn as_svg(&self, path: Path<State, Action>) -> Option<String> {
        let notice = self.explored.as_ref()?;
        let (states, actions): (Vec<State>, Vec<Option<Action>>) = path.into_vec().into_iter().unzip();
        let actions: Vec<Action> = actions.into_iter().flatten().collect();
        Some(notice.page(self, &states, &actions))
    }
}
