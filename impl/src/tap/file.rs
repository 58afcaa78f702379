//! The files of a tap: one for each start of a node, blocks of events in each.
//!
//! ```text
//! n0-00000001.tap    what node 0 did from its first recorded start to its end
//! n0-00000002.tap    ... from its second
//!
//! file  := magic 8 | version 4 | block ...
//! block := length 4 | crc 4 | event ...              integers are little-endian, events are the codec's
//! ```
//! Only the end of a file can be missing: a process that is killed leaves the beginning of a block, or none of it. Anything
//! else that does not add up is damage, and is told with its place.

use super::event::Event;
use crate::codec::{self, DecodeError};
use katakv_core::NodeId;
use serde::Serialize;
use std::fs::{self, File};
use std::io::{self, BufReader, Read, Write};
use std::path::{Path, PathBuf};

const MAGIC: [u8; 8] = *b"katakvTP";
/// The version of the events and of what is in them. It changes when the bytes of any do.
const VERSION: u32 = 3;
const FILE_HEADER_BYTES: usize = 12;
const BLOCK_HEADER_BYTES: usize = 8;

/// Why a tap cannot be read, or not be begun.
#[derive(Debug, thiserror::Error)]
pub enum TapError {
    /// The operating system's answer. Check the directory and its disk.
    #[error("{}: {source}", file.display())]
    Io {
        /// Which file or directory.
        file: PathBuf,
        /// The answer.
        source: io::Error,
    },
    /// It is no tap. Name the directory that `--record` was given.
    #[error("{}: not a record of a node", file.display())]
    NotATap {
        /// Which file.
        file: PathBuf,
    },
    /// It is of another version. Use the program that belongs to it.
    #[error("{}: version {found}, where this build reads {VERSION}", file.display())]
    UnknownVersion {
        /// Which file.
        file: PathBuf,
        /// Its version.
        found: u32,
    },
    /// Bytes in the middle have changed since they were recorded. What comes before them is good.
    #[error("{}: block {block} (at byte {offset}) is damaged", file.display())]
    Damaged {
        /// Which file.
        file: PathBuf,
        /// Which block, counted from 0.
        block: usize,
        /// Where it begins.
        offset: u64,
    },
    /// An intact block holds something that is no event.
    #[error("{}: event {event} does not decode: {source}", file.display())]
    Decode {
        /// Which file.
        file: PathBuf,
        /// Which event, counted from 0.
        event: usize,
        /// Why.
        source: DecodeError,
    },
    /// A file is missing between others of the same node.
    #[error("{}: missing, though there are later ones", file.display())]
    Missing {
        /// Which file.
        file: PathBuf,
    },
}

impl TapError {
    fn io(file: &Path) -> impl FnOnce(io::Error) -> TapError {
        let file = file.to_owned();
        move |source| TapError::Io { file, source }
    }
}

/// The taps of `node` in `dir`, in the order of its starts.
///
/// # Errors
/// [`TapError::Io`], or [`TapError::Missing`].
pub fn files(dir: &Path, node: NodeId) -> Result<Vec<PathBuf>, TapError> {
    let prefix = format!("{node}-");
    let mut found = Vec::new();
    for entry in fs::read_dir(dir).map_err(TapError::io(dir))? {
        let name = entry.map_err(TapError::io(dir))?.file_name();
        let number = name.to_str().and_then(|name| {
            let number = name.strip_prefix(&prefix)?.strip_suffix(".tap")?;
            number.parse::<u32>().ok()
        });
        found.extend(number);
    }
    found.sort_unstable();
    let known = found.iter().zip(1..);
    if let Some((_, missing)) = known.into_iter().find(|(number, expected)| *number != expected) {
        let file = path(dir, node, missing);
        return Err(TapError::Missing { file });
    }
    Ok(found.into_iter().map(|number| path(dir, node, number)).collect())
}

fn path(dir: &Path, node: NodeId, number: u32) -> PathBuf {
    dir.join(format!("{node}-{number:08}.tap"))
}

/// Puts blocks into a new file.
#[derive(Debug)]
pub struct TapWriter {
    file: File,
}

impl TapWriter {
    /// The file of `node`'s next start in `dir`, which is created if it is missing.
    ///
    /// # Errors
    /// [`TapError`]: nothing is recorded.
    pub fn create(dir: &Path, node: NodeId) -> Result<TapWriter, TapError> {
        fs::create_dir_all(dir).map_err(TapError::io(dir))?;
        let path = path(dir, node, files(dir, node)?.len() as u32 + 1);
        let create = || {
            let mut file = File::create_new(&path)?;
            file.write_all(&MAGIC)?;
            file.write_all(&VERSION.to_le_bytes())?;
            Ok(file)
        };
        let file = create().map_err(TapError::io(&path))?;
        Ok(TapWriter { file })
    }

    /// Adds a block of encoded events.
    ///
    /// # Errors
    /// The operating system's answer; the file ends with an incomplete block then.
    pub fn block(&mut self, events: &[u8]) -> io::Result<()> {
        let mut header = [0; BLOCK_HEADER_BYTES];
        let length = u32::try_from(events.len()).map_err(io::Error::other)?;
        header[..4].copy_from_slice(&length.to_le_bytes());
        header[4..].copy_from_slice(&crc32c::crc32c(events).to_le_bytes());
        self.file.write_all(&header)?;
        self.file.write_all(events)
    }

    /// Adds events as one block: for tests that make or change a tap.
    ///
    /// # Errors
    /// As [`TapWriter::block`].
    pub fn events<I: Serialize, N: Serialize>(&mut self, events: &[Event<I, N>]) -> io::Result<()> {
        let mut bytes = Vec::new();
        events
            .iter()
            .for_each(|event| codec::encode_into(&mut bytes, event));
        self.block(&bytes)
    }
}

/// Reads one file, event by event.
#[derive(Debug)]
pub struct TapFile {
    path: PathBuf,
    input: BufReader<File>,
    left: u64,
    offset: u64,
    blocks: usize,
    events: usize,
    block: Vec<u8>,
    place: usize,
    cut: bool,
}

impl TapFile {
    /// Opens it.
    ///
    /// # Errors
    /// [`TapError`].
    pub fn open(path: &Path) -> Result<TapFile, TapError> {
        let file = File::open(path).map_err(TapError::io(path))?;
        let length = file.metadata().map_err(TapError::io(path))?.len();
        let mut input = BufReader::with_capacity(1 << 18, file);
        let mut header = [0; FILE_HEADER_BYTES];
        let Some(left) = length.checked_sub(FILE_HEADER_BYTES as u64) else {
            return Err(TapError::NotATap {
                file: path.to_owned(),
            });
        };
        input.read_exact(&mut header).map_err(TapError::io(path))?;
        if header[..MAGIC.len()] != MAGIC {
            return Err(TapError::NotATap {
                file: path.to_owned(),
            });
        }
        let found = word(&header[MAGIC.len()..]);
        if found != VERSION {
            let file = path.to_owned();
            return Err(TapError::UnknownVersion { file, found });
        }
        Ok(TapFile {
            path: path.to_owned(),
            input,
            left,
            offset: FILE_HEADER_BYTES as u64,
            blocks: 0,
            events: 0,
            block: Vec::new(),
            place: 0,
            cut: false,
        })
    }

    /// The next event, or `None` at the end.
    ///
    /// # Errors
    /// [`TapError`].
    pub fn next_event(&mut self) -> Result<Option<Event>, TapError> {
        while self.place == self.block.len() {
            if !self.next_block()? {
                return Ok(None);
            }
        }
        match codec::decode_prefix(&self.block[self.place..]) {
            Ok((event, read)) => {
                self.place += read;
                self.events += 1;
                Ok(Some(event))
            }
            Err(source) => Err(TapError::Decode {
                file: self.path.clone(),
                event: self.events,
                source,
            }),
        }
    }

    fn next_block(&mut self) -> Result<bool, TapError> {
        let io = TapError::io(&self.path);
        let mut header = [0; BLOCK_HEADER_BYTES];
        let Some(left) = self.left.checked_sub(BLOCK_HEADER_BYTES as u64) else {
            self.cut |= self.left > 0;
            return Ok(false);
        };
        self.input.read_exact(&mut header).map_err(io)?;
        let length = u64::from(word(&header));
        if length > left {
            self.cut = true;
            return Ok(false);
        }
        self.block.resize(length as usize, 0);
        let read = self.input.read_exact(&mut self.block);
        read.map_err(TapError::io(&self.path))?;
        if crc32c::crc32c(&self.block) != word(&header[4..]) {
            return Err(TapError::Damaged {
                file: self.path.clone(),
                block: self.blocks,
                offset: self.offset,
            });
        }
        self.place = 0;
        self.blocks += 1;
        self.offset += BLOCK_HEADER_BYTES as u64 + length;
        self.left = left - length;
        Ok(true)
    }

    /// Whether the file ended within a block.
    pub fn is_cut(&self) -> bool {
        self.cut
    }

    /// Which file.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// How many events were read.
    pub fn events(&self) -> usize {
        self.events
    }
}

fn word(bytes: &[u8]) -> u32 {
    let four = bytes.first_chunk().expect("it is cut from a longer array");
    u32::from_le_bytes(*four)
}
