//! What is known of elections outside never goes back.

use super::Property;
use super::steps::{StepPromise, kept_so_far};
use crate::action::Action;
use crate::state::State;
use crate::system::System;
use crate::witnesses::Step;
use katakv_core::Elected;

pub(super) const PROPERTY: Property = Property {
    holds: |_, state| kept_so_far::<PublicationMonotonic>(state) && twice(state).is_none(),
    why,
    ..Property::of_steps::<PublicationMonotonic>()
};

pub(super) struct PublicationMonotonic;

impl StepPromise for PublicationMonotonic {
    const NAME: &str = "publication is monotonic";
    const WORDS: &str = "of two elections a router never takes the earlier for the later one, unless it has forgotten in between; and no \
            epoch is published with two leaders";
    const SOURCE: &str =
        "fencing by a number that grows with each leader: Burrows 2006, *The Chubby lock service*, §2.4";
    const BROKEN: &str = "a router has taken an election for the latest, and one before it after that";

    fn kept(_: &System, step: &Step<'_>) -> bool {
        let epoch = |state: &State| Some(state.router.as_ref()?.directory.elected()?.epoch);
        matches!(step.action, Action::Forget) || epoch(step.before) <= epoch(&step.outcome.state)
    }
}

/// Two results of one epoch, if there are two. They stand side by side.
fn twice(state: &State) -> Option<(Elected, Elected)> {
    let published = &state.router.as_ref()?.published;
    let side_by_side = published.windows(2).map(|two| (two[0], two[1]));
    side_by_side
        .into_iter()
        .find(|(one, other)| one.epoch == other.epoch)
}

fn why(_: &System, state: &State) -> Option<String> {
    if let Some((one, other)) = twice(state) {
        let epoch = one.epoch.0;
        return Some(format!(
            "both {} and {} were published as elected in epoch {epoch}",
            one.leader, other.leader
        ));
    }
    (!kept_so_far::<PublicationMonotonic>(state)).then(|| PublicationMonotonic::BROKEN.into())
}
