//! One event after the other: what has happened becomes the driver's input.

use super::expiry::begin_lives;
use super::{Owner, Waiting};
use crate::driver::{HandleError, limits};
use crate::server::answer::Answer;
use crate::server::bounds;
use crate::server::connection::{Closed, Connection};
use crate::server::error::ServeError;
use crate::server::inbox::Event;
use crate::server::metrics::Kind;
use crate::server::parked::Patient;
use crate::server::states::PageRequest;
use crate::wal::{SubmitError, WalStopped};
use crate::wire::{ClientReply, ClientRequest, PeerFrame, WantedPage};
use katakv_core::{Bytes, Input, Log, NodeId, Partition, Reply, Request, RequestBody, RequestId, Scan};
use std::time::{Duration, Instant};

impl Owner {
    /// One event. Requests only join their batch.
    pub(super) fn take(&mut self, event: Event) -> Result<(), ServeError> {
        match event {
            // Its room in the budget ends with this arm.
            Event::Peer {
                from,
                frame,
                connection,
                room: _room,
            } => self.take_message(from, frame, &connection),
            Event::Client {
                request: ClientRequest::Transfer { partition, to },
                answer,
            } => self.take_transfer(partition, to, answer),
            Event::Client { request, answer } => {
                self.take_request(request, answer);
                Ok(())
            }
            Event::Synced(synced) => synced.into_iter().try_for_each(|synced| {
                let more = u32::from(sabotaged!("sync-counted-twice"));
                self.handle(Partition(synced.partition), Input::Synced(synced.records + more))
            }),
            Event::Look(look) => {
                let partitions = self.driver.status().partitions.into_iter();
                look.add(partitions.map(|status| (status.partition, status)));
                Ok(())
            }
            Event::Usage(look) => {
                let leads = self.driver.leads().into_iter();
                look.add(leads.map(|led| (led.partition, led)));
                Ok(())
            }
            Event::Page { request, reply } => {
                self.reply(request, reply);
                Ok(())
            }
            // The reason is in the inbox.
            Event::LogFailed => Err(SubmitError::from(WalStopped).into()),
            Event::HandOver { done } => {
                self.leaving = Some(done);
                Ok(())
            }
            Event::Stop => unreachable!("the loop ends on it"),
        }
    }

    /// A peer's message. What no honest peer says ends its connection, and changes nothing.
    fn take_message(
        &mut self,
        from: NodeId,
        frame: PeerFrame,
        connection: &Connection,
    ) -> Result<(), ServeError> {
        if connection.is_closed() {
            return Ok(());
        }
        let PeerFrame { partition, message } = frame;
        if self.space.excludes(&message, self.driver.node(partition).epoch()) {
            return Ok(());
        }
        match self.drive(partition, Input::Receive { from, message }) {
            Ok(()) => Ok(()),
            Err(HandleError::Store(error)) => Err(ServeError::Store(error)),
            Err(error @ (HandleError::Violation(_) | HandleError::Limit(_))) => {
                let addr = connection.addr;
                tracing::warn!(peer = %addr, node = %from, %partition, %error, "refusing a message");
                connection.close(Closed::Refused);
                Ok(())
            }
        }
    }

    fn take_request(&mut self, request: ClientRequest, answer: Answer) {
        let (partition, mut body, wait_ms) = match request {
            ClientRequest::Write { op, level } => {
                (Partition::of_key(op.key()), RequestBody::Write { op, level }, 0)
            }
            ClientRequest::Read { key, seen, wait_ms } => {
                (Partition::of_key(&key), RequestBody::Read { key, seen }, wait_ms)
            }
            ClientRequest::Scan {
                wanted,
                seen,
                wait_ms,
            } => {
                let WantedPage {
                    partition,
                    prefix,
                    after,
                    keys_max,
                } = wanted;
                let bytes_max = limits::SCAN_BYTES_MAX;
                let scan = Scan {
                    prefix,
                    after,
                    keys_max,
                    bytes_max,
                };
                (partition, RequestBody::Scan { scan, seen }, wait_ms)
            }
            ClientRequest::Await {
                partition,
                at,
                level,
                wait_ms,
            } => (partition, RequestBody::Await { at, level }, wait_ms),
            // Its keys are of one partition, and it has one: that was checked at the door.
            ClientRequest::Transact { transaction, level } => (
                Partition::of_key(transaction.ops[0].key()),
                RequestBody::Transact { transaction, level },
                0,
            ),
            ClientRequest::Once { once, level } => (
                Partition::of_key(once.transaction.ops[0].key()),
                RequestBody::Once { once, level },
                0,
            ),
            ClientRequest::Register { partition } => (partition, RequestBody::Register, 0),
            ClientRequest::Fate { partition, at } => (partition, RequestBody::Fate { at }, 0),
            ClientRequest::LinearizableRead { key } => {
                (Partition::of_key(&key), RequestBody::LinearizableRead { key }, 0)
            }
            ClientRequest::AnyRead { key } => (Partition::of_key(&key), RequestBody::AnyRead { key }, 0),
            ClientRequest::StatePage {
                partition,
                image,
                after,
            } => return self.take_state_page(partition, image, after, answer),
            ClientRequest::Transfer { .. } => unreachable!("it is no request of the protocol"),
            ClientRequest::Status | ClientRequest::Usage { .. } => {
                unreachable!("all owners are asked for it, by a look")
            }
            ClientRequest::Watch { known } => return self.watchers.push(known, answer),
            ClientRequest::Quarantine { partition, from, .. } => {
                let part = self.driver.quarantine(partition, from);
                return answer.other(ClientReply::Quarantine(part));
            }
        };
        if !self.has_room_for_lives(partition, &mut body) {
            return answer.lives_full();
        }
        begin_lives(&mut body);
        let wait = Duration::from_millis(wait_ms.into()).min(bounds::READ_WAITS_AT_MOST);
        let patient = match wait.is_zero() {
            true => None,
            false => Patient::new(partition, &body, Instant::now() + wait),
        };
        let kind = match &body {
            RequestBody::Write { .. } | RequestBody::Transact { .. } | RequestBody::Once { .. } => {
                Kind::Write
            }
            RequestBody::Read { .. } | RequestBody::AnyRead { .. } | RequestBody::Scan { .. } => Kind::Read,
            RequestBody::LinearizableRead { .. } => Kind::LinearizableRead,
            RequestBody::Fate { .. } | RequestBody::Await { .. } | RequestBody::Register => Kind::Other,
        };
        let since = Instant::now();
        self.last_request = RequestId(self.last_request.0 + self.request_stride);
        let id = self.last_request;
        self.waiting.insert(
            id,
            Waiting {
                answer,
                patient,
                kind,
                since,
                waited: false,
            },
        );
        self.batches.push(partition, Request { id, body });
    }

    /// A new image has to be taken here, where the log is that tells its lineage. Its pages are read elsewhere.
    fn take_state_page(
        &self,
        partition: Partition,
        image: Option<u64>,
        after: Option<Bytes>,
        answer: Answer,
    ) {
        let page = match image {
            Some(image) => PageRequest::Next { image, after },
            None => match self.driver.image(partition) {
                Ok(image) => {
                    let lineage = self.driver.node(partition).log().lineage(image.applied().index);
                    PageRequest::First { image, lineage }
                }
                // The next turn ends the node.
                Err(error) => {
                    tracing::error!(%error, "cannot take an image");
                    return answer.protocol(Reply::Busy);
                }
            },
        };
        self.states.ports.page(page, answer);
    }
}
