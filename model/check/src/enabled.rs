//! What may happen next. The budgets of the scope are spent here: what would go beyond one is not enabled.

use crate::action::{Action, Loss};
use crate::ledger::Ledger;
use crate::network::Envelope;
use crate::replica::Replica;
use crate::scope::Start;
use crate::state::State;
use crate::system::System;
use katakv_core::{Log, Role, Store, Timer};

impl System {
    /// Every action that may happen in `state`, in an order that depends on nothing else.
    pub fn enabled(&self, state: &State, actions: &mut Vec<Action>) {
        for Envelope { from, to, msg, .. } in state.network.deliverable() {
            actions.push(Action::Deliver {
                from: *from,
                to: *to,
                msg: msg.clone(),
            });
        }
        for replica in &state.replicas {
            self.enabled_at(replica, &state.ledger, actions);
            self.enabled_asking(state, replica, actions);
            if self.scope.idle {
                let node = replica.node().id();
                let idle = self.idle_at(replica, state).into_iter();
                actions.extend(idle.map(|what| Action::Idle { node, what }));
            }
        }
        self.enabled_at_router(state, actions);
    }

    /// The actions of one replica that are not deliveries.
    pub(crate) fn enabled_at(&self, replica: &Replica, ledger: &Ledger, actions: &mut Vec<Action>) {
        let node = replica.node().id();
        let unsynced = replica.disk().unsynced().len() as u8;
        if unsynced > 0 {
            actions.push(Action::Sync { node });
        }
        let timer = replica.timer();
        let may_fire = match timer {
            Timer::Election => {
                let may_ask = !self.scope.limits.pre_vote || ledger.asks < self.scope.asks;
                may_ask && replica.node().epoch().0 < self.scope.epochs
            }
            Timer::Heartbeat => ledger.heartbeats < self.scope.heartbeats,
        };
        if may_fire {
            actions.push(Action::Timeout { node, timer });
        }
        let numbered = self.scope.start == Start::Registered;
        if numbered {
            self.enabled_numbered(replica, ledger, actions);
        }
        // Elsewhere a write is refused, and nothing changes.
        if replica.node().serving() && !numbered {
            for count in self.scope.batches {
                if ledger.writes() + usize::from(*count) <= usize::from(self.scope.writes) {
                    let write = |level| Action::Write {
                        node,
                        level,
                        count: *count,
                    };
                    actions.extend(self.scope.levels.iter().copied().map(write));
                }
            }
        }
        if replica.node().serving()
            && !numbered
            && ledger.transactions.len() < usize::from(self.scope.transactions)
        {
            let seen = ledger.acks.iter().map(|ack| Some(ack.at));
            for expects in seen.chain([None]) {
                let transact = |level| Action::Transact { node, level, expects };
                actions.extend(self.scope.levels.iter().copied().map(transact));
            }
        }
        // Elsewhere a read is refused, and nothing changes.
        if let (Some(history), Role::Leader(leadership)) = (&ledger.history, replica.node().role())
            && history.reads < self.scope.reads
            && self
                .rules
                .serves_reads(leadership.barrier, replica.node().commit())
        {
            actions.push(Action::Read { node });
        }
        if ledger.crashes < self.scope.crashes {
            for store in self.scope.stores {
                let crash = |keep| Action::Crash {
                    node,
                    keep,
                    of: unsynced,
                    store: *store,
                };
                actions.extend((0..=unsynced).map(crash));
            }
        }
        let leads = matches!(replica.node().role(), Role::Leader(_));
        if leads && ledger.transfers < self.scope.transfers {
            let may_campaign = replica.node().epoch().0 < self.scope.epochs;
            let peers = replica.node().config().peers.into_iter();
            actions.extend(
                peers
                    .filter(|_| may_campaign)
                    .map(|to| Action::Transfer { node, to }),
            );
        }
        // One at a time: the second only when the first is made good.
        if ledger.losses < self.scope.losses.0 && ledger.lacking == 0 {
            for loss in self.scope.losses.1 {
                if *loss == Loss::Disk || replica.disk().before_damage().is_some() {
                    actions.push(Action::Lose { node, loss: *loss });
                }
            }
        }
        if ledger.ticks < self.scope.ticks {
            actions.push(Action::Tick { node });
        }
        let time_ms = replica.clock_ms().max(replica.node().store().clock_ms());
        if leads
            && ledger.expiries < self.scope.expiries
            && !replica.node().store().due(time_ms, 1).is_empty()
        {
            actions.push(Action::Expire { node });
        }
        let dropped = replica.node().log().compacted().index;
        if ledger.compactions < self.scope.compactions && replica.node().applied().index > dropped {
            actions.push(Action::Compact { node });
        }
    }
}
