//! Applying means what the specification says.

use super::{Property, applied};
use crate::oracle::Oracle;
use crate::replica::Replica;
use crate::state::State;
use crate::system::System;

pub(super) const PROPERTY: Property = Property {
    name: "applied as specified",
    words: "a replica's store holds, values and versions, what a second and naive implementation makes of the entries \
            that it has applied: each transaction whole or not at all, as its conditions say; and so it remembers of each \
            client what became of every write that the client is not done with, and when which key goes",
    source: "atomicity of a minitransaction, Aguilera et al., Sinfonia, 2007",
    holds,
    why,
};

fn holds(_: &System, state: &State) -> bool {
    state
        .replicas
        .iter()
        .all(|replica| is_as_specified(state, replica))
}

fn is_as_specified(state: &State, replica: &Replica) -> bool {
    let specified = Oracle::of(applied(state, replica));
    specified.is_state(replica.node().store())
}

fn why(system: &System, state: &State) -> Option<String> {
    let wrong = state
        .replicas
        .iter()
        .find(|replica| !is_as_specified(state, replica))?;
    let node = wrong.node();
    let (up_to, id) = (node.applied(), node.id());
    let specified = Oracle::of(applied(state, wrong));
    let (holds, should) = (
        node.store().data().get(system.key()),
        specified.data.get(system.key()),
    );
    let holds = holds.map_or("nothing".into(), |found| {
        format!("{} of {}", found.value, found.version)
    });
    let should = should.map_or("nothing".into(), |(value, version)| {
        format!("{value} of {version}")
    });
    Some(
        if specified.is_data(node.store().data()) && !specified.is_time(node.store()) {
            format!(
                "{id} has applied its log up to {up_to}, and knows of other deadlines, or of another time, than the entries say"
            )
        } else if specified.is_data(node.store().data()) {
            format!(
                "{id} has applied its log up to {up_to}, and remembers of a client something else than the entries say"
            )
        } else if holds == should {
            format!(
                "{id} has applied its log up to {up_to}, and one of its keys holds something else than the entries say"
            )
        } else {
            format!(
                "{id} has applied its log up to {up_to}: its store says {holds}, the entries say {should}"
            )
        },
    )
}
