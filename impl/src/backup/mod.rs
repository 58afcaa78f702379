//! Backups: the state of every partition in a directory, and a cluster's directories made of it.
//!
//! ```text
//!   manifest      what this is, and for each partition: the entry as of which it is, keys, bytes, a checksum
//!   p0.state      pages: | length 4 | crc 4 | value |, the first one a header with the lineage, the others items
//!   ...
//!   p9.state
//! ```
//! A partition's state is of one moment, that of its entry: all that was applied up to there, and nothing after it. The
//! moments of two partitions have nothing to do with each other, as no change is of two partitions.
//!
//! Every byte of it is covered by a checksum: those of the pages, those of whole states in the manifest, and the manifest's
//! own in its last line. The manifest is put there last, under its name only when it is complete, so a backup that was cut short
//! has none.

mod error;
mod files;
mod manifest;
mod restore;
mod take;

pub use error::BackupError;
pub use manifest::{Manifest, PartitionManifest};
pub use restore::{restore, verify};
pub use take::take;
