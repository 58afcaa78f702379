//! Applying means what the specification says.

use super::{Property, applied};
use crate::oracle::{OfClient, Oracle};
use crate::replica::Replica;
use crate::state::State;
use crate::system::System;
use katakv_core::{Bytes, Client, Clients, Executed, Outcome, Store, Versioned};
use std::collections::BTreeMap;

pub(super) const PROPERTY: Property = Property {
    name: "applied as specified",
    words: "a replica's store holds, values and versions, what a second and naive implementation makes of the entries \
            that it has applied: each transaction whole or not at all, as its conditions say; and so it remembers of each \
            client what became of every write that the client is not done with",
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
    let store = replica.node().store();
    same_data(store.data(), &specified) && same_clients(store.clients(), &specified)
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
    Some(if same_data(node.store().data(), &specified) {
        format!(
            "{id} has applied its log up to {up_to}, and remembers of a client something else than the entries say"
        )
    } else if holds == should {
        format!(
            "{id} has applied its log up to {up_to}, and one of its keys holds something else than the entries say"
        )
    } else {
        format!("{id} has applied its log up to {up_to}: its store says {holds}, the entries say {should}")
    })
}

fn same_data(data: &BTreeMap<Bytes, Versioned>, specified: &Oracle) -> bool {
    data.len() == specified.data.len()
        && data
            .iter()
            .zip(&specified.data)
            .all(|((key, found), (expected, (value, version)))| {
                (key, &found.value, &found.version) == (expected, value, version)
            })
}

fn same_clients(clients: &Clients, specified: &Oracle) -> bool {
    let remembered = |client: &Client, expected: &OfClient| {
        let asked_about = expected.writes.iter().filter(|(seq, _)| **seq > expected.done);
        let results = asked_about.map(|(seq, at)| (*seq, *at, specified.conflicts.get(at)));
        client.active == expected.last.index
            && client.done == expected.done
            && results.eq(client.executed.iter().map(|(seq, Executed { at, outcome })| {
                let against = match outcome {
                    Outcome::Done => None,
                    Outcome::Conflict { version, .. } => Some(version),
                };
                (*seq, *at, against)
            }))
    };
    clients.len() == specified.clients.len()
        && clients
            .iter()
            .zip(&specified.clients)
            .all(|((id, client), (name, expected))| id == name && remembered(client, expected))
}
