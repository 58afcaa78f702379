//! `transfer`: another node leads a partition.

use super::exit::{Code, Failure};
use super::place::partition;
use super::print;
use super::target::Target;
use crate::client::TransferError;
use katakv_core::{NodeId, Partition};

/// Let another node lead a partition
///
/// Its leader brings the node to the end of its log, and lets it campaign; writes wait for that long. Prints the epoch in which the node leads. It
/// leads until the next election: nothing is kept. Exit code 5 if it does not come to lead in time; then whoever led leads on.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  katakv transfer p3 --to 2")]
pub(super) struct Args {
    /// The partition
    #[arg(value_name = "PARTITION", value_parser = partition)]
    partition: Partition,
    /// Which node is to lead it
    #[arg(long, value_name = "N")]
    to: u8,
    #[command(flatten)]
    target: Target,
}

pub(super) async fn run(args: Args) -> Result<Code, Failure> {
    let (partition, to) = (args.partition, NodeId(args.to));
    let epoch = args.target.client(None)?.transfer(partition, to).await?;
    print::result(format!("{to} leads {partition} in {epoch}").as_bytes())?;
    Ok(Code::Ok)
}

impl From<TransferError> for Failure {
    fn from(error: TransferError) -> Failure {
        match error {
            TransferError::Unavailable { .. } => Failure::new(
                Code::Unavailable,
                format!(
                    "{error}\nWhoever led it leads on. `katakv status` shows who is up, and how far behind."
                ),
            ),
            TransferError::Invalid(_) => Failure::failed(error),
        }
    }
}
