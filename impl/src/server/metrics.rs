//! What a node measures of itself, in the form that Prometheus scrapes.
//!
//! Histograms are fed by whoever knows: the owners and the WAL thread. Gauges are a look at the node's partitions, taken
//! when somebody asks.

use crate::wire::PartitionStatus;
use katakv_core::Partition;
use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::encoding::text::encode;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::metrics::histogram::{Histogram, exponential_buckets};
use prometheus_client::registry::{Registry, Unit};
use std::time::Duration;

/// What a request asks for, as far as it is told apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Kind {
    Write,
    Read,
    LinearizableRead,
    Other,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct OfKind {
    kind: &'static str,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct OfPartition {
    partition: u8,
}

/// All of it.
pub(super) struct Metrics {
    registry: Registry,
    sync: Histogram,
    requests: Family<OfKind, Histogram, fn() -> Histogram>,
    read_wait: Histogram,
    leaderless: Histogram,
    gauges: Gauges,
}

/// One for each partition.
#[derive(Default)]
struct Gauges {
    epoch: Family<OfPartition, Gauge>,
    serving: Family<OfPartition, Gauge>,
    last: Family<OfPartition, Gauge>,
    durable: Family<OfPartition, Gauge>,
    committed: Family<OfPartition, Gauge>,
    applied: Family<OfPartition, Gauge>,
}

impl Default for Metrics {
    fn default() -> Metrics {
        let mut registry = Registry::with_prefix("katakv");
        let sync = histogram();
        let requests = Family::new_with_constructor(histogram as fn() -> Histogram);
        let (read_wait, leaderless) = (histogram(), histogram());
        let gauges = Gauges::default();
        let seconds = Unit::Seconds;
        let mut timed = |name: &str, help: &str, histogram: &Histogram| {
            registry.register_with_unit(name, help, seconds.clone(), histogram.clone());
        };
        timed(
            "wal_sync",
            "How long a group commit took, its sync included",
            &sync,
        );
        timed(
            "read_wait",
            "How long a session read waited to be caught up with",
            &read_wait,
        );
        timed(
            "leaderless",
            "How long this node knew of no leader of a partition, which is how long an election takes",
            &leaderless,
        );
        registry.register_with_unit(
            "request",
            "How long a request took, from when its batch was formed to its answer",
            seconds,
            requests.clone(),
        );
        for (name, help, gauge) in [
            ("epoch", "The partition's epoch here", &gauges.epoch),
            (
                "serving",
                "Whether this node leads the partition and serves",
                &gauges.serving,
            ),
            ("last", "The last index in the log", &gauges.last),
            ("durable", "The last index that is durable here", &gauges.durable),
            (
                "committed",
                "The last index known to be committed",
                &gauges.committed,
            ),
            ("applied", "The last index applied", &gauges.applied),
        ] {
            registry.register(name, help, gauge.clone());
        }
        Metrics {
            registry,
            sync,
            requests,
            read_wait,
            leaderless,
            gauges,
        }
    }
}

impl Metrics {
    /// A group was committed.
    pub(super) fn synced(&self, took: Duration) {
        self.sync.observe(took.as_secs_f64());
    }

    /// A request was answered.
    pub(super) fn answered(&self, kind: Kind, took: Duration) {
        let kind = match kind {
            Kind::Write => "write",
            Kind::Read => "read",
            Kind::LinearizableRead => "linearizable_read",
            Kind::Other => "other",
        };
        self.requests
            .get_or_create(&OfKind { kind })
            .observe(took.as_secs_f64());
    }

    /// A session read had to wait.
    pub(super) fn read_waited(&self, waited: Duration) {
        self.read_wait.observe(waited.as_secs_f64());
    }

    /// A leader is known again.
    pub(super) fn leader_found(&self, after: Duration) {
        self.leaderless.observe(after.as_secs_f64());
    }

    /// The text that is scraped, with the gauges as `partitions` says.
    pub(super) fn text(&self, partitions: &[PartitionStatus]) -> String {
        for state in partitions {
            self.gauges.set(state);
        }
        let mut text = String::new();
        encode(&mut text, &self.registry).expect("a string takes everything");
        text
    }
}

impl Gauges {
    fn set(&self, state: &PartitionStatus) {
        let Partition(partition) = state.partition;
        for (family, value) in [
            (&self.epoch, state.epoch.0),
            (&self.serving, u64::from(state.serving)),
            (&self.last, state.last.index.0),
            (&self.durable, state.durable.0),
            (&self.committed, state.commit.0),
            (&self.applied, state.applied.index.0),
        ] {
            let value = i64::try_from(value).unwrap_or(i64::MAX);
            family.get_or_create(&OfPartition { partition }).set(value);
        }
    }
}

/// From 16 µs, twice as much each time, to 17 s.
fn histogram() -> Histogram {
    Histogram::new(exponential_buckets(16e-6, 2.0, 21))
}

#[cfg(test)]
mod tests {
    use super::*;
    use katakv_core::{EntryId, Epoch, Index};

    #[test]
    fn what_was_observed_and_what_is_are_in_the_text() {
        let metrics = Metrics::default();
        metrics.synced(Duration::from_millis(1));
        metrics.answered(Kind::Write, Duration::from_millis(2));
        let state = PartitionStatus {
            partition: Partition(3),
            epoch: Epoch(2),
            leader: None,
            serving: true,
            last: EntryId::new(Epoch(2), Index(9)),
            durable: Index(8),
            commit: Index(7),
            applied: EntryId::new(Epoch(2), Index(6)),
            standing: katakv_core::Standing::Original,
        };
        let text = metrics.text(&[state]);
        for line in [
            "katakv_wal_sync_seconds_count 1",
            "katakv_request_seconds_count{kind=\"write\"} 1",
            "katakv_serving{partition=\"3\"} 1",
            "katakv_applied{partition=\"3\"} 6",
        ] {
            assert!(
                text.lines().any(|other| other == line),
                "{line} is not in\n{text}"
            );
        }
    }
}
