//! Witnesses of clients and their router: what they were told, and what was refused.

use super::{Step, Witness};
use crate::action::Action;
use crate::client::Client;
use crate::idle::Idle;
use crate::state::State;

pub(super) const WITNESSES: &[Witness] = &[
    Witness::in_state(
        "the client is answered by a session read",
        "client answers",
        |_, state| {
            state
                .client
                .as_ref()
                .is_some_and(|client| client.wrote && client.answered > 0)
        },
    ),
    Witness::in_state(
        "the router forgets after a put, and the get sees it",
        "client answers",
        |_, state| {
            let reads_it = state.client.as_ref().is_some_and(|client| client.has_read);
            reads_it
                && state
                    .router
                    .as_ref()
                    .is_some_and(|router| router.forgot_within_session)
        },
    ),
    Witness::in_state(
        "the client reads another one's write twice",
        "monotonic reads",
        |_, state| {
            let reader = state.client.as_ref();
            reader.is_some_and(|client| !client.wrote && client.has_read && client.answered > 1)
        },
    ),
    Witness::in_state("the client is told LOST", "no silent loss", |_, state| {
        state.client.as_ref().is_some_and(|client| client.told_lost)
    }),
    Witness::in_step(
        "a write finds too many waiting",
        "refusals change nothing",
        |step| finds_a_leader(step, |what| matches!(what, Idle::Write(_))),
    ),
    Witness::in_step(
        "a read finds too many waiting",
        "refusals change nothing",
        |step| finds_a_leader(step, |what| matches!(what, Idle::Read)),
    ),
    Witness::in_step("a late result is not taken", "publication is monotonic", |step| {
        let latest = |state: &State| state.router.as_ref()?.directory.elected();
        let (before, after) = (latest(step.before), latest(&step.outcome.state));
        matches!(step.action, Action::Hear { result }
                if before == after && before.is_some_and(|latest| result.epoch < latest.epoch))
    }),
    Witness::in_step(
        "a write goes to a leader whom the router knows from an answer alone",
        "client answers",
        |step| {
            let (Action::Ask { node }, Some(router)) = (step.action, &step.before.router) else {
                return false;
            };
            let writes = step.before.client.as_ref().is_some_and(Client::writes_next);
            let asked = step.before.replica(*node).node();
            // It has heard of a leader before, and was sent on by him.
            let is_news = router
                .directory
                .elected()
                .is_some_and(|heard| heard.leader != *node && heard.epoch < asked.epoch());
            writes && is_news && asked.serving() && router.directory.leader() == Some(*node)
        },
    ),
];

/// Whether a leader that serves is asked for what it cannot accept.
fn finds_a_leader(step: &Step<'_>, is_it: impl Fn(Idle) -> bool) -> bool {
    matches!(step.action, Action::Idle { node, what }
        if is_it(*what) && step.before.replica(*node).node().serving())
}
