//! Which replica a read is sent to first.

use katakv_core::NodeId;
use std::fmt;
use std::str::FromStr;

/// Which replica a read is sent to first. If it does not answer, the others follow, the leader last.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Prefer {
    /// The first one of the placement that does not lead: the leader has the most to do.
    #[default]
    Follower,
    /// This one, if it holds the partition.
    Node(NodeId),
    /// The one whose answers take the least time, whether it leads or not.
    Nearest,
}

/// A text does not say which replica is preferred.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not a preference: it is `follower`, `nearest`, or a node's number")]
pub struct NotAPreference;

impl FromStr for Prefer {
    type Err = NotAPreference;

    fn from_str(text: &str) -> Result<Prefer, NotAPreference> {
        match text {
            "follower" => Ok(Prefer::Follower),
            "nearest" => Ok(Prefer::Nearest),
            number => number
                .parse()
                .map(NodeId)
                .map(Prefer::Node)
                .map_err(|_| NotAPreference),
        }
    }
}

impl fmt::Display for Prefer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Prefer::Follower => f.write_str("follower"),
            Prefer::Node(NodeId(number)) => write!(f, "{number}"),
            Prefer::Nearest => f.write_str("nearest"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_read_as_it_is_printed() {
        for prefer in [Prefer::Follower, Prefer::Node(NodeId(2)), Prefer::Nearest] {
            assert_eq!(prefer.to_string().parse(), Ok(prefer));
        }
        for wrong in ["", "n", "leader", "-1", "256", "1 "] {
            assert_eq!(wrong.parse::<Prefer>(), Err(NotAPreference), "{wrong}");
        }
    }
}
