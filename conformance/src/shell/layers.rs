//! The layers, each able to notice mistakes.

use super::mistakes::{Mistake, SUITES};
use super::shrunk::Shrunk;
use crate::generate::{Suite, load, save};
use crate::home::Home;
use crate::processes::Processes;
use crate::validate::validate;
use crate::{failover, replay};
use anyhow::{Context, bail, ensure};
use katakv::client::Options;
use katakv::session::Session;
use katakv_model::{Trace, scopes};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

/// The variable that `katakv` looks for.
const VARIABLE: &str = "KATAKV_SABOTAGE";

/// After this long a layer hangs, which is noticing, too.
const PATIENCE: Duration = Duration::from_secs(90);

/// Who may notice.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Layer {
    /// Traces of the model on real nodes.
    Replay,
    /// Three real processes, and the validation of what they record.
    Processes,
    /// The ordinary tests of the part that the mistake is in.
    Suite,
}

impl Layer {
    /// Every layer, in the order of the table.
    pub const ALL: [Layer; 3] = [Layer::Replay, Layer::Processes, Layer::Suite];

    /// Its name in the table, and on the command line.
    pub fn name(self) -> &'static str {
        match self {
            Layer::Replay => "replay",
            Layer::Processes => "processes",
            Layer::Suite => "suite",
        }
    }
}

/// What the layers found.
pub(super) struct Found {
    /// For each layer whether it noticed, in the order of [`Layer::ALL`].
    pub(super) noticed: Vec<bool>,
    /// What a divergence comes down to.
    pub(super) shortest: Option<Shrunk>,
}

/// What all runs of the layers need.
pub(super) struct Prepared {
    home: PathBuf,
    /// Where the shortest traces go.
    kept: PathBuf,
    traces: PathBuf,
    /// The tests of `katakv`: of the library, and of its client.
    tests: Vec<PathBuf>,
}

impl Prepared {
    /// Generates traces and builds the tests.
    pub(super) fn new(home: &Path) -> anyhow::Result<Prepared> {
        let traces = home.join("traces.jsonl");
        save(&some_traces()?, &traces)?;
        let kept = home.join("shortest");
        fs::create_dir_all(&kept).context("cannot create a directory")?;
        Ok(Prepared {
            home: home.to_owned(),
            kept,
            traces,
            tests: built_tests()?,
        })
    }

    /// Which layers notice.
    pub(super) fn all(&self, mistake: Option<&Mistake>) -> anyhow::Result<Found> {
        let (mut noticed, mut shortest) = (Vec::new(), None);
        for layer in Layer::ALL {
            let home = self.home.join("run");
            let _ = fs::remove_dir_all(&home);
            noticed.push(self.notices(layer, mistake, &home)?);
            let name = mistake.map_or("none", |mistake| mistake.name);
            shortest = shortest.or_else(|| Shrunk::take(&home, &self.kept, name));
        }
        Ok(Found { noticed, shortest })
    }

    fn notices(&self, layer: Layer, mistake: Option<&Mistake>, home: &Path) -> anyhow::Result<bool> {
        fs::create_dir_all(home).context("cannot create a directory")?;
        let mut commands = Vec::new();
        match layer {
            Layer::Replay | Layer::Processes => {
                let mut command = Command::new(std::env::current_exe()?);
                command.args(["layer", layer.name()]).arg(home).arg(&self.traces);
                commands.push(command);
            }
            Layer::Suite => {
                let filters: Vec<&str> = match mistake {
                    Some(mistake) => vec![mistake.suite],
                    None => SUITES.to_vec(),
                };
                for test in &self.tests {
                    let mut command = Command::new(test);
                    command
                        .args(&filters)
                        .arg("--test-threads=2")
                        .current_dir(manifest_dir());
                    commands.push(command);
                }
            }
        }
        for command in &mut commands {
            if let Some(mistake) = mistake {
                command.env(VARIABLE, mistake.name);
            }
            if !succeeds(command)? {
                return Ok(true);
            }
        }
        Ok(false)
    }
}

fn manifest_dir() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../impl")
}

fn succeeds(command: &mut Command) -> anyhow::Result<bool> {
    command
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null());
    let mut child = command.spawn().context("a layer does not start")?;
    let started = Instant::now();
    loop {
        if let Some(status) = child.try_wait()? {
            return Ok(status.success());
        }
        if started.elapsed() > PATIENCE {
            child.kill()?;
            child.wait()?;
            return Ok(false);
        }
        std::thread::sleep(Duration::from_millis(20));
    }
}

/// Traces with failovers, crashes of every kind, compaction and states that are sent.
fn some_traces() -> anyhow::Result<Vec<Trace>> {
    let mut traces = Vec::new();
    for (name, some) in [("takeover", 20), ("tiny", 120), ("compaction", 120)] {
        let scope = scopes::find(name).context("a scope to replay exists")?;
        let all = Suite::of(scope)?.traces;
        let every = all.len().div_ceil(some);
        traces.extend(all.into_iter().step_by(every));
    }
    Ok(traces)
}

/// Builds the tests of `katakv` as this program was built, and tells where they are. This package is named along with it, so
/// that dependencies have the same features and are not built again.
fn built_tests() -> anyhow::Result<Vec<PathBuf>> {
    let built = Command::new("cargo")
        .args(["test", "--no-run", "-p", "katakv", "-p", "katakv-conformance"])
        .args([
            "--features",
            "katakv-conformance/sabotage",
            "--lib",
            "--test",
            "client",
        ])
        .current_dir(manifest_dir())
        .output()
        .context("cargo does not run")?;
    let text = String::from_utf8_lossy(&built.stderr).into_owned();
    ensure!(built.status.success(), "{text}");
    let root = manifest_dir().join("..");
    // `Executable unittests src/lib.rs (target/debug/deps/katakv-0123)`
    let path = |line: &str| Some(line.trim().split_once(" (")?.1.trim_end_matches(')').to_owned());
    let executables = text.lines().filter(|line| line.trim().starts_with("Executable"));
    let is_of_katakv = |path: &String| {
        let name = path.rsplit('/').next().unwrap_or_default();
        name.starts_with("client-") || (name.starts_with("katakv-") && !name.contains("conformance"))
    };
    let tests: Vec<PathBuf> = executables
        .filter_map(path)
        .filter(is_of_katakv)
        .map(|path| root.join(path))
        .collect();
    ensure!(tests.len() == 2, "cargo names {} tests: {text}", tests.len());
    Ok(tests)
}

/// Runs a layer in this process. It returns if nothing is wrong.
pub fn run_layer(layer: &str, home: &Path, traces: &Path) -> anyhow::Result<()> {
    match layer {
        "replay" => {
            let traces = load(traces)?;
            let nodes = Home::in_memory(None)?;
            let Err(divergence) = replay::replay(&traces, nodes.path(), 2, |_| {}) else {
                return Ok(());
            };
            Shrunk::leave(&traces[divergence.trace], home, nodes.path())?;
            Err(divergence.into())
        }
        "processes" => {
            let (_, report) = failover::run(home, 1, |_| {})?;
            ensure!(report.inputs > 0, "nothing was recorded");
            under_load(&home.join("load"))
        }
        other => bail!("there is no layer {other}"),
    }
}

/// Several clients at once, then a restart of everybody.
fn under_load(home: &Path) -> anyhow::Result<()> {
    const CLIENTS: usize = 8;
    const WRITES: usize = 25;
    fs::create_dir_all(home)?;
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    let mut processes = Processes::start(home)?;
    for round in 0..2 {
        runtime.block_on(async {
            let mut clients = tokio::task::JoinSet::new();
            for client in 0..CLIENTS {
                let options = Options {
                    deadline: PATIENCE / 3,
                    ..Options::default()
                };
                let asker = processes.client(options);
                clients.spawn(async move {
                    let mut session = Session::default();
                    for write in 0..WRITES {
                        // Two partitions, so that turns have several records of each.
                        let (key, value) =
                            (format!("key {}", client % 2), format!("{client} {round} {write}"));
                        failover::write(&asker, &mut session, &key, &value).await?;
                        asker.get(&mut session, key.as_str()).await?;
                    }
                    anyhow::Ok(())
                });
            }
            while let Some(done) = clients.join_next().await {
                done??;
            }
            anyhow::Ok(())
        })?;
        processes.stop()?;
        if round == 0 {
            processes.start_all()?;
        }
    }
    validate(&processes.record())?;
    Ok(())
}
