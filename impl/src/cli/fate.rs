//! `fate`: what became of a write.

use super::exit::{Code, Failure};
use super::print;
use super::quarantine::InWords;
use super::target::Target;
use crate::client::Told;
use katakv_core::{EntryId, Epoch, Fate, Index, PARTITIONS, Partition};

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

#[derive(Debug, clap::Args)]
#[group(required = true, multiple = false)]
struct Place {
    /// A key of the partition
    #[arg(long)]
    key: Option<String>,
    /// The partition
    #[arg(long, value_name = "P", value_parser = partition)]
    partition: Option<Partition>,
}

pub(super) async fn run(args: Args) -> Result<Code, Failure> {
    let Place { key, partition } = args.place;
    let of_key = || key.map(|key| Partition::of_key(key.as_bytes()));
    let partition = partition
        .or_else(of_key)
        .ok_or_else(|| Failure::usage("give --key or --partition"))?;
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

/// `e2:7`.
pub(super) fn entry(text: &str) -> Result<EntryId, String> {
    let parts = text.strip_prefix('e').and_then(|rest| rest.split_once(':'));
    let numbers = parts.and_then(|(epoch, index)| Some((epoch.parse().ok()?, index.parse().ok()?)));
    let (epoch, index) = numbers.ok_or("an entry looks like e2:7")?;
    Ok(EntryId::new(Epoch(epoch), Index(index)))
}

/// `p3`, or `3`.
fn partition(text: &str) -> Result<Partition, String> {
    let number = text.strip_prefix('p').unwrap_or(text).parse().ok();
    number
        .filter(|number| *number < PARTITIONS)
        .map(Partition)
        .ok_or_else(|| format!("partitions are p0 to p{}", PARTITIONS - 1))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn entries_and_partitions_are_read_as_they_are_printed() {
        let id = EntryId::new(Epoch(2), Index(7));
        assert_eq!(entry(&id.to_string()), Ok(id));
        assert_eq!(partition(&Partition(3).to_string()), Ok(Partition(3)));
        assert_eq!(partition("9"), Ok(Partition(9)));
        for wrong in ["", "e", "e2", "2:7", "e2:", "e-1:7", "e2:7:1"] {
            assert!(entry(wrong).is_err(), "{wrong}");
        }
        for wrong in ["", "p", "p10", "-1", "300"] {
            assert!(partition(wrong).is_err(), "{wrong}");
        }
    }
}
