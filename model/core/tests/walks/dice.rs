//! Numbers that a seed names for ever.

use crate::cluster::MEMBERS;
use katakv_core::NodeId;

/// A small generator of numbers (xorshift64*), so that a seed names a walk for ever.
pub struct Dice(u64);

impl Dice {
    pub fn new(seed: u64) -> Dice {
        Dice(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1)
    }

    /// One of `0..sides`.
    pub fn roll(&mut self, sides: u64) -> u64 {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        (self.0.wrapping_mul(0x2545_f491_4f6c_dd1d) >> 33) % sides
    }

    pub fn member(&mut self) -> NodeId {
        MEMBERS[self.roll(3) as usize]
    }
}
