//! Sending: images of this node's engine, page by page, as the receivers keep up, and as clients ask.

use super::images::{Images, PageRequest};
use super::{CHECK_EVERY, PAGE_BYTES, PAGE_WITHIN, PAGES_MAX, TRANSFERS_MAX, link_to};
use crate::server::answer::Answer;
use crate::server::link::Link;
use crate::store::StoreImage;
use crate::wire::{StateFrame, StatePart};
use katakv_core::{Bytes, Epoch, Index, Lineage, NodeId, Partition};
use std::collections::BTreeMap;
use std::sync::mpsc::{Receiver, RecvTimeoutError};
use std::sync::{Arc, Mutex};
use std::time::Instant;

/// What the thread is told.
pub(in crate::server) enum Event {
    /// The protocol sends a state.
    Start(Outgoing),
    /// A receiver has pages of a transfer up to this number on its disk, or none of it any more.
    Answer {
        from: NodeId,
        transfer: u64,
        taken: Option<u64>,
    },
    /// A client asks for a page.
    Page(PageRequest, Answer),
    /// It is time to end.
    Stop,
}

/// A state that is to be sent.
#[derive(Debug)]
pub(in crate::server) struct Outgoing {
    pub(in crate::server) to: NodeId,
    pub(in crate::server) partition: Partition,
    pub(in crate::server) epoch: Epoch,
    pub(in crate::server) lineage: Lineage,
    pub(in crate::server) image: StoreImage,
}

/// Which states are under way, and as of which index: the log after it will be needed.
#[derive(Debug, Default)]
pub(in crate::server) struct UnderWay(Mutex<BTreeMap<(Partition, NodeId), Index>>);

impl UnderWay {
    /// The oldest state of `partition` that is under way.
    pub(in crate::server) fn oldest(&self, partition: Partition) -> Option<Index> {
        let states = self.0.lock().expect(UNPOISONED);
        let of = (partition, NodeId(0))..=(partition, NodeId(u8::MAX));
        states.range(of).map(|(_, last)| *last).min()
    }

    fn set<'a>(&self, transfers: impl Iterator<Item = &'a Transfer>) {
        let of = |transfer: &Transfer| {
            let Outgoing {
                to,
                partition,
                lineage,
                ..
            } = &transfer.state;
            ((*partition, *to), lineage.last().index)
        };
        *self.0.lock().expect(UNPOISONED) = transfers.map(of).collect();
    }
}

const UNPOISONED: &str = "nothing panics while it holds the states under way";

/// The thread's state.
pub(super) struct Sending {
    links: Vec<Arc<Link>>,
    under_way: Arc<UnderWay>,
    images: Images,
    transfers: Vec<Transfer>,
    last_transfer: u64,
}

struct Transfer {
    state: Outgoing,
    id: u64,
    /// The key that the pages so far end with.
    sent_to: Option<Bytes>,
    /// How many pages were sent, and how many of them are taken.
    sent: u64,
    taken: u64,
    is_sent: bool,
    /// All of it is taken. For a moment more it is under way: what the receiver said before it had the state may still come,
    /// and ask for another one.
    is_over: bool,
    heard: Instant,
}

impl Sending {
    pub(super) fn new(links: Vec<Arc<Link>>, under_way: Arc<UnderWay>) -> Sending {
        Sending {
            links,
            under_way,
            images: Images::default(),
            transfers: Vec::new(),
            // Not one that an earlier process has used.
            last_transfer: rand::random(),
        }
    }

    pub(super) fn run(mut self, events: &Receiver<Event>) {
        loop {
            match events.recv_timeout(CHECK_EVERY) {
                Ok(Event::Start(state)) => self.start(state),
                Ok(Event::Answer {
                    from,
                    transfer,
                    taken,
                }) => self.answer(from, transfer, taken),
                Ok(Event::Page(request, answer)) => self.images.answer(request, answer),
                Err(RecvTimeoutError::Timeout) => {}
                Ok(Event::Stop) | Err(RecvTimeoutError::Disconnected) => return,
            }
            self.transfers.retain(Transfer::goes_on);
            self.images.drop_unused();
            self.under_way.set(self.transfers.iter());
        }
    }

    /// The protocol repeats itself: a state that is under way in the same epoch goes on.
    fn start(&mut self, state: Outgoing) {
        let (to, partition) = (state.to, state.partition);
        let same = |transfer: &Transfer| (transfer.state.to, transfer.state.partition) == (to, partition);
        if self
            .transfers
            .iter()
            .any(|transfer| same(transfer) && transfer.state.epoch == state.epoch)
        {
            return;
        }
        self.transfers.retain(|transfer| !same(transfer));
        let going_there = |transfer: &&Transfer| transfer.state.to == to && !transfer.is_over;
        let of_peer = self.transfers.iter().filter(going_there);
        if of_peer.count() >= TRANSFERS_MAX {
            // It will be asked for again.
            return;
        }
        self.last_transfer = self.last_transfer.wrapping_add(1);
        let (epoch, lineage) = (state.epoch, state.lineage.clone());
        tracing::info!(%to, %partition, last = %lineage.last(), "sending a state");
        let transfer = Transfer {
            state,
            id: self.last_transfer,
            sent_to: None,
            sent: 0,
            taken: 0,
            is_sent: false,
            is_over: false,
            heard: Instant::now(),
        };
        let begun = transfer.send(&self.links, StatePart::Begin { epoch, lineage });
        if begun {
            self.transfers.push(transfer);
            self.go_on(self.transfers.len() - 1);
        }
    }

    fn answer(&mut self, from: NodeId, id: u64, taken: Option<u64>) {
        let is_it = |transfer: &Transfer| (transfer.state.to, transfer.id) == (from, id);
        let Some(place) = self.transfers.iter().position(is_it) else {
            return;
        };
        let transfer = &mut self.transfers[place];
        match taken {
            Some(taken) if transfer.taken <= taken && taken <= transfer.sent => {
                transfer.taken = taken;
                transfer.heard = Instant::now();
                self.go_on(place);
            }
            _ => {
                tracing::info!(to = %from, partition = %transfer.state.partition, "a state is refused");
                self.transfers.swap_remove(place);
            }
        }
    }

    /// Sends what may be under way, and ends the transfer when it is done or cannot go on.
    fn go_on(&mut self, place: usize) {
        let transfer = &mut self.transfers[place];
        while !transfer.is_sent && transfer.sent - transfer.taken < PAGES_MAX {
            if !transfer.send_page(&self.links) {
                self.transfers.swap_remove(place);
                return;
            }
        }
        if transfer.is_sent && transfer.sent == transfer.taken {
            transfer.is_over = true;
            let Outgoing { to, partition, .. } = &transfer.state;
            tracing::info!(%to, %partition, pages = transfer.sent, "a state is sent");
        }
    }
}

impl Transfer {
    /// Whether it is still under way; says so if it is given up.
    fn goes_on(&self) -> bool {
        let Outgoing { to, partition, .. } = &self.state;
        let unheard = self.heard.elapsed();
        let gives_up = !self.is_over && unheard > PAGE_WITHIN;
        if gives_up {
            tracing::warn!(%to, %partition, "a state is not taken: giving up");
        }
        let is_done = self.is_over && unheard > CHECK_EVERY;
        !(gives_up || is_done)
    }

    fn send(&self, links: &[Arc<Link>], part: StatePart) -> bool {
        let frame = StateFrame {
            partition: self.state.partition,
            transfer: self.id,
            part,
        };
        link_to(links, self.state.to).is_some_and(|link| link.send_state(frame))
    }

    fn send_page(&mut self, links: &[Arc<Link>]) -> bool {
        let page = match self.state.image.page(self.sent_to.as_ref(), PAGE_BYTES) {
            Ok(page) => page,
            Err(error) => {
                tracing::error!(%error, "cannot read a state that is to be sent");
                return false;
            }
        };
        self.sent += 1;
        self.is_sent = page.is_last;
        if let Some((key, _)) = page.items.last() {
            self.sent_to = Some(key.clone());
        }
        let part = StatePart::Page {
            number: self.sent,
            items: page.items,
            is_last: page.is_last,
        };
        self.send(links, part)
    }
}
