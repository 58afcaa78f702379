//! How long an operation goes on, and how it pauses between two rounds.

use rand::Rng;
use std::time::Duration;
use tokio::time::{Instant, sleep_until};

const PAUSE_FIRST: Duration = Duration::from_millis(10);
const PAUSE_MAX: Duration = Duration::from_millis(250);

/// One operation's deadline and its pauses: each about twice as long as the one before, up to a bound, with jitter
/// so that clients that met the same failure do not come back together.
#[derive(Debug)]
pub(super) struct Patience {
    deadline: Instant,
    pause: Duration,
}

impl Patience {
    pub(super) fn new(budget: Duration) -> Patience {
        Patience {
            deadline: Instant::now() + budget,
            pause: PAUSE_FIRST,
        }
    }

    /// The time that is left, if any.
    pub(super) fn left(&self) -> Option<Duration> {
        Some(self.deadline.saturating_duration_since(Instant::now())).filter(|left| !left.is_zero())
    }

    /// Waits before the next round, but not past the deadline.
    pub(super) async fn pause(&mut self) {
        let jittered = self.pause.mul_f64(rand::rng().random_range(0.5..1.0));
        self.pause = (self.pause * 2).min(PAUSE_MAX);
        sleep_until(self.deadline.min(Instant::now() + jittered)).await;
    }
}
