//! Where a scan goes on: what a client keeps between two pages, also as text.
//!
//! Keys are spread over the partitions by a hash, so a scan goes through the partitions one after the other, and through the keys of each in their
//! order. The cursor names the partition, the last key that was read there, and the position that it was read at: a later page of that
//! partition is of that state or a later one, in whatever session it is asked for.

use crate::wire::ClusterId;
use katakv_core::{Bytes, EntryId, Epoch, Index, PARTITIONS, Partition};
use std::fmt::{self, Write};
use std::str::FromStr;

/// Where a scan goes on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cursor {
    /// The cluster that is scanned.
    pub cluster: ClusterId,
    /// The partition.
    pub partition: Partition,
    /// The last key that was read there; `None` at the partition's beginning.
    pub after: Option<Bytes>,
    /// As of which position; [`EntryId::ZERO`] at the partition's beginning.
    pub at: EntryId,
}

impl fmt::Display for Cursor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let EntryId { epoch, index } = self.at;
        write!(f, "kvc1:{}:{}:{epoch}.{index}:", self.cluster, self.partition)?;
        match &self.after {
            Some(after) => after.iter().try_for_each(|byte| write!(f, "{byte:02x}")),
            None => f.write_char('-'),
        }
    }
}

/// A text is not a cursor as it was printed. Begin the scan anew.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not a cursor: it looks like kvc1:CLUSTER:p3:e2.17:6b6579, as `scan` prints it")]
pub struct NotACursor;

impl FromStr for Cursor {
    type Err = NotACursor;

    fn from_str(text: &str) -> Result<Cursor, NotACursor> {
        read(text).ok_or(NotACursor)
    }
}

fn read(text: &str) -> Option<Cursor> {
    let parts: Vec<&str> = text.split(':').collect();
    let ["kvc1", cluster, partition, at, after] = parts[..] else {
        return None;
    };
    let (epoch, index) = at.strip_prefix('e')?.split_once('.')?;
    let partition = partition.strip_prefix('p')?.parse().ok()?;
    Some(Cursor {
        cluster: cluster.parse().ok()?,
        partition: Some(partition)
            .filter(|partition| *partition < PARTITIONS)
            .map(Partition)?,
        after: match after {
            "-" => None,
            digits => Some(bytes(digits)?),
        },
        at: EntryId::new(Epoch(epoch.parse().ok()?), Index(index.parse().ok()?)),
    })
}

fn bytes(digits: &str) -> Option<Bytes> {
    let digits: Vec<u8> = digits
        .chars()
        .map(|digit| digit.to_digit(16).map(|digit| digit as u8))
        .collect::<Option<_>>()?;
    let (pairs, []) = digits.as_chunks::<2>() else {
        return None;
    };
    let bytes: Vec<u8> = pairs.iter().map(|[high, low]| high << 4 | low).collect();
    Some(bytes.into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cursor_is_read_as_it_is_printed() {
        for after in [None, Some("".into()), Some(vec![0, 0xff, b':'].into())] {
            let cursor = Cursor {
                cluster: ClusterId(0xa7),
                partition: Partition(3),
                after,
                at: EntryId::new(Epoch(2), Index(17)),
            };
            assert_eq!(cursor.to_string().parse(), Ok(cursor));
        }
    }

    #[test]
    fn whatever_else_is_refused() {
        for wrong in [
            "",
            "kvc1",
            "kvc2:a7:p3:e2.17:-",
            "kvc1:a7:p10:e2.17:-",
            "kvc1:a7:p3:e2:-",
            "kvc1:a7:p3:e2.17:6",
            "kvc1:a7:p3:e2.17:6x",
            "kvc1:a7:p3:e2.17:-:",
            "kvc1:a7:p3:e2.17:é",
        ] {
            assert_eq!(wrong.parse::<Cursor>(), Err(NotACursor), "{wrong}");
        }
    }
}
