//! A client's connection: requests go to the owner, answers come back in any order.

use super::admission::share;
use super::answer::{Answer, Origin, Outgoing};
use super::bounds;
use super::config::ServerConfig;
use super::connection::{Reader, Shared};
use super::error::ConnectionError;
use super::requests::partition_of;
use crate::driver::check_request;
use crate::driver::limits::LimitError;
use crate::wire::{ClientFrame, ClientReply, ClientRequest, ServerFrame, frame};
use katakv_core::{NodeId, Reply};
use std::sync::Arc;
use tokio::io::AsyncWriteExt;
use tokio::net::tcp::OwnedWriteHalf;
use tokio::sync::Semaphore;
use tokio::sync::mpsc::{Receiver, Sender, channel};
use tokio::time::timeout;

/// How many answers are put into one write.
const ANSWERS_PER_WRITE_MAX: usize = 256;
/// What a buffer keeps of its size between two writes.
const BUFFER_KEPT_BYTES: usize = 256 << 10;

/// Serves until the client closes, or until it sends something that ends the connection.
pub(super) async fn serve(
    mut reader: Reader,
    writer: OwnedWriteHalf,
    shared: &Shared,
) -> Result<(), ConnectionError> {
    let (sender, answers) = channel(bounds::ANSWERS_PER_CONNECTION_MAX);
    let writing = write(writer, answers);
    tokio::pin!(writing);
    let closes = tokio::select! {
        read = read(&mut reader, sender, shared) => read.map(|()| false)?,
        // What it has begun to read is not carried out.
        () = shared.closing() => true,
        written = &mut writing => return written.map(drop),
    };
    // Nothing more is asked; answers may still be due.
    match timeout(bounds::ANSWER_WITHIN, writing).await {
        Ok(Ok(writer)) if closes => say_goodbye(reader, writer).await,
        Ok(written) => written.map(drop),
        Err(_) => Ok(()),
    }
}

/// Whatever was asked is answered: the client may know that nothing else was carried out, and ask elsewhere.
async fn say_goodbye(mut reader: Reader, mut writer: OwnedWriteHalf) -> Result<(), ConnectionError> {
    let mut buffer = Vec::new();
    let reply = ClientReply::Goodbye;
    frame::put(&mut buffer, &ServerFrame { id: 0, reply });
    timeout(bounds::WRITE_WITHIN, writer.write_all(&buffer))
        .await
        .map_err(|_| ConnectionError::Stuck)??;
    // Were it closed over what the client still sends, the system would break the connection, and the goodbye might not be
    // read. The client closes when it has read it.
    tokio::io::copy(&mut reader, &mut tokio::io::sink()).await?;
    Ok(())
}

async fn read(
    reader: &mut Reader,
    answers: Sender<Outgoing>,
    shared: &Shared,
) -> Result<(), ConnectionError> {
    let own_requests = Arc::new(Semaphore::new(bounds::REQUESTS_PER_CONNECTION_MAX));
    let own_answers = Arc::new(Semaphore::new(bounds::ANSWERS_PER_CONNECTION_KIB_MAX));
    loop {
        let place = answers
            .clone()
            .reserve_owned()
            .await
            .map_err(|_| ConnectionError::Stopping)?;
        let length = frame::read_length(reader, bounds::CLIENT_FRAME_BYTES_MAX);
        let length = timeout(bounds::IDLE_AT_MOST, length)
            .await
            .map_err(|_| ConnectionError::Idle)??;
        let Some(length) = length else { return Ok(()) };
        let room = shared.admission.room_for_frame(length).await;
        let room = room.map_err(|_| ConnectionError::Stopping)?;
        let ClientFrame { id, request } = timeout(bounds::FRAME_WITHIN, frame::read_value(reader, length))
            .await
            .map_err(|_| ConnectionError::HalfFrame)??;
        let shares = share(&own_requests, 1).zip(shared.admission.admit(&request));
        let admitted = shares.is_some();
        drop(room);
        let answer = Answer {
            id,
            origin: Origin {
                cluster: shared.config.cluster,
                node: shared.config.id,
            },
            place,
            budgets: [Arc::clone(&own_answers), Arc::clone(&shared.admission.answers)],
            _shares: shares.map(|(own, all)| [own, all]),
        };
        let checked = check_node(&request, shared.config.id).and_then(|()| check_request(&request));
        match checked.map(|()| elsewhere(&request, &shared.config)) {
            // It will never be valid, busy or not.
            Err(error) => answer.other(ClientReply::Invalid(error.to_string())),
            Ok(Some(elsewhere)) => answer.other(elsewhere),
            Ok(None) if writes(&request) && shared.space.is_full() => answer.disk_full(),
            Ok(None) if !admitted => answer.protocol(Reply::Busy),
            Ok(None) => match request {
                ClientRequest::Usage { .. } => shared.inbox.usage(shared.space.sizes(), answer),
                request => shared.inbox.client(request, answer),
            },
        }
    }
}

/// Answers what comes in the next few seconds with `Busy`, and closes. A client sends its first requests with its
/// hello: were the connection closed at once, it could not know that nothing was carried out.
pub(super) async fn turn_away(
    mut reader: Reader,
    mut writer: OwnedWriteHalf,
    shared: &Shared,
) -> Result<(), ConnectionError> {
    let answers = async {
        while let Some(length) = frame::read_length(&mut reader, bounds::CLIENT_FRAME_BYTES_MAX).await? {
            let room = shared.admission.room_for_frame(length).await;
            let room = room.map_err(|_| ConnectionError::Stopping)?;
            let ClientFrame { id, .. } = frame::read_value(&mut reader, length).await?;
            drop(room);
            let reply = ClientReply::Protocol {
                cluster: shared.config.cluster,
                node: shared.config.id,
                reply: Reply::Busy,
            };
            let mut buffer = Vec::new();
            frame::put(&mut buffer, &ServerFrame { id, reply });
            writer.write_all(&buffer).await?;
        }
        Ok(())
    };
    match timeout(bounds::HELLO_WITHIN, answers).await {
        Ok(Err(error)) => Err(error),
        Ok(Ok(())) | Err(_) => Err(ConnectionError::TooMany),
    }
}

/// Who holds the partition that a request is of, if this node does not.
fn elsewhere(request: &ClientRequest, config: &ServerConfig) -> Option<ClientReply> {
    let partition = partition_of(request)?;
    let elsewhere = ClientReply::Elsewhere {
        cluster: config.cluster,
        node: config.id,
        replicas: config.nodes.placement.replicas(partition),
    };
    (!config.holds(partition)).then_some(elsewhere)
}

fn writes(request: &ClientRequest) -> bool {
    matches!(
        request,
        ClientRequest::Write { .. }
            | ClientRequest::Transact { .. }
            | ClientRequest::Once { .. }
            | ClientRequest::Register { .. }
    )
}

/// A question about a node's own disk is that node's.
fn check_node(request: &ClientRequest, own: NodeId) -> Result<(), LimitError> {
    match request {
        ClientRequest::Quarantine { node, .. } | ClientRequest::Usage { node } if *node != own => {
            Err(LimitError::Node { node: *node, own })
        }
        _ => Ok(()),
    }
}

/// Sends answers as they come, all that there are with one write.
async fn write(
    mut writer: OwnedWriteHalf,
    mut answers: Receiver<Outgoing>,
) -> Result<OwnedWriteHalf, ConnectionError> {
    let (mut batch, mut buffer) = (Vec::new(), Vec::new());
    while answers.recv_many(&mut batch, ANSWERS_PER_WRITE_MAX).await > 0 {
        for Outgoing { frame, .. } in &batch {
            frame::put(&mut buffer, frame);
        }
        timeout(bounds::WRITE_WITHIN, writer.write_all(&buffer))
            .await
            .map_err(|_| ConnectionError::Stuck)??;
        // Only now their shares of the budgets are free.
        batch.clear();
        buffer.clear();
        buffer.shrink_to(BUFFER_KEPT_BYTES);
    }
    Ok(writer)
}
