//! The calls of one connection: which requests wait for an answer, and whether they have been sent.

use crate::wire::frame::FRAME_BYTES_MAX;
use crate::wire::{ClientReply, ServerFrame};
use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio::sync::oneshot;

/// Why a request has no answer.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CallError {
    /// There is no connection. The request was not carried out: ask another node, or later.
    #[error("cannot connect: {0}")]
    Unreachable(String),
    /// The request makes a larger frame than may be sent. Make it smaller.
    #[error("a frame of {bytes} bytes is too large; {FRAME_BYTES_MAX} are allowed")]
    TooLarge {
        /// Its size.
        bytes: usize,
    },
    /// The connection broke, or carried bytes that nobody understands. Unless `sent`, ask another node.
    #[error("the connection broke: {why}")]
    Broken {
        /// Whether the request may have been carried out.
        sent: bool,
        /// What happened to the connection.
        why: String,
    },
    /// No answer came in time. Unless `sent`, ask another node.
    #[error("no answer within {} ms", within.as_millis())]
    TimedOut {
        /// Whether the request may have been carried out.
        sent: bool,
        /// How long it was waited for.
        within: Duration,
    },
}

impl CallError {
    /// Whether the request may have been carried out all the same.
    pub fn maybe_done(&self) -> bool {
        match self {
            CallError::Unreachable(_) | CallError::TooLarge { .. } => false,
            CallError::Broken { sent, .. } | CallError::TimedOut { sent, .. } => *sent,
        }
    }
}

/// Where a call's answer comes from.
pub(super) type Receiver = oneshot::Receiver<Result<ClientReply, CallError>>;

/// The calls of one connection that wait for their answers.
#[derive(Debug, Default)]
pub(super) struct Calls {
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    next: u64,
    waiting: BTreeMap<u64, Call>,
    broken: Option<String>,
}

#[derive(Debug)]
struct Call {
    /// Whether the writer has begun to write it.
    sent: bool,
    answer: oneshot::Sender<Result<ClientReply, CallError>>,
}

impl Calls {
    fn lock(&self) -> MutexGuard<'_, State> {
        // Nothing panics while it holds the lock; if something did, the maps would still be whole.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn begin(&self) -> Result<(u64, Receiver), CallError> {
        let mut state = self.lock();
        if let Some(why) = &state.broken {
            return Err(CallError::Broken {
                sent: false,
                why: why.clone(),
            });
        }
        let id = state.next;
        state.next += 1;
        let (answer, receiver) = oneshot::channel();
        state.waiting.insert(id, Call { sent: false, answer });
        Ok((id, receiver))
    }

    /// Marks a request as sent; says `false` if nobody waits for its answer any more.
    pub(super) fn mark_sent(&self, id: u64) -> bool {
        match self.lock().waiting.get_mut(&id) {
            Some(call) => {
                call.sent = true;
                true
            }
            None => false,
        }
    }

    /// Hands an answer to its call. An answer that comes after its call gave up is dropped; one to a request that
    /// was never made is an error.
    pub(super) fn answer(&self, frame: ServerFrame) -> Result<(), String> {
        let mut state = self.lock();
        if frame.id >= state.next {
            return Err(format!("an answer to request {}, which was never made", frame.id));
        }
        if let Some(call) = state.waiting.remove(&frame.id) {
            let _ = call.answer.send(Ok(frame.reply));
        }
        Ok(())
    }

    /// Ends every call; the first reason is kept.
    pub(super) fn fail(&self, why: &str) {
        self.end(why, true);
    }

    /// Ends every call, as one that was not carried out: the other end has said so.
    pub(super) fn turn_away(&self, why: &str) {
        self.end(why, false);
    }

    fn end(&self, why: &str, may_be_done: bool) {
        let mut state = self.lock();
        let why = state.broken.get_or_insert_with(|| why.to_owned()).clone();
        for call in std::mem::take(&mut state.waiting).into_values() {
            let _ = call.answer.send(Err(CallError::Broken {
                sent: call.sent && may_be_done,
                why: why.clone(),
            }));
        }
    }

    /// Whether nothing has failed yet.
    pub(super) fn are_open(&self) -> bool {
        self.lock().broken.is_none()
    }

    /// A call's place, to be held for as long as its caller waits.
    pub(super) fn waiting(&self, id: u64) -> Waiting<'_> {
        Waiting { calls: self, id }
    }

    pub(super) fn why_broken(&self) -> String {
        self.lock().broken.clone().unwrap_or_default()
    }
}

/// A call's place among those that wait, for as long as its caller does.
pub(super) struct Waiting<'a> {
    calls: &'a Calls,
    id: u64,
}

impl Waiting<'_> {
    /// Waits no longer, and tells whether the request was sent. If it was not, it will not be: the answer and the end
    /// of the waiting are one, or the writer could come between them.
    pub(super) fn give_up(self) -> bool {
        let call = self.calls.lock().waiting.remove(&self.id);
        call.is_none_or(|call| call.sent)
    }
}

impl Drop for Waiting<'_> {
    fn drop(&mut self) {
        self.calls.lock().waiting.remove(&self.id);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_request_that_was_given_up_unsent_is_never_sent() {
        let calls = Calls::default();
        let (id, _answer) = calls.begin().unwrap();
        assert!(!calls.waiting(id).give_up());
        assert!(!calls.mark_sent(id), "its caller was told that it was not sent");
    }

    #[tokio::test]
    async fn a_request_that_was_sent_and_turned_away_was_not_carried_out() {
        let calls = Calls::default();
        let (id, answer) = calls.begin().unwrap();
        assert!(calls.mark_sent(id));
        calls.turn_away("stopping");
        assert!(!answer.await.unwrap().unwrap_err().maybe_done());
        assert!(!calls.are_open());
    }

    #[test]
    fn a_request_that_was_sent_before_it_was_given_up_may_be_carried_out() {
        let calls = Calls::default();
        let (id, _answer) = calls.begin().unwrap();
        assert!(calls.mark_sent(id));
        assert!(calls.waiting(id).give_up());
    }
}
