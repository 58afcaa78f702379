//! What a crash does to the bytes of a real log.

use katakv::wal::Appended;
use std::fs::OpenOptions;
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::path::Path;

/// Of the lost records, half of the oldest reached the disk: a torn record, then nothing.
pub(super) fn tear(segment: &Path, lost: &[Appended]) -> io::Result<()> {
    let Some((start, end)) = range(lost) else {
        return Ok(());
    };
    let torn_at = start + (lost[0].end - lost[0].start) / 2;
    let mut file = OpenOptions::new().write(true).open(segment)?;
    file.seek(SeekFrom::Start(torn_at))?;
    file.write_all(&vec![0; (end - torn_at) as usize])
}

/// Whether nothing is left of the lost records.
pub(super) fn is_erased(segment: &Path, lost: &[Appended]) -> io::Result<bool> {
    let Some((start, end)) = range(lost) else {
        return Ok(true);
    };
    let mut place = vec![0; (end - start) as usize];
    let mut file = OpenOptions::new().read(true).open(segment)?;
    file.seek(SeekFrom::Start(start))?;
    file.read_exact(&mut place)?;
    Ok(place.iter().all(|byte| *byte == 0))
}

/// From where to where they are in their segment.
fn range(lost: &[Appended]) -> Option<(u64, u64)> {
    let (first, last) = (lost.first()?, lost.last()?);
    assert_eq!(
        first.segment, last.segment,
        "a trace's un-synced records are in one segment"
    );
    Some((first.start, last.end))
}
