//! Taps of nodes that do what a trace of the model says: as `katakv serve --record` would leave them, without a network or a
//! clock, so that a test knows each event.

use katakv::codec;
use katakv::tap::{End, Event, Sum, TapWriter};
use katakv::wire::ClusterId;
use katakv_core::{
    Base, Config, Effect, EntryId, Epoch, Image, Input, Log, MemLog, MemStore, Message, Node, NodeId,
    Partition, REPLICAS, Request, RequestBody, RequestId, Snapshot, Sound, Standing, Timer, recover, refill,
    step,
};
use katakv_model::{Action, State, StoreFate, System, Trace};
use std::path::Path;

/// The events of one process.
pub type Start = Vec<Event>;

/// The events of three nodes, by node and start.
#[derive(Clone)]
pub struct Taps(pub [Vec<Start>; REPLICAS]);

/// The partition that a trace occupies.
pub const PARTITION: Partition = Partition(4);

const MEMBERS: [NodeId; REPLICAS] = [NodeId(0), NodeId(1), NodeId(2)];

impl Taps {
    /// The taps of nodes that take the steps of `trace`.
    pub fn of(trace: &Trace) -> Taps {
        let (mut taps, ..) = Taps::until_the_end(trace);
        taps.stop();
        taps
    }

    /// The same, and then each of them crashes without losing anything, comes back, and stops.
    pub fn of_restarted(trace: &Trace) -> Taps {
        let (mut taps, system, state) = Taps::until_the_end(trace);
        for node in MEMBERS {
            let of = state.replica(node).disk().unsynced().len() as u8;
            let crash = Action::Crash {
                node,
                keep: of,
                of,
                store: StoreFate::Kept,
            };
            let back = system.perform(&state, &crash).unwrap().state;
            taps.last(node).push(Event::Ended(End::Stopped));
            let back = started(node, back.replica(node).node());
            taps.0[usize::from(node.0)].push(back);
        }
        taps.stop();
        taps
    }

    fn stop(&mut self) {
        for node in MEMBERS {
            self.last(node).push(Event::Ended(End::Stopped));
        }
    }

    fn until_the_end(trace: &Trace) -> (Taps, System, State) {
        let system = trace.system().unwrap();
        let mut state = system.empty();
        // A name for each state that may come in.
        let mut states = 0;
        let mut taps = Taps(MEMBERS.map(|node| vec![started(node, state.replica(node).node())]));
        for action in system.prelude().iter().chain(&trace.steps) {
            let outcome = system.perform(&state, action).unwrap();
            let node = action.node();
            if let Action::Crash { .. } | Action::Lose { .. } = action {
                taps.last(node).push(Event::Ended(End::Stopped));
                let back = outcome.state.replica(node).node().clone();
                taps.0[usize::from(node.0)].push(started(node, &back));
            } else if let Some((_, input)) = &outcome.input {
                let tap = taps.last(node);
                states += 1;
                tap.push(Event::Input {
                    partition: PARTITION,
                    input: brings_by_name(input.clone(), states),
                });
                did(tap, &outcome.effects, states);
            }
            state = outcome.state;
        }
        taps.ask_everywhere(&system, &state);
        (taps, system, state)
    }

    /// In the model sessions are invariants and not steps: at the end each replica is asked about each acknowledged write.
    fn ask_everywhere(&mut self, system: &System, state: &State) {
        for node in MEMBERS {
            let reads = state.ledger().acks.iter().flat_map(|ack| {
                let (key, seen) = (system.key().clone(), ack.at);
                [RequestBody::Read { key, seen }, RequestBody::Fate { at: ack.at }]
            });
            let requests: Vec<Request> = reads
                .zip((1 << 40..).map(RequestId))
                .map(|(body, id)| Request { id, body })
                .collect();
            if requests.is_empty() {
                continue;
            }
            let input = Input::Requests(requests);
            let mut effects = Vec::new();
            let mut replica = state.replica(node).node().clone();
            step(system.rules, &mut replica, input.clone(), &mut effects);
            let tap = self.last(node);
            tap.push(Event::Input {
                partition: PARTITION,
                input,
            });
            did(tap, &effects, 0);
        }
    }

    fn last(&mut self, node: NodeId) -> &mut Start {
        self.0[usize::from(node.0)].last_mut().unwrap()
    }

    /// Puts them into files below `dir`.
    pub fn save(&self, dir: &Path) {
        for node in MEMBERS {
            for start in &self.0[usize::from(node.0)] {
                TapWriter::create(dir, node).unwrap().events(start).unwrap();
            }
        }
    }
}

/// A real node is given a state by the name that its store has for it.
fn brings_by_name(mut input: Input, name: u64) -> Input {
    if let Input::Receive {
        message: Message::Snapshot { snapshot, .. },
        ..
    } = &mut input
    {
        snapshot.state = Image::Named(name);
    }
    input
}

/// What a node does, in the order in which a real one does it. If a state has come in, it has this name.
fn did(tap: &mut Start, effects: &[Effect], name: u64) {
    let scratch = &mut Vec::new();
    let states: Vec<(NodeId, Epoch, &Snapshot)> = effects
        .iter()
        .filter_map(|effect| match effect {
            Effect::Send {
                to,
                message: Message::Snapshot { epoch, snapshot },
            } => Some((*to, *epoch, snapshot)),
            _ => None,
        })
        .collect();
    for (_, _, snapshot) in &states {
        tap.push(Event::Imaged {
            partition: PARTITION,
            at: snapshot.last(),
        });
    }
    for (to, epoch, snapshot) in states {
        tap.push(Event::StateSent {
            partition: PARTITION,
            to,
            state: Sum::of_state(epoch, &snapshot.lineage, scratch),
        });
    }
    for effect in effects {
        match effect {
            Effect::Arm(timer) => tap.push(Event::Armed {
                partition: PARTITION,
                timer: *timer,
            }),
            Effect::Reply { request, reply } => tap.push(Event::Replied {
                request: *request,
                reply: Sum::of(reply, scratch),
            }),
            Effect::Persist(_) | Effect::Send { .. } => {}
        }
    }
    for effect in effects {
        if let Effect::Persist(record) = effect {
            let mut record = record.clone();
            if let Some(Base::Installed(snapshot)) = &mut record.base {
                snapshot.state = Image::Named(name);
            }
            tap.push(Event::Appended {
                partition: PARTITION,
                record: Sum::of_bytes(&codec::encode(&record)),
            });
        }
    }
    for effect in effects {
        if let Effect::Send { to, message } = effect
            && !matches!(message, Message::Snapshot { .. })
        {
            tap.push(Event::Sent {
                partition: PARTITION,
                to: *to,
                message: Sum::of(message, scratch),
            });
        }
    }
    tap.push(Event::Performed);
}

/// What a process records when it has opened: `back` in the trace's partition, replicas as new in the others.
fn started(node: NodeId, back: &Node<MemLog, MemStore>) -> Start {
    let mut tap = vec![Event::Started {
        cluster: ClusterId(1),
        node,
    }];
    for partition in Partition::all() {
        let replica = if partition == PARTITION {
            let data = match back.log().compacted() {
                EntryId::ZERO => Default::default(),
                _ => back.store().contents().clone(),
            };
            let quarantine = back.store().in_quarantine().to_vec();
            let store = MemStore::new(back.applied(), data, quarantine);
            back.to_mem(store, Clone::clone)
        } else {
            fresh(*back.config(), back.standing())
        };
        let replica = Box::new(replica);
        tap.push(Event::Recovered { partition, replica });
    }
    tap.extend(Partition::all().map(|partition| Event::Armed {
        partition,
        timer: Timer::Election,
    }));
    tap.push(Event::Performed);
    tap
}

/// A replica that has heard nothing yet, with a disk of its own or a lost one.
fn fresh(config: Config, standing: Standing) -> Node<MemLog, MemStore> {
    let begun = match standing {
        Standing::Original => None,
        Standing::Learner { incarnation } | Standing::Member { incarnation } => {
            Some(refill(&Sound, incarnation))
        }
    };
    let (log, store) = (MemLog::default(), MemStore::default());
    recover(&Sound, config, begun, log, store, &mut Vec::new()).unwrap()
}
