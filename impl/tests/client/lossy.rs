//! A way to a real node on which answers get lost: what a client takes for a node that has crashed at the worst moment.

use crate::between::between;
use katakv::wire::{ClientFrame, ClientReply, ClientRequest, Hello, ServerFrame, frame};
use katakv_core::Reply;
use std::collections::BTreeSet;
use std::net::SocketAddr;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use tokio::io::AsyncWriteExt;
use tokio::net::TcpStream;
use tokio::task::JoinSet;

/// Of the writes that nodes carry out, how many acknowledgements are still to be lost, and how many were.
#[derive(Debug, Default)]
pub struct Losses {
    pub due: AtomicUsize,
    pub lost: AtomicUsize,
}

/// Listens for clients of the node at `node`, until its task is dropped with `tasks`.
pub async fn lossy(node: SocketAddr, losses: Arc<Losses>, tasks: &mut JoinSet<()>) -> SocketAddr {
    between(node, tasks, move |client, server| {
        let losses = losses.clone();
        async move { pass_on(client, server, &losses).await }
    })
    .await
}

/// Until either end closes, or an acknowledgement is to be lost: then the connection goes with it.
async fn pass_on(client: TcpStream, server: TcpStream, losses: &Losses) {
    let (mut from_client, mut to_client) = client.into_split();
    let (mut from_server, mut to_server) = server.into_split();
    let writes = Mutex::new(BTreeSet::new());
    let asks = async {
        let mut bytes = Vec::new();
        let Ok(Some(hello)) = frame::read::<Hello>(&mut from_client).await else {
            return;
        };
        frame::put(&mut bytes, &hello);
        while to_server.write_all(&bytes).await.is_ok() {
            let Ok(Some(asked)) = frame::read::<ClientFrame>(&mut from_client).await else {
                return;
            };
            if matches!(asked.request, ClientRequest::Once { .. }) {
                writes.lock().unwrap().insert(asked.id);
            }
            bytes.clear();
            frame::put(&mut bytes, &asked);
        }
    };
    let answers = async {
        while let Ok(Some(answer)) = frame::read::<ServerFrame>(&mut from_server).await {
            let acknowledges = matches!(
                answer.reply,
                ClientReply::Protocol {
                    reply: Reply::Written { .. },
                    ..
                }
            );
            if acknowledges && writes.lock().unwrap().remove(&answer.id) && is_lost(losses) {
                return;
            }
            let mut bytes = Vec::new();
            frame::put(&mut bytes, &answer);
            if to_client.write_all(&bytes).await.is_err() {
                return;
            }
        }
    };
    tokio::select! {
        () = asks => {}
        () = answers => {}
    }
}

fn is_lost(losses: &Losses) -> bool {
    let taken = losses
        .due
        .fetch_update(Ordering::SeqCst, Ordering::SeqCst, |due| due.checked_sub(1));
    let lost = taken.is_ok();
    losses.lost.fetch_add(usize::from(lost), Ordering::SeqCst);
    lost
}
