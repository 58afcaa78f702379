//! `scan`: the keys that begin alike.

use super::exit::{Code, Failure};
use super::print;
use super::target::{SessionArgs, Target};
use crate::client::{Cursor, Prefer};
use crate::driver::limits::SCAN_KEYS_MAX;

/// Read the keys that begin with PREFIX
///
/// Prints a key and its value a line, separated by a tab; bytes that are not printable ASCII are escaped. Keys are spread over the partitions by a
/// hash: they come partition by partition, and sorted within one. Each partition is read page by page, each page from one state of it; what
/// is written meanwhile may be on a later page or not. With a session, a page includes what the session has seen of its partition.
/// If there is more than --limit, the place to go on at is printed to stderr.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  katakv scan user.
  katakv scan user. --limit 100 --session s.txt
  katakv scan user. --limit 100 --cursor kvc1:...
  katakv scan user. --json")]
pub(super) struct Args {
    /// What the keys begin with; every key begins with ""
    prefix: String,
    /// How many keys to print at most; without it, all
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u64).range(1..))]
    limit: Option<u64>,
    /// Go on where another scan of the same prefix has stopped
    #[arg(long, value_name = "TEXT")]
    cursor: Option<Cursor>,
    /// Print each key as a line of JSON, with its version, and at the end one with the place to go on at, if there is more
    #[arg(long)]
    json: bool,
    /// Ask this node's replicas first, or the `nearest`, or a `follower`; needs --node
    #[arg(long, value_name = "NODE")]
    prefer: Option<Prefer>,
    #[command(flatten)]
    target: Target,
    #[command(flatten)]
    session: SessionArgs,
}

pub(super) async fn run(args: Args) -> Result<Code, Failure> {
    let client = args.target.client(args.prefer)?;
    let before = args.session.load()?;
    let mut session = before.clone();
    let mut cursor = args.cursor.clone();
    let mut left = args.limit.unwrap_or(u64::MAX);
    let result = loop {
        let keys_max = left.min(SCAN_KEYS_MAX.into()) as u32;
        let page = args.session.forgiving(&mut session, async |session| {
            client
                .scan(session, args.prefix.as_str(), cursor.as_ref(), keys_max)
                .await
        });
        let page = match page.await {
            Ok(page) => page,
            Err(error) => break Err(Failure::from(error)),
        };
        for (key, found) in &page.items {
            let line = match args.json {
                true => serde_json::json!({
                    "key": key,
                    "value": found.value,
                    "version": found.version.to_string(),
                })
                .to_string(),
                false => format!("{key}\t{}", found.value),
            };
            print::result(line.as_bytes())?;
        }
        left -= page.items.len() as u64;
        cursor = page.next;
        if cursor.is_none() || left == 0 {
            break Ok(());
        }
    };
    args.session.store(&before, &session)?;
    if let Err(failure) = result {
        // What was printed is not printed again.
        return Err(match &cursor {
            Some(cursor) => Failure::new(
                failure.code,
                format!("{}\nTo go on here: --cursor {cursor}", failure.message),
            ),
            None => failure,
        });
    }
    match &cursor {
        Some(cursor) if args.json => {
            print::result(
                serde_json::json!({ "cursor": cursor.to_string() })
                    .to_string()
                    .as_bytes(),
            )?;
        }
        Some(cursor) => print::note(format_args!("more: --cursor {cursor}")),
        None => {}
    }
    print::note(format_args!("token {session}"));
    Ok(Code::Ok)
}
