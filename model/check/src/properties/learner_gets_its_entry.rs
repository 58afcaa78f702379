//! Who is refilled is a member again at some time.

use super::steps::StepPromise;
use crate::action::Action;
use crate::network::Msg;
use crate::state::State;
use crate::system::System;
use crate::witnesses::Step;
use katakv_core::{Index, Message, NodeId, Progress, Role, Standing};

pub(super) struct LearnerGetsItsEntry;

impl StepPromise for LearnerGetsItsEntry {
    const NAME: &str = "a learner gets its entry";
    const WORDS: &str = "a leader that hears how far a learner is, and that learner's log has gone past the entry that names its \
            incarnation without it, appends another";
    const SOURCE: &str = "refill.rs: an entry makes it a member, and a state holds no entries";
    const BROKEN: &str =
        "a learner has got past the entry that would have made it a member, and its leader gives it no other";

    fn kept(_: &System, step: &Step<'_>) -> bool {
        let Some(learner) = passed_over(step) else {
            return true;
        };
        let leader = step.action.node();
        let joins = |state| progress(state, leader, learner).map(|progress| progress.joins);
        joins(&step.outcome.state) > joins(step.before)
    }
}

/// The learner that tells its leader how far it is, and can become a member by no entry that the leader has for it: what
/// it knows to be committed holds that entry's place, and its log has not made it a member.
pub(crate) fn passed_over(step: &Step<'_>) -> Option<NodeId> {
    let Action::Deliver {
        from,
        to,
        msg:
            Msg::Peer(Message::Learned {
                epoch,
                incarnation,
                reached,
            }),
    } = step.action
    else {
        return None;
    };
    let (learner, leader) = (step.before.replica(*from).node(), step.before.replica(*to).node());
    let in_one_epoch = [learner, leader].iter().all(|node| node.epoch() == *epoch);
    let is_it = learner.standing()
        == Standing::Learner {
            incarnation: *incarnation,
        };
    let known: Index = learner.commit().min(*reached);
    let progress = progress(step.before, *to, *from)?;
    let is_behind = progress.incarnation == *incarnation && progress.joins <= known;
    (in_one_epoch && is_it && is_behind).then_some(*from)
}

fn progress(state: &State, leader: NodeId, follower: NodeId) -> Option<&Progress> {
    let leader = state.replica(leader).node();
    let Role::Leader(leadership) = leader.role() else {
        return None;
    };
    let place = leader.config().place_of(follower)?;
    Some(&leadership.progress[place])
}
