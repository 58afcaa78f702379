//! How many connections the process may have, by what the system lets it open.
//!
//! Log and store open files while the node runs, and a node that cannot ends. So connections leave them room: however
//! many clients there are, the next segment can be created.

use super::bounds;

/// What the log, the store, the links to the peers and the runtime may have open.
const RESERVED: usize = 256;
/// What is assumed where the system does not say.
const ASSUMED_LIMIT: usize = 1024;
/// With less, nobody could be served.
const CONNECTIONS_MIN: usize = 96;

/// How many connections there may be of each kind.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Places {
    pub(super) handshakes: usize,
    pub(super) clients: usize,
    pub(super) turned_away: usize,
    pub(super) peers: usize,
}

impl Places {
    /// What this process may have.
    pub(super) fn of_process() -> Places {
        let limits = std::fs::read_to_string("/proc/self/limits").unwrap_or_default();
        Places::within(soft_limit(&limits).unwrap_or(ASSUMED_LIMIT))
    }

    /// What a process may have that can open `limit` files.
    fn within(limit: usize) -> Places {
        let all = limit.saturating_sub(RESERVED).max(CONNECTIONS_MIN);
        let peers = bounds::PEERS_MAX;
        let handshakes = bounds::HANDSHAKES_MAX.min((all - peers) / 3);
        let turned_away = bounds::TURNED_AWAY_MAX.min((all - peers) / 6);
        let clients = bounds::CLIENTS_MAX.min(all - peers - handshakes - turned_away);
        Places {
            handshakes,
            clients,
            turned_away,
            peers,
        }
    }
}

/// The soft limit of open files, of what Linux tells about a process. `None` also if there is no limit.
fn soft_limit(limits: &str) -> Option<usize> {
    let line = limits
        .lines()
        .find_map(|line| line.strip_prefix("Max open files"))?;
    line.split_whitespace().next()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn connections_leave_room_for_files_whatever_the_limit() {
        for limit in [400, 1024, 4096, 1 << 20] {
            let Places {
                handshakes,
                clients,
                turned_away,
                peers,
            } = Places::within(limit);
            assert!(
                handshakes + clients + turned_away + peers + RESERVED <= limit,
                "{limit}"
            );
            assert!(
                handshakes > 0 && clients > 0 && turned_away > 0 && peers > 0,
                "{limit}"
            );
        }
        let most = Places::within(1 << 20);
        assert_eq!(
            (most.handshakes, most.clients),
            (bounds::HANDSHAKES_MAX, bounds::CLIENTS_MAX)
        );
    }

    #[test]
    fn reads_the_soft_limit() {
        let limits = "Limit  Soft Limit  Hard Limit  Units\nMax open files            1024                 524288               files\n";
        assert_eq!(soft_limit(limits), Some(1024));
        assert_eq!(soft_limit("Max open files  unlimited unlimited files"), None);
        assert_eq!(soft_limit(""), None);
    }
}
