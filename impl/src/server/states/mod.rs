//! States on their way between nodes, beside the messages of the protocol.
//!
//! To the protocol a state is one message: it arrives whole or not at all. Here it goes page by page, over the same
//! connections as everything else, a few pages at a time, and each only when the one before it is on the receiver's disk.
//! So neither side holds more of it than that in memory, and heartbeats and appends wait for no more than that.
//!
//! ```text
//!   leader                                            follower
//!     Snapshot leaves `step`
//!       | an image of the engine
//!       |---- Begin, Page 1, Page 2 ----------------->|  staged in its engine
//!       |<--- Taken 1, Taken 2 -----------------------|
//!       |---- Page 3 (the last) --------------------->|  staged, synced
//!       |<--- Taken 3 --------------------------------|  Snapshot enters `step`
//! ```
//! Whatever goes wrong, a page that is lost, a connection that ends, a leader that is none any more, ends the transfer, and
//! what was staged is removed. The protocol asks again with its next heartbeat. A state that arrives late is a late message:
//! its epoch says whether anybody listens.

mod images;
mod receive;
mod send;

pub(super) use images::PageRequest;
pub(super) use receive::Arrived;
pub(super) use send::{Outgoing, UnderWay};

use super::answer::Answer;
use super::error::ServeError;
use super::inbox::Inbox;
use super::link::Link;
use crate::store::Staging;
use crate::wire::StatePart;
use katakv_core::NodeId;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::thread::{self, JoinHandle};
use std::time::Duration;

/// What one page holds, but for its last item.
const PAGE_BYTES: usize = 128 << 10;
/// How many pages are under way.
const PAGES_MAX: u64 = 4;
/// How many states go to one node at a time.
const TRANSFERS_MAX: usize = 2;
/// How long a page, or the answer to it, may take.
const PAGE_WITHIN: Duration = Duration::from_secs(10);
/// How often the threads look at that.
const CHECK_EVERY: Duration = Duration::from_secs(1);

/// The ways to the two threads.
#[derive(Clone, Debug)]
pub(super) struct Ports {
    send: Sender<send::Event>,
    receive: Sender<receive::Event>,
}

impl Ports {
    /// A part of a state, or an answer, has arrived.
    pub(super) fn arrived(&self, arrived: Arrived) {
        let Arrived { from, frame, .. } = &arrived;
        let (from, transfer) = (*from, frame.transfer);
        let taken = match &frame.part {
            StatePart::Taken { number } => Some(*number),
            StatePart::Refused => None,
            StatePart::Begin { .. } | StatePart::Page { .. } => {
                // Once the threads have ended, the node has.
                let _ = self.receive.send(receive::Event::Arrived(arrived));
                return;
            }
        };
        let _ = self.send.send(send::Event::Answer {
            from,
            transfer,
            taken,
        });
    }

    /// A client asks for a page of a state.
    pub(super) fn page(&self, request: PageRequest, answer: Answer) {
        let _ = self.send.send(send::Event::Page(request, answer));
    }

    /// The protocol sends a state.
    pub(super) fn start(&self, state: Outgoing) {
        let _ = self.send.send(send::Event::Start(state));
    }
}

/// The other ends of the ways, until the threads begin.
#[derive(Debug)]
pub(super) struct Ends {
    send: Receiver<send::Event>,
    receive: Receiver<receive::Event>,
}

pub(super) fn ports() -> (Ports, Ends) {
    let (send, send_end) = channel();
    let (receive, receive_end) = channel();
    let ends = Ends {
        send: send_end,
        receive: receive_end,
    };
    (Ports { send, receive }, ends)
}

/// The running threads. Dropping it ends them: they hold the store open.
#[derive(Debug)]
pub(super) struct States {
    pub(super) ports: Ports,
    pub(super) under_way: Arc<UnderWay>,
    threads: Vec<JoinHandle<()>>,
}

impl States {
    pub(super) fn start(
        ports: Ports,
        ends: Ends,
        staging: Staging,
        links: &[Arc<Link>],
        inbox: Inbox,
    ) -> Result<States, ServeError> {
        let under_way = Arc::new(UnderWay::default());
        let mut states = States {
            ports,
            under_way: Arc::clone(&under_way),
            threads: Vec::new(),
        };
        let sending = send::Sending::new(links.to_vec(), under_way);
        let receiving = receive::Receiving::new(links.to_vec(), staging, inbox);
        for (name, run) in [
            (
                "states-send",
                Box::new(move || sending.run(&ends.send)) as Box<dyn FnOnce() + Send>,
            ),
            ("states-receive", Box::new(move || receiving.run(&ends.receive))),
        ] {
            let thread = thread::Builder::new().name(name.into()).spawn(run);
            states.threads.push(thread.map_err(ServeError::Thread)?);
        }
        Ok(states)
    }
}

impl Drop for States {
    fn drop(&mut self) {
        let _ = self.ports.send.send(send::Event::Stop);
        let _ = self.ports.receive.send(receive::Event::Stop);
        for thread in self.threads.drain(..) {
            // A panic is on the standard error output, and the node ends anyway.
            let _ = thread.join();
        }
    }
}

/// The link to a peer, if it is one.
fn link_to(links: &[Arc<Link>], peer: NodeId) -> Option<&Arc<Link>> {
    links.iter().find(|link| link.peer == peer)
}
