//! How fast states are checked: unique states per second of an exhaustive search, every property evaluated in each.
//!
//! It matters because it decides how large a scope fits into a minute, and with that what "checked" means here.
//!
//! - `search/votes`: a default scope, on one thread and on two. A second thread that gains little would say that the threads
//!   wait for each other, or that there is no second core.
//! - `parts`: the scope `tiny`, every state for itself, once with the model's own network and timers and once out of
//!   Stateright's actors: the same states, and the price of either. The actors have one trivial property to evaluate, which is
//!   in their favour.

use criterion::{BenchmarkId, Criterion, SamplingMode, Throughput, criterion_group, criterion_main};
use katakv_core::Sound;
use katakv_model::actors::Actors;
use katakv_model::{Scope, System, scopes};
use stateright::{Checker, Model};

fn scope(name: &str) -> Scope {
    scopes::find(name).expect("it is a default scope")
}

/// Unique states of `scope`, searched to its end.
fn own(scope: Scope, threads: usize) -> usize {
    let checker = System::new(scope, &Sound).checker().threads(threads);
    let checker = checker.spawn_dfs().join();
    assert!(checker.discoveries().is_empty(), "every property holds");
    checker.unique_state_count()
}

/// The same of the model made of Stateright's actors.
fn actors(scope: Scope) -> usize {
    let checker = Actors::new(scope, &Sound).checker();
    checker.spawn_dfs().join().unique_state_count()
}

fn threads(criterion: &mut Criterion) {
    let votes = scope("votes");
    let mut group = criterion.benchmark_group("search");
    group.sample_size(10).sampling_mode(SamplingMode::Flat);
    group.throughput(Throughput::Elements(own(votes, 1) as u64));
    for threads in [1, 2] {
        group.bench_function(BenchmarkId::new("votes/threads", threads), |bencher| {
            bencher.iter(|| own(votes, threads));
        });
    }
    group.finish();
}

fn parts(criterion: &mut Criterion) {
    let tiny = scope("tiny").without_symmetry();
    let unique = own(tiny, 1);
    assert_eq!(actors(tiny), unique, "the same states");
    let mut group = criterion.benchmark_group("parts");
    group.sample_size(10).sampling_mode(SamplingMode::Flat);
    group.throughput(Throughput::Elements(unique as u64));
    group.bench_function("own", |bencher| bencher.iter(|| own(tiny, 1)));
    group.bench_function("stateright_actors", |bencher| bencher.iter(|| actors(tiny)));
    group.finish();
}

criterion_group!(benches, threads, parts);
criterion_main!(benches);
