//! Session reads, of a key or of a page of keys.
//!
//! A replica says either a state that includes what the session has seen, or that it cannot; what the session has seen is never
//! left out of the request to get an answer.

use super::cluster::{Answer, Cluster, Failure};
use super::replicas::no_answer;
use super::tried::Outcome;
use crate::wire::{ClientRequest, WantedPage};
use katakv_core::{Bytes, EntryId, Partition, Reply};
use std::time::Duration;

impl Cluster {
    /// Reads `key` from a replica that includes `seen`; the answer is `Value` or `Lost`.
    pub async fn read(&self, key: Bytes, seen: EntryId, wait: Duration) -> Result<Answer, Failure> {
        let partition = Partition::of_key(&key);
        let request = |wait_ms| ClientRequest::Read {
            key: key.clone(),
            seen,
            wait_ms,
        };
        self.at_replicas((partition, seen), wait, request, |reply| match reply {
            Reply::Value { at, .. } if !includes(*at, seen) => Err(Outcome::Stale { at: *at }),
            Reply::Value { .. } | Reply::Lost(_) => Ok(()),
            other => Err(no_answer(other)),
        })
        .await
    }

    /// Reads a page from a replica that includes `seen`; the answer is `Page` or `Lost`.
    pub async fn page(&self, wanted: &WantedPage, seen: EntryId, wait: Duration) -> Result<Answer, Failure> {
        let request = |wait_ms| wanted.request(seen, wait_ms);
        self.at_replicas((wanted.partition, seen), wait, request, |reply| match reply {
            Reply::Page { at, .. } if !includes(*at, seen) => Err(Outcome::Stale { at: *at }),
            Reply::Page { .. } | Reply::Lost(_) => Ok(()),
            other => Err(no_answer(other)),
        })
        .await
    }
}

/// Whether a state at `at` can include the entry `seen`: epochs never decrease along a log, nor do indexes.
pub(super) fn includes(at: EntryId, seen: EntryId) -> bool {
    at.epoch >= seen.epoch && at.index >= seen.index
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_later_epoch_at_an_earlier_place_does_not_include_what_was_seen() {
        let id = |epoch, index| EntryId::new(katakv_core::Epoch(epoch), katakv_core::Index(index));
        assert!(includes(id(2, 6), id(1, 5)));
        assert!(includes(id(1, 5), id(1, 5)));
        assert!(!includes(id(2, 4), id(1, 5)));
        assert!(!includes(id(1, 9), id(2, 5)));
    }
}
