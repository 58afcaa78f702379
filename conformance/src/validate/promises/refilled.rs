//! What a replica that has lost its disk must not do before it is a member again. Kept beside the replica, so that nobody
//! need take its word for it.

use super::Taken;
use super::list::{Broken, Looked, Promise};
use crate::validate::lane::Replica;
use crate::validate::place::place;
use katakv_core::{Effect, Index, Log, Message, Payload, REPLICAS, Role, Standing};

/// The incarnation of each replica that lacks what its lost disk had.
#[derive(Default)]
pub(super) struct Lacking([Option<u64>; REPLICAS]);

impl Lacking {
    /// A replica has come back; with `trusted`, others have to take its word for what it is.
    pub(super) fn came_back(&mut self, node: &Replica, trusted: bool) {
        let lacking = &mut self.0[place(node)];
        match node.standing() {
            Standing::Learner { incarnation } => *lacking = Some(incarnation),
            Standing::Original | Standing::Member { .. } if trusted => *lacking = None,
            Standing::Original | Standing::Member { .. } => {}
        }
    }

    /// How many they are.
    pub(super) fn count(&self) -> usize {
        self.0.iter().flatten().count()
    }

    /// Its log is committed at `index`.
    pub(super) fn committed(&mut self, node: &Replica, index: Index) {
        let lacking = &mut self.0[place(node)];
        if let Some(incarnation) = *lacking
            && let Some(entry) = node.log().entry(index)
            && entry.payload == (Payload::Joined { incarnation })
        {
            *lacking = None;
        }
    }

    pub(super) fn stepped(&self, taken: &Taken<'_>, looked: &mut Looked) -> Result<(), Broken> {
        if self.0[place(taken.node)].is_none() {
            return Ok(());
        }
        let id = taken.node.id();
        let sends = |is_it: fn(&Message) -> bool| {
            let is_it = |effect: &Effect| matches!(effect, Effect::Send { message, .. } if is_it(message));
            taken.effects.iter().any(is_it)
        };
        let votes = sends(|message| matches!(message, Message::Vote { .. } | Message::PreVoted { .. }));
        let counts = sends(|message| matches!(message, Message::Appended { .. } | Message::Confirmed { .. }));
        let follows = matches!(taken.node.role(), Role::Follower { .. });
        let before = "before the entry that names its incarnation is committed in its log";
        looked.keep(Promise::RefilledVotesLate, !votes, || {
            format!("{id} votes {before}")
        })?;
        looked.keep(Promise::RefilledCountsLate, !counts, || {
            format!("{id} acknowledges or confirms {before}")
        })?;
        looked.keep(Promise::RefilledNeverWins, follows, || {
            format!("{id} leads or asks to {before}")
        })
    }
}
