//! One TCP connection to a node or a router: many requests in flight, answers matched by number.
//!
//! Its promise is about failure: each [`CallError`] says whether the request can have reached the other end. A request
//! whose bytes were never offered to the socket was surely not carried out; about any other, nobody knows.

use super::calls::{CallError, Calls, Receiver};
use crate::wire::frame::{self, FRAME_BYTES_MAX, FrameError};
use crate::wire::{ClientFrame, ClientReply, ClientRequest, ClusterId, Hello, ServerFrame};
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;
use tokio::io::{AsyncWriteExt, BufReader};
use tokio::net::TcpStream;
use tokio::net::tcp::{OwnedReadHalf, OwnedWriteHalf};
use tokio::sync::{Semaphore, mpsc};
use tokio::task::AbortHandle;
use tokio::time::timeout;

/// How many requests one connection carries at a time; further ones wait for their turn.
pub const IN_FLIGHT_MAX: usize = 128;

/// How long a connection attempt may take.
pub const CONNECT_TIMEOUT: Duration = Duration::from_millis(500);

/// What is read at a time.
const READ_BYTES: usize = 16 << 10;

/// From how many bytes on further requests wait for the next write.
const WRITE_BYTES: usize = 64 << 10;

/// A connection. Dropping it closes it; calls that wait for an answer then fail as [`CallError::Broken`].
#[derive(Debug)]
pub struct Connection {
    calls: Arc<Calls>,
    queue: mpsc::Sender<Outgoing>,
    turns: Semaphore,
    tasks: [AbortHandle; 2],
}

/// A request on its way to the writer.
#[derive(Debug)]
struct Outgoing {
    id: u64,
    frame: Vec<u8>,
}

impl Connection {
    /// Connects to `address` and says which cluster is expected there, if it is known.
    pub async fn open(address: SocketAddr, cluster: Option<ClusterId>) -> Result<Connection, CallError> {
        let unreachable = |why: std::io::Error| CallError::Unreachable(why.to_string());
        let connect = timeout(CONNECT_TIMEOUT, TcpStream::connect(address));
        let stream = match connect.await {
            Ok(stream) => stream.map_err(unreachable)?,
            Err(_) => return Err(unreachable(std::io::ErrorKind::TimedOut.into())),
        };
        stream.set_nodelay(true).map_err(unreachable)?;
        let (from, to) = stream.into_split();
        let mut hello = Vec::new();
        frame::put(&mut hello, &Hello::Client { cluster });
        let calls = Arc::new(Calls::default());
        let (queue, requests) = mpsc::channel(IN_FLIGHT_MAX);
        let writer = tokio::spawn(write_requests(to, hello, requests, calls.clone())).abort_handle();
        let reader = tokio::spawn({
            let (calls, writer) = (calls.clone(), writer.clone());
            async move {
                read_answers(from, calls).await;
                // Nobody would hear an answer: this end closes, too.
                writer.abort();
            }
        });
        let reader = reader.abort_handle();
        Ok(Connection {
            calls,
            queue,
            turns: Semaphore::new(IN_FLIGHT_MAX),
            tasks: [reader, writer],
        })
    }

    /// Sends `request` and waits for its answer, `within` at most.
    pub async fn call(&self, request: ClientRequest, within: Duration) -> Result<ClientReply, CallError> {
        let (id, answer) = self.calls.begin()?;
        let turn = self.take_turn(id, request, answer);
        // Dropped when the caller no longer waits, for whatever reason: nobody is then left to answer.
        let waiting = self.calls.waiting(id);
        match timeout(within, turn).await {
            Ok(result) => result,
            Err(_) => Err(CallError::TimedOut {
                sent: waiting.give_up(),
                within,
            }),
        }
    }

    async fn take_turn(
        &self,
        id: u64,
        request: ClientRequest,
        answer: Receiver,
    ) -> Result<ClientReply, CallError> {
        let not_sent = || CallError::Broken {
            sent: false,
            why: self.calls.why_broken(),
        };
        let _turn = self.turns.acquire().await.map_err(|_| not_sent())?;
        let mut frame = Vec::new();
        frame::put(&mut frame, &ClientFrame { id, request });
        let bytes = frame.len() - size_of::<u32>();
        if bytes > FRAME_BYTES_MAX {
            return Err(CallError::TooLarge { bytes });
        }
        self.queue
            .send(Outgoing { id, frame })
            .await
            .map_err(|_| not_sent())?;
        // The sender is dropped only by this call's own end.
        answer.await.unwrap_or_else(|_| Err(not_sent()))
    }

    /// Whether it can still be used.
    pub fn is_open(&self) -> bool {
        self.calls.are_open()
    }
}

impl Drop for Connection {
    fn drop(&mut self) {
        // The writer, too: the other end may be alive and never read, and a write to it would never end.
        self.tasks.iter().for_each(AbortHandle::abort);
        self.calls.fail("closed by this end");
    }
}

async fn read_answers(from: OwnedReadHalf, calls: Arc<Calls>) {
    // A frame is read in parts; with this, all that has come costs one system call.
    let mut from = BufReader::with_capacity(READ_BYTES, from);
    loop {
        let why = match frame::read::<ServerFrame>(&mut from).await {
            Ok(Some(ServerFrame {
                reply: ClientReply::Goodbye,
                ..
            })) => return calls.turn_away("the other end is stopping"),
            Ok(Some(frame)) => match calls.answer(frame) {
                Ok(()) => continue,
                Err(why) => why,
            },
            Ok(None) => "closed by the other end".to_owned(),
            Err(FrameError::Io(error)) => error.to_string(),
            Err(error) => format!("it carried something else than answers: {error}"),
        };
        return calls.fail(&why);
    }
}

async fn write_requests(
    mut to: OwnedWriteHalf,
    hello: Vec<u8>,
    mut requests: mpsc::Receiver<Outgoing>,
    calls: Arc<Calls>,
) {
    let mut buffer = hello;
    loop {
        if let Err(error) = to.write_all(&buffer).await {
            return calls.fail(&error.to_string());
        }
        buffer.clear();
        buffer.shrink_to(WRITE_BYTES);
        let mut next = requests.recv().await;
        if next.is_none() {
            return;
        }
        // Whoever else has asked meanwhile goes with it.
        while let Some(Outgoing { id, frame }) = next {
            if calls.mark_sent(id) {
                buffer.extend_from_slice(&frame);
            }
            next = (buffer.len() < WRITE_BYTES)
                .then(|| requests.try_recv().ok())
                .flatten();
        }
    }
}
