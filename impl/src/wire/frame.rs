//! Frames: `length: u32 LE | version: u8 | value`, where `length` counts version and value.
//!
//! The length is checked before anything is allocated for it, the version before anything is decoded. Either
//! failing, or a value that does not decode, ends the connection and nothing else.

use crate::codec::{self, DecodeError};
use serde::Serialize;
use serde::de::DeserializeOwned;
use tokio::io::{AsyncRead, AsyncReadExt};

/// The version of everything in `wire`. It changes when the bytes of any frame do.
pub const VERSION: u8 = 3;

/// How long a frame may be, version included.
pub const FRAME_BYTES_MAX: usize = codec::VALUE_BYTES_MAX + 1;

/// How much memory a frame gets before its bytes are there.
const CLAIMED_BYTES_MAX: usize = 4 << 10;

/// Why a connection's bytes cannot be understood. Close it; the other end is broken or is not one of us.
#[derive(Debug, thiserror::Error)]
pub enum FrameError {
    /// The connection failed or ended in the middle of a frame.
    #[error("connection lost: {0}")]
    Io(#[from] std::io::Error),
    /// A frame without room for its version.
    #[error("an empty frame")]
    Empty,
    /// A frame that nobody may send.
    #[error("a frame of {bytes} bytes, where at most {max} are allowed")]
    TooLarge {
        /// What it claims.
        bytes: usize,
        /// What is allowed.
        max: usize,
    },
    /// A version that this build does not speak.
    #[error("wire version {found}, where this build speaks {VERSION}")]
    UnknownVersion {
        /// The version found.
        found: u8,
    },
    /// A value that does not decode.
    #[error("{0}")]
    Decode(#[from] DecodeError),
}

/// Appends the frame of `value` to `buffer`.
pub fn put<T: Serialize>(buffer: &mut Vec<u8>, value: &T) {
    // The length is known, and filled in, when the value is there.
    let begin = buffer.len();
    let counted = begin + size_of::<u32>();
    buffer.extend_from_slice(&[0; size_of::<u32>()]);
    buffer.push(VERSION);
    codec::encode_into(buffer, value);
    let length = u32::try_from(buffer.len() - counted).expect("values are bounded before they are sent");
    buffer[begin..counted].copy_from_slice(&length.to_le_bytes());
}

/// Reads the next frame's value; `None` if the connection ends between two frames.
pub async fn read<T: DeserializeOwned>(from: &mut (impl AsyncRead + Unpin)) -> Result<Option<T>, FrameError> {
    read_within(from, FRAME_BYTES_MAX).await
}

/// As [`read`], for a frame of at most `bytes_max` bytes: where less than the most is expected, less should be
/// accepted.
pub async fn read_within<T: DeserializeOwned>(
    from: &mut (impl AsyncRead + Unpin),
    bytes_max: usize,
) -> Result<Option<T>, FrameError> {
    match read_length(from, bytes_max).await? {
        Some(length) => Ok(Some(read_value(from, length).await?)),
        None => Ok(None),
    }
}

/// The first half of [`read_within`]: how long the next frame is, at most `bytes_max` bytes. For a reader that has to
/// find room for the frame before it comes.
pub async fn read_length(
    from: &mut (impl AsyncRead + Unpin),
    bytes_max: usize,
) -> Result<Option<usize>, FrameError> {
    let mut length = [0; 4];
    if from.read(&mut length[..1]).await? == 0 {
        return Ok(None);
    }
    from.read_exact(&mut length[1..]).await?;
    let length = u32::from_le_bytes(length) as usize;
    if length == 0 {
        return Err(FrameError::Empty);
    }
    if length > bytes_max {
        return Err(FrameError::TooLarge {
            bytes: length,
            max: bytes_max,
        });
    }
    Ok(Some(length))
}

/// The second half of [`read_within`]: the value of a frame that is `length` bytes long.
pub async fn read_value<T: DeserializeOwned>(
    from: &mut (impl AsyncRead + Unpin),
    length: usize,
) -> Result<T, FrameError> {
    let version = from.read_u8().await?;
    if version != VERSION {
        return Err(FrameError::UnknownVersion { found: version });
    }
    // Beyond this it grows with what arrives, so that a claimed length alone takes no memory.
    let mut value = Vec::with_capacity(length.min(CLAIMED_BYTES_MAX));
    let read = from.take(length as u64 - 1).read_to_end(&mut value).await?;
    if read < length - 1 {
        return Err(FrameError::Io(std::io::ErrorKind::UnexpectedEof.into()));
    }
    Ok(codec::decode(&value)?)
}
