//! `cas` and `batch`: changes under conditions, and several of them as one.

use super::data::{Life, Writing, told, written};
use super::exit::Code;
use super::exit::Failure;
use super::place::entry;
use super::ttl::Ttl;
use crate::client::TransactError;
use crate::session::Session;
use katakv_core::{Bytes, Condition, EntryId, Op, Partition, Transaction};
use std::io::Read;
use std::path::{Path, PathBuf};

/// How long a batch's text may be: more than any valid one is.
const TEXT_BYTES_MAX: u64 = 4 << 20;

/// Set a key if it is what you take it for
///
/// Compares the key's version with the one that `get --json` told, and sets it only if they are the same. Prints what `put`
/// prints. Exit code 8 if it is another one: nothing was changed.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  katakv cas greeting hello --expect absent
  katakv cas greeting hi --expect e1:7")]
pub(super) struct CasArgs {
    /// The key
    key: String,
    /// Its new value
    value: String,
    /// The key's version, or `absent`
    #[arg(long, value_name = "VERSION", value_parser = expected)]
    expect: Expected,
    #[command(flatten)]
    life: Life,
    #[command(flatten)]
    writing: Writing,
}

/// Change several keys of one partition as one
///
/// Reads one change or condition a line. All changes are made, or none, if a condition does not hold. Prints what `put`
/// prints. Exit code 8 if a condition does not hold.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
A line is one of these; a value is the rest of its line:
  if KEY VERSION
  if KEY absent
  put KEY VALUE
  put-for TIME KEY VALUE
  delete KEY

Examples:
  printf 'if a absent\\nput a 1\\n' | katakv batch -
  katakv batch changes.txt --session s.txt")]
pub(super) struct BatchArgs {
    /// The file, or - for stdin
    file: PathBuf,
    #[command(flatten)]
    writing: Writing,
}

/// A key's version, if there is to be one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Expected(Option<EntryId>);

pub(super) async fn cas(args: CasArgs) -> Result<Code, Failure> {
    let Expected(version) = args.expect;
    let key = Bytes::from(args.key.as_str());
    let transaction = Transaction {
        conditions: vec![Condition {
            key: key.clone(),
            version,
        }],
        ops: vec![args.life.put(key, args.value.as_str().into())],
    };
    run(&args.writing, transaction).await
}

pub(super) async fn batch(args: BatchArgs) -> Result<Code, Failure> {
    let transaction = parse(&text(&args.file)?)?;
    run(&args.writing, transaction).await
}

async fn run(writing: &Writing, transaction: Transaction) -> Result<Code, Failure> {
    let Writing { ack, target, session } = writing;
    let (client, level) = (target.client(None)?, (*ack).into());
    let Some(first) = transaction.ops.first() else {
        return Err(Failure::usage("a batch changes at least one key"));
    };
    let partition = Partition::of_key(first.key());
    let send = async |session: &mut Session| client.transact(session, transaction.clone(), level).await;
    match written(session, send).await? {
        Ok(done) => told(partition, &done).map(|()| Code::Ok),
        Err(conflict @ TransactError::Conflict { .. }) => Err(Failure::new(
            Code::Conflict,
            format!("{conflict}; nothing was changed. Read the key, and decide anew."),
        )),
        Err(TransactError::Write(error)) => Err(error.into()),
    }
}

fn text(file: &Path) -> Result<String, Failure> {
    let mut text = String::new();
    let read = if file == Path::new("-") {
        std::io::stdin().take(TEXT_BYTES_MAX).read_to_string(&mut text)
    } else {
        std::fs::File::open(file).and_then(|file| file.take(TEXT_BYTES_MAX).read_to_string(&mut text))
    };
    read.map_err(|error| Failure::failed(format!("cannot read {}: {error}", file.display())))?;
    Ok(text)
}

fn parse(text: &str) -> Result<Transaction, Failure> {
    let mut transaction = Transaction::default();
    for (number, line) in (1..).zip(text.lines()) {
        if line.trim().is_empty() {
            continue;
        }
        let wrong = |why: &str| Failure::usage(format!("line {number}: {why}"));
        let (word, mut rest) = line.split_once(' ').unwrap_or((line, ""));
        let mut ttl = None;
        if word == "put-for" {
            let (time, after) = rest.split_once(' ').unwrap_or((rest, ""));
            ttl = Some(time.parse::<Ttl>().map_err(|why| wrong(&why))?);
            rest = after;
        }
        let (key, value) = match rest.split_once(' ') {
            Some((key, value)) => (key, Some(value)),
            None => (rest, None),
        };
        if key.is_empty() {
            return Err(wrong("a line names a key: see `katakv batch --help`"));
        }
        match (word, value) {
            ("if", Some(version)) => {
                let Expected(version) = expected(version).map_err(|why| wrong(&why))?;
                let key = key.into();
                transaction.conditions.push(Condition { key, version });
            }
            ("put", Some(value)) => transaction.ops.push(Op::Put {
                key: key.into(),
                value: value.into(),
            }),
            ("put-for", Some(value)) => transaction.ops.push(Life { ttl }.put(key.into(), value.into())),
            ("delete", None) => transaction.ops.push(Op::Delete { key: key.into() }),
            _ => {
                return Err(wrong(
                    "neither a condition nor a change: see `katakv batch --help`",
                ));
            }
        }
    }
    Ok(transaction)
}

/// `absent`, or a version as `get --json` prints it.
fn expected(text: &str) -> Result<Expected, String> {
    match text {
        "absent" => Ok(Expected(None)),
        _ => match entry(text) {
            Ok(version) => Ok(Expected(Some(version))),
            Err(_) => Err("a version looks like e2:7, or is `absent`".to_owned()),
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use katakv_core::{Epoch, Index};

    #[test]
    fn a_batch_is_read_line_by_line() {
        let transaction =
            parse("if a e1:7\nif b absent\n\nput a one two\ndelete b\nput-for 5s c for a while\n").unwrap();
        let condition = |key: &str, version| Condition {
            key: key.into(),
            version,
        };
        assert_eq!(
            transaction,
            Transaction {
                conditions: vec![
                    condition("a", Some(EntryId::new(Epoch(1), Index(7)))),
                    condition("b", None)
                ],
                ops: vec![
                    Op::Put {
                        key: "a".into(),
                        value: "one two".into()
                    },
                    Op::Delete { key: "b".into() },
                    Op::PutFor {
                        key: "c".into(),
                        value: "for a while".into(),
                        ttl_ms: 5000,
                        since_ms: 0
                    }
                ],
            }
        );
    }

    #[test]
    fn a_line_that_makes_no_sense_is_named() {
        for wrong in [
            "put a",
            "get a",
            "if a",
            "if a 7",
            "delete",
            "delete a b",
            "put-for a 1",
            "put-for 5s a",
        ] {
            let error = parse(&format!("put k v\n{wrong}\n")).unwrap_err();
            assert!(error.message.contains("line 2"), "{wrong}: {}", error.message);
        }
    }
}
