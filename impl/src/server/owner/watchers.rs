//! Routers that wait to be told of elections. The node that serves tells them at once; what they make of it is theirs, and
//! nobody waits for them.

use super::Owner;
use crate::driver::Driver;
use crate::server::answer::Answer;
use crate::server::bounds;
use crate::wire::{ClientReply, Elections};
use katakv_core::{Epoch, Partition};
use std::collections::VecDeque;
use std::time::Instant;

/// Those who wait, in the order in which they came, which is that of their deadlines.
#[derive(Default)]
pub(super) struct Watchers(VecDeque<Watcher>);

struct Watcher {
    known: Vec<Epoch>,
    until: Instant,
    answer: Answer,
}

impl Watchers {
    /// When the next one's time is up.
    pub(super) fn next_deadline(&self) -> Option<Instant> {
        self.0.front().map(|watcher| watcher.until)
    }

    /// A router asks to be told.
    pub(super) fn push(&mut self, known: Vec<Epoch>, answer: Answer) {
        if self.0.len() >= bounds::WATCHERS_MAX
            && let Some(oldest) = self.0.pop_front()
        {
            oldest.tell(Vec::new());
        }
        let until = Instant::now() + bounds::WATCH_WAITS;
        self.0.push_back(Watcher { known, until, answer });
    }
}

impl Watcher {
    /// What it has not heard.
    fn news(&self, driver: &Driver) -> Vec<(Partition, Epoch)> {
        let known = |partition: Partition| {
            self.known
                .get(usize::from(partition.0))
                .copied()
                .unwrap_or_default()
        };
        driver
            .elections()
            .filter(|(partition, epoch)| *epoch > known(*partition))
            .collect()
    }

    fn tell(self, won: Vec<(Partition, Epoch)>) {
        let (cluster, node) = (self.answer.origin.cluster, self.answer.origin.node);
        self.answer
            .other(ClientReply::Elected(Elections { cluster, node, won }));
    }
}

impl Owner {
    /// Tells those for whom there is news, or who have waited long enough.
    pub(super) fn tell_watchers(&mut self) {
        let now = Instant::now();
        for _ in 0..self.watchers.0.len() {
            let Some(watcher) = self.watchers.0.pop_front() else {
                return;
            };
            let news = watcher.news(&self.driver);
            if news.is_empty() && watcher.until > now {
                self.watchers.0.push_back(watcher);
            } else {
                watcher.tell(news);
            }
        }
    }
}
