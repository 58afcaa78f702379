//! The bytes of a segment: one header, then records, then zeros. Integers are little-endian.
//!
//! Decoding never panics, whatever the bytes: a file is outside.

use std::fmt;
use std::ops::RangeInclusive;

/// The largest payload of a record, in bytes, where the size of a segment does not set a lower limit.
pub const PAYLOAD_BYTES_MAX: usize = 8 << 20;

/// Length of the header of a segment, in every version of the format.
pub(super) const HEADER_BYTES: usize = 48;
/// Length of a record without its payload.
pub(super) const RECORD_HEADER_BYTES: usize = 25;
/// The version that this program reads and makes.
pub(super) const VERSION: u32 = 1;

/// Where the header has the version, the segment number and the identity.
pub(super) const VERSION_AT: usize = 8;
pub(super) const SEGMENT_AT: usize = 12;
pub(super) const IDENTITY_AT: usize = 20;

const MAGIC: [u8; 8] = *b"katakvWL";
const FIRST_LSN_AT: usize = 36;
const HEADER_CRC_AT: usize = 44;

const CRC_AT: usize = 4;
const LSN_AT: usize = 8;
const SYNCED_THROUGH_AT: usize = 16;
const PARTITION_AT: usize = 24;

/// Log sequence number: 1 for the first record of a log, and one more for each record after it, over all
/// segments. `Lsn(0)` stands before the first: "synced through 0" means that nothing is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Lsn(pub u64);

impl Lsn {
    pub(super) fn next(self) -> Lsn {
        Lsn(self.0 + 1)
    }

    /// The lsns that records can have in `bytes` bytes of which this one is the first.
    pub(super) fn range_within(self, bytes: usize) -> RangeInclusive<u64> {
        self.0..=self.0.saturating_add((bytes / RECORD_HEADER_BYTES) as u64)
    }
}

impl fmt::Display for Lsn {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// Whose log it is: 16 bytes that the caller derives from its cluster and node. They are compared, not
/// understood.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Identity(pub [u8; 16]);

/// As hexadecimal digits.
impl fmt::Display for Identity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

/// What a segment says about itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Header {
    pub segment: u64,
    pub identity: Identity,
    /// The lsn of its first record. All before it were synced when the header was put there.
    pub first_lsn: Lsn,
}

/// Why bytes are not a header.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum HeaderFault {
    /// Too short, no header at all, or a damaged one.
    Unreadable,
    /// An intact header, of another version.
    UnknownVersion(u32),
}

impl Header {
    pub(super) fn encode(&self) -> [u8; HEADER_BYTES] {
        let mut bytes = [0; HEADER_BYTES];
        bytes[..VERSION_AT].copy_from_slice(&MAGIC);
        bytes[VERSION_AT..SEGMENT_AT].copy_from_slice(&VERSION.to_le_bytes());
        bytes[SEGMENT_AT..IDENTITY_AT].copy_from_slice(&self.segment.to_le_bytes());
        bytes[IDENTITY_AT..FIRST_LSN_AT].copy_from_slice(&self.identity.0);
        bytes[FIRST_LSN_AT..HEADER_CRC_AT].copy_from_slice(&self.first_lsn.0.to_le_bytes());
        let crc = crc32c::crc32c(&bytes[..HEADER_CRC_AT]);
        bytes[HEADER_CRC_AT..].copy_from_slice(&crc.to_le_bytes());
        bytes
    }

    pub(super) fn decode(bytes: &[u8]) -> Result<Header, HeaderFault> {
        let intact = Self::decode_intact(bytes).ok_or(HeaderFault::Unreadable)?;
        match intact {
            (VERSION, header) => Ok(header),
            (version, _) => Err(HeaderFault::UnknownVersion(version)),
        }
    }

    /// The version comes after the CRC: a flipped bit in it is damage, not the work of a newer program.
    fn decode_intact(bytes: &[u8]) -> Option<(u32, Header)> {
        let body = bytes.get(..HEADER_CRC_AT)?;
        if !body.starts_with(&MAGIC) || u32_at(bytes, HEADER_CRC_AT)? != crc32c::crc32c(body) {
            return None;
        }
        let identity = Identity(*body[IDENTITY_AT..].first_chunk()?);
        let header = Header {
            segment: u64_at(body, SEGMENT_AT)?,
            identity,
            first_lsn: Lsn(u64_at(body, FIRST_LSN_AT)?),
        };
        Some((u32_at(body, VERSION_AT)?, header))
    }
}

/// A record as it lies in a segment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Record<'a> {
    pub lsn: Lsn,
    /// The log was synced through here when the record was appended. Less than `lsn`.
    pub synced_through: Lsn,
    pub partition: u8,
    pub payload: &'a [u8],
}

impl<'a> Record<'a> {
    pub(super) fn encoded_bytes(&self) -> usize {
        RECORD_HEADER_BYTES + self.payload.len()
    }

    /// Adds the record to `out`, as one of segment `segment`.
    pub(super) fn encode(&self, segment: u64, out: &mut Vec<u8>) {
        assert!(
            self.synced_through < self.lsn,
            "a record is appended before it is synced"
        );
        assert!(
            self.payload.len() <= PAYLOAD_BYTES_MAX,
            "the caller limits payloads"
        );
        let start = out.len();
        out.extend_from_slice(&(self.payload.len() as u32).to_le_bytes());
        out.extend_from_slice(&[0; LSN_AT - CRC_AT]);
        out.extend_from_slice(&self.lsn.0.to_le_bytes());
        out.extend_from_slice(&self.synced_through.0.to_le_bytes());
        out.push(if sabotaged!("wal-partition-shifted") {
            (self.partition + 1) % 10
        } else {
            self.partition
        });
        out.extend_from_slice(self.payload);
        let crc = record_crc(segment, &out[start..]);
        out[start + CRC_AT..start + LSN_AT].copy_from_slice(&crc.to_le_bytes());
    }

    /// The record of segment `segment` at the beginning of `bytes`, if there is an intact one with an lsn in
    /// `lsns`. The lsn is looked at first, because that is cheap and rules out nearly everything that is not
    /// a record.
    pub(super) fn decode(bytes: &'a [u8], segment: u64, lsns: &RangeInclusive<u64>) -> Option<Record<'a>> {
        let lsn = u64_at(bytes, LSN_AT)?;
        let synced_through = u64_at(bytes, SYNCED_THROUGH_AT)?;
        if !lsns.contains(&lsn) || synced_through >= lsn {
            return None;
        }
        let end = RECORD_HEADER_BYTES.checked_add(u32_at(bytes, 0)? as usize)?;
        let bytes = bytes.get(..end)?;
        if u32_at(bytes, CRC_AT)? != record_crc(segment, bytes) && !sabotaged!("wal-checksum-ignored") {
            return None;
        }
        Some(Record {
            lsn: Lsn(lsn),
            synced_through: Lsn(synced_through),
            partition: bytes[PARTITION_AT],
            payload: &bytes[RECORD_HEADER_BYTES..],
        })
    }

    /// Every intact record of segment `segment` from offset `from` on, wherever it begins. For use after an
    /// invalid record, where nothing says where the next one is.
    pub(super) fn find_all(
        image: &'a [u8],
        from: usize,
        segment: u64,
        lsns: RangeInclusive<u64>,
    ) -> impl Iterator<Item = Record<'a>> {
        let mut at = from;
        std::iter::from_fn(move || {
            while at + RECORD_HEADER_BYTES <= image.len() {
                if let Some(record) = Record::decode(&image[at..], segment, &lsns) {
                    at += record.encoded_bytes();
                    return Some(record);
                }
                at += 1;
            }
            None
        })
    }
}

/// Over the number of the segment, then all of the record but the CRC itself.
fn record_crc(segment: u64, record: &[u8]) -> u32 {
    let seed = crc32c::crc32c(&segment.to_le_bytes());
    if sabotaged!("wal-header-not-covered") {
        return crc32c::crc32c_append(seed, &record[RECORD_HEADER_BYTES..]);
    }
    crc32c::crc32c_append(crc32c::crc32c_append(seed, &record[..CRC_AT]), &record[LSN_AT..])
}

fn u32_at(bytes: &[u8], at: usize) -> Option<u32> {
    Some(u32::from_le_bytes(*bytes.get(at..)?.first_chunk()?))
}

fn u64_at(bytes: &[u8], at: usize) -> Option<u64> {
    Some(u64::from_le_bytes(*bytes.get(at..)?.first_chunk()?))
}
