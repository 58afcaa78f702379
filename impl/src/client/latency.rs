//! How long a node takes to answer, smoothed: the estimator of TCP's retransmission timer (RFC 6298, section 2; Jacobson,
//! *Congestion avoidance and control*, SIGCOMM 1988).

use std::time::Duration;

/// By less than this, no node is nearer than another: the granularity *G* of the RFC.
const GRANULARITY: Duration = Duration::from_millis(1);

/// What was measured of a node's round trips.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Estimate {
    /// *SRTT*.
    smoothed: Duration,
    /// *RTTVAR*: how far they are from it, on average.
    variation: Duration,
}

impl Estimate {
    /// After the first measurement (2.2).
    pub(super) fn first(round_trip: Duration) -> Estimate {
        Estimate {
            smoothed: round_trip,
            variation: round_trip / 2,
        }
    }

    /// After a later one (2.3), with the RFC's gains of 1/8 and 1/4.
    pub(super) fn and(self, round_trip: Duration) -> Estimate {
        Estimate {
            smoothed: self.smoothed * 7 / 8 + round_trip / 8,
            variation: self.variation * 3 / 4 + self.smoothed.abs_diff(round_trip) / 4,
        }
    }

    /// The smoothed round trip.
    pub(super) fn round_trip(self) -> Duration {
        self.smoothed
    }

    /// Whether it is faster beyond what either of them varies: a difference that will still be there for the next read.
    pub(super) fn is_clearly_below(self, other: Estimate) -> bool {
        let spread = |estimate: Estimate| estimate.variation.max(GRANULARITY);
        self.smoothed + spread(self) < other.smoothed.saturating_sub(spread(other))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const fn ms(ms: u64) -> Duration {
        Duration::from_millis(ms)
    }

    fn after(first: Duration, later: impl IntoIterator<Item = Duration>) -> Estimate {
        later.into_iter().fold(Estimate::first(first), Estimate::and)
    }

    #[test]
    fn it_follows_the_rfc() {
        let one = Estimate::first(ms(80));
        assert_eq!((one.smoothed, one.variation), (ms(80), ms(40)));
        let two = one.and(ms(160));
        assert_eq!((two.smoothed, two.variation), (ms(90), ms(50)));
    }

    #[test]
    fn one_slow_answer_does_not_make_a_node_slow_and_many_do() {
        let (near, far) = (after(ms(1), [ms(1); 20]), after(ms(40), [ms(40); 20]));
        assert!(near.is_clearly_below(far));
        assert!(!far.is_clearly_below(near.and(ms(100))));
        assert!(far.is_clearly_below(after(ms(1), [ms(100); 40])));
    }

    #[test]
    fn what_varies_is_not_clearly_faster_and_a_millisecond_is_nothing() {
        let steady = after(ms(10), [ms(10); 40]);
        let erratic = after(ms(2), (0..40).map(|turn| ms(turn % 2 * 20)));
        assert!(!erratic.is_clearly_below(steady) && !steady.is_clearly_below(erratic));
        let a_little = after(ms(9), [ms(9); 40]);
        assert!(!a_little.is_clearly_below(steady));
    }
}
