//! What a replica is given by an action: a message, a timer, a sync, or what clients and operators want.

use crate::action::Action;
use crate::client::FIRST_READ;
use crate::network::Msg;
use crate::state::State;
use crate::system::System;
use katakv_core::{
    AckLevel, Bytes, Condition, EntryId, Input, Log, NodeId, Op, Request, RequestBody, RequestId, Transaction,
};

impl System {
    /// The input that a replica gets by an action, if it gets one.
    pub fn input(&self, state: &State, action: &Action) -> Option<(NodeId, Input)> {
        let input = match action {
            Action::Deliver {
                from,
                msg: Msg::Peer(message),
                ..
            } => Input::Receive {
                from: *from,
                message: message.clone(),
            },
            Action::Deliver {
                msg: Msg::Ask(request),
                ..
            } => Input::Requests(vec![request.clone()]),
            Action::Timeout { timer, .. } => Input::Timeout(*timer),
            Action::Sync { .. } => Input::Synced(1),
            Action::Write { node, level, count } => {
                let now_ms = state.replica(*node).clock_ms();
                self.writes(state.ledger.levels.len() as u8, *level, *count, now_ms)
            }
            Action::Expire { node } => Input::Clock {
                now_ms: state.replica(*node).clock_ms(),
            },
            Action::Transfer { to, .. } => Input::Transfer { to: Some(*to) },
            Action::Idle { node, what } => self.idle_input(&state.ledger, state.replica(*node), *what),
            // The core decides how much of it.
            Action::Compact { node } => Input::Compact {
                to: state.replica(*node).node().log().last().index,
            },
            Action::Transact { level, expects, .. } => {
                self.transaction(state.ledger.levels.len() as u8, *level, *expects)
            }
            Action::Read { .. } => {
                let history = state.ledger.history.as_ref();
                let asked = history.map_or(0, |history| history.reads);
                let key = self.key().clone();
                Input::Requests(vec![Request {
                    id: RequestId(FIRST_READ + u64::from(asked)),
                    body: RequestBody::LinearizableRead { key },
                }])
            }
            Action::Once { .. } | Action::Register { .. } => self.numbered_input(&state.ledger, action),
            Action::Deliver {
                msg: Msg::Answer(..), ..
            }
            | Action::Crash { .. }
            | Action::Lose { .. }
            | Action::Ask { .. }
            | Action::Tick { .. }
            | Action::Hear { .. }
            | Action::Forget => return None,
        };
        Some((action.node(), input))
    }

    /// A batch of `count` client writes, the first of them numbered `first`, at a node whose clock shows `now_ms`.
    pub(crate) fn writes(&self, first: u8, level: AckLevel, count: u8, now_ms: u64) -> Input {
        let request = |write: u8| Request {
            id: RequestId(u64::from(write)),
            body: RequestBody::Write {
                op: self.op_at(write, now_ms),
                level,
            },
        };
        Input::Requests((first..first + count).map(request).collect())
    }

    /// A transaction that is write number `write`: both keys get its value, if the one is still what is expected.
    fn transaction(&self, write: u8, level: AckLevel, expects: Option<EntryId>) -> Input {
        let put = |key: &Bytes| Op::Put {
            key: key.clone(),
            value: self.value(write).clone(),
        };
        let transaction = Transaction {
            conditions: vec![Condition {
                key: self.key().clone(),
                version: expects,
            }],
            ops: vec![put(self.key()), put(&Bytes::from("other"))],
        };
        Input::Requests(vec![Request {
            id: RequestId(u64::from(write)),
            body: RequestBody::Transact { transaction, level },
        }])
    }
}
