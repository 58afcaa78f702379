//! The bytes under way between three real nodes.

use katakv::wire::NodeFrame;
use katakv::wire::frame::{self, FrameError};
use katakv_core::{Message, NodeId, Partition};
use katakv_model::NetworkKind;

/// What was sent and may still arrive, as its receiver's connection makes it of the sender's bytes.
pub(super) struct UnderWay {
    kind: NetworkKind,
    letters: Vec<Letter>,
    /// Reads frames, which is done asynchronously in production.
    runtime: tokio::runtime::Runtime,
}

/// A message, and the frames of one that brings a state.
struct Letter {
    from: NodeId,
    to: NodeId,
    /// Of which partition the bytes say that it is.
    partition: Partition,
    /// What it says; of a state, what the sender's store holds.
    says: Message,
    frames: Vec<NodeFrame>,
}

/// A message that has arrived.
pub(super) enum Arrived {
    /// In its one frame.
    Message(Message),
    /// In many frames, which the receiver has to put together.
    State(Vec<NodeFrame>),
}

impl UnderWay {
    /// Nothing yet.
    pub(super) fn new(kind: NetworkKind) -> std::io::Result<UnderWay> {
        Ok(UnderWay {
            kind,
            letters: Vec::new(),
            runtime: tokio::runtime::Builder::new_current_thread().build()?,
        })
    }

    /// All of it is lost.
    pub(super) fn clear(&mut self) {
        self.letters.clear();
    }

    /// `frames` leave `from` as bytes; they amount to `says`.
    pub(super) fn send(
        &mut self,
        [from, to]: [NodeId; 2],
        partition: Partition,
        says: Message,
        frames: impl IntoIterator<Item = NodeFrame>,
    ) -> Result<(), FrameError> {
        let mut bytes = Vec::new();
        for frame in frames {
            frame::put(&mut bytes, &frame);
        }
        let (mut bytes, mut frames) = (bytes.as_slice(), Vec::new());
        while let Some(frame) = self.runtime.block_on(frame::read::<NodeFrame>(&mut bytes))? {
            frames.push(frame);
        }
        // From here on it is what the bytes say.
        let (partition, says) = match frames.pop() {
            Some(NodeFrame::Message(frame)) if frames.is_empty() => (frame.partition, frame.message),
            last => {
                frames.extend(last);
                (partition, says)
            }
        };
        let is_same = |other: &Letter| (other.from, other.to) == (from, to) && other.says == says;
        if self.kind != NetworkKind::Duplicating || !self.letters.iter().any(is_same) {
            self.letters.push(Letter {
                from,
                to,
                partition,
                says,
                frames,
            });
        }
        Ok(())
    }

    /// A message arrives; it leaves the network, unless that duplicates. `None` if it was never sent.
    pub(super) fn take(&mut self, from: NodeId, to: NodeId, message: &Message) -> Option<Arrived> {
        let is_it = |letter: &Letter| (letter.from, letter.to) == (from, to) && letter.says == *message;
        let place = self.letters.iter().position(is_it)?;
        let (says, frames) = match self.kind {
            NetworkKind::Duplicating => {
                let letter = &self.letters[place];
                (letter.says.clone(), letter.frames.clone())
            }
            NetworkKind::Ordered | NetworkKind::Unordered => {
                let letter = self.letters.remove(place);
                (letter.says, letter.frames)
            }
        };
        Some(match says {
            Message::Snapshot { .. } => Arrived::State(frames),
            says => Arrived::Message(says),
        })
    }

    /// What may arrive next: from whom, at whom, of which partition, and what.
    pub(super) fn next(&self) -> impl Iterator<Item = ([NodeId; 2], Partition, &Message)> {
        let is_behind = |place: usize, letter: &Letter| {
            let before = &self.letters[..place];
            before
                .iter()
                .any(|other| (other.from, other.to) == (letter.from, letter.to))
        };
        let letters = self.letters.iter().enumerate();
        letters
            .filter(move |(place, letter)| self.kind != NetworkKind::Ordered || !is_behind(*place, letter))
            .map(|(_, letter)| ([letter.from, letter.to], letter.partition, &letter.says))
    }

    /// `node` crashes: where there is an order, what was on the connections to it cannot come later.
    pub(super) fn break_connections_to(&mut self, node: NodeId) {
        if self.kind == NetworkKind::Ordered {
            self.letters.retain(|letter| letter.to != node);
        }
    }

    /// Drops the messages that `is_dead` tells of, by their receiver.
    pub(super) fn bury(&mut self, is_dead: impl Fn(NodeId, &Message) -> bool) {
        self.letters.retain(|letter| !is_dead(letter.to, &letter.says));
    }
}
