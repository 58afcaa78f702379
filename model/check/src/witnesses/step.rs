//! A step, as its witnesses and properties see it: what it was, what it did, what it took away.

use crate::action::Action;
use crate::perform::Outcome;
use crate::state::State;
use katakv_core::{Base, Effect, Message, Reply, Role, Standing};

/// A step that was taken.
pub(crate) struct Step<'a> {
    pub(crate) before: &'a State,
    pub(crate) action: &'a Action,
    pub(crate) outcome: &'a Outcome,
}

impl<'a> Step<'a> {
    /// The new beginnings of a log that it persists.
    pub(super) fn bases(&self) -> impl Iterator<Item = &Base> {
        self.effects().filter_map(|effect| match effect {
            Effect::Persist(record) => record.base.as_ref(),
            _ => None,
        })
    }

    pub(crate) fn effects(&self) -> impl Iterator<Item = &Effect> {
        self.outcome.effects.iter()
    }

    /// How many entries the replica that the step happens at had in quarantine on its store's disk, and in its synced log, and
    /// how many it has after it.
    pub(super) fn quarantines(&self) -> Option<[usize; 3]> {
        let at = usize::from(self.action.node().0);
        let (before, after) = (
            self.before.replicas.get(at)?,
            self.outcome.state.replicas.get(at)?,
        );
        Some([
            before.flushed().in_quarantine().len(),
            before.disk().quarantined().len(),
            after.node().store().in_quarantine().len(),
        ])
    }

    /// The role of the replica that the step happens at, before and after; the client has none.
    pub(super) fn roles(&self) -> Option<(&Role, &Role)> {
        let at = usize::from(self.action.node().0);
        let role = |state: &'a State| Some(state.replicas.get(at)?.node().role());
        Some((role(self.before)?, role(&self.outcome.state)?))
    }

    /// The standing of the replica that the step happens at, before and after; the client has none.
    pub(super) fn standings(&self) -> Option<(Standing, Standing)> {
        let at = usize::from(self.action.node().0);
        let standing = |state: &State| Some(state.replicas.get(at)?.node().standing());
        Some((standing(self.before)?, standing(&self.outcome.state)?))
    }

    pub(super) fn replies(&self, is_it: impl Fn(&Reply) -> bool) -> bool {
        self.effects()
            .any(|effect| matches!(effect, Effect::Reply { reply, .. } if is_it(reply)))
    }

    pub(crate) fn sends(&self, is_it: impl Fn(&Message) -> bool) -> bool {
        self.effects()
            .any(|effect| matches!(effect, Effect::Send { message, .. } if is_it(message)))
    }
}
