//! A partition's file: pages with checksums.

use super::{BackupError, PartitionManifest};
use crate::codec;
use crate::store::Item;
use katakv_core::{EntryId, Lineage, Partition};
use serde::{Deserialize, Serialize};
use std::fs::File;
use std::io::{BufReader, BufWriter, ErrorKind, Read, Write};
use std::path::{Path, PathBuf};

/// How long a page may be: more than any node sends.
const PAGE_BYTES_MAX: usize = codec::VALUE_BYTES_MAX;

/// The first page.
#[derive(Debug, Serialize, Deserialize)]
struct Header {
    partition: Partition,
    lineage: Lineage,
}

pub(super) fn path(dir: &Path, partition: Partition) -> PathBuf {
    dir.join(format!("p{}.state", partition.0))
}

/// The checksum of items, one after the other, however they come in pages.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct ItemsCrc {
    pub(super) crc: u32,
    pub(super) items: u64,
    pub(super) bytes: u64,
}

impl ItemsCrc {
    pub(super) fn add(&mut self, items: &[Item]) {
        for (key, found) in items {
            for part in [key, found] {
                self.crc = crc32c::crc32c_append(self.crc, &(part.len() as u64).to_le_bytes());
                self.crc = crc32c::crc32c_append(self.crc, part);
                self.bytes += part.len() as u64;
            }
            self.items += 1;
        }
    }
}

/// A file that is being written.
pub(super) struct Writer {
    path: PathBuf,
    file: BufWriter<File>,
    partition: Partition,
    last: EntryId,
    file_crc: u32,
    items: ItemsCrc,
}

impl Writer {
    pub(super) fn create(dir: &Path, partition: Partition, lineage: Lineage) -> Result<Writer, BackupError> {
        let path = path(dir, partition);
        let file = File::create(&path).map_err(BackupError::io("create", &path))?;
        let mut writer = Writer {
            path,
            file: BufWriter::new(file),
            partition,
            last: lineage.last(),
            file_crc: 0,
            items: ItemsCrc::default(),
        };
        writer.page(&codec::encode(&Header { partition, lineage }))?;
        Ok(writer)
    }

    pub(super) fn items(&mut self, items: &Vec<Item>) -> Result<(), BackupError> {
        self.items.add(items);
        self.page(&codec::encode(items))
    }

    fn page(&mut self, value: &[u8]) -> Result<(), BackupError> {
        let length = u32::try_from(value.len()).expect("a page came in a frame");
        for part in [
            &length.to_le_bytes()[..],
            &crc32c::crc32c(value).to_le_bytes(),
            value,
        ] {
            self.file_crc = crc32c::crc32c_append(self.file_crc, part);
            let written = self.file.write_all(part);
            written.map_err(BackupError::io("write", &self.path))?;
        }
        Ok(())
    }

    /// Makes it durable.
    pub(super) fn finish(self) -> Result<PartitionManifest, BackupError> {
        let file = self
            .file
            .into_inner()
            .map_err(std::io::IntoInnerError::into_error);
        file.and_then(|file| file.sync_all())
            .map_err(BackupError::io("sync", &self.path))?;
        Ok(PartitionManifest {
            partition: self.partition,
            last: self.last,
            items: self.items.items,
            bytes: self.items.bytes,
            file_crc: self.file_crc,
            items_crc: self.items.crc,
        })
    }
}

/// Reads a file that must be what `expected` says, and calls `take` with the items of each page; returns the lineage.
/// That all of it is as expected is known only when it returns.
pub(super) fn read(
    dir: &Path,
    expected: &PartitionManifest,
    mut take: impl FnMut(&[Item]) -> Result<(), BackupError>,
) -> Result<Lineage, BackupError> {
    let path = path(dir, expected.partition);
    let file = File::open(&path).map_err(BackupError::io("read", &path))?;
    let (mut file, mut file_crc) = (BufReader::new(file), 0);
    let first = page(&path, &mut file, &mut file_crc)?;
    let first = first.ok_or_else(|| BackupError::damaged(&path, "it is empty"))?;
    let Header { partition, lineage } = codec::decode(&first).map_err(BackupError::decode(&path))?;
    let mut found = ItemsCrc::default();
    while let Some(value) = page(&path, &mut file, &mut file_crc)? {
        let items: Vec<Item> = codec::decode(&value).map_err(BackupError::decode(&path))?;
        found.add(&items);
        take(&items)?;
    }
    let read = PartitionManifest {
        partition,
        last: lineage.last(),
        items: found.items,
        bytes: found.bytes,
        file_crc,
        items_crc: found.crc,
    };
    if read != *expected || !lineage.is_sound() {
        return Err(BackupError::damaged(&path, "it is not what the manifest says"));
    }
    Ok(lineage)
}

/// The next page, if there is one.
fn page(path: &Path, file: &mut impl Read, file_crc: &mut u32) -> Result<Option<Vec<u8>>, BackupError> {
    let mut frame = [0; 8];
    match file.read_exact(&mut frame[..1]) {
        Err(error) if error.kind() == ErrorKind::UnexpectedEof => return Ok(None),
        other => other.map_err(BackupError::io("read", path))?,
    }
    let cut = |error: std::io::Error| match error.kind() {
        ErrorKind::UnexpectedEof => BackupError::damaged(path, "it ends in the middle of a page"),
        _ => BackupError::io("read", path)(error),
    };
    file.read_exact(&mut frame[1..]).map_err(cut)?;
    let [a, b, c, d, e, f, g, h] = frame;
    let (length, crc) = (u32::from_le_bytes([a, b, c, d]), u32::from_le_bytes([e, f, g, h]));
    if length as usize > PAGE_BYTES_MAX {
        return Err(BackupError::damaged(path, "a page is longer than any"));
    }
    let mut value = vec![0; length as usize];
    file.read_exact(&mut value).map_err(cut)?;
    if crc32c::crc32c(&value) != crc {
        return Err(BackupError::damaged(path, "a page is damaged"));
    }
    *file_crc = crc32c::crc32c_append(*file_crc, &frame);
    *file_crc = crc32c::crc32c_append(*file_crc, &value);
    Ok(Some(value))
}
