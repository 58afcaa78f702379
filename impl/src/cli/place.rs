//! Which entry, of which partition: the arguments that name them.

use super::exit::Failure;
use katakv_core::{EntryId, Epoch, Index, PARTITIONS, Partition};

#[derive(Debug, clap::Args)]
#[group(required = true, multiple = false)]
pub(super) struct Place {
    /// A key of the partition
    #[arg(long)]
    key: Option<String>,
    /// The partition
    #[arg(long, value_name = "P", value_parser = partition)]
    partition: Option<Partition>,
}

impl Place {
    pub(super) fn partition(&self) -> Result<Partition, Failure> {
        let of_key = || self.key.as_ref().map(|key| Partition::of_key(key.as_bytes()));
        self.partition
            .or_else(of_key)
            .ok_or_else(|| Failure::usage("give --key or --partition"))
    }
}

/// `e2:7`.
pub(super) fn entry(text: &str) -> Result<EntryId, String> {
    let parts = text.strip_prefix('e').and_then(|rest| rest.split_once(':'));
    let numbers = parts.and_then(|(epoch, index)| Some((epoch.parse().ok()?, index.parse().ok()?)));
    let (epoch, index) = numbers.ok_or("an entry looks like e2:7")?;
    Ok(EntryId::new(Epoch(epoch), Index(index)))
}

/// `p3`, or `3`.
pub(super) fn partition(text: &str) -> Result<Partition, String> {
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
