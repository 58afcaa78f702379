//! Routers that wait to be told of elections. The owner that serves tells them at once; what they make of it is theirs, and
//! nobody waits for them.

use super::answer::Answer;
use super::bounds;
use crate::wire::{ClientReply, Elections};
use katakv_core::{Epoch, PARTITIONS, Partition};
use std::collections::VecDeque;
use std::sync::{Mutex, MutexGuard};
use std::time::Instant;

/// The elections that the node has won and serves in: the epoch of each partition where it does.
pub(super) type Won = [Option<Epoch>; PARTITIONS as usize];

/// Those who wait, and what they wait for. Shared by the owners.
#[derive(Default)]
pub(super) struct Watchers(Mutex<State>);

#[derive(Default)]
struct State {
    won: Won,
    /// In the order in which they came, which is that of their deadlines.
    waiting: VecDeque<Watcher>,
}

struct Watcher {
    known: Vec<Epoch>,
    until: Instant,
    answer: Answer,
}

impl Watchers {
    /// When the next one's time is up.
    pub(super) fn next_deadline(&self) -> Option<Instant> {
        self.lock().waiting.front().map(|watcher| watcher.until)
    }

    /// A router asks to be told.
    pub(super) fn push(&self, known: Vec<Epoch>, answer: Answer) {
        let mut state = self.lock();
        if state.waiting.len() >= bounds::WATCHERS_MAX
            && let Some(oldest) = state.waiting.pop_front()
        {
            oldest.tell(Vec::new());
        }
        let until = Instant::now() + bounds::WATCH_WAITS;
        state.waiting.push_back(Watcher { known, until, answer });
        state.tell();
    }

    /// Tells those who have waited long enough.
    pub(super) fn tell_overdue(&self) {
        self.lock().tell();
    }

    /// An owner has won elections, or does not serve any more in some: of its partitions, `won` is what is so now.
    pub(super) fn publish(&self, partitions: impl Iterator<Item = Partition>, won: &Won) {
        let mut state = self.lock();
        for partition in partitions {
            let place = usize::from(partition.0);
            state.won[place] = won[place];
        }
        state.tell();
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.0.lock().expect("nothing panics while it holds the watchers")
    }
}

impl State {
    /// Tells those for whom there is news, or who have waited long enough.
    fn tell(&mut self) {
        let now = Instant::now();
        for _ in 0..self.waiting.len() {
            let Some(watcher) = self.waiting.pop_front() else {
                return;
            };
            let news = watcher.news(&self.won);
            if news.is_empty() && watcher.until > now {
                self.waiting.push_back(watcher);
            } else {
                watcher.tell(news);
            }
        }
    }
}

impl Watcher {
    /// What it has not heard.
    fn news(&self, won: &Won) -> Vec<(Partition, Epoch)> {
        let known = |partition: Partition| {
            self.known
                .get(usize::from(partition.0))
                .copied()
                .unwrap_or_default()
        };
        Partition::all()
            .zip(won)
            .filter_map(|(partition, won)| Some((partition, (*won)?)))
            .filter(|(partition, epoch)| *epoch > known(*partition))
            .collect()
    }

    fn tell(self, won: Vec<(Partition, Epoch)>) {
        let (cluster, node) = (self.answer.origin.cluster, self.answer.origin.node);
        self.answer
            .other(ClientReply::Elected(Elections { cluster, node, won }));
    }
}
