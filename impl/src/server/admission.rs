//! What may be taken on: the budgets that all connections share.

use super::bounds;
use super::descriptors::Places;
use crate::driver::limits;
use crate::wire::ClientRequest;
use katakv_core::AckLevel;
use std::sync::Arc;
use tokio::sync::{AcquireError, OwnedSemaphorePermit, Semaphore, SemaphorePermit};

/// Budgets. Whoever holds a permit has a share; dropping it gives the share back.
#[derive(Debug)]
pub(super) struct Admission {
    /// Connections that have not said hello.
    pub(super) handshakes: Arc<Semaphore>,
    /// Connections of clients.
    pub(super) clients: Arc<Semaphore>,
    /// Connections of clients for whom there is no place, until they know.
    pub(super) turned_away: Arc<Semaphore>,
    /// Connections from peers.
    pub(super) peers: Arc<Semaphore>,
    /// Large frames of clients that are not complete, in KiB.
    frames: Arc<Semaphore>,
    /// Reads and other questions that are being answered, in KiB.
    reads: Arc<Semaphore>,
    /// Writes that are being carried out, in KiB, but for those of the next.
    writes: Arc<Semaphore>,
    /// Writes at level `all`, in KiB.
    writes_at_all: Arc<Semaphore>,
    /// Answers that were not sent yet, in KiB.
    pub(super) answers: Arc<Semaphore>,
    /// Messages from peers that were not handled yet, in KiB.
    pub(super) messages: Arc<Semaphore>,
}

impl Admission {
    pub(super) fn new() -> Admission {
        let places = Places::of_process();
        let budget = |size| Arc::new(Semaphore::new(size));
        Admission {
            handshakes: budget(places.handshakes),
            clients: budget(places.clients),
            turned_away: budget(places.turned_away),
            peers: budget(places.peers),
            frames: budget(bounds::FRAMES_KIB_MAX),
            reads: budget(bounds::REQUESTS_KIB_MAX),
            writes: budget(bounds::REQUESTS_KIB_MAX),
            writes_at_all: budget(bounds::REQUESTS_KIB_MAX),
            answers: budget(bounds::ANSWERS_KIB_MAX),
            messages: budget(bounds::PEER_MESSAGES_KIB_MAX),
        }
    }

    /// Waits for the room that a client's frame takes until it is complete; a small one takes none.
    pub(super) async fn room_for_frame(
        &self,
        bytes: usize,
    ) -> Result<Option<SemaphorePermit<'_>>, AcquireError> {
        if bytes <= bounds::FRAME_SMALL_BYTES {
            return Ok(None);
        }
        self.frames.acquire_many(bounds::kib(bytes)).await.map(Some)
    }

    /// A share for carrying out a request, if there is one left.
    pub(super) fn admit(&self, request: &ClientRequest) -> Option<OwnedSemaphorePermit> {
        let writes = |level: AckLevel| match level {
            AckLevel::All => &self.writes_at_all,
            AckLevel::Leader | AckLevel::Quorum => &self.writes,
        };
        let (budget, bytes) = match request {
            ClientRequest::Write { op, level } => (writes(*level), limits::op_bytes(op)),
            ClientRequest::Transact { transaction, level } => {
                (writes(*level), limits::transaction_bytes(transaction))
            }
            ClientRequest::Once { once, level } => (writes(*level), limits::once_bytes(once)),
            ClientRequest::Register { .. } => (&self.writes, 0),
            ClientRequest::Read { key, .. }
            | ClientRequest::LinearizableRead { key }
            | ClientRequest::AnyRead { key } => (&self.reads, key.len()),
            ClientRequest::Status
            | ClientRequest::Transfer { .. }
            | ClientRequest::Usage { .. }
            | ClientRequest::Fate { .. }
            | ClientRequest::Await { .. }
            | ClientRequest::Watch { .. } => (&self.reads, 0),
            // What it is answered with.
            ClientRequest::Quarantine { .. } => (&self.reads, limits::QUARANTINE_BYTES_MAX),
            ClientRequest::Scan { .. } => (&self.reads, limits::SCAN_BYTES_MAX as usize),
            ClientRequest::StatePage { .. } => (&self.reads, bounds::STATE_PAGE_BYTES),
        };
        share(budget, bounds::kib(bytes))
    }
}

/// A share of `budget`, if there is one left.
pub(super) fn share(budget: &Arc<Semaphore>, size: u32) -> Option<OwnedSemaphorePermit> {
    Arc::clone(budget).try_acquire_many_owned(size).ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::pin::pin;
    use std::task::{Context, Waker};

    fn is_ready(future: impl Future) -> bool {
        let mut context = Context::from_waker(Waker::noop());
        pin!(future).as_mut().poll(&mut context).is_ready()
    }

    #[tokio::test]
    async fn large_frames_wait_for_room_together_and_small_ones_never() {
        let admission = Admission::new();
        let mut held = Vec::new();
        while held.len() * bounds::CLIENT_FRAME_BYTES_MAX < bounds::FRAMES_KIB_MAX << 10 {
            let room = admission.room_for_frame(bounds::CLIENT_FRAME_BYTES_MAX);
            if !is_ready(admission.room_for_frame(bounds::CLIENT_FRAME_BYTES_MAX)) {
                break;
            }
            held.push(room.await.unwrap());
        }
        assert!(!held.is_empty());
        assert!(!is_ready(
            admission.room_for_frame(bounds::CLIENT_FRAME_BYTES_MAX)
        ));
        assert!(is_ready(admission.room_for_frame(bounds::FRAME_SMALL_BYTES)));
        held.clear();
        assert!(is_ready(admission.room_for_frame(bounds::CLIENT_FRAME_BYTES_MAX)));
    }
}
