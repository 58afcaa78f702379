//! Real nodes: `katakv dev`, as a new user runs it.

use crate::cli::{expect_code, katakv, katakv_at, stderr, stdout};
use crate::nobody;
use std::io::{BufRead, BufReader};
use std::net::{Ipv4Addr, SocketAddr, TcpListener};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

/// Past this a test has hung; nothing else depends on it.
pub const HUNG: Duration = Duration::from_secs(120);

/// A running `katakv dev`. It is killed when it is dropped, and its children end with it.
pub struct Dev {
    process: Child,
    port: u16,
    pub pids: Vec<String>,
    _data: tempfile::TempDir,
}

impl Dev {
    /// Starts a cluster and waits until it is ready.
    pub async fn start() -> Dev {
        tokio::task::spawn_blocking(|| {
            let data = tempfile::tempdir().unwrap();
            let port = free_ports();
            let mut process = Command::new(env!("CARGO_BIN_EXE_katakv"))
                .args(["dev", "--port", &port.to_string(), "--data"])
                .arg(data.path())
                .env_remove("RUST_LOG")
                .stderr(Stdio::piped())
                .spawn()
                .unwrap();
            let mut lines = BufReader::new(process.stderr.take().unwrap()).lines();
            let mut dev = Dev {
                process,
                port,
                pids: Vec::new(),
                _data: data,
            };
            loop {
                let line = lines
                    .next()
                    .expect("it says that it is ready before it ends")
                    .unwrap();
                if let Some((_, pid)) = line.split_once(" pid ") {
                    dev.pids.push(pid.to_owned());
                }
                if line.starts_with("ready") {
                    break;
                }
            }
            // Somebody has to read what it says from now on.
            std::thread::spawn(move || lines.for_each(drop));
            assert_eq!(dev.pids.len(), 4);
            dev
        })
        .await
        .unwrap()
    }

    pub fn router(&self) -> String {
        self.address(0).to_string()
    }

    pub fn nodes(&self) -> [SocketAddr; 3] {
        [self.address(1), self.address(2), self.address(3)]
    }

    fn address(&self, offset: u16) -> SocketAddr {
        (Ipv4Addr::LOCALHOST, self.port + offset).into()
    }

    /// Waits until nobody listens at any of its ports.
    fn wait_until_gone(&self) {
        let since = Instant::now();
        while (0..4).any(|offset| TcpListener::bind(self.address(offset)).is_err()) {
            assert!(since.elapsed() < HUNG, "a child outlives its parent");
            std::thread::sleep(Duration::from_millis(20));
        }
    }
}

impl Drop for Dev {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// The first of four ports in a row that are free now.
fn free_ports() -> u16 {
    loop {
        let first = rand::random_range(20_000..32_000u16);
        let all: Vec<_> = (first..first + 4)
            .map_while(|port| TcpListener::bind((Ipv4Addr::LOCALHOST, port)).ok())
            .collect();
        if all.len() == 4 {
            return first;
        }
    }
}

/// Writes until the write is acknowledged. On a machine that is too busy for the cluster's timers a leader may be
/// deposed in the middle of a write, and the outcome is then unknown; here, writing it again does no harm.
pub async fn write(arguments: &[&str]) {
    let since = Instant::now();
    loop {
        let output = katakv(arguments).await;
        if output.status.code() != Some(6) || since.elapsed() > HUNG {
            return expect_code(&output, 0);
        }
    }
}

pub fn kill(signal: &str, pid: &str) {
    assert!(
        Command::new("kill")
            .args([signal, pid])
            .status()
            .unwrap()
            .success()
    );
}

#[tokio::test]
async fn a_session_reads_its_write_at_each_replica_and_after_a_kill() {
    let dev = Dev::start().await;
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("session");
    let session = ["--session", file.to_str().unwrap()];
    let router = ["--router", &dev.router()];

    write(&[&["put", "k", "one"], &session[..], &router[..]].concat()).await;
    for replica in ["0", "1", "2"] {
        let get = [
            &["get", "k", "--prefer", replica, "--deadline-ms", "60000"],
            &session[..],
        ]
        .concat();
        let got = katakv_at(dev.nodes(), &get).await;
        expect_code(&got, 0);
        assert_eq!(stdout(&got), "one\n", "at {replica}: {}", stderr(&got));
    }

    // Whoever leads the key's partition: two of three go on.
    kill("-9", &dev.pids[0]);
    let patience = ["--deadline-ms", "60000"];
    write(&[&["put", "k", "two"], &session[..], &router[..], &patience[..]].concat()).await;
    let got = katakv(&[&["get", "k"], &session[..], &router[..], &patience[..]].concat()).await;
    expect_code(&got, 0);
    assert_eq!(stdout(&got), "two\n");
    let status = katakv(&[&["status"], &router[..]].concat()).await;
    expect_code(&status, 0);
    assert!(stdout(&status).contains("n0 DOWN"), "{}", stdout(&status));

    write(&[&["delete", "k"], &session[..], &router[..], &patience[..]].concat()).await;
    expect_code(
        &katakv(&[&["get", "k"], &session[..], &router[..], &patience[..]].concat()).await,
        3,
    );
}

/// A process that goes on when this is dropped.
pub struct Stopped<'a>(&'a str);

impl Stopped<'_> {
    pub fn new(pid: &str) -> Stopped<'_> {
        kill("-STOP", pid);
        Stopped(pid)
    }
}

impl Drop for Stopped<'_> {
    fn drop(&mut self) {
        kill("-CONT", self.0);
    }
}

#[tokio::test]
async fn a_linearizable_read_sees_what_a_later_leader_wrote() {
    let dev = Dev::start().await;
    let router = ["--router", &dev.router()];
    let patience = ["--deadline-ms", "60000"];
    write(&[&["put", "k", "one"], &router[..], &patience[..]].concat()).await;
    let read = ["get", "k", "--linearizable", "--deadline-ms", "60000"];
    let got = katakv_at(dev.nodes(), &read).await;
    expect_code(&got, 0);
    assert_eq!(stdout(&got), "one\n");
    // It says who answered, which is who leads.
    let said = stderr(&got);
    let leader = (0..3)
        .find(|node| said.contains(&format!("from n{node}")))
        .unwrap();

    let stopped = Stopped::new(&dev.pids[leader]);
    let mut others = dev.nodes();
    others[leader] = nobody();
    let others = others.map(|node| node.to_string());
    let mut put = [&["put", "k", "two"], &patience[..]].concat();
    put.extend(others.iter().flat_map(|node| ["--node", node]));
    write(&put).await;
    drop(stopped);
    // The one that was stopped may still think that it leads.
    let got = katakv_at(dev.nodes(), &read).await;
    expect_code(&got, 0);
    assert_eq!(stdout(&got), "two\n");
    let got = katakv(&[&read[..], &router[..]].concat()).await;
    expect_code(&got, 0);
    assert_eq!(stdout(&got), "two\n");
}

#[tokio::test]
async fn dev_stops_its_children_when_it_is_asked_to() {
    let mut dev = Dev::start().await;
    let second = katakv(&["dev", "--port", &dev.port.to_string(), "--data", "/nonexistent"]).await;
    expect_code(&second, 1);
    assert!(stderr(&second).contains("--port"), "{}", stderr(&second));
    kill("-TERM", &dev.process.id().to_string());
    assert!(dev.process.wait().unwrap().success());
    dev.wait_until_gone();
}

#[tokio::test]
async fn children_end_when_dev_is_killed() {
    let mut dev = Dev::start().await;
    dev.process.kill().unwrap();
    dev.process.wait().unwrap();
    dev.wait_until_gone();
}
