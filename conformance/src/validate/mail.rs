//! What was sent. A network may lose, repeat and reorder; it makes nothing up.

use super::feed::{Feed, Next};
use katakv::tap::{Event, Sum, TapError};
use katakv_core::{NodeId, Partition};
use std::collections::HashSet;
use std::path::Path;

/// A message, as both ends see it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) struct Letter {
    pub(super) from: NodeId,
    pub(super) to: NodeId,
    pub(super) partition: Partition,
    pub(super) message: Sum,
}

/// Every message that was sent so far.
#[derive(Default)]
pub(super) struct Mail {
    sent: HashSet<Letter>,
}

impl Mail {
    pub(super) fn send(&mut self, letter: Letter) {
        self.sent.insert(letter);
    }

    pub(super) fn has(&self, letter: &Letter) -> bool {
        self.sent.contains(letter)
    }
}

/// Everything that is recorded as sent by `nodes` in `dir`, whenever it was.
pub(super) fn all(dir: &Path, nodes: impl Iterator<Item = NodeId>) -> Result<Mail, TapError> {
    let mut mail = Mail::default();
    for from in nodes {
        let mut feed = Feed::open(dir, from)?;
        loop {
            match feed.look()? {
                Next::End => break,
                Next::Gap => feed.pass_gap(),
                Next::Event => {}
            }
            let (partition, to, message) = match feed.take() {
                Some(Event::Sent {
                    partition,
                    to,
                    message,
                }) => (partition, to, message),
                Some(Event::StateSent { partition, to, state }) => (partition, to, state),
                _ => continue,
            };
            mail.send(Letter {
                from,
                to,
                partition,
                message,
            });
        }
    }
    Ok(mail)
}
