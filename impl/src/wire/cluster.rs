//! A cluster's id. It is printed and read as 16 hexadecimal digits.

use serde::{Deserialize, Serialize};
use std::fmt;
use std::str::FromStr;

/// Which cluster: nodes, disks, routers and tokens of different clusters never mix.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct ClusterId(pub u64);

impl fmt::Display for ClusterId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:016x}", self.0)
    }
}

/// A text is not the id of a cluster.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a cluster's id is 1 to 16 hexadecimal digits")]
pub struct NotAClusterId;

impl FromStr for ClusterId {
    type Err = NotAClusterId;

    fn from_str(text: &str) -> Result<ClusterId, NotAClusterId> {
        if text.len() <= 16 && text.bytes().all(|byte| byte.is_ascii_hexdigit()) {
            u64::from_str_radix(text, 16)
                .map(ClusterId)
                .map_err(|_| NotAClusterId)
        } else {
            Err(NotAClusterId)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_what_it_prints() {
        for id in [0, 0xa7, u64::MAX] {
            assert_eq!(ClusterId(id).to_string().parse(), Ok(ClusterId(id)));
        }
        for wrong in ["", "+1", "x", "00000000000000001"] {
            assert_eq!(wrong.parse::<ClusterId>(), Err(NotAClusterId), "{wrong}");
        }
    }
}
