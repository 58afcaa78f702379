//! `put`, `get` and `delete`.

use super::any;
use super::exit::{Code, Failure};
use super::print;
use super::target::{SessionArgs, Target, forget};
use super::ttl::Ttl;
use crate::client::{Got, Prefer, TransactError, WriteError, Written, put_for};
use crate::session::Session;
use katakv_core::{AckLevel, Bytes, LostRange, Op, Partition};

/// Set a key
///
/// Prints the write's entry (its epoch and its place in the partition's log), on how many replicas it is durable, and
/// the session's token.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  katakv put greeting hello
  katakv put greeting hello --ack leader --session s.txt
  katakv put greeting hello --ttl 30s
  katakv put greeting hello --node 127.0.0.1:7101 --node 127.0.0.1:7102 --node 127.0.0.1:7103")]
pub(super) struct PutArgs {
    /// The key
    key: String,
    /// Its new value
    value: String,
    #[command(flatten)]
    life: Life,
    #[command(flatten)]
    writing: Writing,
}

/// For how long what is written is there.
#[derive(Debug, clap::Args)]
pub(super) struct Life {
    /// Let the key go after this long (500ms, 30s, 15m, 12h, 7d), unless it is changed before
    #[arg(long, value_name = "TIME")]
    pub(super) ttl: Option<Ttl>,
}

impl Life {
    /// The change that sets `key` to `value`.
    pub(super) fn put(&self, key: Bytes, value: Bytes) -> Op {
        match self.ttl {
            Some(ttl) => put_for(key, value, ttl.duration()),
            None => Op::Put { key, value },
        }
    }
}

/// Read a key
///
/// Prints its value to stdout; its version, the state that was read, and who answered, to stderr. Exit code 3 if there is none.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  katakv get greeting --session s.txt
  katakv get greeting --token kv1:...
  katakv get greeting --linearizable
  katakv get greeting --any
  katakv get greeting --json
  katakv get greeting --prefer nearest --node 127.0.0.1:7101 --node 127.0.0.1:7102 --node 127.0.0.1:7103")]
pub(super) struct GetArgs {
    /// The key
    key: String,
    /// See every write that anybody was told is on two replicas, not only the session's own; the leader answers, once a
    /// follower has confirmed it
    #[arg(long, conflicts_with = "prefer")]
    linearizable: bool,
    /// Take whatever the first replica has that answers, also while nobody leads, and say how old it is; the session is neither
    /// asked nor advanced
    #[arg(long, conflicts_with_all = ["linearizable", "session", "token", "forget_lost"])]
    any: bool,
    /// Print value, version and state as one line of JSON, in which bytes that are not printable ASCII are escaped
    #[arg(long)]
    json: bool,
    /// Ask this node's replica first, or the `nearest`, or a `follower`; needs --node
    #[arg(long, value_name = "NODE")]
    prefer: Option<Prefer>,
    #[command(flatten)]
    target: Target,
    #[command(flatten)]
    session: SessionArgs,
}

/// Remove a key
///
/// Removing what is not there succeeds. Prints what `put` prints.
#[derive(Debug, clap::Args)]
pub(super) struct DeleteArgs {
    /// The key
    key: String,
    #[command(flatten)]
    writing: Writing,
}

/// What every command that changes something takes.
#[derive(Debug, clap::Args)]
pub(super) struct Writing {
    /// When the change is acknowledged
    #[arg(long, value_enum, default_value_t = Ack::Quorum)]
    pub(super) ack: Ack,
    #[command(flatten)]
    pub(super) target: Target,
    #[command(flatten)]
    pub(super) session: SessionArgs,
}

#[derive(Clone, Copy, Debug, clap::ValueEnum)]
pub(super) enum Ack {
    /// Durable on the leader; a failover may truncate it, and the session is told then
    Leader,
    /// Durable on two of three: no failover loses it
    Quorum,
    /// Durable on all three
    All,
}

impl From<Ack> for AckLevel {
    fn from(ack: Ack) -> AckLevel {
        match ack {
            Ack::Leader => AckLevel::Leader,
            Ack::Quorum => AckLevel::Quorum,
            Ack::All => AckLevel::All,
        }
    }
}

pub(super) async fn put(args: PutArgs) -> Result<Code, Failure> {
    let client = args.writing.target.client(None)?;
    let (key, value, ack) = (args.key.as_str(), args.value.as_str(), args.writing.ack.into());
    write(
        &args.writing.session,
        key,
        async |session: &mut Session| match args.life.ttl {
            Some(ttl) => client.put_for(session, key, value, ttl.duration(), ack).await,
            None => client.put(session, key, value, ack).await,
        },
    )
    .await
}

pub(super) async fn delete(args: DeleteArgs) -> Result<Code, Failure> {
    let client = args.writing.target.client(None)?;
    let (key, ack) = (args.key.as_str(), args.writing.ack.into());
    write(&args.writing.session, key, async |session: &mut Session| {
        client.delete(session, key, ack).await
    })
    .await
}

pub(super) async fn get(args: GetArgs) -> Result<Code, Failure> {
    let client = args.target.client(args.prefer)?;
    if args.any {
        return any::get(&client, &args.key, args.json).await;
    }
    let before = args.session.load()?;
    let mut session = before.clone();
    let read = async |session: &mut Session| match args.linearizable {
        true => client.get_linearizable(session, args.key.as_str()).await,
        false => client.get(session, args.key.as_str()).await,
    };
    let result = args.session.forgiving(&mut session, read).await;
    args.session.store(&before, &session)?;
    let got = result?;
    let partition = Partition::of_key(args.key.as_bytes());
    if args.json {
        return shown_as_json(&args.key, &got);
    }
    print::note(format_args!("{} of {partition}, from {}", got.at, got.node));
    if let Some(version) = got.version {
        print::note(format_args!("version {version}"));
    }
    print::note(format_args!("token {session}"));
    match got.value {
        Some(value) => print::result(&value).map(|()| Code::Ok),
        None => {
            print::note("katakv: the key has no value");
            Ok(Code::NotFound)
        }
    }
}

fn shown_as_json(key: &str, got: &Got) -> Result<Code, Failure> {
    let json = serde_json::json!({
        "key": key,
        "value": got.value,
        "version": got.version.map(|version| version.to_string()),
        "at": got.at.to_string(),
        "node": got.node.to_string(),
    });
    print::result(json.to_string().as_bytes())?;
    Ok(match got.value {
        Some(_) => Code::Ok,
        None => Code::NotFound,
    })
}

/// Carries out a blind write with `send`, and prints it.
async fn write(
    args: &SessionArgs,
    key: &str,
    send: impl AsyncFn(&mut Session) -> Result<Written, WriteError>,
) -> Result<Code, Failure> {
    let done = written(args, send).await??;
    told(Partition::of_key(key.as_bytes()), &done).map(|()| Code::Ok)
}

/// A write that is done, and the session after it.
pub(super) struct Done {
    written: Written,
    session: Session,
    stored: Result<(), Failure>,
}

/// Carries out a write with `send`, once more after forgetting what is lost if that is asked for.
pub(super) async fn written<E: LostWrite>(
    args: &SessionArgs,
    send: impl AsyncFn(&mut Session) -> Result<Written, E>,
) -> Result<Result<Done, E>, Failure> {
    let before = args.load()?;
    let mut session = before.clone();
    let mut result = send(&mut session).await;
    if let (Err(error), true) = (&result, args.forget_lost)
        && let Some((partition, range)) = error.lost()
    {
        forget(&mut session, partition, &range);
        result = send(&mut session).await;
    }
    // Also after a failure: what was forgotten stays forgotten, and a conflict was seen.
    let stored = args.store(&before, &session);
    Ok(result.map(|written| Done {
        written,
        session,
        stored,
    }))
}

/// Prints a write that is done; that the session misses it is told after that.
pub(super) fn told(partition: Partition, done: &Done) -> Result<(), Failure> {
    print::result(done.written.in_words(partition).as_bytes())?;
    print::result(format!("token {}", done.session).as_bytes())?;
    done.stored.clone()
}

impl Written {
    /// `e1:3 of p2 on 2 copies, acknowledged by n0`.
    pub(super) fn in_words(&self, partition: Partition) -> String {
        let Written { at, copies, node } = self;
        let plural = if *copies == 1 { "copy" } else { "copies" };
        format!("{at} of {partition} on {copies} {plural}, acknowledged by {node}")
    }
}

/// An error that may say that what the session has seen is lost.
pub(super) trait LostWrite {
    /// What is lost, and where.
    fn lost(&self) -> Option<(Partition, LostRange)>;
}

impl LostWrite for WriteError {
    fn lost(&self) -> Option<(Partition, LostRange)> {
        match self {
            WriteError::Lost { partition, range } => Some((*partition, *range)),
            _ => None,
        }
    }
}

impl LostWrite for TransactError {
    fn lost(&self) -> Option<(Partition, LostRange)> {
        match self {
            TransactError::Write(error) => error.lost(),
            TransactError::Conflict { .. } => None,
        }
    }
}
