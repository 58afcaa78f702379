//! What came of one or several courses, in numbers.

use super::clients::Counts;
use super::network::Done;
use crate::graph::Class;
use serde::Serialize;
use std::collections::BTreeMap;

/// What came of the steps of one class.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Steps {
    /// Those that were taken when the trace takes them.
    pub followed: usize,
    /// Those that the processes did not come to in time.
    pub missed: usize,
    /// Those that are the processes' own.
    pub own: usize,
}

/// What came of one or several courses.
#[derive(Clone, Debug, Default, Serialize)]
pub struct Tally {
    /// Courses.
    pub courses: usize,
    /// The steps, by class.
    pub steps: BTreeMap<Class, Steps>,
    /// What the network did.
    pub network: Done,
    /// Processes that were killed, and started again.
    pub kills: usize,
    /// Of them, those that came back without their store.
    pub stores_lost: usize,
    /// Of them, those that came back with an empty disk.
    pub disks_lost: usize,
    /// Processes that were stopped, and continued.
    pub pauses: usize,
    /// Processes that were stopped in good order, and started again.
    pub handovers: usize,
    /// What clients asked.
    pub clients: Counts,
}

impl Tally {
    /// Adds another one to it.
    pub fn merge(&mut self, other: &Tally) {
        self.courses += other.courses;
        for (class, more) in &other.steps {
            let sum = self.steps.entry(*class).or_default();
            sum.followed += more.followed;
            sum.missed += more.missed;
            sum.own += more.own;
        }
        self.network.let_out += other.network.let_out;
        self.network.reordered += other.network.reordered;
        self.network.repeated += other.network.repeated;
        self.network.late += other.network.late;
        self.network.lost += other.network.lost;
        self.kills += other.kills;
        self.stores_lost += other.stores_lost;
        self.disks_lost += other.disks_lost;
        self.pauses += other.pauses;
        self.handovers += other.handovers;
        self.clients.acknowledged += other.clients.acknowledged;
        self.clients.lost += other.clients.lost;
        self.clients.refused += other.clients.refused;
        self.clients.unknown += other.clients.unknown;
        self.clients.reads += other.clients.reads;
    }
}
