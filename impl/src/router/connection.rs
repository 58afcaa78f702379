//! One client's connection to the router: a hello, then requests one way and answers the other, in any order.

use super::IN_FLIGHT_MAX;
use super::answer::Answerer;
use super::room::Room;
use crate::client::Cluster;
use crate::driver::limits;
use crate::wire::frame::{self, FrameError};
use crate::wire::{ClientFrame, Hello, ServerFrame};
use std::sync::Arc;
use std::time::Duration;
use tokio::io::AsyncWriteExt;
use tokio::net::TcpStream;
use tokio::net::tcp::{OwnedReadHalf, OwnedWriteHalf};
use tokio::sync::{OwnedSemaphorePermit, Semaphore, mpsc};
use tokio::task::JoinSet;
use tokio::time::timeout;

/// How long a hello may be.
const HELLO_BYTES_MAX: usize = 64;

/// How long a request's frame may be. It is more than what is valid, so that a node can say what is too long.
const REQUEST_BYTES_MAX: usize = 2 * limits::VALUE_BYTES_MAX;

/// How long a client may take to say hello.
pub(super) const HELLO_TIMEOUT: Duration = Duration::from_secs(5);

/// How long a client may take to complete a request that it has begun: it holds room for it.
const REQUEST_TIMEOUT: Duration = Duration::from_secs(10);

/// How long a client may take to accept one answer.
const ANSWER_TIMEOUT: Duration = Duration::from_secs(10);

/// Why a client's connection was closed. Other clients are not affected.
#[derive(Debug, thiserror::Error)]
pub enum ConnectionError {
    /// The connection failed, or carried what is not a frame of ours: the client is broken, or not a client at all.
    #[error("{0}")]
    Frame(#[from] FrameError),
    /// No hello came in time.
    #[error("no hello within {} s", HELLO_TIMEOUT.as_secs())]
    NoHello,
    /// A node took the router for a node: its configuration names the wrong address.
    #[error("a node connected; routers talk to clients only")]
    Peer,
    /// The client has begun a request and does not complete it.
    #[error("a request was not complete within {} s", REQUEST_TIMEOUT.as_secs())]
    HalfRequest,
    /// The client does not take its answers.
    #[error("an answer was not accepted within {} s", ANSWER_TIMEOUT.as_secs())]
    Slow,
}

/// An answer, and what is free once it has left: the place among the requests in flight, and its room.
type Outgoing = (ServerFrame, OwnedSemaphorePermit, Option<OwnedSemaphorePermit>);

pub(super) async fn serve(
    stream: TcpStream,
    cluster: Arc<Cluster>,
    room: Arc<Room>,
) -> Result<(), ConnectionError> {
    stream.set_nodelay(true).map_err(FrameError::Io)?;
    let (mut from, to) = stream.into_split();
    let expected = match timeout(HELLO_TIMEOUT, frame::read_within(&mut from, HELLO_BYTES_MAX)).await {
        Err(_) => return Err(ConnectionError::NoHello),
        Ok(hello) => match hello? {
            None => return Ok(()),
            Some(Hello::Peer { .. }) => return Err(ConnectionError::Peer),
            Some(Hello::Client { cluster }) => cluster,
        },
    };
    let answerer = Arc::new(Answerer::new(cluster, expected));
    // As many places as there can be answers: a finished request never waits for the channel.
    let (answers, outgoing) = mpsc::channel(IN_FLIGHT_MAX);
    tokio::select! {
        result = read_requests(&mut from, answerer, answers, room) => result,
        result = write_answers(to, outgoing) => result,
    }
}

/// Ends when the client closes its side; requests in flight are then of no use to anybody and are dropped.
async fn read_requests(
    from: &mut OwnedReadHalf,
    answerer: Arc<Answerer>,
    answers: mpsc::Sender<Outgoing>,
    room: Arc<Room>,
) -> Result<(), ConnectionError> {
    let turns = Arc::new(Semaphore::new(IN_FLIGHT_MAX));
    let mut requests = JoinSet::new();
    // The semaphore is never closed.
    while let Ok(turn) = turns.clone().acquire_owned().await {
        let Some(length) = frame::read_length(from, REQUEST_BYTES_MAX).await? else {
            break;
        };
        let request_room = room.for_request(length).await;
        let ClientFrame { id, request } = timeout(REQUEST_TIMEOUT, frame::read_value(from, length))
            .await
            .map_err(|_| ConnectionError::HalfRequest)??;
        while requests.try_join_next().is_some() {}
        let (answerer, answers, room) = (answerer.clone(), answers.clone(), room.clone());
        requests.spawn(async move {
            let reply = answerer.answer(request).await;
            drop(request_room);
            let (reply, answer_room) = room.for_answer(reply);
            // Fails only when the connection is being closed.
            let _ = answers.send((ServerFrame { id, reply }, turn, answer_room)).await;
        });
    }
    Ok(())
}

async fn write_answers(
    mut to: OwnedWriteHalf,
    mut outgoing: mpsc::Receiver<Outgoing>,
) -> Result<(), ConnectionError> {
    let mut bytes = Vec::new();
    while let Some((answer, _turn, _room)) = outgoing.recv().await {
        bytes.clear();
        frame::put(&mut bytes, &answer);
        match timeout(ANSWER_TIMEOUT, to.write_all(&bytes)).await {
            Ok(result) => result.map_err(FrameError::Io)?,
            Err(_) => return Err(ConnectionError::Slow),
        }
        // One large answer does not keep its memory for the connection's life.
        bytes.shrink_to(64 * 1024);
    }
    Ok(())
}
