//! What is due once the events of a turn are in: batches of requests, timers, requests that waited.

use super::Owner;
use crate::server::error::ServeError;
use crate::server::watchers::Won;
use katakv_core::{Input, Sound};
use std::time::Instant;

impl Owner {
    /// The rest of a turn.
    pub(super) fn turn(&mut self) -> Result<(), ServeError> {
        self.present_requests()?;
        self.perform()?;
        // Only now: a heartbeat of this turn has armed its timer anew, however long it lay here, and a request that was
        // parked in this turn may have become ready in it.
        self.fire_timers()?;
        self.present_parked()?;
        self.let_expire()?;
        self.hand_over()?;
        self.perform()?;
        self.compact()?;
        self.log_leaders();
        self.tell_watchers();
        self.driver
            .failure()
            .map_or(Ok(()), |error| Err(ServeError::Store(error)))
    }

    fn present_requests(&mut self) -> Result<(), ServeError> {
        for partition in self.driver.partitions() {
            while let Some(batch) = self.batches.pop(partition) {
                self.handle(partition, Input::Requests(batch))?;
            }
        }
        Ok(())
    }

    fn fire_timers(&mut self) -> Result<(), ServeError> {
        let now = Instant::now();
        while let Some((partition, timer)) = self.timers.pop_due(now) {
            self.handle(partition, Input::Timeout(timer))?;
        }
        Ok(())
    }

    /// Tells the routers that watch, if there is news; the first owner also tells those who have waited for long.
    fn tell_watchers(&mut self) {
        let mut won = Won::default();
        for (partition, epoch) in self.driver.elections() {
            won[usize::from(partition.0)] = Some(epoch);
        }
        if won != self.won {
            self.won = won;
            self.watchers.publish(self.driver.partitions(), &won);
        } else if self.is_first() {
            self.watchers.tell_overdue();
        }
    }

    fn present_parked(&mut self) -> Result<(), ServeError> {
        if self.parked.len() == 0 {
            return Ok(());
        }
        for partition in self.driver.partitions() {
            let node = self.driver.node(partition);
            let reached = |level| node.reached_to(&Sound, level);
            for (id, request) in self.parked.take_ready(partition, node.applied(), reached) {
                self.batches.push(partition, request.request(id));
            }
        }
        let now = Instant::now();
        while let Some((id, request)) = self.parked.pop_overdue(now) {
            // Whatever the protocol says now is the answer.
            if let Some(waiting) = self.waiting.get_mut(&id) {
                waiting.patient = None;
            }
            self.batches.push(request.partition(), request.request(id));
        }
        self.present_requests()
    }
}
