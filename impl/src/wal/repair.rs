//! Making the log whole after a scan that found nothing wrong: cut the torn tail, sync what stays, remove a
//! segment that was never begun. Each step may be cut short by a crash: the next scan comes to the same
//! result.

use std::fs;
use std::os::unix::fs::FileExt;

use super::directory::Directory;
use super::error::WalError;
use super::format::{Header, Identity, Lsn};
use super::recovery::Tail;
use super::segment::Segment;

/// Returns the segment to go on with: the repaired tail, or the first of a new log. Every record that was
/// replayed is synced then.
pub(super) fn repair(
    directory: &Directory,
    tail: Option<Tail>,
    unbegun: Option<u64>,
    identity: Identity,
    segment_bytes: u64,
) -> Result<Segment, WalError> {
    let kept = tail
        .map(|tail| repair_tail(directory, tail, segment_bytes))
        .transpose()?;
    if let Some(number) = unbegun {
        let file = directory.segment_path(number);
        fs::remove_file(&file).map_err(WalError::io("remove", &file))?;
    }
    // Also for the process before this one, which may have died between creating a file and syncing its name.
    directory.sync()?;
    match kept {
        Some(segment) => Ok(segment),
        None => {
            let mut segment = Segment::create(directory, 1, segment_bytes)?;
            segment.begin(&Header {
                segment: 1,
                identity,
                first_lsn: Lsn(1),
            })?;
            Ok(segment)
        }
    }
}

/// Zeros what is cut and what is missing of the file, and syncs the records that stay.
fn repair_tail(directory: &Directory, tail: Tail, segment_bytes: u64) -> Result<Segment, WalError> {
    let Tail {
        number,
        mut kept,
        unproven,
        file_bytes,
        torn_bytes,
    } = tail;
    let end = kept.len();
    let bytes = segment_bytes.max(file_bytes as u64);
    let segment = Segment::reopen(directory, number, end as u64, bytes)?;
    let is_short = (file_bytes as u64) < bytes;
    let zeros_end = if is_short {
        bytes as usize
    } else {
        end + torn_bytes
    };
    kept.resize(
        if sabotaged!("wal-tear-left-there") {
            end
        } else {
            zeros_end
        },
        0,
    );

    // Records which nobody testifies to be synced go to the file again, although it has them. If the former
    // process died of a failed sync, the page cache still shows them, but marked clean: a sync alone would
    // report success and the disk would never get them ("Can Applications Recover from fsync Failures?",
    // USENIX ATC 2020).
    let Segment { file, path, .. } = &segment;
    file.write_all_at(&kept[unproven..], unproven as u64)
        .map_err(WalError::io("repair", path))?;
    file.sync_all().map_err(WalError::io("sync", path))?;
    Ok(segment)
}
