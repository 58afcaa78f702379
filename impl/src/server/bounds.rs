//! How much may queue up, and how long may be waited: every bound of the server.

use crate::driver::limits;
use std::time::Duration;

/// Connections that have not said hello. Fewer, and fewer clients, where the system lets the process open few files:
/// see `descriptors.rs`.
pub(super) const HANDSHAKES_MAX: usize = 1024;
/// Connections of clients and routers.
pub(super) const CLIENTS_MAX: usize = 1024;
/// Connections of clients for whom there is no place, and who are told so; further ones are just closed.
pub(super) const TURNED_AWAY_MAX: usize = 64;
/// Connections from peers: one each, of 29 at most, and older ones that are about to end. Apart from the clients', so that no
/// number of clients can keep the cluster from replicating.
pub(super) const PEERS_MAX: usize = 48;

/// How long a new connection may take to say hello.
pub(super) const HELLO_WITHIN: Duration = Duration::from_secs(3);
/// How long a hello may be.
pub(super) const HELLO_BYTES_MAX: usize = 64;

/// Connections of operators' tools; further ones wait.
pub(super) const HTTP_CONNECTIONS_MAX: usize = 16;
/// How long such a connection may last; it carries one request.
pub(super) const HTTP_WITHIN: Duration = Duration::from_secs(10);
/// How long the owner may take to say how the node is.
pub(super) const LOOK_WITHIN: Duration = Duration::from_secs(2);

/// Requests of one connection that are being carried out.
pub(super) const REQUESTS_PER_CONNECTION_MAX: usize = 1024;
/// Answers of one connection that are due or on their way; past it, no request is read.
pub(super) const ANSWERS_PER_CONNECTION_MAX: usize = 2 * REQUESTS_PER_CONNECTION_MAX;
/// How long a client's frame may be: more than what is valid, so that a value which is somewhat too long is
/// answered rather than cut off.
pub(super) const CLIENT_FRAME_BYTES_MAX: usize = 2 * limits::VALUE_BYTES_MAX;

/// What the requests that are being carried out may take, in KiB; each is rounded up. Reads, writes, and writes at
/// level `all` have this much each: writes wait for as long as there is no majority, those at level `all` for as
/// long as a follower is away, and neither must keep out the others.
pub(super) const REQUESTS_KIB_MAX: usize = 64 << 10;
/// What client's frames may take that have begun to come and are not complete, in KiB; past it, their connections are
/// not read. Frames of at most [`FRAME_SMALL_BYTES`] are bounded by the number of connections alone, so that nobody
/// waits for room who needs little.
pub(super) const FRAMES_KIB_MAX: usize = 64 << 10;
/// See [`FRAMES_KIB_MAX`].
pub(super) const FRAME_SMALL_BYTES: usize = 64 << 10;
/// How long a client may take to complete a frame that has begun: it holds room for it.
pub(super) const FRAME_WITHIN: Duration = Duration::from_secs(10);
/// What the answers may take that the clients have not read, in KiB: all of them, and one connection's.
pub(super) const ANSWERS_KIB_MAX: usize = 256 << 10;
/// See [`ANSWERS_KIB_MAX`].
pub(super) const ANSWERS_PER_CONNECTION_KIB_MAX: usize = 8 << 10;
/// What a page of a state holds that a client asks for, but for its last item.
pub(super) const STATE_PAGE_BYTES: usize = 256 << 10;
/// How many images are kept for clients.
pub(super) const IMAGES_MAX: usize = 16;
/// How long an image is kept that no client asks for.
pub(super) const IMAGE_KEPT: Duration = Duration::from_secs(30);
/// What messages from peers may take that the owner has not handled, in KiB; past it, their connections are not
/// read.
pub(super) const PEER_MESSAGES_KIB_MAX: usize = 32 << 10;
/// What may wait to be sent to a peer, in bytes; past it, messages to it are dropped.
pub(super) const LINK_BYTES_MAX: usize = 16 << 20;

/// How long a client's connection may be idle. A client that has vanished without a word must not keep its place.
pub(super) const IDLE_AT_MOST: Duration = Duration::from_secs(15 * 60);
/// How long a connection may take to take what is sent to it.
pub(super) const WRITE_WITHIN: Duration = Duration::from_secs(10);
/// How long a client that sends no more may wait for the answers that are due.
pub(super) const ANSWER_WITHIN: Duration = Duration::from_secs(30);
/// The longest that a session read waits for the replica to catch up, and a question about a level until it is reached,
/// whatever they ask for.
pub(super) const READ_WAITS_AT_MOST: Duration = Duration::from_secs(10);
/// How many of them wait at a time; past it, they are answered `NotCaughtUp` or `NotYet` at once.
pub(super) const PARKED_MAX: usize = 16 << 10;

/// How long a router that watches for elections is kept waiting before it is answered with none.
pub(super) const WATCH_WAITS: Duration = Duration::from_secs(10);
/// How many wait so at a time; past it, the one that has waited longest is answered with none.
pub(super) const WATCHERS_MAX: usize = 256;

/// The pauses between two attempts to connect to a peer: the first, and the longest.
pub(super) const RECONNECT_AFTER: Duration = Duration::from_millis(20);
/// See [`RECONNECT_AFTER`].
pub(super) const RECONNECT_AFTER_AT_MOST: Duration = Duration::from_secs(1);
/// How long an attempt to connect may take.
pub(super) const CONNECT_WITHIN: Duration = Duration::from_secs(1);

/// How often a node looks how much of its disk is free.
pub(super) const LOOK_AT_DISK_EVERY: Duration = Duration::from_millis(500);

/// How long a node that is to stop tries to hand over what it leads.
pub(super) const HAND_OVER_WITHIN: Duration = Duration::from_secs(2);
/// How long it then waits for what clients have asked before, and for them to take the answers and close.
pub(super) const FAREWELL_WITHIN: Duration = Duration::from_secs(1);

/// How many events one turn takes.
pub(super) const EVENTS_PER_TURN_MAX: usize = 4096;

/// `bytes`, in the unit of the budgets.
pub(super) fn kib(bytes: usize) -> u32 {
    u32::try_from(bytes / 1024 + 1).unwrap_or(u32::MAX)
}
