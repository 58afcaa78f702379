//! How the arguments of commands are read.

use katakv_core::*;
use std::str::FromStr;

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

/// A part of a transaction: `a is e1:2`, `a is absent`, `put a=1`, `put a=1 for 50 from 1000` or `delete a`.
pub enum Part {
    Condition(Condition),
    Op(Op),
}

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
            ["put", pair, "for", ttl, "from", now] => {
                Part::Op(living(put(pair)?, number(ttl)?, number(now)?))
            }
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

pub fn epoch(text: &str) -> Result<Epoch, String> {
    number(after(text, "e")?).map(Epoch)
}

/// `max` stands for the largest number there is.
pub fn number(text: &str) -> Result<u64, String> {
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

/// A put, for a while.
pub fn living(op: Op, ttl_ms: u64, since_ms: u64) -> Op {
    match op {
        Op::Put { key, value } => Op::PutFor {
            key,
            value,
            ttl_ms,
            since_ms,
        },
        other => other,
    }
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
