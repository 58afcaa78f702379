//! Reading the log back: which records there are, and where it ends. Changes nothing: that is `repair`,
//! afterwards.

use std::cmp::Ordering;
use std::fs;
use std::path::{Path, PathBuf};

use super::directory::Directory;
use super::error::{DamagedPart, Refusal, WalError};
use super::format::{HEADER_BYTES, Header, Identity, Lsn, Record};
use super::headers;

/// What [`Wal::open`](super::Wal::open) found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RecoveryReport {
    /// How many segments hold the log. 0 if it begins now.
    pub segments: u64,
    /// The number of the first of them. 1 if nothing was ever purged.
    pub first_segment: u64,
    /// The lsn of the last record that was replayed; all of them are synced now. `Lsn(0)` for an empty log.
    pub last_lsn: Lsn,
    /// What was cut from the end, if anything was.
    pub torn_tail: Option<TornTail>,
}

/// The end of the log, which a crash left incomplete and recovery cut.
///
/// No record in it had been reported as synced, so nothing needs to be done, with one exception: damage to
/// the last group before a stop looks the same. Log it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TornTail {
    /// The segment that it was cut from.
    pub file: PathBuf,
    /// Where it began, in bytes from the beginning of the file.
    pub offset: u64,
    /// How many bytes were cut: from `offset` through the last byte that was not zero.
    pub bytes: u64,
    /// How many intact records were among them. They are cut because one before them is lost.
    pub intact_records: u64,
}

/// The result of a scan that found nothing wrong.
#[derive(Debug)]
pub(super) struct Scan {
    pub report: RecoveryReport,
    /// The segment to go on appending to. None in a log that never began.
    pub tail: Option<Tail>,
    /// A last segment that was created but not begun.
    pub unbegun: Option<u64>,
}

/// The last segment, as it was read and as it is to be.
#[derive(Debug)]
pub(super) struct Tail {
    pub number: u64,
    /// The bytes of the file, up to the end of the last record to keep.
    pub kept: Vec<u8>,
    /// Where the first record begins that no other record testifies to be synced.
    pub unproven: usize,
    /// The size of the file as it was read.
    pub file_bytes: usize,
    /// How many bytes after `kept` have to be cut.
    pub torn_bytes: usize,
}

/// Reads the whole log and calls `replay` with each record in order, one segment in memory at a time.
pub(super) fn scan(
    directory: &Directory,
    identity: Identity,
    mut replay: impl FnMut(Lsn, u8, &[u8]) -> Result<(), Refusal>,
) -> Result<Scan, WalError> {
    let (headers, unbegun) = headers::read_all(directory, identity)?;
    let mut report = RecoveryReport {
        segments: headers.len() as u64,
        first_segment: headers.first().map_or(1, |header| header.segment),
        last_lsn: Lsn(0),
        torn_tail: None,
    };
    let mut tail = None;
    for (n, header) in headers.iter().enumerate() {
        let file = directory.segment_path(header.segment);
        let image = fs::read(&file).map_err(WalError::io("read", &file))?;
        let walk = walk(&file, &image, header, &mut replay)?;
        report.last_lsn = walk.last_lsn;
        if let Some(successor) = headers.get(n + 1) {
            check_complete(directory, &file, &walk, successor)?;
        } else {
            report.torn_tail = judge_tail(file, &image, header.segment, &walk)?;
            tail = Some(Tail::new(header.segment, image, &walk, &report));
        }
    }
    // A purge leaves the records that stand for what is gone.
    if let Some(first) = headers.first()
        && report.last_lsn.next() == first.first_lsn
        && first.segment != 1
    {
        let file = directory.segment_path(first.segment - 1);
        return Err(WalError::MissingSegment { file });
    }
    if let Some(number) = unbegun {
        headers::check_unbegun(directory, number, report.last_lsn)?;
    }
    Ok(Scan {
        report,
        tail,
        unbegun,
    })
}

/// How far the records of a segment are valid.
struct Walk {
    end: usize,
    last_lsn: Lsn,
    unproven: usize,
}

/// Replays records up to the first that is invalid.
fn walk(
    file: &Path,
    image: &[u8],
    header: &Header,
    replay: &mut impl FnMut(Lsn, u8, &[u8]) -> Result<(), Refusal>,
) -> Result<Walk, WalError> {
    // All before the first record were synced when the segment was begun: the rotation did it.
    let mut synced_through = Lsn(header.first_lsn.0 - 1);
    let mut walk = Walk {
        end: HEADER_BYTES,
        last_lsn: synced_through,
        unproven: HEADER_BYTES,
    };
    loop {
        let lsn = walk.last_lsn.next().0;
        let Some(record) = Record::decode(&image[walk.end..], header.segment, &(lsn..=lsn)) else {
            return Ok(walk);
        };
        // A sync covers all that was appended, so the first record to testify for it is the first one after
        // it.
        if record.synced_through > synced_through {
            synced_through = record.synced_through;
            walk.unproven = walk.end;
        }
        replay(record.lsn, record.partition, record.payload).map_err(|reason| WalError::Refused {
            file: file.to_owned(),
            offset: walk.end as u64,
            lsn: record.lsn,
            partition: record.partition,
            reason,
        })?;
        walk.end += record.encoded_bytes();
        walk.last_lsn = record.lsn;
    }
}

/// A segment with a successor was synced as a whole: it has to reach to where the successor begins.
fn check_complete(
    directory: &Directory,
    file: &Path,
    walk: &Walk,
    successor: &Header,
) -> Result<(), WalError> {
    let missing = walk.last_lsn.next();
    match missing.cmp(&successor.first_lsn) {
        Ordering::Equal => Ok(()),
        Ordering::Less => Err(damaged_record(file.to_owned(), walk)),
        Ordering::Greater => {
            let file = directory.segment_path(successor.segment);
            Err(WalError::Damaged {
                file,
                offset: 0,
                part: DamagedPart::Header,
            })
        }
    }
}

/// Whether what follows the last valid record is a torn tail or damage, by the rule that the module tells.
fn judge_tail(file: PathBuf, image: &[u8], segment: u64, walk: &Walk) -> Result<Option<TornTail>, WalError> {
    let used = used_bytes(image);
    if used <= walk.end {
        return Ok(None);
    }
    let lost = walk.last_lsn.next();
    let mut intact_records = 0;
    for record in Record::find_all(image, walk.end, segment, lost.range_within(image.len())) {
        if record.synced_through >= lost && !sabotaged!("wal-damage-taken-for-a-tear") {
            return Err(damaged_record(file, walk));
        }
        intact_records += 1;
    }
    let (offset, bytes) = (walk.end as u64, (used - walk.end) as u64);
    Ok(Some(TornTail {
        file,
        offset,
        bytes,
        intact_records,
    }))
}

fn damaged_record(file: PathBuf, walk: &Walk) -> WalError {
    let part = DamagedPart::Record(walk.last_lsn.next());
    WalError::Damaged {
        file,
        offset: walk.end as u64,
        part,
    }
}

/// Where the last byte that is not zero ends.
fn used_bytes(image: &[u8]) -> usize {
    let mut used = image;
    // By blocks at first, since most of a segment may be free.
    while let Some(rest) = used.strip_suffix(&[0; 4096]) {
        used = rest;
    }
    used.iter()
        .rposition(|byte| *byte != 0)
        .map_or(0, |last| last + 1)
}

impl Tail {
    fn new(number: u64, mut image: Vec<u8>, walk: &Walk, report: &RecoveryReport) -> Tail {
        let file_bytes = image.len();
        let torn_bytes = report.torn_tail.as_ref().map_or(0, |torn| torn.bytes as usize);
        image.truncate(walk.end);
        Tail {
            number,
            kept: image,
            unproven: walk.unproven,
            file_bytes,
            torn_bytes,
        }
    }
}
