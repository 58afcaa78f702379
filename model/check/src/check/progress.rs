//! How far long work on a scope is.

use crate::interrupt;
use crate::scope::Stop;
use crate::table::grouped;
use std::fmt;

/// How far a search is.
pub struct Progress {
    /// Unique states so far.
    pub unique: usize,
    /// States so far.
    pub states: usize,
    /// Unique states that were met and are yet to be looked at. Random walks have none: they go on from nowhere.
    pub queue: Option<usize>,
    /// The longest path so far.
    pub depth: usize,
    /// Seconds so far.
    pub seconds: f64,
    /// When it ends at the latest.
    pub seconds_max: u64,
    /// Resident memory of the process.
    pub memory_mib: u64,
}

impl Progress {
    /// Whether a search that is so far has to end.
    pub(crate) fn is_beyond(&self, stop: &Stop) -> bool {
        self.unique > stop.states_max
            || self.seconds > stop.seconds_max as f64
            || self.memory_mib > stop.memory_mib_max
            || interrupt::requested()
    }
}

impl fmt::Display for Progress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let rate = self.unique as f64 / self.seconds.max(1e-3);
        write!(
            f,
            "{} states, {} unique, {}/s",
            grouped(self.states),
            grouped(self.unique),
            grouped(rate as usize),
        )?;
        if let Some(queue) = self.queue {
            write!(f, ", queue {}", grouped(queue))?;
        }
        write!(
            f,
            ", depth {}, {} MiB, {:.0} s, at most {:.0} s more",
            self.depth,
            self.memory_mib,
            self.seconds,
            (self.seconds_max as f64 - self.seconds).max(0.0)
        )
    }
}

/// What is being done about a scope.
pub enum Stage {
    /// Its states are searched, or walked through.
    Search(Progress),
    /// All its states are known, and are gone through again: do the replicas find together from each of them?
    Recovery {
        /// Unique states so far.
        unique: usize,
        /// How many there are.
        of: usize,
        /// Seconds so far.
        seconds: f64,
        /// Resident memory of the process.
        memory_mib: u64,
    },
}

impl fmt::Display for Stage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (unique, of, seconds, memory_mib) = match self {
            Stage::Search(so_far) => return so_far.fmt(f),
            Stage::Recovery {
                unique,
                of,
                seconds,
                memory_mib,
            } => (*unique, *of, *seconds, memory_mib),
        };
        let rate = unique as f64 / seconds.max(1e-3);
        write!(
            f,
            "do they find together again? {} of {} states, {}/s, {memory_mib} MiB, {seconds:.0} s, about {:.0} s more",
            grouped(unique),
            grouped(of),
            grouped(rate as usize),
            of.saturating_sub(unique) as f64 / rate.max(1.0)
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::check::exhaust;
    use crate::scopes;
    use crate::system::System;
    use katakv_core::Sound;
    use std::sync::atomic::Ordering;

    #[test]
    fn it_tells_all_that_is_known() {
        let walks = Progress {
            unique: 2_000,
            states: 6_000,
            queue: None,
            depth: 12,
            seconds: 4.0,
            seconds_max: 60,
            memory_mib: 30,
        };
        assert_eq!(
            walks.to_string(),
            "6 000 states, 2 000 unique, 500/s, depth 12, 30 MiB, 4 s, at most 56 s more"
        );
        let search = Progress {
            queue: Some(1_234),
            ..walks
        };
        assert_eq!(
            search.to_string(),
            "6 000 states, 2 000 unique, 500/s, queue 1 234, depth 12, 30 MiB, 4 s, at most 56 s more"
        );
    }

    #[test]
    fn time_left_follows_from_the_rate_where_the_end_is_known() {
        let recovery = Stage::Recovery {
            unique: 1_000,
            of: 4_000,
            seconds: 2.0,
            memory_mib: 30,
        };
        assert_eq!(
            recovery.to_string(),
            "do they find together again? 1 000 of 4 000 states, 500/s, 30 MiB, 2 s, about 6 s more"
        );
    }

    #[test]
    fn the_queue_is_what_was_met_and_not_looked_at() {
        let scope = scopes::find("tiny").expect("it is a scope");
        for threads in [1, 2] {
            let whole = exhaust(System::new(scope, &Sound), threads, |so_far| {
                assert!(so_far.queue.is_some_and(|queue| queue <= so_far.unique));
            });
            assert_eq!((whole.exhausted, whole.left), (true, 0));
            let gives_up = System::new(scope, &Sound);
            gives_up.observed.stop.store(true, Ordering::Relaxed);
            let cut_off = exhaust(gives_up, threads, |_| {});
            assert_eq!((cut_off.exhausted, cut_off.unique, cut_off.left), (false, 1, 1));
        }
    }
}
