//! The timers of the partitions, one each, as a table of deadlines.

use super::config::Timing;
use katakv_core::{PARTITIONS, Partition, Timer};
use std::time::Instant;

/// When which timer fires.
#[derive(Debug)]
pub(super) struct Timers {
    timing: Timing,
    deadlines: [Option<(Instant, Timer)>; PARTITIONS as usize],
}

impl Timers {
    pub(super) fn new(timing: Timing) -> Timers {
        Timers {
            timing,
            deadlines: [None; PARTITIONS as usize],
        }
    }

    /// Starts the partition's timer anew; an election timer with a time drawn at random.
    pub(super) fn arm(&mut self, partition: Partition, timer: Timer, now: Instant) {
        let Timing {
            heartbeat,
            election_min,
            election_max,
        } = self.timing;
        let after = match timer {
            Timer::Heartbeat => heartbeat,
            Timer::Election => rand::random_range(election_min..=election_max),
        };
        self.deadlines[usize::from(partition.0)] = Some((now + after, timer));
    }

    /// When the next one fires.
    pub(super) fn next(&self) -> Option<Instant> {
        self.deadlines
            .iter()
            .flatten()
            .map(|(deadline, _)| *deadline)
            .min()
    }

    /// Disarms one that is due, and tells which.
    pub(super) fn pop_due(&mut self, now: Instant) -> Option<(Partition, Timer)> {
        let is_due = |slot: &Option<(Instant, Timer)>| slot.is_some_and(|(deadline, _)| deadline <= now);
        let place = self.deadlines.iter().position(is_due)?;
        let (_, timer) = self.deadlines[place].take()?;
        if sabotaged!("timer-fires-as-another") && timer == Timer::Heartbeat {
            return Some((Partition(place as u8), Timer::Election));
        }
        Some((Partition(place as u8), timer))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    #[test]
    fn a_timer_fires_once_in_its_time_and_the_last_one_armed_counts() {
        let timing = Timing::default();
        let mut timers = Timers::new(timing);
        let now = Instant::now();
        assert_eq!(timers.next(), None);
        timers.arm(Partition(4), Timer::Election, now);
        let election = timers.next().unwrap();
        assert!(now + timing.election_min <= election && election <= now + timing.election_max);
        timers.arm(Partition(4), Timer::Heartbeat, now);
        timers.arm(Partition(5), Timer::Heartbeat, now + Duration::from_millis(1));
        assert_eq!(timers.next(), Some(now + timing.heartbeat));
        assert_eq!(timers.pop_due(now), None);
        let later = now + timing.heartbeat;
        assert_eq!(timers.pop_due(later), Some((Partition(4), Timer::Heartbeat)));
        assert_eq!(timers.pop_due(later), None);
        assert_eq!(timers.next(), Some(later + Duration::from_millis(1)));
    }
}
