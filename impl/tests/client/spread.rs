//! Five nodes, each of which holds some of the partitions: on real processes, from one configuration file.

use crate::cli::{expect_code, katakv, stderr};
use crate::nodes::{Process, free_addresses};
use crate::patient;
use katakv::client::{Client, Cluster};
use katakv::placement::{Nodes, Placement};
use katakv::session::Session;
use katakv::wire::{ClientReply, ClientRequest};
use katakv_core::{AckLevel, EntryId, Partition};
use std::fs;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::process::Output;

const COUNT: usize = 5;

/// The nodes, some of them running, and the file that describes them.
struct Spread {
    home: tempfile::TempDir,
    addresses: [SocketAddr; COUNT],
    running: [Option<Process>; COUNT],
}

impl Spread {
    async fn start() -> Spread {
        let mut spread = Spread {
            home: tempfile::tempdir().unwrap(),
            addresses: free_addresses(),
            running: [const { None }; COUNT],
        };
        fs::write(spread.file(), spread.text(Placement::spread(COUNT).unwrap())).unwrap();
        for id in 0..COUNT {
            expect_code(&run(&spread.arguments("init", id)).await, 0);
            spread.restart(id);
        }
        spread
    }

    fn file(&self) -> PathBuf {
        self.home.path().join("cluster.toml")
    }

    fn text(&self, placement: Placement) -> String {
        let addresses = self.addresses.map(|address| address.to_string());
        let replicas = |partition| placement.replicas(partition).map(|node| node.0);
        let said: Vec<[u8; 3]> = Partition::all().map(replicas).collect();
        format!("cluster = \"1\"\nnodes = {addresses:?}\nplacement = {said:?}\n")
    }

    fn arguments(&self, command: &'static str, id: usize) -> Vec<String> {
        let (file, data) = (self.file(), self.home.path().join(id.to_string()));
        let (file, data) = (file.to_str().unwrap(), data.to_str().unwrap());
        [command, "--config", file, "--id", &id.to_string(), "--data", data]
            .map(str::to_owned)
            .into()
    }

    fn restart(&mut self, id: usize) {
        let arguments = self.arguments("serve", id);
        let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
        self.running[id] = Some(Process::start(&arguments));
    }

    fn nodes(&self, placement: Placement) -> Nodes {
        Nodes {
            addresses: self.addresses.to_vec(),
            placement,
        }
    }

    fn client(&self) -> Client {
        Client::nodes(self.nodes(Placement::spread(COUNT).unwrap()), patient())
    }
}

async fn run(arguments: &[String]) -> Output {
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    katakv(&arguments).await
}

/// A key of each partition.
fn keys() -> Vec<String> {
    let key_of = |partition| {
        let mut keys = (0..).map(|n| format!("key{n}"));
        keys.find(|key| Partition::of_key(key.as_bytes()) == partition)
    };
    Partition::all().filter_map(key_of).collect()
}

/// Every partition takes a write, and gives it back to the session and to everybody.
async fn serves_all(client: &Client, session: &mut Session, value: &str) {
    for key in keys() {
        while client
            .put(session, key.as_str(), value, AckLevel::Quorum)
            .await
            .is_err()
        {}
        let got = client.get(session, key.as_str()).await.unwrap();
        assert_eq!(got.value.as_deref(), Some(value.as_bytes()), "{key}");
        let got = client.get_linearizable(session, key.as_str()).await.unwrap();
        assert_eq!(got.value.as_deref(), Some(value.as_bytes()), "{key}");
        let spread = Placement::spread(COUNT).unwrap();
        assert!(
            spread.holds(got.node, Partition::of_key(key.as_bytes())),
            "{key}: {}",
            got.node
        );
    }
}

#[tokio::test]
async fn every_partition_serves_whichever_node_is_away() {
    let mut spread = Spread::start().await;
    let [listen] = free_addresses::<1>();
    let (file, address) = (spread.file(), listen.to_string());
    let _router = Process::start(&["router", "--config", file.to_str().unwrap(), "--listen", &address]);
    let (direct, routed) = (spread.client(), Client::router(listen, patient()));
    let mut session = Session::default();
    serves_all(&direct, &mut session, "before").await;
    for away in [0, 3] {
        spread.running[away] = None;
        serves_all(&direct, &mut session, &format!("without n{away}")).await;
        serves_all(&routed, &mut session, &format!("routed without n{away}")).await;
        spread.restart(away);
    }
    // Each holds six partitions, three of the cluster's thirty replicas each: all of them are told of, by either way.
    for client in [direct, routed] {
        loop {
            let status = client.status().await;
            let counts: Vec<_> = status
                .nodes
                .iter()
                .flatten()
                .map(|node| node.partitions.len())
                .collect();
            if counts == [6; COUNT] {
                break;
            }
        }
    }
}

#[tokio::test]
async fn a_node_answers_for_nothing_that_it_does_not_hold_and_says_who_does() {
    let spread = Spread::start().await;
    let placement = Placement::spread(COUNT).unwrap();
    let cluster = Cluster::new(spread.nodes(placement), patient());
    for key in keys() {
        let partition = Partition::of_key(key.as_bytes());
        for node in placement.nodes() {
            let request = ClientRequest::Read {
                key: key.as_str().into(),
                seen: EntryId::ZERO,
                wait_ms: 0,
            };
            let reply = loop {
                // Until the process listens.
                if let Ok(reply) = cluster.raw(node, request.clone()).await {
                    break reply;
                }
            };
            let expected = placement.replicas(partition);
            match reply {
                ClientReply::Elsewhere { replicas, .. } => {
                    assert!(
                        replicas == expected && !expected.contains(&node),
                        "{node} {partition}"
                    );
                }
                _ => assert!(
                    expected.contains(&node),
                    "{node} answers for {partition}: {reply:?}"
                ),
            }
        }
    }
}

/// What was promised under one placement is not for another one to hold.
#[tokio::test]
async fn a_placement_that_is_wrong_or_another_one_is_refused_at_the_start() {
    let mut spread = Spread::start().await;
    spread.running = [const { None }; COUNT];
    let file = spread.file();
    let good = fs::read_to_string(&file).unwrap();
    let refused = async |text: String, code: i32, words: &str| {
        fs::write(&file, text).unwrap();
        let arguments = spread.arguments("serve", 1);
        let output = run(&arguments).await;
        expect_code(&output, code);
        assert!(stderr(&output).contains(words), "{}", stderr(&output));
    };
    let unsaid = good.lines().take(2).collect::<Vec<_>>().join("\n");
    refused(unsaid, 2, "placement = [[0, 1, 2], ").await;
    for (wrong, words) in [
        ("placement = [[0, 1], ", "2 replicas"),
        ("placement = [[0, 1, 7], ", "n7"),
        ("placement = [[0, 1, 1], ", "n1 twice"),
    ] {
        refused(good.replace("placement = [[0, 1, 2], ", wrong), 2, words).await;
    }
    let other = good.replace("placement = [[0, 1, 2], ", "placement = [[0, 1, 3], ");
    refused(other, 1, "another placement").await;
}
