//! The commands of the scripts, and how their arguments are read.

use katakv_core::*;
use std::str::FromStr;

/// What a script can say. Nodes are `n0`, `n1`, `n2`; entries `e1:2`.
#[derive(goldenscript::Command)]
pub enum Command {
    /// Begins anew, with these bounds.
    Limits {
        #[arg(key, optional)]
        window: Option<u32>,
        /// Entries in one append.
        #[arg(key, optional)]
        entries: Option<u32>,
        #[arg(key, optional)]
        uncommitted: Option<u32>,
        #[arg(key, optional)]
        push_commit: Option<bool>,
        /// Linearizable reads that may wait.
        #[arg(key, optional)]
        reads: Option<u32>,
        /// Acknowledged and un-replicated.
        #[arg(key, optional)]
        leader_acks: Option<u32>,
        #[arg(key, optional)]
        pre_vote: Option<bool>,
        #[arg(key, optional)]
        quorum_heartbeats: Option<u32>,
        #[arg(key, optional)]
        transfer_heartbeats: Option<u32>,
        /// Clients that are remembered.
        #[arg(key, optional)]
        clients: Option<u32>,
    },

    /// A timer fires: `timeout n0 election`.
    Timeout(Name, Clock),

    /// The oldest records in flight, or all of them, are durable now: `sync n0 count=1`.
    Sync {
        at: Name,
        #[arg(key, optional)]
        count: Option<u32>,
    },

    /// Delivers what is in the network now; not what it causes. `skip` leaves the oldest ones behind.
    Deliver {
        #[arg(key, optional)]
        from: Option<Name>,
        #[arg(key, optional)]
        to: Option<Name>,
        #[arg(key, optional)]
        skip: Option<usize>,
        #[arg(key, optional)]
        count: Option<usize>,
    },

    /// Loses messages.
    Drop {
        #[arg(key, optional)]
        from: Option<Name>,
        #[arg(key, optional)]
        to: Option<Name>,
        #[arg(key, optional)]
        skip: Option<usize>,
        #[arg(key, optional)]
        count: Option<usize>,
    },

    /// The network repeats messages.
    Duplicate {
        #[arg(key, optional)]
        from: Option<Name>,
        #[arg(key, optional)]
        to: Option<Name>,
        #[arg(key, optional)]
        skip: Option<usize>,
        #[arg(key, optional)]
        count: Option<usize>,
    },

    /// What is in the network.
    Network,

    /// A message that nobody honest has sent, in the words in which messages are shown.
    Forge {
        #[arg(key)]
        from: Name,
        #[arg(key)]
        to: Name,
        message: Forged,
    },

    /// Whatever is sent to or by these nodes from now on is lost.
    Isolate(Vec<Name>),

    /// Nobody is isolated any more.
    Heal,

    /// Writes, as one batch: `put n0 a=1 b=2 level=all`.
    Put {
        at: Name,
        #[arg(key, optional)]
        level: Level,
        pairs: Vec<(String, String)>,
    },

    /// Deletes keys, as one batch.
    Delete {
        at: Name,
        keys: Vec<String>,
        #[arg(key, optional)]
        level: Level,
    },

    /// A read of a session that has seen an entry: `get n2 a seen="e1:2"`.
    Get {
        at: Name,
        key: String,
        #[arg(key, optional)]
        seen: Option<Id>,
    },

    /// Changes as one, under conditions: `transact n0 "a is e1:2" "b is absent" "put a=1" "delete b"`.
    Transact {
        at: Name,
        #[arg(key, optional)]
        level: Level,
        parts: Vec<Part>,
    },

    /// A client registers.
    Register(Name),

    /// A numbered write of a client: `once n0 "put a=1" of="e1:2" seq=1 done=0`. Parts are those of `transact`.
    Once {
        at: Name,
        #[arg(key)]
        of: Id,
        #[arg(key)]
        seq: u64,
        #[arg(key, optional)]
        done: u64,
        #[arg(key, optional)]
        level: Level,
        parts: Vec<Part>,
    },

    /// What became of entries: `fate n2 "e1:2" "e1:3"`.
    Fate(Name, Vec<Id>),

    /// A linearizable read: `read n0 a`.
    Read { at: Name, key: String },

    /// Several requests as one input: `batch n0 "put a=1" "get a" "delete a level=all" "once e1:2 1 put b=1"`.
    Batch(Name, Vec<Asked>),

    /// The power fails; the `keep` oldest records in flight survive. The replica restarts at once, with the store
    /// that it had or, as `store=lags`, with what its own disk has.
    Crash {
        at: Name,
        #[arg(key, optional)]
        keep: usize,
        #[arg(key, optional)]
        store: Option<Lags>,
    },

    /// The disk is lost. The replica restarts at once with an empty one, as a learner: `lose n1 incarnation=1`.
    Lose {
        at: Name,
        #[arg(key)]
        incarnation: u64,
    },

    /// The store's disk has all that is applied; the log may drop it, or what is up to an index: `compact n0 to=3`.
    Compact {
        at: Name,
        #[arg(key, optional)]
        to: Option<u64>,
    },

    /// Another replica is to lead: `transfer n0 to=n1`, or whoever has got farthest.
    Transfer {
        at: Name,
        #[arg(key, optional)]
        to: Option<Name>,
    },

    /// What the replica would come back as if the power failed now, for each prefix that may survive.
    Survivors(Name),

    /// The replicas' states; of all, or of those named.
    Status(#[arg(optional, many)] Vec<Name>),

    /// A whole election up to the leader's barrier, which is in flight then.
    Elect(Name),

    /// Syncs and delivers everything until nothing is left to do.
    Settle,
}

/// `n0`.
#[derive(Clone, Copy, PartialEq)]
pub struct Name(pub NodeId);

/// `e1:2`.
pub struct Id(pub EntryId);

/// `election` or `heartbeat`.
pub struct Clock(pub Timer);

/// `leader`, `quorum` or `all`.
#[derive(Default)]
pub struct Level(pub AckLevel);

/// `lags`.
pub struct Lags;

/// One request of a batch.
pub struct Asked(pub RequestBody);

/// A part of a transaction: `a is e1:2`, `a is absent`, `put a=1` or `delete a`.
pub enum Part {
    Condition(Condition),
    Op(Op),
}

/// A message, read from the words in which it is shown.
pub struct Forged(pub Message);

impl FromStr for Name {
    type Err = String;

    fn from_str(text: &str) -> Result<Name, String> {
        let number = text.strip_prefix('n').and_then(|number| number.parse().ok());
        number
            .map(|number| Name(NodeId(number)))
            .ok_or(format!("not a node: {text}"))
    }
}

impl FromStr for Id {
    type Err = String;

    fn from_str(text: &str) -> Result<Id, String> {
        let (own, index) = text.split_once(':').ok_or(format!("not an entry: {text}"))?;
        Ok(Id(EntryId::new(epoch(own)?, Index(number(index)?))))
    }
}

impl FromStr for Clock {
    type Err = String;

    fn from_str(text: &str) -> Result<Clock, String> {
        match text {
            "election" => Ok(Clock(Timer::Election)),
            "heartbeat" => Ok(Clock(Timer::Heartbeat)),
            _ => Err(format!("not a timer: {text}")),
        }
    }
}

impl FromStr for Level {
    type Err = String;

    fn from_str(text: &str) -> Result<Level, String> {
        match text {
            "leader" => Ok(Level(AckLevel::Leader)),
            "quorum" => Ok(Level(AckLevel::Quorum)),
            "all" => Ok(Level(AckLevel::All)),
            _ => Err(format!("not a level: {text}")),
        }
    }
}

impl FromStr for Lags {
    type Err = String;

    fn from_str(text: &str) -> Result<Lags, String> {
        match text {
            "lags" => Ok(Lags),
            _ => Err(format!("a store keeps up or it lags: {text}")),
        }
    }
}

impl FromStr for Asked {
    type Err = String;

    fn from_str(text: &str) -> Result<Asked, String> {
        let words: Vec<&str> = text.split_whitespace().collect();
        let body = match words[..] {
            ["put", pair] => write(put(pair)?, AckLevel::default()),
            ["put", pair, level] => write(put(pair)?, after(level, "level=")?.parse::<Level>()?.0),
            ["delete", key] => write(delete(key), AckLevel::default()),
            ["delete", key, level] => write(delete(key), after(level, "level=")?.parse::<Level>()?.0),
            ["fate", at] => RequestBody::Fate {
                at: at.parse::<Id>()?.0,
            },
            ["register"] => RequestBody::Register,
            ["once", client, seq, "put", pair] => {
                let origin = Origin {
                    client: client.parse::<Id>()?.0,
                    seq: number(seq)?,
                    done: 0,
                };
                let transaction = transaction([&Part::Op(put(pair)?)]);
                let (once, level) = (Once { origin, transaction }, AckLevel::default());
                RequestBody::Once { once, level }
            }
            ["scan", prefix] => scan(prefix, None, EntryId::ZERO),
            ["scan", prefix, seen] => scan(prefix, None, after(seen, "seen=")?.parse::<Id>()?.0),
            ["scan", prefix, key, seen] => {
                let key = after(key, "after=")?.into();
                scan(prefix, Some(key), after(seen, "seen=")?.parse::<Id>()?.0)
            }
            ["await", at, level] => RequestBody::Await {
                at: at.parse::<Id>()?.0,
                level: level.parse::<Level>()?.0,
            },
            ["any", key] => RequestBody::AnyRead { key: key.into() },
            ["read", key] => RequestBody::LinearizableRead { key: key.into() },
            ["get", key] => read(key, EntryId::ZERO),
            ["get", key, seen] => read(key, after(seen, "seen=")?.parse::<Id>()?.0),
            _ => return Err(format!("not a request: {text}")),
        };
        Ok(Asked(body))
    }
}

impl FromStr for Part {
    type Err = String;

    fn from_str(text: &str) -> Result<Part, String> {
        let words: Vec<&str> = text.split_whitespace().collect();
        Ok(match words[..] {
            ["put", pair] => Part::Op(put(pair)?),
            ["delete", key] => Part::Op(delete(key)),
            [key, "is", "absent"] => Part::Condition(Condition {
                key: key.into(),
                version: None,
            }),
            [key, "is", version] => Part::Condition(Condition {
                key: key.into(),
                version: Some(version.parse::<Id>()?.0),
            }),
            _ => return Err(format!("neither a condition nor a change: {text}")),
        })
    }
}

impl FromStr for Forged {
    type Err = String;

    fn from_str(text: &str) -> Result<Forged, String> {
        let words: Vec<&str> = text
            .split([' ', '[', ']'])
            .filter(|word| !word.is_empty())
            .collect();
        let message = match words[..] {
            ["RequestVote", of, "last", last] => Message::RequestVote {
                epoch: epoch(of)?,
                last: last.parse::<Id>()?.0,
            },
            ["Vote", of] => Message::Vote { epoch: epoch(of)? },
            [
                "Append",
                of,
                "prev",
                prev,
                "commit",
                commit,
                "entries",
                ref entries @ ..,
            ] => Message::Append {
                epoch: epoch(of)?,
                prev: prev.parse::<Id>()?.0,
                commit: Index(number(commit)?),
                entries: barriers(entries)?,
            },
            ["Appended", of, "matched", matched] => Message::Appended {
                epoch: epoch(of)?,
                matched: Index(number(matched)?),
            },
            ["Rejected", of, "prev", prev, "hint", hint] => Message::Rejected {
                epoch: epoch(of)?,
                prev: Index(number(prev)?),
                hint: hint.parse::<Id>()?.0,
            },
            ["PreVote", of, "last", last] => Message::PreVote {
                epoch: epoch(of)?,
                last: last.parse::<Id>()?.0,
            },
            ["TimeoutNow", of] => Message::TimeoutNow { epoch: epoch(of)? },
            ["PreVoted", of] => Message::PreVoted { epoch: epoch(of)? },
            ["Snapshot", of, "of", ref runs @ ..] => Message::Snapshot {
                epoch: epoch(of)?,
                snapshot: Snapshot {
                    lineage: lineage(runs)?,
                    state: Image::Whole(State::default()),
                },
            },
            ["Confirm", of, "round", round] => Message::Confirm {
                epoch: epoch(of)?,
                round: number(round)?,
            },
            ["Confirmed", of, "round", round] => Message::Confirmed {
                epoch: epoch(of)?,
                round: number(round)?,
            },
            ["Learned", of, "incarnation", incarnation, "reached", reached] => Message::Learned {
                epoch: epoch(of)?,
                incarnation: number(incarnation)?,
                reached: Index(number(reached)?),
            },
            [
                "Lacking",
                of,
                "incarnation",
                incarnation,
                "prev",
                prev,
                "hint",
                hint,
            ] => Message::Lacking {
                epoch: epoch(of)?,
                incarnation: number(incarnation)?,
                prev: Index(number(prev)?),
                hint: hint.parse::<Id>()?.0,
            },
            _ => return Err(format!("not a message: {text}")),
        };
        Ok(Forged(message))
    }
}

fn barriers(ids: &[&str]) -> Result<Entries, String> {
    let barrier = |id: &&str| {
        let Id(id) = id.parse()?;
        Ok(Entry {
            id,
            payload: Payload::Barrier,
        })
    };
    ids.iter()
        .map(barrier)
        .collect::<Result<Vec<Entry>, String>>()
        .map(Entries::from)
}

/// `e1..2 e3..4`.
fn lineage(runs: &[&str]) -> Result<Lineage, String> {
    let mut lineage = Lineage::default();
    for run in runs {
        let (own, last) = run.split_once("..").ok_or(format!("not a run: {run}"))?;
        while lineage.last().index < Index(number(last)?) {
            lineage.append(EntryId::new(epoch(own)?, lineage.last().index.next()));
        }
    }
    Ok(lineage)
}

fn epoch(text: &str) -> Result<Epoch, String> {
    number(after(text, "e")?).map(Epoch)
}

/// `max` stands for the largest number there is.
fn number(text: &str) -> Result<u64, String> {
    match text {
        "max" => Ok(u64::MAX),
        _ => text.parse().map_err(|_| format!("not a number: {text}")),
    }
}

fn after<'a>(text: &'a str, prefix: &str) -> Result<&'a str, String> {
    text.strip_prefix(prefix)
        .ok_or(format!("expected {prefix}.. instead of {text}"))
}

fn put(pair: &str) -> Result<Op, String> {
    let (key, value) = pair.split_once('=').ok_or(format!("not key=value: {pair}"))?;
    Ok(Op::Put {
        key: key.into(),
        value: value.into(),
    })
}

fn delete(key: &str) -> Op {
    Op::Delete { key: key.into() }
}

/// The transaction of these parts.
pub fn transaction<'a>(parts: impl IntoIterator<Item = &'a Part>) -> Transaction {
    let mut transaction = Transaction::default();
    for part in parts {
        match part {
            Part::Condition(condition) => transaction.conditions.push(condition.clone()),
            Part::Op(op) => transaction.ops.push(op.clone()),
        }
    }
    transaction
}

/// A write request.
pub fn write(op: Op, level: AckLevel) -> RequestBody {
    RequestBody::Write { op, level }
}

/// A scan of two keys a page.
fn scan(prefix: &str, after: Option<Bytes>, seen: EntryId) -> RequestBody {
    let scan = Scan {
        prefix: prefix.into(),
        after,
        keys_max: 2,
        bytes_max: 100,
    };
    RequestBody::Scan { scan, seen }
}

/// A read request.
pub fn read(key: &str, seen: EntryId) -> RequestBody {
    RequestBody::Read {
        key: key.into(),
        seen,
    }
}
