//! The default scopes, one a file: together they are what "checked" means.

mod bounded;
mod catchup;
mod client;
mod duplicating;
mod epochs;
mod failover;
mod fate;
mod heartbeats;
mod overtaken;
mod pipeline;
mod push;
mod succession;
mod takeover;
mod tiny;
mod votes;
mod whole;

use crate::scope::Scope;

/// Every default scope.
pub fn all() -> Vec<Scope> {
    vec![
        tiny::SCOPE,
        takeover::SCOPE,
        epochs::SCOPE,
        votes::SCOPE,
        succession::SCOPE,
        client::SCOPE,
        push::SCOPE,
        failover::SCOPE,
        pipeline::SCOPE,
        duplicating::SCOPE,
        overtaken::SCOPE,
        heartbeats::SCOPE,
        catchup::SCOPE,
        whole::SCOPE,
        bounded::SCOPE,
        fate::SCOPE,
    ]
}

/// The scope called `name`.
pub fn find(name: &str) -> Option<Scope> {
    all().into_iter().find(|scope| scope.name == name)
}
