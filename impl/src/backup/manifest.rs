//! The manifest: lines of text, the last of which is the checksum of those before it.

use super::BackupError;
use crate::wire::ClusterId;
use katakv_core::{EntryId, Epoch, Index, Partition};
use std::fmt::Write;
use std::fs;
use std::path::Path;

const TITLE: &str = "katakv backup 1";

/// What a backup says of itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Manifest {
    /// Whose it is.
    pub cluster: ClusterId,
    /// Every partition, in order.
    pub partitions: Vec<PartitionManifest>,
}

/// What it says of one partition.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PartitionManifest {
    /// The partition.
    pub partition: Partition,
    /// The entry as of which it is.
    pub last: EntryId,
    /// How many items its state has.
    pub items: u64,
    /// Their bytes.
    pub bytes: u64,
    /// The checksum of its file.
    pub file_crc: u32,
    /// The checksum of its items, wherever they are.
    pub items_crc: u32,
}

impl Manifest {
    fn body(&self) -> String {
        let mut text = format!("{TITLE}\ncluster {}\n", self.cluster);
        for of in &self.partitions {
            let EntryId { epoch, index } = of.last;
            let _ = writeln!(
                text,
                "partition {} last {} {} items {} bytes {} file {:08x} state {:08x}",
                of.partition.0, epoch.0, index.0, of.items, of.bytes, of.file_crc, of.items_crc
            );
        }
        text
    }

    /// Puts it where a backup has it.
    pub(super) fn store(&self, dir: &Path) -> Result<(), BackupError> {
        let body = self.body();
        let text = format!("{body}crc {:08x}\n", crc32c::crc32c(body.as_bytes()));
        let (unfinished, file) = (dir.join("manifest.unfinished"), dir.join("manifest"));
        fs::write(&unfinished, text).map_err(BackupError::io("write", &unfinished))?;
        for synced in [&unfinished, dir] {
            let opened = fs::File::open(synced).and_then(|file| file.sync_all());
            opened.map_err(BackupError::io("sync", synced))?;
        }
        fs::rename(&unfinished, &file).map_err(BackupError::io("rename", &unfinished))?;
        let opened = fs::File::open(dir).and_then(|dir| dir.sync_all());
        opened.map_err(BackupError::io("sync", dir))
    }

    /// Reads it.
    ///
    /// # Errors
    /// `Io` if there is none, `Damaged` if it is none.
    pub fn load(dir: &Path) -> Result<Manifest, BackupError> {
        let file = dir.join("manifest");
        let text = fs::read_to_string(&file).map_err(BackupError::io("read", &file))?;
        let damaged = |what: &str| BackupError::damaged(&file, what);
        let (body, crc) = text
            .rsplit_once("crc ")
            .ok_or_else(|| damaged("it has no checksum"))?;
        let crc = crc.strip_suffix('\n').unwrap_or(crc);
        if u32::from_str_radix(crc, 16) != Ok(crc32c::crc32c(body.as_bytes())) {
            return Err(damaged("its checksum is another"));
        }
        parse(body).ok_or_else(|| damaged("it is not of this version"))
    }
}

fn parse(body: &str) -> Option<Manifest> {
    let mut lines = body.lines();
    (lines.next()? == TITLE).then_some(())?;
    let cluster = lines.next()?.strip_prefix("cluster ")?.parse().ok()?;
    let partitions = lines.map(parse_partition).collect::<Option<Vec<_>>>()?;
    let all = Partition::all().eq(partitions.iter().map(|of| of.partition));
    all.then_some(Manifest { cluster, partitions })
}

fn parse_partition(line: &str) -> Option<PartitionManifest> {
    let words: Vec<&str> = line.split(' ').collect();
    let [
        "partition",
        partition,
        "last",
        epoch,
        index,
        "items",
        items,
        "bytes",
        bytes,
        "file",
        file,
        "state",
        state,
    ] = words[..]
    else {
        return None;
    };
    Some(PartitionManifest {
        partition: Partition(partition.parse().ok()?),
        last: EntryId::new(Epoch(epoch.parse().ok()?), Index(index.parse().ok()?)),
        items: items.parse().ok()?,
        bytes: bytes.parse().ok()?,
        file_crc: u32::from_str_radix(file, 16).ok()?,
        items_crc: u32::from_str_radix(state, 16).ok()?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_read_as_it_was_written_and_not_with_a_byte_changed() {
        let dir = tempfile::tempdir().unwrap();
        let of = |partition: Partition| PartitionManifest {
            partition,
            last: EntryId::new(Epoch(3), Index(u64::from(partition.0) * 1000)),
            items: 7,
            bytes: 1 << 40,
            file_crc: 0xdead_beef,
            items_crc: u32::from(partition.0),
        };
        let manifest = Manifest {
            cluster: ClusterId(7),
            partitions: Partition::all().map(of).collect(),
        };
        manifest.store(dir.path()).unwrap();
        assert_eq!(Manifest::load(dir.path()).unwrap(), manifest);
        let file = dir.path().join("manifest");
        let bytes = fs::read(&file).unwrap();
        for place in 0..bytes.len() - 1 {
            let mut changed = bytes.clone();
            changed[place] ^= 1;
            fs::write(&file, changed).unwrap();
            assert!(Manifest::load(dir.path()).is_err(), "byte {place}");
        }
        fs::remove_file(&file).unwrap();
        assert!(matches!(Manifest::load(dir.path()), Err(BackupError::Io { .. })));
    }
}
