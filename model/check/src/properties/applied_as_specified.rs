//! Applying means what the specification says.

use super::{Property, applied};
use crate::oracle::Oracle;
use crate::state::State;
use crate::system::System;

pub(super) const PROPERTY: Property = Property {
    name: "applied as specified",
    words: "a replica's store holds, values and versions, what a second and naive implementation makes of the entries \
            that it has applied: each transaction whole or not at all, as its conditions say",
    source: "atomicity of a minitransaction, Aguilera et al., Sinfonia, 2007",
    holds,
};

fn holds(_: &System, state: &State) -> bool {
    state.replicas.iter().all(|replica| {
        let specified = Oracle::of(applied(state, replica)).data;
        let data = replica.node().store().data();
        data.len() == specified.len()
            && data
                .iter()
                .zip(&specified)
                .all(|((key, found), (expected, (value, version)))| {
                    (key, &found.value, &found.version) == (expected, value, version)
                })
    })
}
