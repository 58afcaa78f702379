//! The protocol of KataKV, for one replica of one partition, as pure transition functions.
//!
//! [`step`] takes what happened ([`Input`]) and says what to do ([`Effect`]); between the two, a [`Node`] changes.
//! The checker explores it, the server runs it, the conformance suite compares the two: one function, three callers.
//!
//! Where things are:
//! - a message enters in `step.rs`, which asks `admit.rs` whether an honest peer can have said it;
//! - `pre_vote.rs`, `election.rs`, `leader.rs`, `follower.rs` and `requests.rs` decide;
//! - `compaction.rs` drops what a log need not hold any more, `snapshot.rs` says what stands for it;
//! - `checkpoint.rs` puts all that is durable into a few records, so that those before them need not be kept;
//! - `refill.rs` brings back a replica that has lost its disk;
//! - `gate.rs` keeps what must wait for the disk, and effects leave at the end of `step.rs`;
//! - `reads.rs` confirms a leader for linearizable reads, `transfer.rs` hands its leadership over;
//! - `retries.rs` finds out whether a write is new, `clients.rs` is what is remembered for that;
//! - `levels.rs` knows how far each level of acknowledgement has got, `awaited.rs` tells it of a write later on;
//! - `apply.rs` changes the store by what is committed, `transaction.rs` says what an entry can be asked to do;
//! - `expiry.rs` lets keys go whose time to live is over, `deadlines.rs` knows when that is;
//! - `directory.rs` is for those outside who are told the result of an election;
//! - `quarantine.rs` keeps what a log gives up;
//! - `session.rs` says whether a read may be answered, `scan.rs` what a page of many keys is, `any_read.rs` how old an answer is that may be of any age, `fate.rs`
//!   what became of a write, `recover.rs` how a replica comes back;
//! - `rules.rs` lists the decisions that a mutant of the checker may break, `branch.rs` the ways that a step can go.
//!
//! ```
//! use katakv_core::*;
//!
//! // Three replicas' worth of configuration; this is replica 0, with an empty disk.
//! let members = [NodeId(0), NodeId(1), NodeId(2)];
//! let config = Config::new(NodeId(0), members, Limits::default());
//! let mut effects = Vec::new();
//! let mut node = recover(&Sound, config, [], MemLog::default(), MemStore::default(), &mut effects).unwrap();
//!
//! // It hears no leader and asks whether it would be elected. Nothing has changed for anybody by that.
//! effects.clear();
//! step(&Sound, &mut node, Input::Timeout(Timer::Election), &mut effects);
//! assert!(!effects.iter().any(|effect| matches!(effect, Effect::Persist(_))));
//!
//! // One of the others says yes, and it campaigns: a record goes to the disk, and the vote requests wait for it.
//! let yes = Message::PreVoted { epoch: node.epoch() };
//! effects.clear();
//! step(&Sound, &mut node, Input::Receive { from: NodeId(1), message: yes }, &mut effects);
//! assert!(effects.iter().any(|effect| matches!(effect, Effect::Persist(_))));
//! assert!(!effects.iter().any(|effect| matches!(effect, Effect::Send { .. })));
//!
//! // The record is synced: now they leave.
//! effects.clear();
//! step(&Sound, &mut node, Input::Synced(1), &mut effects);
//! assert_eq!(effects.iter().filter(|effect| matches!(effect, Effect::Send { .. })).count(), 2);
//! ```

mod admit;
mod any_read;
mod apply;
mod awaited;
mod branch;
mod bytes;
mod checkpoint;
mod clients;
mod compaction;
mod config;
mod deadlines;
mod directory;
mod effect;
mod election;
mod entry;
mod expiry;
mod fate;
mod follower;
mod gate;
mod leader;
mod levels;
mod log;
mod mem;
mod message;
mod node;
mod pairs;
mod pre_vote;
mod quarantine;
mod reads;
mod record;
mod recover;
mod refill;
mod request;
mod requests;
mod retries;
mod rules;
mod scan;
mod session;
mod snapshot;
mod step;
mod store;
mod transaction;
mod transfer;
mod types;

pub use admit::Violation;
pub use any_read::any_read;
pub use awaited::awaited;
pub use branch::Branch;
pub use bytes::Bytes;
pub use clients::{Client, ClientChange, Clients, Executed, OUTSTANDING_MAX, Once, Origin};
pub use config::{Config, Limits};
pub use deadlines::Deadlines;
pub use directory::{Directory, Elected};
pub use effect::{Effect, Input, Timer};
pub use entry::{Entries, Entry, Op, Payload};
pub use expiry::Expiry;
pub use fate::{Fate, fate};
pub use log::{Lineage, Log};
pub use mem::{MemLog, MemStore, bounded};
pub use message::Message;
pub use node::{Leadership, Node, PendingWrite, Progress, Role};
pub use reads::{Reads, WaitingRead};
pub use record::{Base, HardState, Record, Standing, Tail};
pub use recover::{RecoverError, Recovery, recover};
pub use refill::refill;
pub use request::{AckLevel, LostRange, Reply, Request, RequestBody};
pub use retries::Unapplied;
pub use rules::{Rules, Sound};
pub use scan::{Scan, ScanPage};
pub use session::{SessionRead, session_read};
pub use snapshot::{Image, Snapshot, State};
pub use step::step;
pub use store::Store;
pub use transaction::{Condition, Outcome, Transaction, Versioned};
pub use transfer::Transfer;
pub use types::{EntryId, Epoch, Index, NodeId, PARTITIONS, Partition, REPLICAS, RequestId};
