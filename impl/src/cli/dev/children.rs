//! The processes of a development cluster.
//!
//! Each has a pipe from this process as its stdin, and ends when the pipe does: closing it is how they are stopped,
//! and the system closes it when this process dies. A process group of their own keeps the terminal's
//! Ctrl-C from them, so that this process decides the order.

use super::LOOK_INTERVAL;
use super::layout::Layout;
use crate::cli::exit::Failure;
use crate::cli::print;
use std::ffi::OsString;
use std::fs::OpenOptions;
use std::io;
use std::net::SocketAddr;
use std::os::unix::process::{CommandExt, ExitStatusExt};
use std::path::PathBuf;
use std::process::{Child, ChildStdin, Command, ExitStatus, Stdio};
use std::time::Duration;
use tokio::time::{Instant, sleep};

/// How long children may take to stop in good order.
const STOP_WITHIN: Duration = Duration::from_secs(5);

#[derive(Debug)]
pub(in crate::cli) struct Children(Vec<Member>);

#[derive(Debug)]
struct Member {
    name: String,
    address: SocketAddr,
    log: PathBuf,
    /// How to start it again by hand.
    command: String,
    process: Child,
    /// Dropped to stop it.
    stdin: Option<ChildStdin>,
    ended: bool,
}

impl Children {
    /// Starts the nodes, with `further` arguments, and the router. If one cannot be started, those that were end with the error.
    pub(in crate::cli) fn start(layout: &Layout, further: &[OsString]) -> Result<Children, Failure> {
        let addresses = || {
            layout
                .nodes
                .iter()
                .flat_map(|node| ["--node".into(), node.to_string().into()])
        };
        let mut children = Children(Vec::new());
        for (id, address) in layout.nodes.iter().enumerate() {
            let mut arguments: Vec<OsString> = vec!["serve".into(), "--id".into(), id.to_string().into()];
            arguments.extend(addresses());
            arguments.extend(["--cluster".into(), layout.cluster.to_string().into()]);
            arguments.extend(["--data".into(), layout.node_data(id).into()]);
            arguments.extend_from_slice(further);
            children.add(layout, format!("node{id}"), *address, arguments)?;
        }
        let mut arguments: Vec<OsString> = vec![
            "router".into(),
            "--listen".into(),
            layout.router.to_string().into(),
        ];
        arguments.extend(addresses());
        children.add(layout, "router".into(), layout.router, arguments)?;
        Ok(children)
    }

    fn add(
        &mut self,
        layout: &Layout,
        name: String,
        address: SocketAddr,
        arguments: Vec<OsString>,
    ) -> Result<(), Failure> {
        let log = layout.log(&name);
        let command = arguments.iter().fold("katakv".to_owned(), |command, argument| {
            format!("{command} {}", argument.to_string_lossy())
        });
        let start = || -> io::Result<Child> {
            let output = OpenOptions::new().create(true).append(true).open(&log)?;
            Command::new(std::env::current_exe()?)
                .args(&arguments)
                .arg("--exit-with-parent")
                .stdin(Stdio::piped())
                .stdout(output.try_clone()?)
                .stderr(output)
                .process_group(0)
                .spawn()
        };
        let mut process =
            start().map_err(|error| Failure::failed(format!("cannot start {name}: {error}")))?;
        self.0.push(Member {
            name,
            address,
            log,
            command,
            stdin: process.stdin.take(),
            process,
            ended: false,
        });
        Ok(())
    }

    /// Name, address and process id of each.
    pub(in crate::cli) fn list(&self) -> impl Iterator<Item = (&str, String, u32)> {
        self.0.iter().map(|member| {
            (
                member.name.as_str(),
                member.address.to_string(),
                member.process.id(),
            )
        })
    }

    /// Reports each child that ends; returns when all have.
    pub(in crate::cli) async fn watch(&mut self) {
        while self.0.iter().any(|member| !member.ended) {
            for member in &mut self.0 {
                if let Some(status) = member.look() {
                    print::note(member.obituary(status));
                }
            }
            sleep(LOOK_INTERVAL).await;
        }
    }

    /// Ends all of them: in good order if they can, by force if they take too long.
    pub(in crate::cli) async fn stop(&mut self) {
        for member in &mut self.0 {
            member.stdin = None;
        }
        let deadline = Instant::now() + STOP_WITHIN;
        loop {
            for member in &mut self.0 {
                member.look();
            }
            if self.0.iter().all(|member| member.ended) {
                return;
            }
            if Instant::now() >= deadline {
                break;
            }
            sleep(LOOK_INTERVAL / 10).await;
        }
        for member in self.0.iter_mut().filter(|member| !member.ended) {
            print::note(format_args!("{} does not stop; killing it", member.name));
            // An error means that it has just ended.
            let _ = member.process.kill();
            let _ = member.process.wait();
        }
    }
}

impl Member {
    /// How it ended, once.
    fn look(&mut self) -> Option<ExitStatus> {
        if self.ended {
            return None;
        }
        let status = self.process.try_wait().ok().flatten()?;
        self.ended = true;
        Some(status)
    }

    fn obituary(&self, status: ExitStatus) -> String {
        let how = match (status.code(), status.signal()) {
            (Some(code), _) => format!("exited with code {code}"),
            (None, Some(signal)) => format!("was killed by signal {signal}"),
            (None, None) => "ended".to_owned(),
        };
        format!(
            "{} (pid {}) {how}; its log is {}\n  start it again, in another shell, with: {}",
            self.name,
            self.process.id(),
            self.log.display(),
            self.command
        )
    }
}
