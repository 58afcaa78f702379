//! `fate`: what became of a write.

use super::exit::{Code, Failure};
use super::place::{Place, entry};
use super::print;
use super::quarantine::InWords;
use super::target::Target;
use crate::client::Told;
use katakv_core::{EntryId, Fate};

/// Ask what became of a write
///
/// Takes the entry as `put` printed it, and the partition or a key of it. Prints `committed`, `truncated` or `unknown`;
/// the first two are final. Exit code 0, 4 or 6.
/// Of a truncated write that a replica has in quarantine, it also says what it was to do.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  katakv fate e2:7 --key greeting
  katakv fate e2:7 --partition p3")]
pub(super) struct Args {
    /// The entry: its epoch and its place in the partition's log
    #[arg(value_name = "ENTRY", value_parser = entry)]
    at: EntryId,
    #[command(flatten)]
    place: Place,
    #[command(flatten)]
    target: Target,
}

pub(super) async fn run(args: Args) -> Result<Code, Failure> {
    let partition = args.place.partition()?;
    let Told { fate, node, lost } = args.target.client(None)?.fate(partition, args.at).await?;
    print::note(format_args!("{} of {partition}, says {node}", args.at));
    if let Some(lost) = &lost {
        print::note(format_args!("in quarantine at {node}: {}", InWords(lost)));
    }
    print::result(fate.to_string().as_bytes())?;
    Ok(match fate {
        Fate::Committed => Code::Ok,
        Fate::Truncated => Code::Lost,
        Fate::Unknown => Code::OutcomeUnknown,
    })
}
