//! Runs a script's commands on a cluster and tells what comes of each.

use super::arguments::{Asked, Id, Level, Name, living, read, transaction, write};
use super::commands::Command;
use super::forged::Forged;
use super::words::{self, Summary};
use crate::cluster::{Cluster, Envelope, MEMBERS, restart};
use katakv_core::*;
use std::error::Error;
use std::fmt::Write as _;

/// A script's world.
pub struct Runner {
    cluster: Cluster,
    isolated: Vec<NodeId>,
    requests: u64,
    /// What the current command tells.
    told: String,
}

/// The bounds of a story that says nothing else. Most are about what happens once a replica campaigns, or leads; how it
/// gets there, and what ends it for want of company, is told in stories of its own.
fn limits() -> Limits {
    Limits {
        pre_vote: false,
        quorum_heartbeats: 0,
        ..Limits::default()
    }
}

impl Default for Runner {
    fn default() -> Runner {
        Runner {
            cluster: Cluster::new(limits()),
            isolated: Vec::new(),
            requests: 0,
            told: String::new(),
        }
    }
}

impl goldenscript::Runner for Runner {
    type Command = Command;

    fn run(&mut self, command: &Command, _: &goldenscript::Context) -> Result<String, Box<dyn Error>> {
        match command {
            Command::Limits {
                window,
                entries,
                uncommitted,
                push_commit,
                reads,
                leader_acks,
                pre_vote,
                quorum_heartbeats,
                transfer_heartbeats,
                clients,
                expired,
            } => {
                let default = limits();
                *self = Runner::default();
                self.cluster = Cluster::new(Limits {
                    window: window.unwrap_or(default.window),
                    append_entries_max: entries.unwrap_or(default.append_entries_max),
                    uncommitted_max: uncommitted.unwrap_or(default.uncommitted_max),
                    reads_waiting_max: reads.unwrap_or(default.reads_waiting_max),
                    push_commit: push_commit.unwrap_or(default.push_commit),
                    leader_acks_max: leader_acks.unwrap_or(default.leader_acks_max),
                    pre_vote: pre_vote.unwrap_or(default.pre_vote),
                    quorum_heartbeats: quorum_heartbeats.unwrap_or(default.quorum_heartbeats),
                    transfer_heartbeats: transfer_heartbeats.unwrap_or(default.transfer_heartbeats),
                    clients_max: clients.unwrap_or(default.clients_max),
                    expired_max: expired.unwrap_or(default.expired_max),
                    ..default
                });
            }
            Command::Timeout(Name(at), clock) => {
                self.tell(&format!("{at}: {} timer", words::timer(clock.0)));
                self.act(*at, Input::Timeout(clock.0));
            }
            Command::Sync { at: Name(at), count } => self.sync(*at, *count),
            Command::Deliver {
                from,
                to,
                skip,
                count,
            } => self
                .take(*from, *to, *skip, *count)
                .into_iter()
                .for_each(|envelope| self.deliver(envelope)),
            Command::Drop {
                from,
                to,
                skip,
                count,
            } => {
                for envelope in self.take(*from, *to, *skip, *count) {
                    self.tell(&format!("{} is lost", words::envelope(&envelope)));
                }
            }
            Command::Duplicate {
                from,
                to,
                skip,
                count,
            } => {
                let network = self.cluster.network.clone();
                let repeated = self.take(*from, *to, *skip, *count);
                self.cluster.network = network;
                for envelope in &repeated {
                    self.tell(&format!("{}, twice", words::envelope(envelope)));
                }
                self.cluster.network.extend(repeated);
            }
            Command::Network => {
                for envelope in self.cluster.network.clone() {
                    self.tell(&words::envelope(&envelope));
                }
            }
            Command::Forge { from, to, message } => {
                let Forged(message) = message;
                self.deliver(Envelope {
                    from: from.0,
                    to: to.0,
                    message: message.clone(),
                });
            }
            Command::Isolate(names) => self.isolated = names.iter().map(|name| name.0).collect(),
            Command::Heal => self.isolated.clear(),
            Command::Put {
                at: Name(at),
                level: Level(level),
                ttl,
                now,
                pairs,
            } => {
                let puts = pairs.iter().map(|(key, value)| Op::Put {
                    key: key.as_str().into(),
                    value: value.as_str().into(),
                });
                let ops = puts.map(|op| match ttl {
                    Some(ttl) => living(op, *ttl, *now),
                    None => op,
                });
                self.ask(*at, ops.map(|op| write(op, *level)).collect());
            }
            Command::Delete {
                at: Name(at),
                keys,
                level: Level(level),
            } => {
                let deletes = keys.iter().map(|key| Op::Delete {
                    key: key.as_str().into(),
                });
                self.ask(*at, deletes.map(|op| write(op, *level)).collect());
            }
            Command::Get {
                at: Name(at),
                key,
                seen,
            } => {
                let seen = seen.as_ref().map_or(EntryId::ZERO, |Id(seen)| *seen);
                self.ask(*at, vec![read(key, seen)]);
            }
            Command::Transact {
                at: Name(at),
                level: Level(level),
                parts,
            } => {
                let (transaction, level) = (transaction(parts), *level);
                self.ask(*at, vec![RequestBody::Transact { transaction, level }]);
            }
            Command::Register(Name(at)) => self.ask(*at, vec![RequestBody::Register]),
            Command::Once {
                at: Name(at),
                of: Id(client),
                seq,
                done,
                level: Level(level),
                parts,
            } => {
                let origin = Origin {
                    client: *client,
                    seq: *seq,
                    done: *done,
                };
                let transaction = transaction(parts);
                let (once, level) = (Once { origin, transaction }, *level);
                self.ask(*at, vec![RequestBody::Once { once, level }]);
            }
            Command::Fate(Name(at), entries) => {
                let fate = |Id(at): &Id| RequestBody::Fate { at: *at };
                self.ask(*at, entries.iter().map(fate).collect());
            }
            Command::Read { at: Name(at), key } => {
                let key = key.as_str().into();
                self.ask(*at, vec![RequestBody::LinearizableRead { key }]);
            }
            Command::Batch(Name(at), asked) => {
                self.ask(*at, asked.iter().map(|Asked(body)| body.clone()).collect())
            }
            Command::Crash {
                at: Name(at),
                keep,
                store,
            } => {
                self.cluster.crash(*at, *keep, store.is_some());
                self.tell(&words::status(self.cluster.replica(*at)));
            }
            Command::Lose {
                at: Name(at),
                incarnation,
            } => {
                self.cluster.lose(*at, *incarnation);
                self.tell(&words::status(self.cluster.replica(*at)));
            }
            Command::Compact { at: Name(at), to } => {
                let to = to.map_or(self.cluster.replica(*at).node.applied().index, Index);
                self.act(*at, Input::Compact { to });
            }
            Command::Transfer { at: Name(at), to } => {
                let to = to.as_ref().map(|Name(to)| *to);
                let whom = to.map_or("whoever has got farthest".to_string(), |to| to.to_string());
                self.tell(&format!("{at}: hand over to {whom}"));
                self.act(*at, Input::Transfer { to });
            }
            Command::Clock { at: Name(at), now } => {
                self.tell(&format!("{at}: it is {now}"));
                self.act(*at, Input::Clock { now_ms: *now });
            }
            Command::Survivors(Name(at)) => self.survivors(*at),
            Command::Status(names) => {
                for id in MEMBERS {
                    if names.is_empty() || names.contains(&Name(id)) {
                        self.tell(&words::status(self.cluster.replica(id)));
                    }
                }
            }
            Command::Elect(Name(at)) => self.elect(*at),
            Command::Settle => self.settle(),
        }
        Ok(std::mem::take(&mut self.told))
    }
}

impl Runner {
    fn tell(&mut self, line: &str) {
        writeln!(self.told, "{line}").expect("a string takes any line");
    }

    /// One step, and all that it does.
    fn act(&mut self, at: NodeId, input: Input) {
        let before = Summary::of(&self.cluster.replica(at).node);
        let effects = self.cluster.step(at, input);
        let change = Summary::of(&self.cluster.replica(at).node).since(&before);
        if effects.is_empty() && change.is_none() {
            self.tell("  nothing");
        }
        for effect in &effects {
            self.tell(&format!("  {}", words::effect(effect)));
        }
        if let Some(change) = change {
            self.tell(&format!("  {change}"));
        }
        let isolated = &self.isolated;
        self.cluster
            .network
            .retain(|envelope| !isolated.contains(&envelope.from) && !isolated.contains(&envelope.to));
    }

    fn sync(&mut self, at: NodeId, count: Option<u32>) {
        let count = count.unwrap_or(self.cluster.replica(at).node.records_in_flight());
        self.tell(&format!("{at}: {} synced", words::records(count)));
        self.act(at, Input::Synced(count));
    }

    fn ask(&mut self, at: NodeId, bodies: Vec<RequestBody>) {
        let mut requests = Vec::new();
        for body in bodies {
            self.requests += 1;
            self.tell(&format!("{at}: r{} {}", self.requests, words::request(&body)));
            let id = RequestId(self.requests);
            requests.push(Request { id, body });
        }
        self.act(at, Input::Requests(requests));
    }

    /// Delivers as a caller must: it asks first whether the message can be honest.
    fn deliver(&mut self, envelope: Envelope) {
        self.tell(&words::envelope(&envelope));
        let Envelope { from, to, message } = envelope;
        match self.cluster.replica(to).node.admits(from, &message) {
            Ok(()) => self.act(to, Input::Receive { from, message }),
            Err(violation) => self.tell(&format!("  refused: {violation}")),
        }
    }

    /// Takes out of the network what a command is about.
    fn take(
        &mut self,
        from: Option<Name>,
        to: Option<Name>,
        skip: Option<usize>,
        count: Option<usize>,
    ) -> Vec<Envelope> {
        let is_meant = |envelope: &Envelope| {
            from.is_none_or(|name| name.0 == envelope.from) && to.is_none_or(|name| name.0 == envelope.to)
        };
        let (skip, count) = (skip.unwrap_or(0), count.unwrap_or(usize::MAX));
        let mut place = 0;
        let mut taken = Vec::new();
        self.cluster.network.retain(|envelope| {
            if !is_meant(envelope) {
                return true;
            }
            place += 1;
            let take = place > skip && place - skip <= count;
            if take {
                taken.push(envelope.clone());
            }
            !take
        });
        taken
    }

    fn survivors(&mut self, at: NodeId) {
        let replica = self.cluster.replica(at);
        let mut records = replica.synced.clone();
        let mut lines = Vec::new();
        let config = *replica.node.config();
        for keep in 0..=replica.in_flight.len() {
            let node = restart(config, &records, replica.node.store().clone());
            let HardState { epoch, vote, .. } = node.hard();
            let vote = vote.map_or("no vote".to_string(), |vote| format!("vote {vote}"));
            let log = words::log(node.log());
            lines.push(format!("keep {keep}: {epoch}, {vote}, log {log}"));
            records.extend(replica.in_flight.get(keep).cloned());
        }
        self.tell(&lines.join("\n"));
    }

    fn elect(&mut self, at: NodeId) {
        self.act(at, Input::Timeout(Timer::Election));
        self.sync(at, None);
        for envelope in self.take(Some(Name(at)), None, None, None) {
            let voter = envelope.to;
            self.deliver(envelope);
            self.sync(voter, None);
        }
        for envelope in self.take(None, Some(Name(at)), None, None) {
            self.deliver(envelope);
        }
        self.told.clear();
        let epoch = self.cluster.replica(at).node.epoch();
        let elected = self.cluster.replica(at).node.leader() == Some(at);
        let outcome = if elected {
            "is elected in"
        } else {
            "is not elected in"
        };
        self.tell(&format!("{at} {outcome} {epoch}"));
    }

    fn settle(&mut self) {
        loop {
            for at in MEMBERS {
                if self.cluster.replica(at).node.records_in_flight() > 0 {
                    self.sync(at, None);
                }
            }
            let envelopes = std::mem::take(&mut self.cluster.network);
            if envelopes.is_empty() {
                return;
            }
            for envelope in envelopes {
                self.deliver(envelope);
            }
        }
    }
}
