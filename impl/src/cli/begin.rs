//! `katakv init` and `katakv refill`: the directory of a node that has never run, and of one that has lost its data.

use super::config;
use super::exit::{Code, Failure};
use super::print;
use crate::driver::{Driver, DriverConfig};
use crate::server::ServerConfig;
use crate::wire::ClusterId;
use katakv_core::{NodeId, REPLICAS};
use std::net::{Ipv4Addr, SocketAddr};
use std::path::PathBuf;

/// Begin a node that has never run
///
/// A node serves only from a directory that was begun once: an empty one may as well be a lost disk.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Example:
  katakv init --id 0 --data ./node0
  katakv serve --id 0 --data ./node0 --node ...")]
pub(super) struct InitArgs {
    #[command(flatten)]
    whose: Whose,
}

/// Begin a node anew that has lost its data, or found it damaged
///
/// What is in the directory is set aside. Then start the node as ever: it takes its data from the others, and neither votes
/// nor counts before it has all of it; `katakv status` tells when. The node must not run, and the other two must be whole:
/// one node at a time.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Example:
  katakv refill --id 0 --data ./node0
  katakv serve --id 0 --data ./node0 --node ...")]
pub(super) struct RefillArgs {
    #[command(flatten)]
    whose: Whose,
}

#[derive(Debug, clap::Args)]
struct Whose {
    /// Take what is not said here from this file
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,
    /// Which of the nodes this one is
    #[arg(long, value_name = "N", required_unless_present = "config")]
    id: Option<u8>,
    /// Where this node keeps its data
    #[arg(long, value_name = "DIR", required_unless_present = "config")]
    data: Option<PathBuf>,
    /// The cluster's id, in hexadecimal [default: 0000000000000001]
    #[arg(long, value_name = "HEX")]
    cluster: Option<ClusterId>,
}

pub(super) fn init(args: InitArgs) -> Result<Code, Failure> {
    let (data, config) = args.whose.driver()?;
    Driver::init(&data, config).map_err(Failure::failed)?;
    print::note(format_args!("{} is in {}", config.id, data.display()));
    Ok(Code::Ok)
}

pub(super) fn refill(args: RefillArgs) -> Result<Code, Failure> {
    let (data, config) = args.whose.driver()?;
    // 0 is the incarnation of nobody.
    let incarnation = rand::random::<u64>().max(1);
    let aside = Driver::refill(&data, config, incarnation).map_err(Failure::failed)?;
    if let Some(aside) = aside {
        print::note(format_args!(
            "what was in {} is in {}",
            data.display(),
            aside.display()
        ));
    }
    print::note(format_args!(
        "start {} as ever: it takes its data from the others",
        config.id
    ));
    Ok(Code::Ok)
}

impl Whose {
    fn driver(self) -> Result<(PathBuf, DriverConfig), Failure> {
        let missing =
            |what: &str| Failure::usage(format!("neither the file nor the command line says {what}"));
        let file = self.config.as_deref().map(config::load).transpose()?;
        let part = file.as_ref().map(|file| file.node.clone()).unwrap_or_default();
        let id = self.id.or(part.id).ok_or_else(|| missing("--id"))?;
        let data = self.data.or(part.data).ok_or_else(|| missing("--data"))?;
        let mut config = match file {
            Some(file) => file.server(NodeId(id), data.clone()),
            // Nobody listens and nobody is called.
            None => {
                let nowhere = SocketAddr::from((Ipv4Addr::UNSPECIFIED, 0));
                ServerConfig::new(ClusterId(1), NodeId(id), [nowhere; REPLICAS], data.clone())
            }
        };
        config.cluster = self.cluster.unwrap_or(config.cluster);
        Ok((data, config.driver()))
    }
}
