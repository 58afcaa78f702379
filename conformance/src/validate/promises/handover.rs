//! What is promised of a leader that hands over.

use super::Taken;
use super::list::{Broken, Looked, Promise};
use crate::validate::place::Members;
use katakv_core::{Effect, Log, Message, NodeId, Role};

pub(super) fn stepped(taken: &Taken<'_>, looked: &mut Looked) -> Result<(), Broken> {
    let (node, before) = (taken.node, &taken.before);
    if before.hands_over && node.handing_over_to().is_some() {
        let still = before.last == node.log().last();
        looked.keep(Promise::NoWriteWhileHandingOver, still, || {
            format!("{} appends {} while it hands over", node.id(), node.log().last())
        })?;
    }
    if let Some(told) = before.told_in {
        let stays = before.epoch <= told || node.epoch() == before.epoch;
        looked.keep(Promise::OnlyALeaderHandsOver, stays, || {
            let (id, epoch) = (node.id(), node.epoch());
            format!("{id} has entered {epoch}, told so by the leader of {told}")
        })?;
    }
    for effect in taken.effects {
        if let Effect::Send {
            to,
            message: Message::TimeoutNow { .. },
        } = effect
        {
            is_prepared(taken, *to, looked)?;
        }
    }
    Ok(())
}

/// The target has the leader's whole log on its disk, and nobody waits at the leader.
fn is_prepared(taken: &Taken<'_>, target: NodeId, looked: &mut Looked) -> Result<(), Broken> {
    let place = Members::of(taken.node.config()).place(target);
    let known = place.filter(|place| !taken.unsure[*place]);
    let Some(lane) = known.and_then(|place| taken.lanes[place].as_ref()) else {
        return Ok(());
    };
    let (hard, log) = lane.durable.state();
    let has_all = hard.epoch > taken.node.epoch() || log.last() == taken.node.log().last();
    let waits = match taken.node.role() {
        Role::Leader(leadership) => !leadership.pending.is_empty(),
        _ => false,
    };
    looked.keep(Promise::HandoverPrepared, has_all && !waits, || {
        let leader = taken.node.id();
        format!("{leader} tells {target} to campaign, which lacks some of its log, or while somebody waits")
    })
}
