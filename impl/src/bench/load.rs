//! The loop.

use hdrhistogram::Histogram;
use rand::rngs::StdRng;
use rand::{Rng, RngCore, SeedableRng};
use std::future::Future;
use std::time::{Duration, Instant};
use tokio::task::JoinSet;

/// Latencies are kept to three digits, from 1 µs to this.
const LATENCY_US_MAX: u64 = 60_000_000;
const LATENCY_DIGITS: u8 = 3;

/// What is asked for, and for how long.
#[derive(Clone, Copy, Debug)]
pub struct Load {
    /// How many operations are in flight.
    pub clients: usize,
    /// How long is measured.
    pub measured: Duration,
    /// How long before that the same load runs unmeasured.
    pub warm_up: Duration,
    /// How many keys there are; each operation takes one at random.
    pub keys: u64,
    /// How many bytes a value has; they are random.
    pub value_bytes: usize,
    /// How many of a hundred operations are reads.
    pub reads_percent: u8,
}

/// One client of a store: one operation at a time.
pub trait Caller: Send + 'static {
    /// Sets `key` to `value`. The error is for people.
    fn put(&mut self, key: &[u8], value: &[u8]) -> impl Future<Output = Result<(), String>> + Send;

    /// Reads `key`, which may not be there.
    fn get(&mut self, key: &[u8]) -> impl Future<Output = Result<(), String>> + Send;
}

/// What the clients have measured together.
#[derive(Debug)]
pub struct Measured {
    /// How long each put took, in microseconds.
    pub puts: Histogram<u64>,
    /// How long each read took, in microseconds.
    pub gets: Histogram<u64>,
    /// How many operations failed.
    pub failed: u64,
    /// How the first of them did.
    pub failure: Option<String>,
}

impl Measured {
    fn new() -> Measured {
        let histogram =
            || Histogram::new_with_max(LATENCY_US_MAX, LATENCY_DIGITS).expect("the bounds are a histogram's");
        Measured {
            puts: histogram(),
            gets: histogram(),
            failed: 0,
            failure: None,
        }
    }

    fn join(&mut self, other: Measured) {
        for (own, others) in [(&mut self.puts, other.puts), (&mut self.gets, other.gets)] {
            own.add(others).expect("all histograms have the same bounds");
        }
        self.failed += other.failed;
        self.failure = self.failure.take().or(other.failure);
    }
}

/// Runs `load` with one caller a client.
pub async fn measure<C: Caller>(load: Load, callers: Vec<C>) -> Measured {
    let begin = Instant::now() + load.warm_up;
    let mut clients = JoinSet::new();
    for (seed, caller) in (0..).zip(callers) {
        clients.spawn(client(load, caller, seed, begin));
    }
    let mut measured = Measured::new();
    while let Some(client) = clients.join_next().await {
        match client {
            Ok(client) => measured.join(client),
            Err(error) => {
                measured.failed += 1;
                measured.failure.get_or_insert(error.to_string());
            }
        }
    }
    measured
}

async fn client<C: Caller>(load: Load, mut caller: C, seed: u64, begin: Instant) -> Measured {
    let mut random = StdRng::seed_from_u64(seed);
    let mut value = vec![0; load.value_bytes];
    random.fill_bytes(&mut value);
    let end = begin + load.measured;
    let mut measured = Measured::new();
    loop {
        let key = format!("bench/{:012}", random.random_range(0..load.keys));
        let reads = random.random_range(0..100) < load.reads_percent;
        let asked = Instant::now();
        if asked >= end {
            return measured;
        }
        let result = if reads {
            caller.get(key.as_bytes()).await
        } else {
            caller.put(key.as_bytes(), &value).await
        };
        if asked < begin {
            continue;
        }
        match result {
            Ok(()) => {
                let took_us = u64::try_from(asked.elapsed().as_micros()).unwrap_or(u64::MAX);
                let histogram = if reads {
                    &mut measured.gets
                } else {
                    &mut measured.puts
                };
                histogram.saturating_record(took_us.max(1));
            }
            Err(failure) => {
                measured.failed += 1;
                measured.failure.get_or_insert(failure);
                // A store that is down answers at once; it is not asked a million times.
                tokio::time::sleep(Duration::from_millis(10)).await;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::Arc;
    use std::sync::atomic::{AtomicU64, Ordering};

    /// Counts what it is asked; every third put fails.
    struct Counting(Arc<AtomicU64>);

    impl Caller for Counting {
        async fn put(&mut self, key: &[u8], value: &[u8]) -> Result<(), String> {
            assert!(key.starts_with(b"bench/") && value.len() == 7);
            tokio::time::sleep(Duration::from_millis(1)).await;
            match self.0.fetch_add(1, Ordering::Relaxed) % 3 {
                2 => Err("the third".to_owned()),
                _ => Ok(()),
            }
        }

        async fn get(&mut self, _key: &[u8]) -> Result<(), String> {
            tokio::time::sleep(Duration::from_millis(1)).await;
            Ok(())
        }
    }

    #[tokio::test]
    async fn what_is_asked_is_measured_and_failures_are_counted_apart() {
        let asked = Arc::new(AtomicU64::new(0));
        let load = Load {
            clients: 2,
            measured: Duration::from_millis(200),
            warm_up: Duration::ZERO,
            keys: 10,
            value_bytes: 7,
            reads_percent: 50,
        };
        let callers = vec![Counting(asked.clone()), Counting(asked.clone())];
        let measured = measure(load, callers).await;
        assert!(!measured.gets.is_empty());
        assert_eq!(
            measured.puts.len() + measured.failed,
            asked.load(Ordering::Relaxed)
        );
        assert_eq!(measured.failure.as_deref(), Some("the third"));
        assert!(measured.puts.min() >= 1_000, "{}", measured.puts.min());
    }
}
