//! The network between three processes, in the harness's hands.
//!
//! Each of the six ways from a node to a peer leads through a listener here. It reads the frames that the sender writes,
//! and passes them on over a connection of its own, on which it is the sender for the receiver. Of one partition, the one
//! that a trace is about, messages stay here until they are let out; all others pass.
//!
//! What it can do is what a network can: a message may be late, overtaken (then the receiver's connection is a new one, as it
//! would be), repeated, or never come. It makes nothing up.

use super::ways::{Order, Way, accept, pass_on};
use anyhow::Context;
use katakv::wire::{NodeFrame, PeerFrame, frame};
use katakv_core::{Message, Partition, REPLICAS};
use serde::Serialize;
use std::collections::VecDeque;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::{Arc, Mutex, MutexGuard};
use tokio::net::TcpListener;
use tokio::sync::{Notify, mpsc};
use tokio::task::JoinSet;

/// Where the ways begin; see the nodes' own address for why it is not 127.0.0.1.
const HOST: Ipv4Addr = Ipv4Addr::new(127, 0, 0, 78);

/// How many frames may wait to be passed on, on each way. A node that is paused takes none; further ones are lost.
const FRAMES_MAX: usize = 8192;

/// How many messages are held at most; further ones are lost.
const HELD_MAX: usize = 1024;

/// How many that were let out are remembered, to be repeated.
const REMEMBERED_MAX: usize = 64;

/// A message that is held.
#[derive(Clone, Debug)]
pub struct Held {
    /// Its number: a later one was sent later.
    pub number: u64,
    /// Between whom.
    pub way: Way,
    /// What it says.
    pub message: Message,
}

/// What becomes of a message of the partition in question.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// It goes on at once.
    Pass,
    /// It stays until it is let out.
    Hold,
}

/// What the network has done.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Done {
    /// Messages that were held, and let out when it was their turn.
    pub let_out: usize,
    /// Those of them that an earlier one had overtaken: the receiver's connection was a new one.
    pub reordered: usize,
    /// Messages that were let out again.
    pub repeated: usize,
    /// Messages that came when all was over.
    pub late: usize,
    /// Messages that were held, and never came.
    pub lost: usize,
}

/// What decides about a message of the partition in question: who says it, and what.
type Judge = Box<dyn FnMut(Way, &Message) -> Verdict + Send>;

struct State {
    /// Of which partition messages are held, and by which rule.
    held_of: Option<(Partition, Judge)>,
    held: VecDeque<Held>,
    remembered: VecDeque<(Way, Message)>,
    numbers: u64,
    /// The number of the last message that was let out, on each way.
    last_out: [u64; REPLICAS * REPLICAS],
    done: Done,
}

struct Shared {
    state: Mutex<State>,
    changed: Notify,
    onward: [Option<mpsc::Sender<Order>>; REPLICAS * REPLICAS],
}

/// The six ways. They end with it.
pub struct Network {
    shared: Arc<Shared>,
    entrances: Vec<(Way, SocketAddr)>,
    _tasks: JoinSet<()>,
}

impl Network {
    /// Ways to the nodes at `nodes`, within a runtime. All is passed on until something is held.
    pub async fn new(nodes: [SocketAddr; REPLICAS]) -> anyhow::Result<Network> {
        let mut tasks = JoinSet::new();
        let (mut onward, mut entrances, mut listeners) =
            (std::array::from_fn(|_| None), Vec::new(), Vec::new());
        for way in Way::all() {
            let listener = TcpListener::bind((HOST, 0))
                .await
                .context("no free port on loopback")?;
            entrances.push((way, listener.local_addr()?));
            listeners.push((way, listener));
            let (orders, taken) = mpsc::channel(FRAMES_MAX);
            onward[way.place()] = Some(orders);
            tasks.spawn(pass_on(way, nodes[usize::from(way.to.0)], taken));
        }
        let shared = Arc::new(Shared {
            state: Mutex::new(State {
                held_of: None,
                held: VecDeque::new(),
                remembered: VecDeque::new(),
                numbers: 0,
                last_out: [0; REPLICAS * REPLICAS],
                done: Done::default(),
            }),
            changed: Notify::new(),
            onward,
        });
        for (way, listener) in listeners {
            let shared = Arc::clone(&shared);
            tasks.spawn(accept(way, listener, move |way, frame| {
                shared.arrived(way, frame)
            }));
        }
        Ok(Network {
            shared,
            entrances,
            _tasks: tasks,
        })
    }

    /// Where the ways begin.
    pub fn entrances(&self) -> &[(Way, SocketAddr)] {
        &self.entrances
    }

    /// From now on `judge` decides about the messages of `partition`.
    pub fn hold(&self, partition: Partition, judge: impl FnMut(Way, &Message) -> Verdict + Send + 'static) {
        let mut state = self.shared.lock();
        state.held_of = Some((partition, Box::new(judge)));
        state.remembered.clear();
        state.last_out = [0; REPLICAS * REPLICAS];
    }

    /// Lets the first held message out for which `is_it` holds, by the order in which they were sent; returns it.
    pub fn let_out(&self, is_it: impl Fn(&Held) -> bool) -> Option<Held> {
        let mut state = self.shared.lock();
        let place = state.held.iter().position(is_it)?;
        let held = state.held.remove(place)?;
        state.done.let_out += 1;
        let last = &mut state.last_out[held.way.place()];
        if held.number < *last {
            state.done.reordered += 1;
            self.shared.order(held.way, Order::Reconnect);
        } else {
            *last = held.number;
        }
        if state.remembered.len() == REMEMBERED_MAX {
            state.remembered.pop_front();
        }
        state.remembered.push_back((held.way, held.message.clone()));
        self.shared.send(&state, held.way, &held.message);
        Some(held)
    }

    /// Lets the last message out once more for which `is_it` holds; whether there is one.
    pub fn repeat(&self, is_it: impl Fn(Way, &Message) -> bool) -> bool {
        let mut state = self.shared.lock();
        let found = state
            .remembered
            .iter()
            .rev()
            .find(|(way, message)| is_it(*way, message));
        let Some((way, message)) = found.cloned() else {
            return false;
        };
        state.done.repeated += 1;
        self.shared.send(&state, way, &message);
        true
    }

    /// The first held message for which `is_it` holds.
    pub fn find(&self, is_it: impl Fn(&Held) -> bool) -> Option<Held> {
        self.shared.lock().held.iter().find(|held| is_it(held)).cloned()
    }

    /// The number that the next held message has at least.
    pub fn next_number(&self) -> u64 {
        self.shared.lock().numbers + 1
    }

    /// Nothing is held any more. What was is lost, or comes `late`: the youngest first, over new connections, so that nearly
    /// all of them are out of order; and after them what had been let out before, once more.
    pub fn let_all_go(&self, late: bool) {
        let mut state = self.shared.lock();
        let held = std::mem::take(&mut state.held);
        let remembered = std::mem::take(&mut state.remembered);
        match late {
            false => state.done.lost += held.len(),
            true => {
                Way::all().for_each(|way| self.shared.order(way, Order::Reconnect));
                for held in held.iter().rev() {
                    self.shared.send(&state, held.way, &held.message);
                }
                for (way, message) in remembered.iter().rev() {
                    self.shared.send(&state, *way, message);
                }
                state.done.late += held.len();
                state.done.repeated += remembered.len();
            }
        }
        state.held_of = None;
    }

    /// What it has done since this was asked for the last time.
    pub fn take_done(&self) -> Done {
        std::mem::take(&mut self.shared.lock().done)
    }

    /// Resolves when a message has come in since this was awaited the last time.
    pub async fn changed(&self) {
        self.shared.changed.notified().await;
    }
}

impl Shared {
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state
            .lock()
            .expect("nothing panics while it holds the network")
    }

    /// A frame has come in.
    fn arrived(&self, way: Way, frame: NodeFrame) {
        let mut state = self.lock();
        let (verdict, message) = match (&mut state.held_of, &frame) {
            (Some((partition, judge)), NodeFrame::Message(frame)) if frame.partition == *partition => {
                (judge(way, &frame.message), Some(&frame.message))
            }
            _ => (Verdict::Pass, None),
        };
        match (verdict, message) {
            (Verdict::Hold, Some(message)) => {
                // A leader repeats itself, and so does who asks for votes: once is enough.
                let is_same = |held: &Held| held.way == way && held.message == *message;
                if state.held.iter().any(is_same) {
                    return;
                }
                if state.held.len() == HELD_MAX {
                    state.done.lost += 1;
                    return;
                }
                state.numbers += 1;
                let number = state.numbers;
                state.held.push_back(Held {
                    number,
                    way,
                    message: message.clone(),
                });
                drop(state);
                self.changed.notify_one();
            }
            (Verdict::Pass | Verdict::Hold, _) => {
                let mut bytes = Vec::new();
                frame::put(&mut bytes, &frame);
                self.order(way, Order::Send(bytes));
            }
        }
    }

    /// Passes a message of the partition in question on.
    fn send(&self, state: &State, way: Way, message: &Message) {
        let Some((partition, _)) = &state.held_of else {
            return;
        };
        let frame = NodeFrame::Message(PeerFrame {
            partition: *partition,
            message: message.clone(),
        });
        let mut bytes = Vec::new();
        frame::put(&mut bytes, &frame);
        self.order(way, Order::Send(bytes));
    }

    fn order(&self, way: Way, order: Order) {
        if let Some(onward) = &self.onward[way.place()] {
            // Where there is no room it is lost, as anywhere on a network.
            let _ = onward.try_send(order);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::nodes::CLUSTER;
    use super::*;
    use katakv::wire::Hello;
    use katakv_core::{Epoch, NodeId};
    use tokio::io::AsyncWriteExt;
    use tokio::net::TcpStream;

    const WAY: Way = Way {
        from: NodeId(0),
        to: NodeId(1),
    };

    fn vote(epoch: u64) -> Message {
        Message::Vote { epoch: Epoch(epoch) }
    }

    fn says(partition: u8, epoch: u64) -> NodeFrame {
        NodeFrame::Message(PeerFrame {
            partition: Partition(partition),
            message: vote(epoch),
        })
    }

    /// The frames of the next connection, until it ends or another one is there.
    async fn heard(node: &TcpListener, frames: usize) -> Vec<NodeFrame> {
        let (mut stream, _) = node.accept().await.unwrap();
        let hello: Hello = frame::read(&mut stream).await.unwrap().unwrap();
        assert!(matches!(hello, Hello::Peer { from: NodeId(0), .. }), "{hello:?}");
        let mut heard = Vec::new();
        for _ in 0..frames {
            heard.push(frame::read(&mut stream).await.unwrap().unwrap());
        }
        heard
    }

    #[tokio::test]
    async fn what_is_held_comes_when_it_is_let_out_and_out_of_order_over_a_new_connection() {
        let node = TcpListener::bind((HOST, 0)).await.unwrap();
        let network = Network::new([node.local_addr().unwrap(); REPLICAS])
            .await
            .unwrap();
        network.hold(Partition(3), |_, _| Verdict::Hold);
        let (_, entrance) = network.entrances().iter().find(|(way, _)| *way == WAY).unwrap();
        let mut sender = TcpStream::connect(*entrance).await.unwrap();
        let mut bytes = Vec::new();
        frame::put(
            &mut bytes,
            &Hello::Peer {
                cluster: CLUSTER,
                from: WAY.from,
            },
        );
        for frame in [says(3, 1), says(3, 2), says(3, 2), says(5, 7)] {
            frame::put(&mut bytes, &frame);
        }
        sender.write_all(&bytes).await.unwrap();
        while network.find(|held| held.message == vote(2)).is_none() {
            network.changed().await;
        }
        assert!(network.let_out(|held| held.message == vote(2)).is_some());
        assert_eq!(
            heard(&node, 2).await,
            [says(5, 7), says(3, 2)],
            "other partitions pass"
        );
        assert!(network.let_out(|_| true).is_some());
        assert!(network.repeat(|way, _| way == WAY));
        assert_eq!(heard(&node, 2).await, [says(3, 1), says(3, 1)]);
        assert!(
            network.let_out(|_| true).is_none(),
            "what is said twice is held once"
        );
        let done = network.take_done();
        assert_eq!((done.let_out, done.reordered, done.repeated), (2, 1, 1));
    }
}
