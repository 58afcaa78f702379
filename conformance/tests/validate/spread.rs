//! Five nodes, each of which holds some of the partitions, record themselves; one of them restarts.

use katakv::client::{Client, Options};
use katakv::placement::{Nodes, Placement};
use katakv::server::{ServeError, ServerConfig, serve_on};
use katakv::session::Session;
use katakv::tap::RecordConfig;
use katakv::wire::ClusterId;
use katakv_conformance::validate::validate;
use katakv_core::{AckLevel, NodeId, Partition};
use std::path::Path;
use std::time::Duration;
use tokio::net::TcpListener;
use tokio::sync::oneshot;
use tokio::task::JoinHandle;

const COUNT: usize = 5;

struct Running {
    stop: oneshot::Sender<()>,
    ended: JoinHandle<Result<(), ServeError>>,
}

impl Running {
    fn start(home: &Path, nodes: &Nodes, id: usize, listener: TcpListener) -> Running {
        let data = home.join(id.to_string());
        let mut config = ServerConfig::new(ClusterId(7), NodeId(id as u8), nodes.clone(), data);
        config.record = Some(RecordConfig {
            dir: home.join("record"),
            bytes_max: 64 << 20,
        });
        let (stop, stopped) = oneshot::channel();
        let ended = tokio::spawn(serve_on(config, listener, async {
            let _ = stopped.await;
        }));
        Running { stop, ended }
    }

    async fn stop(self) {
        let _ = self.stop.send(());
        self.ended.await.unwrap().unwrap();
    }
}

/// A write to every partition, and a session read of it.
async fn write_everywhere(client: &Client, session: &mut Session) {
    let mut left: Vec<Partition> = Partition::all().collect();
    for key in (0..).map(|number| format!("key{number}")) {
        let Some(place) = left
            .iter()
            .position(|partition| *partition == Partition::of_key(key.as_bytes()))
        else {
            continue;
        };
        while client
            .put(session, key.as_str(), "value", AckLevel::Quorum)
            .await
            .is_err()
        {}
        client.get(session, key.as_str()).await.unwrap();
        client.scan(session, "key", None, 100).await.unwrap();
        left.swap_remove(place);
        if left.is_empty() {
            return;
        }
    }
}

#[tokio::test]
async fn the_record_of_five_nodes_is_validated_group_by_group() {
    let home = tempfile::tempdir().unwrap();
    let mut listeners = Vec::new();
    for _ in 0..COUNT {
        listeners.push(TcpListener::bind("127.0.0.1:0").await.unwrap());
    }
    let nodes = Nodes {
        addresses: listeners
            .iter()
            .map(|listener| listener.local_addr().unwrap())
            .collect(),
        placement: Placement::spread(COUNT).unwrap(),
    };
    let mut running: Vec<Running> = listeners
        .into_iter()
        .enumerate()
        .map(|(id, listener)| Running::start(home.path(), &nodes, id, listener))
        .collect();
    let options = Options {
        deadline: Duration::from_secs(60),
        ..Options::default()
    };
    let (client, mut session) = (Client::nodes(nodes.clone(), options), Session::default());
    write_everywhere(&client, &mut session).await;
    running.pop().unwrap().stop().await;
    write_everywhere(&client, &mut session).await;
    let listener = TcpListener::bind(nodes.addresses[COUNT - 1]).await.unwrap();
    running.push(Running::start(home.path(), &nodes, COUNT - 1, listener));
    write_everywhere(&client, &mut session).await;
    for node in running {
        node.stop().await;
    }

    let report = validate(&home.path().join("record")).unwrap();
    assert_eq!(
        (report.starts, report.skipped, report.unaccounted),
        (COUNT + 1, 0, 0),
        "{report}"
    );
}
