//! `katakv bench`.

use super::data::Ack;
use super::dev::{Children, Layout, recording};
use super::exit::{Code, Failure};
use super::target::Target;
use super::{print, stop};
use crate::bench::systems::{KataKv, ReadLevel};
use crate::bench::{Caller, Load, Report, measure};
use crate::client::{Client, Options};
use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// Measure a cluster under load
///
/// Each client asks for one thing at a time, on connections of its own. With --local, or --against, three nodes are started
/// on this machine for the time of the run; they share its cores with the clients. With --against, so are three servers of
/// the other store, one store after the other, under the same load.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  katakv bench                                  a running cluster, through its router
  katakv bench --local --clients 1,16,64,256    three nodes for the time of the run
  katakv bench --local --reads 90 --read linearizable
  katakv bench --against etcd,redis --json      needs a build with `--features against`

A write of etcd is durable on two of three, like one of `--ack quorum`; one of Redis on its primary alone, as the log is
synced always, and with WAIT a second copy was received.")]
pub(super) struct Args {
    /// How many clients, one run for each number
    #[arg(long, value_name = "N,...", value_delimiter = ',', default_value = "64", value_parser = clap::value_parser!(u16).range(1..=1024))]
    clients: Vec<u16>,
    /// How long each run is measured
    #[arg(long, value_name = "S", default_value_t = 5, value_parser = clap::value_parser!(u16).range(1..=3600))]
    seconds: u16,
    /// How long each run goes on unmeasured before
    #[arg(long, value_name = "S", default_value_t = 1)]
    warm_up: u16,
    /// How many bytes a value has
    #[arg(long, value_name = "BYTES", default_value_t = 256, value_parser = clap::value_parser!(u32).range(1..=1_000_000))]
    value_bytes: u32,
    /// How many keys there are
    #[arg(long, value_name = "N", default_value_t = 100_000, value_parser = clap::value_parser!(u64).range(1..))]
    keys: u64,
    /// How many of a hundred operations are reads
    #[arg(long, value_name = "PERCENT", default_value_t = 0, value_parser = clap::value_parser!(u8).range(0..=100))]
    reads: u8,
    /// When a write is acknowledged
    #[arg(long, value_enum, default_value_t = Ack::Quorum)]
    ack: Ack,
    /// What a read must see
    #[arg(long, value_enum, default_value_t = Read::Session)]
    read: Read,
    /// Start three nodes on this machine for the time of the run
    #[arg(long, conflicts_with_all = ["router", "node", "config"])]
    local: bool,
    /// Measure these stores, too, on this machine
    #[arg(long, value_enum, value_name = "STORE,...", value_delimiter = ',', conflicts_with_all = ["router", "node", "config"])]
    against: Vec<Against>,
    /// Where servers that are started here keep their data meanwhile; made for the run, and removed
    #[arg(long, value_name = "DIR", default_value = "./katakv-bench")]
    data: PathBuf,
    /// The first of the ports that they use
    #[arg(long, value_name = "PORT", default_value_t = 7300, value_parser = clap::value_parser!(u16).range(1..=65532))]
    port: u16,
    /// Have nodes that are started here record what they do, to see what that costs
    #[arg(long, value_name = "DIR", requires = "local")]
    record: Option<PathBuf>,
    /// How many threads each node that is started here divides its partitions among [default: one for every two cores]
    #[arg(long, value_name = "N", requires = "local")]
    owners: Option<NonZeroUsize>,
    /// Print JSON instead of a table
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    target: Target,
}

#[derive(Clone, Copy, Debug, clap::ValueEnum)]
enum Read {
    /// What the same client has written
    Session,
    /// What anybody was told is on two replicas
    Linearizable,
}

#[derive(Clone, Copy, Debug, clap::ValueEnum)]
enum Against {
    /// Three members, with etcd's defaults
    Etcd,
    /// A primary that syncs its log before it answers, and two replicas
    Redis,
}

pub(super) async fn run(args: Args) -> Result<Code, Failure> {
    let stop = stop::signals(false)?;
    // Servers that were started end with the future that has them.
    let reports = tokio::select! {
        reports = everything(&args) => reports?,
        () = stop => return Err(Failure::failed("stopped before the end; nothing was measured")),
    };
    let text = if args.json {
        serde_json::to_string_pretty(&reports).map_err(Failure::failed)?
    } else {
        Report::table(&reports)
    };
    print::result(text.trim_end().as_bytes())?;
    let failures = reports.iter().filter_map(|report| {
        let failure = report.failure.as_ref()?;
        Some(format!(
            "{}, {} clients: {failure}",
            report.system, report.clients
        ))
    });
    let failures: Vec<String> = failures.collect();
    if failures.is_empty() {
        Ok(Code::Ok)
    } else {
        Err(Failure::failed(format!(
            "operations failed: {}",
            failures.join("; ")
        )))
    }
}

async fn everything(args: &Args) -> Result<Vec<Report>, Failure> {
    let mut reports = Vec::new();
    if !args.local && args.against.is_empty() {
        katakv(args, || args.target.client(None), &mut reports).await?;
        return Ok(reports);
    }
    let home = Home::make(&args.data)?;
    local(args, &home.0, &mut reports).await?;
    for against in &args.against {
        others(args, *against, &home.0, &mut reports).await?;
    }
    Ok(reports)
}

/// Three nodes of this program.
async fn local(args: &Args, home: &Path, reports: &mut Vec<Report>) -> Result<(), Failure> {
    let layout = Layout::prepare(home.join("katakv"), args.port)?;
    let mut further = recording(args.record.as_deref());
    if let Some(owners) = args.owners {
        further.extend(["--owners".into(), owners.to_string().into()]);
    }
    let mut children = Children::start(&layout, &further)?;
    super::dev::wait_until_served(&layout).await;
    let options = Options::default();
    let measured = katakv(args, || Ok(Client::nodes(layout.nodes, options)), reports).await;
    children.stop().await;
    measured
}

async fn katakv(
    args: &Args,
    client: impl Fn() -> Result<Client, Failure>,
    reports: &mut Vec<Report>,
) -> Result<(), Failure> {
    let reads = match args.read {
        Read::Session => ReadLevel::Session,
        Read::Linearizable => ReadLevel::Linearizable,
    };
    let system = format!("katakv, ack {}", katakv_core::AckLevel::from(args.ack));
    for load in loads(args) {
        let callers = (0..load.clients).map(|_| Ok(KataKv::new(client()?, args.ack.into(), reads)));
        let callers = callers.collect::<Result<Vec<_>, Failure>>()?;
        reports.push(measured(&system, load, callers).await);
    }
    Ok(())
}

#[cfg(feature = "against")]
async fn others(
    args: &Args,
    against: Against,
    home: &Path,
    reports: &mut Vec<Report>,
) -> Result<(), Failure> {
    use crate::bench::Servers;
    use crate::bench::systems::{Etcd, Redis};
    match against {
        Against::Etcd => {
            let servers = Servers::etcd(&home.join("etcd")).map_err(Failure::failed)?;
            let serializable = matches!(args.read, Read::Session);
            let connect = async |client: usize| {
                let port = servers.ports()[client % servers.ports().len()];
                Etcd::connect(format!("http://127.0.0.1:{port}"), serializable).await
            };
            for load in loads(args) {
                let callers = connected(load, connect).await?;
                reports.push(measured("etcd", load, callers).await);
            }
        }
        Against::Redis => {
            let servers = Servers::redis(&home.join("redis")).map_err(Failure::failed)?;
            for (system, copies) in [("redis, log always synced", 0), ("redis, the same, WAIT 1", 1)] {
                let address = format!("redis://127.0.0.1:{}", servers.ports()[0]);
                let connect = async |_client: usize| Redis::connect(&address, copies).await;
                for load in loads(args) {
                    let callers = connected(load, connect).await?;
                    reports.push(measured(system, load, callers).await);
                }
            }
        }
    }
    Ok(())
}

#[cfg(not(feature = "against"))]
async fn others(_: &Args, _: Against, _: &Path, _: &mut Vec<Report>) -> Result<(), Failure> {
    Err(Failure::usage(
        "this build cannot ask other stores: build it with `cargo build --release -p katakv --features against`",
    ))
}

/// A caller for each client of `load`, once the servers are there and answer a write.
#[cfg(feature = "against")]
async fn connected<C: Caller>(
    load: Load,
    connect: impl AsyncFn(usize) -> Result<C, String>,
) -> Result<Vec<C>, Failure> {
    const START_WITHIN: Duration = Duration::from_secs(30);
    let started = std::time::Instant::now();
    let mut callers = Vec::new();
    while callers.len() < load.clients {
        let caller = match connect(callers.len()).await {
            Ok(mut caller) => caller.put(b"bench/ready", b"yes").await.map(|()| caller),
            Err(error) => Err(error),
        };
        match caller {
            Ok(caller) => callers.push(caller),
            Err(error) if started.elapsed() > START_WITHIN => {
                return Err(Failure::failed(format!("it does not start: {error}")));
            }
            Err(_) => tokio::time::sleep(Duration::from_millis(100)).await,
        }
    }
    Ok(callers)
}

fn loads(args: &Args) -> impl Iterator<Item = Load> {
    args.clients.iter().map(|clients| Load {
        clients: usize::from(*clients),
        measured: Duration::from_secs(args.seconds.into()),
        warm_up: Duration::from_secs(args.warm_up.into()),
        keys: args.keys,
        value_bytes: args.value_bytes as usize,
        reads_percent: args.reads,
    })
}

async fn measured<C: Caller>(system: &str, load: Load, callers: Vec<C>) -> Report {
    print::note(format_args!(
        "{system}: {} clients, {} s",
        load.clients,
        (load.warm_up + load.measured).as_secs()
    ));
    Report::of(system.to_owned(), load, &measure(load, callers).await)
}

/// A directory that is removed at the end.
struct Home(PathBuf);

impl Home {
    fn make(path: &Path) -> Result<Home, Failure> {
        std::fs::create_dir(path).map_err(|error| {
            Failure::failed(format!(
                "cannot make {}: {error}. It must not exist: choose another --data",
                path.display()
            ))
        })?;
        Ok(Home(path.to_owned()))
    }
}

impl Drop for Home {
    fn drop(&mut self) {
        if let Err(error) = std::fs::remove_dir_all(&self.0) {
            print::note(format_args!("cannot remove {}: {error}", self.0.display()));
        }
    }
}
