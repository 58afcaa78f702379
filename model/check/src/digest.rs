//! Hashing for fingerprints: the same in every build and on every machine, and fast on the short words that states
//! are made of.
//!
//! Each word is folded in with one 64 x 64 -> 128 bit multiplication whose halves are xor-ed, as ahash does. It
//! protects against accidents, not against malice.

use std::collections::HashSet;
use std::hash::{BuildHasherDefault, Hash, Hasher};

const SEED: u64 = 0x243f_6a88_85a3_08d3;
const MULTIPLIER: u64 = 0x5851_f42d_4c95_7f2d;

/// A [`Hasher`] with fixed keys.
pub(crate) struct Digest(u64);

impl Digest {
    pub(crate) fn new() -> Digest {
        Digest(SEED)
    }
}

/// The digest of one value.
pub(crate) fn digest(value: &impl Hash) -> u64 {
    let mut digest = Digest::new();
    value.hash(&mut digest);
    digest.finish()
}

/// The digest of a few words, in order.
pub(crate) fn mix<const N: usize>(words: [u64; N]) -> u64 {
    let mut digest = Digest::new();
    for word in words {
        digest.write_u64(word);
    }
    digest.finish()
}

/// A set of digests. Only asked whether it holds something; its order shows nowhere.
pub(crate) type Digests = HashSet<u64, BuildHasherDefault<AsItIs>>;

/// Digests are hashes already.
#[derive(Default)]
pub(crate) struct AsItIs(u64);

impl Hasher for AsItIs {
    fn finish(&self) -> u64 {
        self.0
    }

    fn write(&mut self, _: &[u8]) {
        unreachable!("only digests are kept")
    }

    fn write_u64(&mut self, word: u64) {
        self.0 = word;
    }
}

fn fold(word: u64, by: u64) -> u64 {
    let wide = u128::from(word) * u128::from(by);
    (wide as u64) ^ ((wide >> 64) as u64)
}

impl Hasher for Digest {
    fn finish(&self) -> u64 {
        fold(self.0 ^ SEED.rotate_left(32), SEED | 1)
    }

    fn write(&mut self, bytes: &[u8]) {
        for chunk in bytes.chunks(8) {
            let mut word = [0; 8];
            word[..chunk.len()].copy_from_slice(chunk);
            self.write_u64(u64::from_le_bytes(word));
        }
        self.write_u64(bytes.len() as u64);
    }

    fn write_u8(&mut self, word: u8) {
        self.write_u64(u64::from(word));
    }

    fn write_u16(&mut self, word: u16) {
        self.write_u64(u64::from(word));
    }

    fn write_u32(&mut self, word: u32) {
        self.write_u64(u64::from(word));
    }

    fn write_u64(&mut self, word: u64) {
        // The rotation keeps a zero product from forgetting everything before it.
        self.0 = fold(self.0 ^ word, MULTIPLIER).wrapping_add(self.0.rotate_left(23));
    }

    fn write_usize(&mut self, word: usize) {
        self.write_u64(word as u64);
    }

    fn write_isize(&mut self, word: isize) {
        self.write_u64(word as u64);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn order_and_length_matter() {
        assert_ne!(mix([1, 2]), mix([2, 1]));
        assert_ne!(mix([0]), mix([0, 0]));
        assert_ne!(digest(&"a\0"), digest(&"a"));
    }
}
