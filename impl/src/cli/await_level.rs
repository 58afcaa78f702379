//! `await`: has a write reached a higher level since it was acknowledged?

use super::data::Ack;
use super::exit::{Code, Failure};
use super::place::{Place, entry};
use super::print;
use super::target::Target;
use crate::client::AwaitError;
use katakv_core::EntryId;

/// Wait until a write has reached a level
///
/// Takes the entry as `put` printed it, and the partition or a key of it; whoever wrote it, over whichever connection. Prints
/// on how many replicas the write is once it has reached the level. Exit code 4 if a failover has truncated it, 6 if it had not
/// reached the level when the time was over: it still may.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  katakv put greeting hello --ack leader
  katakv await e1:3 --key greeting
  katakv await e1:3 --key greeting --level all --deadline-ms 60000")]
pub(super) struct Args {
    /// The entry: its epoch and its place in the partition's log
    #[arg(value_name = "ENTRY", value_parser = entry)]
    at: EntryId,
    #[command(flatten)]
    place: Place,
    /// The level to wait for
    #[arg(long, value_enum, default_value_t = Ack::Quorum)]
    level: Ack,
    #[command(flatten)]
    target: Target,
}

pub(super) async fn run(args: Args) -> Result<Code, Failure> {
    let partition = args.place.partition()?;
    let client = args.target.client(None)?;
    let reached = client.await_level(partition, args.at, args.level.into()).await?;
    print::result(reached.in_words(partition).as_bytes())?;
    Ok(Code::Ok)
}

impl From<AwaitError> for Failure {
    fn from(error: AwaitError) -> Failure {
        let (code, next) = match &error {
            AwaitError::Lost { .. } => (Code::Lost, "`katakv fate` tells what it was."),
            AwaitError::NotYet { .. } => (Code::OutcomeUnknown, "It still may: run it again."),
            AwaitError::Unavailable { .. } => (
                Code::Unavailable,
                "Run it again later; `katakv status` shows which nodes answer.",
            ),
            AwaitError::Invalid(_) => return Failure::failed(error),
        };
        Failure::new(code, format!("{error}\n{next}"))
    }
}
