//! What is due once the events of a turn are in: batches of requests, timers, requests that waited.

use super::Owner;
use crate::server::error::ServeError;
use katakv_core::{Input, Partition, Sound};
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
        for partition in Partition::all() {
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

    /// A node that is about to stop hands over what it leads; also what it comes to lead in the meantime, and again if a
    /// target did not take over.
    fn hand_over(&mut self) -> Result<(), ServeError> {
        if self.leaving.is_none() {
            return Ok(());
        }
        let mut leads = false;
        for partition in Partition::all() {
            let node = self.driver.node(partition);
            leads |= node.leader() == Some(node.id());
            if node.serving() && node.handing_over_to().is_none() {
                self.handle(partition, Input::Transfer { to: None })?;
            }
        }
        if !leads {
            self.leaving = None;
        }
        Ok(())
    }

    fn present_parked(&mut self) -> Result<(), ServeError> {
        if self.parked.len() == 0 {
            return Ok(());
        }
        for partition in Partition::all() {
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
            self.batches.push(request.partition, request.request(id));
        }
        self.present_requests()
    }
}
