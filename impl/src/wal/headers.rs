//! Which segments there are, by their headers: complete, of this node, and of a known version.

use std::fs::{self, File};
use std::io::Read;
use std::path::{Path, PathBuf};

use super::directory::Directory;
use super::error::{DamagedPart, WalError};
use super::format::{
    HEADER_BYTES, Header, HeaderFault, IDENTITY_AT, Identity, Lsn, Record, SEGMENT_AT, VERSION, VERSION_AT,
};

/// The headers of all segments, and the number of the last one if it has none. Segment numbers are complete from the
/// first that is not purged.
pub(super) fn read_all(
    directory: &Directory,
    identity: Identity,
) -> Result<(Vec<Header>, Option<u64>), WalError> {
    let numbers = directory.segments()?;
    let first = numbers.first().copied().unwrap_or(1);
    let mut headers = Vec::new();
    for (number, expected) in numbers.iter().copied().zip(first..) {
        if number != expected {
            return Err(WalError::MissingSegment {
                file: directory.segment_path(expected),
            });
        }
        let file = directory.segment_path(number);
        match read(&file)? {
            Ok(header) => headers.push(check(file, header, number, identity)?),
            // The crash came between its creation and its first record, unless `check_unbegun` finds one.
            Err(HeaderFault::Unreadable) if numbers.last() == Some(&number) => {
                // A purge leaves the segment that is appended to, and what comes after it.
                if headers.is_empty() && number != 1 {
                    let file = directory.segment_path(number - 1);
                    return Err(WalError::MissingSegment { file });
                }
                return Ok((headers, Some(number)));
            }
            // Its successor was created after this one's header was synced.
            Err(HeaderFault::Unreadable) => {
                return Err(WalError::Damaged {
                    file,
                    offset: 0,
                    part: DamagedPart::Header,
                });
            }
            Err(HeaderFault::UnknownVersion(found)) => {
                return Err(WalError::UnknownVersion {
                    file,
                    offset: VERSION_AT as u64,
                    found,
                    known: VERSION,
                });
            }
        }
    }
    Ok((headers, None))
}

/// What the first segment says about whose the log is.
pub(super) fn identity(directory: &Directory) -> Result<Identity, WalError> {
    let first = directory.segments()?.first().copied().unwrap_or(1);
    let file = directory.segment_path(first);
    match read(&file)? {
        Ok(header) => Ok(header.identity),
        Err(HeaderFault::Unreadable) => Err(WalError::Damaged {
            file,
            offset: 0,
            part: DamagedPart::Header,
        }),
        Err(HeaderFault::UnknownVersion(found)) => Err(WalError::UnknownVersion {
            file,
            offset: VERSION_AT as u64,
            found,
            known: VERSION,
        }),
    }
}

fn read(file: &Path) -> Result<Result<Header, HeaderFault>, WalError> {
    let mut bytes = Vec::with_capacity(HEADER_BYTES);
    File::open(file)
        .and_then(|file| file.take(HEADER_BYTES as u64).read_to_end(&mut bytes))
        .map_err(WalError::io("read", file))?;
    Ok(Header::decode(&bytes))
}

/// That an intact header is the one which belongs here.
fn check(file: PathBuf, header: Header, number: u64, identity: Identity) -> Result<Header, WalError> {
    let Header {
        segment,
        identity: found,
        first_lsn,
    } = header;
    if found != identity {
        return Err(WalError::WrongIdentity {
            file,
            offset: IDENTITY_AT as u64,
            expected: identity,
            found,
        });
    }
    if segment != number {
        return Err(WalError::Misplaced {
            file,
            offset: SEGMENT_AT as u64,
            found: segment,
        });
    }
    // Where the others have to begin follows from the records before them.
    if number == 1 && first_lsn != Lsn(1) {
        return Err(WalError::Damaged {
            file,
            offset: 0,
            part: DamagedPart::Header,
        });
    }
    Ok(header)
}

/// A segment that was created but not begun has no record. If there is one, its header was synced and is
/// damaged.
pub(super) fn check_unbegun(directory: &Directory, number: u64, last_lsn: Lsn) -> Result<(), WalError> {
    let file = directory.segment_path(number);
    let image = fs::read(&file).map_err(WalError::io("read", &file))?;
    let lsns = last_lsn.next().range_within(image.len());
    match Record::find_all(&image, 0, number, lsns).next() {
        Some(_) => Err(WalError::Damaged {
            file,
            offset: 0,
            part: DamagedPart::Header,
        }),
        None => Ok(()),
    }
}
