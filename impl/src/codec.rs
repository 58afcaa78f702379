//! Values to bytes and back: the one place that knows bincode, so that a format-compatible successor would change
//! this file alone.
//!
//! The format is bincode 2's standard configuration through serde: variable-length integers, little endian. The
//! tests of `wire` and of the records pin its bytes.

use serde::Serialize;
use serde::de::DeserializeOwned;

/// How many bytes one value may take, encoded: decoding claims no more memory than this for lengths it reads.
pub const VALUE_BYTES_MAX: usize = 8 << 20;

/// Why bytes are not a value. They come from a broken peer, a broken client or a damaged file: refuse them.
#[derive(Debug, thiserror::Error)]
pub enum DecodeError {
    /// They are not an encoding of such a value.
    #[error("not a valid encoding: {0}")]
    Malformed(#[from] bincode::error::DecodeError),
    /// They go on after the value.
    #[error("{0} bytes are left over after the value")]
    LeftOver(usize),
}

/// Encodes a value.
pub fn encode<T: Serialize>(value: &T) -> Vec<u8> {
    bincode::serde::encode_to_vec(value, bincode::config::standard())
        .expect("our own types have no value without an encoding")
}

/// Appends the encoding of a value to `buffer`.
pub fn encode_into<T: Serialize>(buffer: &mut Vec<u8>, value: &T) {
    bincode::serde::encode_into_std_write(value, buffer, bincode::config::standard())
        .expect("our own types have no value without an encoding");
}

/// Decodes a value that takes up all of `bytes`.
pub fn decode<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, DecodeError> {
    let config = bincode::config::standard().with_limit::<VALUE_BYTES_MAX>();
    let (value, read) = bincode::serde::decode_from_slice(bytes, config)?;
    if read == bytes.len() {
        Ok(value)
    } else {
        Err(DecodeError::LeftOver(bytes.len() - read))
    }
}

/// Decodes the value that `bytes` begin with, and tells how many of them it takes. The bytes are in memory already, and
/// their number bounds what is claimed for them.
pub fn decode_prefix<T: DeserializeOwned>(bytes: &[u8]) -> Result<(T, usize), DecodeError> {
    Ok(bincode::serde::decode_from_slice(
        bytes,
        bincode::config::standard(),
    )?)
}
