//! A client that numbers its writes and sends them again.
//!
//! It hears no answers: a leader that tells it an outcome may as well have told nobody, so any write may be sent again at any
//! time, to any leader. Two attempts are one action at two times, whichever was sent first; a copy that comes late is among
//! them. What the client knows shows in one thing only, how far it says that it is done: to any number up to which it has
//! been told of all its writes.

use crate::action::{Action, Expects};
use crate::ledger::{Ledger, Numbered};
use crate::replica::Replica;
use crate::system::System;
use katakv_core::{
    Bytes, Condition, EntryId, Input, Once, Op, Origin, Reply, Request, RequestBody, RequestId, Role,
    Transaction,
};

/// Registrations are numbered from here, writes from zero, and reads in between.
pub(crate) const FIRST_REGISTRATION: u64 = 2_000;

impl System {
    /// The numbered writes that may reach a replica, and registrations. Elsewhere they are refused, and nothing changes.
    pub(crate) fn enabled_numbered(&self, replica: &Replica, ledger: &Ledger, actions: &mut Vec<Action>) {
        let node = replica.node().id();
        let numbered = &ledger.numbered;
        let Role::Leader(leadership) = replica.node().role() else {
            return;
        };
        if numbered.client.is_some()
            && self
                .rules
                .serves_retries(leadership.barrier, replica.node().commit())
        {
            let mut send = |write: u8, level, expects| {
                let done = 0..=write.min(numbered.done_max());
                actions.extend(done.map(|done| Action::Once {
                    node,
                    write,
                    level,
                    expects,
                    done,
                }));
            };
            let next = ledger.levels.len() as u8;
            if ledger.writes() < usize::from(self.scope.writes) {
                for level in self.scope.levels {
                    send(next, *level, Expects::Anything);
                }
            }
            if ledger.transactions.len() < usize::from(self.scope.transactions) {
                let seen = ledger.acks.iter().map(|ack| Expects::Version(ack.at));
                for expects in seen.chain([Expects::Absent]) {
                    for level in self.scope.levels {
                        send(next, *level, expects);
                    }
                }
            }
            if numbered.retries < self.scope.retries {
                for (write, (level, expects)) in (0..).zip(ledger.levels.iter().zip(&numbered.expects)) {
                    send(write, *level, *expects);
                }
            }
        }
        if replica.node().serving() && numbered.registrations <= self.scope.registrations {
            actions.push(Action::Register { node });
        }
    }

    /// What the leader gets.
    pub(crate) fn numbered_input(&self, ledger: &Ledger, action: &Action) -> Input {
        let numbered = &ledger.numbered;
        let request = match action {
            Action::Once {
                write,
                level,
                expects,
                done,
                ..
            } => {
                let origin = Origin {
                    client: numbered.client.unwrap_or(EntryId::ZERO),
                    seq: u64::from(*write) + 1,
                    done: u64::from(*done),
                };
                let transaction = self.numbered_write(*write, *expects);
                Request {
                    // An attempt is as good as another.
                    id: RequestId(u64::from(*write)),
                    body: RequestBody::Once {
                        once: Once { origin, transaction },
                        level: *level,
                    },
                }
            }
            _ => Request {
                id: RequestId(FIRST_REGISTRATION + u64::from(numbered.registrations)),
                body: RequestBody::Register,
            },
        };
        Input::Requests(vec![request])
    }

    /// A blind write of the one key, or one under a condition.
    fn numbered_write(&self, write: u8, expects: Expects) -> Transaction {
        let key = || -> Bytes { self.key().clone() };
        let condition = |version| vec![Condition { key: key(), version }];
        let conditions = match expects {
            Expects::Anything => Vec::new(),
            Expects::Absent => condition(None),
            Expects::Version(version) => condition(Some(version)),
        };
        let value = self.value(write).clone();
        Transaction {
            conditions,
            ops: vec![Op::Put { key: key(), value }],
        }
    }
}

impl Ledger {
    /// A numbered write, or a registration, is on its way.
    pub(crate) fn send_numbered(&mut self, action: &Action) {
        let first = self.levels.len() as u8;
        match action {
            Action::Once { write, .. } if *write < first => self.numbered.retries += 1,
            Action::Once { level, expects, .. } => {
                if *expects != Expects::Anything {
                    self.transactions.push(first);
                }
                self.levels.push(*level);
                self.numbered.expects.push(*expects);
            }
            _ => self.numbered.registrations += 1,
        }
    }

    /// A client has got its name; the first one is the scope's own.
    pub(crate) fn registered(&mut self, name: EntryId) {
        let Numbered { client, .. } = &mut self.numbered;
        client.get_or_insert(name);
    }

    /// A leader has told the outcome of a numbered write, or why it does not.
    pub(crate) fn told_of(&mut self, request: RequestId, reply: &Reply) {
        if matches!(reply, Reply::Written { .. } | Reply::Conflict { .. }) {
            self.numbered.told |= 1 << request.0;
        }
    }
}
