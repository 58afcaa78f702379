//! What operators and their tools ask over HTTP: `/metrics` for Prometheus, `/livez` and `/readyz` for whoever starts and
//! stops nodes.
//!
//! Alive is a node whose owners answer; ready is one that knows a leader of every partition, so that it can serve its clients
//! or send them to who does. A node that is not ready is not to be restarted for it.

use super::bounds;
use super::inbox::Inbox;
use super::metrics::Metrics;
use crate::wire::PartitionStatus;
use http_body_util::Full;
use hyper::body::{Bytes, Incoming};
use hyper::header::CONTENT_TYPE;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper::{Method, Request, Response, StatusCode};
use hyper_util::rt::{TokioIo, TokioTimer};
use katakv_core::Partition;
use std::convert::Infallible;
use std::sync::Arc;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{Semaphore, oneshot};
use tokio::time::timeout;

/// The format that Prometheus expects of a text.
const OPENMETRICS: &str = "application/openmetrics-text; version=1.0.0; charset=utf-8";

/// What every answer needs.
#[derive(Clone)]
pub(super) struct Operator {
    pub(super) inbox: Inbox,
    pub(super) metrics: Arc<Metrics>,
}

/// Serves for ever.
pub(super) async fn run(listener: TcpListener, operator: Operator) {
    let places = Arc::new(Semaphore::new(bounds::HTTP_CONNECTIONS_MAX));
    loop {
        let Ok(place) = Arc::clone(&places).acquire_owned().await else {
            return;
        };
        let Ok((stream, _)) = listener.accept().await else {
            tokio::time::sleep(bounds::LOOK_WITHIN).await;
            continue;
        };
        let operator = operator.clone();
        tokio::spawn(async move {
            let _place = place;
            serve(stream, operator).await;
        });
    }
}

/// A connection, for as long as an operator's tool may take.
async fn serve(stream: TcpStream, operator: Operator) {
    let answer = service_fn(move |request: Request<Incoming>| {
        let operator = operator.clone();
        async move { Ok::<_, Infallible>(operator.answer(request.method(), request.uri().path()).await) }
    });
    let connection = http1::Builder::new()
        .timer(TokioTimer::new())
        .keep_alive(false)
        .serve_connection(TokioIo::new(stream), answer);
    // A tool that goes away, or says nothing that is HTTP, has its own log.
    let _ended = timeout(bounds::HTTP_WITHIN, connection).await;
}

impl Operator {
    async fn answer(&self, method: &Method, path: &str) -> Response<Full<Bytes>> {
        if method != Method::GET {
            return text(StatusCode::METHOD_NOT_ALLOWED, "only GET\n");
        }
        let known = ["/metrics", "/livez", "/readyz"].contains(&path);
        if !known {
            return text(StatusCode::NOT_FOUND, "there are /metrics, /livez and /readyz\n");
        }
        let Some(partitions) = self.look().await else {
            return text(
                StatusCode::SERVICE_UNAVAILABLE,
                "the node does not answer itself\n",
            );
        };
        match path {
            "/metrics" => {
                let mut response = text(StatusCode::OK, self.metrics.text(&partitions));
                let form = OPENMETRICS.parse().expect("it is a header's value");
                response.headers_mut().insert(CONTENT_TYPE, form);
                response
            }
            "/livez" => text(StatusCode::OK, "alive\n"),
            _ => match leaderless(&partitions)[..] {
                [] => text(StatusCode::OK, "ready\n"),
                ref leaderless => text(
                    StatusCode::SERVICE_UNAVAILABLE,
                    format!("no leader is known of: {}\n", leaderless.join(", ")),
                ),
            },
        }
    }

    /// The state of the node's partitions, if the owners tell it in time.
    async fn look(&self) -> Option<Vec<PartitionStatus>> {
        let (tell, told) = oneshot::channel();
        self.inbox.look(|partitions| {
            // Who has gone away does not want to know any more.
            let _ = tell.send(partitions);
        });
        timeout(bounds::LOOK_WITHIN, told).await.ok()?.ok()
    }
}

fn leaderless(partitions: &[PartitionStatus]) -> Vec<String> {
    let leaderless = partitions.iter().filter(|state| state.leader.is_none());
    let name = |partition: Partition| partition.to_string();
    leaderless.map(|state| name(state.partition)).collect()
}

fn text(status: StatusCode, body: impl Into<Bytes>) -> Response<Full<Bytes>> {
    let mut response = Response::new(Full::new(body.into()));
    *response.status_mut() = status;
    response
}
