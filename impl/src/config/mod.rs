//! The configuration file: one for a whole cluster, in TOML.
//!
//! ```
//! use katakv::config::{ConfigFile, EXAMPLE};
//!
//! let file: ConfigFile = EXAMPLE.parse()?;
//! assert_eq!(file.timing.heartbeat_ms.get(), 50);
//!
//! let misspelt = EXAMPLE.replace("heartbeat_ms", "hartbeat_ms");
//! let error = misspelt.parse::<ConfigFile>().unwrap_err();
//! assert_eq!(error.to_string(), "unknown key `timing.hartbeat_ms`: did you mean `timing.heartbeat_ms`?");
//! # Ok::<(), katakv::config::ConfigError>(())
//! ```
//!
//! [`EXAMPLE`] has every key, each with what it means; `katakv config` prints it. `keys.rs` finds the keys that are
//! not in it.

mod keys;

use crate::client::Prefer;
use crate::placement::{Nodes, PlacementError};
use crate::server::{CHECKPOINT_BYTES, DISK_RESERVE_BYTES, LIVES_MAX, ServerConfig, Timing, owners_by_cores};
use crate::wal::WalConfig;
use crate::wire::ClusterId;
use katakv_core::{Limits, NodeId};
use serde::{Deserialize, Deserializer};
use std::fmt::Display;
use std::net::SocketAddr;
use std::num::{NonZeroU32, NonZeroU64, NonZeroUsize};
use std::path::{Path, PathBuf};
use std::str::FromStr;
use std::time::Duration;

/// Every key, with what it means and the value that it has when it is left out.
pub const EXAMPLE: &str = include_str!("example.toml");

/// Why a file is not a configuration. Correct it; `katakv config` prints one.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    /// It cannot be read.
    #[error("cannot read {path}: {source}")]
    Read {
        /// The file.
        path: PathBuf,
        /// The operating system's answer.
        source: std::io::Error,
    },
    /// A key that there is not.
    #[error("unknown key `{key}`{}", keys::did_you_mean(nearest))]
    UnknownKey {
        /// The key, from the top.
        key: String,
        /// The key that it most resembles, if it resembles any.
        nearest: Option<String>,
    },
    /// It is no TOML, a required key is missing, or a value is not of its key's kind; with line and column.
    #[error("{0}")]
    Toml(#[from] toml::de::Error),
    /// Nodes and placement do not fit.
    #[error(transparent)]
    Placement(#[from] PlacementError),
}

/// A file, as it is written.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ConfigFile {
    /// Which cluster.
    #[serde(deserialize_with = "from_text")]
    pub cluster: ClusterId,
    /// Where its nodes are, in order of their ids.
    nodes: Vec<SocketAddr>,
    /// Which of them hold which partition, in order of the partitions. With three nodes it need not be said.
    placement: Option<Vec<Vec<u8>>>,
    /// The node that is served.
    #[serde(default)]
    pub node: NodePart,
    /// How long timers run.
    #[serde(default)]
    pub timing: TimingPart,
    /// The bounds of each replica.
    #[serde(default)]
    pub limits: LimitsPart,
    /// The write-ahead log.
    #[serde(default)]
    pub wal: WalPart,
    /// The disk.
    #[serde(default)]
    pub disk: DiskPart,
    /// The router.
    #[serde(default)]
    pub router: RouterPart,
}

/// `[node]`
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct NodePart {
    /// Which of the nodes it is.
    pub id: Option<u8>,
    /// Where it keeps its data.
    pub data: Option<PathBuf>,
    /// See [`ServerConfig::http`].
    pub http: Option<SocketAddr>,
    /// See [`ServerConfig::owners`].
    pub owners: Option<NonZeroUsize>,
}

/// `[timing]`, in milliseconds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct TimingPart {
    /// See [`Timing::heartbeat`].
    pub heartbeat_ms: NonZeroU32,
    /// See [`Timing::election_min`].
    pub election_min_ms: NonZeroU32,
    /// See [`Timing::election_max`].
    pub election_max_ms: NonZeroU32,
}

/// `[limits]`; see [`Limits`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct LimitsPart {
    /// Appends un-acknowledged by a follower.
    pub window: NonZeroU32,
    /// Entries in an append.
    pub append_entries_max: NonZeroU32,
    /// Bytes in an append.
    pub append_bytes_max: NonZeroU32,
    /// Entries that wait to be committed.
    pub uncommitted_max: NonZeroU32,
    /// Linearizable reads that wait.
    pub reads_waiting_max: NonZeroU32,
    /// Un-replicated entries acknowledged at level `leader`.
    pub leader_acks_max: NonZeroU32,
    /// See [`ServerConfig::lives_max`].
    pub lives_max: u32,
}

/// `[wal]`
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct WalPart {
    /// The size of a segment.
    pub segment_bytes: NonZeroU64,
    /// The records between two checkpoints.
    pub checkpoint_bytes: NonZeroU64,
}

/// `[disk]`
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct DiskPart {
    /// What stays free.
    pub reserve_bytes: u64,
}

/// `[router]`
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct RouterPart {
    /// Where it listens.
    pub listen: Option<SocketAddr>,
    /// How long it tries to get a node's answer.
    pub deadline_ms: NonZeroU32,
    /// Which replica reads go to first.
    #[serde(deserialize_with = "from_text")]
    pub prefer: Prefer,
}

impl ConfigFile {
    /// Reads the file at `path`.
    ///
    /// # Errors
    /// [`ConfigError`]
    pub fn load(path: &Path) -> Result<ConfigFile, ConfigError> {
        let text = std::fs::read_to_string(path).map_err(|source| ConfigError::Read {
            path: path.to_owned(),
            source,
        })?;
        text.parse()
    }

    /// The nodes, and which partitions they hold.
    pub fn nodes(&self) -> Nodes {
        self.placed().expect("reading has checked it")
    }

    fn placed(&self) -> Result<Nodes, PlacementError> {
        Nodes::new(self.nodes.clone(), self.placement.as_deref())
    }

    /// What the server of node `id` with its data in `data` is told.
    pub fn server(&self, id: NodeId, data: PathBuf) -> ServerConfig {
        let ms = |ms: NonZeroU32| Duration::from_millis(ms.get().into());
        ServerConfig {
            http: self.node.http,
            owners: self.node.owners.unwrap_or_else(owners_by_cores),
            timing: Timing {
                heartbeat: ms(self.timing.heartbeat_ms),
                election_min: ms(self.timing.election_min_ms),
                election_max: ms(self.timing.election_max_ms),
            },
            limits: self.limits.limits(),
            lives_max: self.limits.lives_max,
            wal: WalConfig {
                segment_bytes: self.wal.segment_bytes.get(),
            },
            checkpoint_bytes: self.wal.checkpoint_bytes.get(),
            disk_reserve_bytes: self.disk.reserve_bytes,
            ..ServerConfig::new(self.cluster, id, self.nodes(), data)
        }
    }
}

impl FromStr for ConfigFile {
    type Err = ConfigError;

    fn from_str(text: &str) -> Result<ConfigFile, ConfigError> {
        let table: toml::Table = text.parse()?;
        if let Some((key, nearest)) = keys::unknown(&table) {
            return Err(ConfigError::UnknownKey { key, nearest });
        }
        // From the text once more, so that an error names the line.
        let file: ConfigFile = toml::from_str(text)?;
        file.placed()?;
        Ok(file)
    }
}

impl LimitsPart {
    fn limits(self) -> Limits {
        Limits {
            window: self.window.get(),
            append_entries_max: self.append_entries_max.get(),
            append_bytes_max: self.append_bytes_max.get(),
            uncommitted_max: self.uncommitted_max.get(),
            reads_waiting_max: self.reads_waiting_max.get(),
            leader_acks_max: self.leader_acks_max.get(),
            ..Limits::default()
        }
    }
}

impl Default for LimitsPart {
    fn default() -> LimitsPart {
        let limits = Limits::default();
        LimitsPart {
            window: positive(limits.window),
            append_entries_max: positive(limits.append_entries_max),
            append_bytes_max: positive(limits.append_bytes_max),
            uncommitted_max: positive(limits.uncommitted_max),
            reads_waiting_max: positive(limits.reads_waiting_max),
            leader_acks_max: positive(limits.leader_acks_max),
            lives_max: LIVES_MAX,
        }
    }
}

impl Default for TimingPart {
    fn default() -> TimingPart {
        let timing = Timing::default();
        let ms = |time: Duration| positive(time.as_millis() as u32);
        TimingPart {
            heartbeat_ms: ms(timing.heartbeat),
            election_min_ms: ms(timing.election_min),
            election_max_ms: ms(timing.election_max),
        }
    }
}

impl Default for WalPart {
    fn default() -> WalPart {
        let bytes = WalConfig::default().segment_bytes;
        WalPart {
            segment_bytes: NonZeroU64::new(bytes).expect("a segment has room"),
            checkpoint_bytes: NonZeroU64::new(CHECKPOINT_BYTES).expect("it is positive"),
        }
    }
}

impl Default for DiskPart {
    fn default() -> DiskPart {
        DiskPart {
            reserve_bytes: DISK_RESERVE_BYTES,
        }
    }
}

impl Default for RouterPart {
    fn default() -> RouterPart {
        RouterPart {
            listen: None,
            deadline_ms: positive(5000),
            prefer: Prefer::default(),
        }
    }
}

fn positive(value: u32) -> NonZeroU32 {
    NonZeroU32::new(value).expect("defaults are positive")
}

/// A value that is written as a text.
fn from_text<'de, D, T>(deserializer: D) -> Result<T, D::Error>
where
    D: Deserializer<'de>,
    T: FromStr<Err: Display>,
{
    let text = String::deserialize(deserializer)?;
    text.parse().map_err(serde::de::Error::custom)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::placement::Placement;

    const SHORTEST: &str = r#"
        cluster = "0000000000000001"
        nodes = ["127.0.0.1:7101", "127.0.0.1:7102", "127.0.0.1:7103"]
    "#;

    /// The example says what is so when a key is left out.
    #[test]
    fn the_example_has_the_defaults() {
        let example: ConfigFile = EXAMPLE.parse().expect("it is one");
        let shortest: ConfigFile = SHORTEST.parse().expect("it is one");
        assert_eq!(example.timing, shortest.timing);
        assert_eq!(example.limits, shortest.limits);
        assert_eq!(example.wal, shortest.wal);
        assert_eq!(example.router.deadline_ms, shortest.router.deadline_ms);
        assert_eq!(example.router.prefer, shortest.router.prefer);
        assert_eq!(shortest.limits.limits(), Limits::default());
        assert_eq!(
            shortest.server(NodeId(0), PathBuf::new()).timing,
            Timing::default()
        );
    }

    #[test]
    fn what_is_wrong_is_named() {
        for (line, expected) in [
            ("window = 64", "limits"),
            ("[timing]\nheartbeat_ms = 0", "nonzero"),
            ("[timing]\nheartbeat_ms = 'often'", "line 6"),
            ("[node]\nid = 300", "300"),
            ("[tining]", "timing"),
            ("[router]\nprefer = 'leader'", "nearest"),
            ("colour = 1", "unknown key `colour`"),
        ] {
            let error = format!("{SHORTEST}\n{line}").parse::<ConfigFile>();
            let error = error.expect_err(line).to_string();
            assert!(error.contains(expected), "{line}: {error}");
        }
        let two = SHORTEST.replace(", \"127.0.0.1:7103\"", "");
        let error = two.parse::<ConfigFile>().unwrap_err().to_string();
        assert!(error.contains("2 nodes are named"), "{error}");
        let not_hex = SHORTEST.replace("0000000000000001", "one");
        assert!(not_hex.parse::<ConfigFile>().is_err());
    }

    /// What is offered can be pasted.
    #[test]
    fn more_nodes_need_a_placement_and_are_offered_one() {
        let four = SHORTEST.replace("7103\"", "7103\", \"127.0.0.1:7104\"");
        let error = four.parse::<ConfigFile>().unwrap_err().to_string();
        let (_, offered) = error.split_once('\n').expect("it is on a line of its own");
        let file: ConfigFile = format!("{four}\n{offered}").parse().expect("it is in order");
        assert_eq!(Ok(file.nodes().placement), Placement::spread(4));
        let wrong = format!("{four}\nplacement = [[0, 1]]");
        let error = wrong.parse::<ConfigFile>().unwrap_err();
        assert!(matches!(error, ConfigError::Placement(_)), "{error}");
    }

    #[test]
    fn a_missing_file_is_named() {
        let error = ConfigFile::load(Path::new("/no/such.toml")).unwrap_err();
        assert!(error.to_string().contains("/no/such.toml"), "{error}");
    }
}
