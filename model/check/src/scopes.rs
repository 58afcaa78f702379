//! The scopes, one a file, in three sets: together they are what "checked" means.

mod bounded;
mod catchup;
mod client;
mod clocks;
mod compaction;
mod duplicating;
mod epochs;
mod expiry;
mod expiry_power;
mod expiry_snapshot;
mod failover;
mod fate;
mod forgotten;
mod handover;
mod handovers;
mod heartbeats;
mod overtaken;
mod pipeline;
mod power;
mod push;
mod quarantine;
mod quarantine_state;
mod quorum;
mod read_power;
mod read_rounds;
mod reader;
mod reads;
mod refill;
mod refill_damage;
mod refill_power;
mod refill_quorum;
mod refill_reads;
mod refill_snapshot;
mod refill_twice;
mod refusals;
mod reign;
mod retried_conflict;
mod retried_refusals;
mod retried_snapshot;
mod retries;
mod returning;
mod router;
mod snapshot;
mod storm;
mod streams;
mod succession;
mod takeover;
mod tiny;
mod transactions;
mod versions;
mod votes;
mod whole;

use crate::scope::Scope;
use crate::set::Set;

/// Every scope.
pub fn all() -> Vec<Scope> {
    vec![
        tiny::SCOPE,
        takeover::SCOPE,
        epochs::SCOPE,
        votes::SCOPE,
        succession::SCOPE,
        client::SCOPE,
        reader::SCOPE,
        push::SCOPE,
        failover::SCOPE,
        pipeline::SCOPE,
        duplicating::SCOPE,
        overtaken::SCOPE,
        heartbeats::SCOPE,
        catchup::SCOPE,
        whole::SCOPE,
        reign::SCOPE,
        bounded::SCOPE,
        storm::SCOPE,
        streams::SCOPE,
        returning::SCOPE,
        quorum::SCOPE,
        compaction::SCOPE,
        power::SCOPE,
        snapshot::SCOPE,
        transactions::SCOPE,
        versions::SCOPE,
        fate::SCOPE,
        reads::SCOPE,
        read_rounds::SCOPE,
        read_power::SCOPE,
        handover::SCOPE,
        handovers::SCOPE,
        quarantine::SCOPE,
        quarantine_state::SCOPE,
        refusals::SCOPE,
        refill::SCOPE,
        refill_power::SCOPE,
        refill_reads::SCOPE,
        refill_twice::SCOPE,
        refill_snapshot::SCOPE,
        refill_damage::SCOPE,
        refill_quorum::SCOPE,
        retries::SCOPE,
        forgotten::SCOPE,
        retried_conflict::SCOPE,
        retried_snapshot::SCOPE,
        retried_refusals::SCOPE,
        router::SCOPE,
        expiry::SCOPE,
        clocks::SCOPE,
        expiry_power::SCOPE,
        expiry_snapshot::SCOPE,
    ]
}

/// The scopes that are looked at when `set` is asked for.
pub fn of(set: Set) -> Vec<Scope> {
    let includes = |scope: &Scope| set.includes(scope.set);
    all().into_iter().filter(includes).collect()
}

/// The scopes behind words that are each a set's name or a scope's, in the order of [`all`]; or the first word that is
/// neither.
pub fn named(words: &[String]) -> Result<Vec<Scope>, &str> {
    let set = |word: &str| Set::ALL.into_iter().find(|set| set.name() == word);
    if let Some(unknown) = words
        .iter()
        .find(|word| set(word).is_none() && find(word).is_none())
    {
        return Err(unknown);
    }
    let is_named = |scope: &Scope| {
        let means =
            |word: &String| word == scope.name || set(word).is_some_and(|set| set.includes(scope.set));
        words.iter().any(means)
    };
    Ok(all().into_iter().filter(is_named).collect())
}

/// Every word that [`named`] knows.
pub fn words() -> Vec<&'static str> {
    let sets = Set::ALL.into_iter().map(Set::name);
    sets.chain(all().iter().map(|scope| scope.name)).collect()
}

/// The scope called `name`.
pub fn find(name: &str) -> Option<Scope> {
    all().into_iter().find(|scope| scope.name == name)
}
