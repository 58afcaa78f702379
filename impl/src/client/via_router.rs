//! Operations through a router: it does the searching, so each is one request and one answer.

use super::cluster::{Answer, Failure};
use super::link::Link;
use super::patience::Patience;
use super::tried::Outcome;
use crate::wire::{ClientReply, ClientRequest, ClusterId, Status};
use katakv_core::Reply;
use std::net::SocketAddr;
use std::sync::OnceLock;
use std::time::Duration;

/// How much longer than an operation's deadline to wait for the router to say that it could not be met.
const ROUTER_GRACE: Duration = Duration::from_secs(1);

#[derive(Debug)]
pub(super) struct ViaRouter {
    link: Link,
    id: OnceLock<ClusterId>,
    deadline: Duration,
}

impl ViaRouter {
    pub(super) fn new(router: SocketAddr, deadline: Duration) -> ViaRouter {
        ViaRouter {
            link: Link::new(router),
            id: OnceLock::new(),
            deadline,
        }
    }

    /// Asks the router. While it surely did not get the request, it is asked again: a router may be restarted at any
    /// time. A `repeatable` request is also asked again if it may have got it.
    pub(super) async fn ask(&self, request: ClientRequest, repeatable: bool) -> Result<ClientReply, Failure> {
        let mut patience = Patience::new(self.deadline + ROUTER_GRACE);
        let mut last = "no time was left to ask it".to_owned();
        let mut maybe_done = false;
        while let Some(left) = patience.left() {
            match self
                .link
                .call(self.id.get().copied(), request.clone(), left)
                .await
            {
                Ok(ClientReply::Invalid(why)) => return Err(Failure::Invalid(why)),
                Ok(ClientReply::Unavailable {
                    tried,
                    maybe_done: this_time,
                }) => {
                    let maybe_done = maybe_done || this_time;
                    return Err(Failure::Unavailable { tried, maybe_done });
                }
                // Its client is not known any more: what became of an earlier attempt, nobody can say.
                Ok(reply) if maybe_done && is_expired(&reply) => {
                    return Err(self.failed(&Outcome::ClientExpired, true));
                }
                Ok(reply) => return Ok(reply),
                Err(error) => {
                    last = error.to_string();
                    maybe_done |= error.maybe_done();
                    if maybe_done && !repeatable {
                        break;
                    }
                }
            }
            patience.pause().await;
        }
        Err(self.failed(&last, maybe_done))
    }

    /// Like [`ViaRouter::ask`], for what the protocol answers.
    pub(super) async fn ask_protocol(
        &self,
        request: ClientRequest,
        repeatable: bool,
    ) -> Result<Answer, Failure> {
        match self.ask(request, repeatable).await? {
            ClientReply::Protocol { cluster, node, reply } => {
                if *self.id.get_or_init(|| cluster) != cluster {
                    return Err(self.failed(&format!("it now answers for cluster {cluster}"), !repeatable));
                }
                Ok(Answer { cluster, node, reply })
            }
            _ => Err(self.failed(&"it answered something else than what was asked", !repeatable)),
        }
    }

    /// The state of one of the nodes, or why that node has none to give: the router takes them in turns. Fails if the
    /// router itself does not answer.
    pub(super) async fn status(&self) -> Result<Result<Status, String>, Failure> {
        match self
            .link
            .call(self.id.get().copied(), ClientRequest::Status, self.deadline)
            .await
        {
            Ok(ClientReply::Status(status)) => Ok(Ok(status)),
            Ok(ClientReply::Unavailable { tried, .. }) => Ok(Err(tried)),
            Ok(ClientReply::Invalid(why)) => Err(Failure::Invalid(why)),
            Ok(
                ClientReply::Protocol { .. }
                | ClientReply::Quarantine(_)
                | ClientReply::DiskFull { .. }
                | ClientReply::LivesFull { .. }
                | ClientReply::StatePage { .. }
                | ClientReply::Goodbye
                | ClientReply::Elected(_)
                | ClientReply::Elsewhere { .. }
                | ClientReply::Usage(_),
            ) => Err(self.failed(&"it answered something else than what was asked", false)),
            Err(error) => Err(self.failed(&error, false)),
        }
    }

    /// Which cluster the router serves, asking if no answer has told yet.
    pub(super) async fn identify(&self) -> Result<ClusterId, Failure> {
        let mut patience = Patience::new(self.deadline);
        loop {
            if let Some(id) = self.id.get() {
                return Ok(*id);
            }
            let failure = match self.status().await {
                Ok(Ok(status)) => return Ok(*self.id.get_or_init(|| status.cluster)),
                Ok(Err(tried)) => self.failed(&tried, false),
                Err(failure) => failure,
            };
            if matches!(failure, Failure::Invalid(_)) || patience.left().is_none() {
                return Err(failure);
            }
            patience.pause().await;
        }
    }

    pub(super) fn failed(&self, why: &dyn std::fmt::Display, maybe_done: bool) -> Failure {
        Failure::Unavailable {
            tried: format!("router {}: {why}", self.link.address()),
            maybe_done,
        }
    }
}

fn is_expired(reply: &ClientReply) -> bool {
    matches!(
        reply,
        ClientReply::Protocol {
            reply: Reply::ClientExpired,
            ..
        }
    )
}
