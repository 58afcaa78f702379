//! How much memory requests and answers may take, of all clients together.
//!
//! Small ones are bounded by how many there can be. For a large request there has to be room before it is read, so a
//! client waits rather than fills the router; an answer for which there is no room is not given.

use crate::driver::limits::reply_bytes;
use crate::wire::ClientReply;
use katakv_core::Entry;
use std::sync::Arc;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// What large requests may take that are being read or carried out, in KiB, and as much again for large answers that
/// have not left.
const LARGE_KIB_MAX: usize = 128 << 10;

/// What is not large.
const SMALL_BYTES: usize = 32 << 10;

#[derive(Debug)]
pub(super) struct Room {
    requests: Arc<Semaphore>,
    answers: Arc<Semaphore>,
}

impl Room {
    pub(super) fn new() -> Room {
        Room {
            requests: Arc::new(Semaphore::new(LARGE_KIB_MAX)),
            answers: Arc::new(Semaphore::new(LARGE_KIB_MAX)),
        }
    }

    /// Waits for the room that a request takes, if it is large.
    pub(super) async fn for_request(&self, bytes: usize) -> Option<OwnedSemaphorePermit> {
        if bytes <= SMALL_BYTES {
            return None;
        }
        // It fails only if the semaphore is closed, which it never is.
        self.requests.clone().acquire_many_owned(kib(bytes)).await.ok()
    }

    /// The answer with its room, if it is large; without any left, another answer. A read's, so nothing was done.
    pub(super) fn for_answer(&self, reply: ClientReply) -> (ClientReply, Option<OwnedSemaphorePermit>) {
        let bytes = match &reply {
            ClientReply::Protocol { reply, .. } => reply_bytes(reply),
            ClientReply::Quarantine(part) => part.entries.iter().map(Entry::bytes).sum(),
            _ => 0,
        };
        if bytes <= SMALL_BYTES {
            return (reply, None);
        }
        match self.answers.clone().try_acquire_many_owned(kib(bytes)) {
            Ok(room) => (reply, Some(room)),
            Err(_) => {
                let tried = "the router has no room for the answer: too many wait to be read".to_owned();
                let maybe_done = false;
                (ClientReply::Unavailable { tried, maybe_done }, None)
            }
        }
    }
}

fn kib(bytes: usize) -> u32 {
    u32::try_from(bytes / 1024 + 1).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::wire::ClusterId;
    use katakv_core::{EntryId, NodeId, Reply};
    use std::future::Future;
    use std::pin::pin;
    use std::task::{Context, Waker};

    fn is_ready(future: impl Future) -> bool {
        let mut context = Context::from_waker(Waker::noop());
        pin!(future).as_mut().poll(&mut context).is_ready()
    }

    #[tokio::test]
    async fn a_large_request_waits_for_room_and_a_small_one_never() {
        let room = Room::new();
        let all = room.for_request((LARGE_KIB_MAX - 1) << 10).await;
        assert!(all.is_some());
        assert!(!is_ready(room.for_request(SMALL_BYTES + 1)));
        assert!(is_ready(room.for_request(SMALL_BYTES)));
        drop(all);
        assert!(is_ready(room.for_request(SMALL_BYTES + 1)));
    }

    #[test]
    fn an_answer_without_room_becomes_unavailable() {
        let room = Room::new();
        let value = |bytes: usize| ClientReply::Protocol {
            cluster: ClusterId(1),
            node: NodeId(0),
            reply: Reply::Value {
                value: Some(vec![0; bytes].into()),
                version: Some(EntryId::ZERO),
                at: EntryId::ZERO,
            },
        };
        let (_, held) = room.for_answer(value((LARGE_KIB_MAX - 1) << 10));
        assert!(held.is_some());
        let (reply, _) = room.for_answer(value(SMALL_BYTES + 1));
        assert!(matches!(
            reply,
            ClientReply::Unavailable {
                maybe_done: false,
                ..
            }
        ));
        let (reply, _) = room.for_answer(value(SMALL_BYTES));
        assert!(matches!(reply, ClientReply::Protocol { .. }));
        drop(held);
        let (reply, _) = room.for_answer(value(SMALL_BYTES + 1));
        assert!(matches!(reply, ClientReply::Protocol { .. }));
    }
}
