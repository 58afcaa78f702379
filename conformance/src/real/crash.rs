//! What a crash does to the bytes of a real log.

use katakv::wal::Appended;
use std::fs::OpenOptions;
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::path::Path;

/// What is found behind the records that survive. The disk promises nothing about the order in which the blocks of what was
/// not synced reach it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tail {
    /// Half of the oldest lost record, then zeros.
    Torn,
    /// The oldest lost record with zeros for its payload, and those after it whole: they must not be taken.
    Zeroed,
    /// The last record that survives, once more: it must not be taken twice.
    Repeated,
}

impl Tail {
    /// Each of them.
    pub const ALL: [Tail; 3] = [Tail::Torn, Tail::Zeroed, Tail::Repeated];

    /// When a state is compared behind it, in words.
    pub(super) fn when(self) -> &'static str {
        match self {
            Tail::Torn => "after a crash that left half a record",
            Tail::Zeroed => "after a crash that left a record of zeros, and whole ones after it",
            Tail::Repeated => "after a crash that left the last record twice",
        }
    }
}

/// The place in a segment where a log was when it crashed.
pub(super) struct Scene {
    /// Where the lost records begin: behind those that survive.
    start: u64,
    /// All of the lost records' bytes.
    lost: Vec<u8>,
    /// How long the oldest of them is.
    oldest: usize,
    /// The bytes of the last record that survives, if it is in the same segment.
    last: Vec<u8>,
}

impl Scene {
    /// Reads the scene in `segment`; `None` if there is nothing that could be found behind the records that survive.
    pub(super) fn of(segment: &Path, last: Option<Appended>, lost: &[Appended]) -> io::Result<Option<Scene>> {
        let (first, end) = match (lost, last) {
            ([first, ..], _) => (first.start, lost[lost.len() - 1].end),
            ([], Some(last)) => (last.end, last.end),
            ([], None) => return Ok(None),
        };
        assert!(
            lost.iter().all(|record| record.segment == lost[0].segment),
            "a trace's un-synced records are in one segment"
        );
        let mut file = OpenOptions::new().read(true).open(segment)?;
        let mut read = |from: u64, to: u64| -> io::Result<Vec<u8>> {
            let mut bytes = vec![0; (to - from) as usize];
            file.seek(SeekFrom::Start(from))?;
            file.read_exact(&mut bytes)?;
            Ok(bytes)
        };
        let is_before =
            |last: &Appended| last.end == first && lost.iter().all(|lost| lost.segment == last.segment);
        let last = last.filter(is_before);
        Ok(Some(Scene {
            start: first,
            lost: read(first, end)?,
            oldest: lost.first().map_or(0, |first| (first.end - first.start) as usize),
            last: last.map_or(Ok(Vec::new()), |last| read(last.start, last.end))?,
        }))
    }

    /// Leaves `tail` behind the records that survive; `false` if here it would be nothing.
    pub(super) fn leave(&self, segment: &Path, tail: Tail) -> io::Result<bool> {
        let mut bytes = match tail {
            Tail::Torn => self.lost[..self.oldest / 2].to_vec(),
            Tail::Zeroed => {
                let mut bytes = self.lost.clone();
                // Beyond what says how long it is.
                bytes[self.oldest / 2..self.oldest].fill(0);
                bytes
            }
            Tail::Repeated => self.last.clone(),
        };
        let is_nothing = bytes.is_empty();
        bytes.resize(bytes.len().max(self.lost.len()), 0);
        let mut file = OpenOptions::new().write(true).open(segment)?;
        file.seek(SeekFrom::Start(self.start))?;
        file.write_all(&bytes)?;
        Ok(!is_nothing)
    }

    /// Whether nothing is left behind the records that survive.
    pub(super) fn is_erased(&self, segment: &Path) -> io::Result<bool> {
        let mut place = vec![0; self.lost.len().max(self.last.len())];
        let mut file = OpenOptions::new().read(true).open(segment)?;
        file.seek(SeekFrom::Start(self.start))?;
        file.read_exact(&mut place)?;
        Ok(place.iter().all(|byte| *byte == 0))
    }
}
