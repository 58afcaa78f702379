//! Stateright's Explorer on a scope, opened where it matters: at the end of a counterexample.

use crate::mutants::Mutant;
use crate::scope::Scope;
use crate::system::System;
use crate::trace::{ReplayError, Trace};
use crate::{hunt, mutants::Killer};
use katakv_core::Sound;
use stateright::Model;
use std::fmt;
use std::net::{Ipv4Addr, SocketAddr, TcpListener};

/// Why the Explorer does not start.
#[derive(Debug)]
pub enum ExploreError {
    /// The port is taken, or may not be had. Choose another one.
    Port(u16, std::io::Error),
    /// The counterexample does not replay: a bug of the model.
    Replay(ReplayError),
}

impl std::error::Error for ExploreError {}

impl fmt::Display for ExploreError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            ExploreError::Port(port, error) => write!(f, "cannot listen on 127.0.0.1:{port}: {error}"),
            ExploreError::Replay(error) => write!(f, "the counterexample does not replay: {error}"),
        }
    }
}

/// Serves the Explorer on the loopback interface until the process ends. `ready` is told the address to open,
/// and the counterexample that it opens on.
pub fn serve(
    scope: Scope,
    mutant: Option<&'static Mutant>,
    port: u16,
    ready: impl FnOnce(&str, Option<&Trace>),
) -> Result<(), ExploreError> {
    let address = SocketAddr::from((Ipv4Addr::LOCALHOST, port));
    // Stateright panics on a taken port; ask first.
    let listener = TcpListener::bind(address).map_err(|error| ExploreError::Port(port, error))?;
    let address = listener
        .local_addr()
        .map_err(|error| ExploreError::Port(port, error))?;
    drop(listener);

    let rules = mutant.map_or(&Sound as _, |mutant| mutant.rules);
    let system = System::new(scope, rules).for_explorer();
    let trace = mutant.and_then(|mutant| counterexample(mutant, scope));
    let path = match &trace {
        Some(trace) => trace.choices(&system).map_err(ExploreError::Replay)?,
        None => vec![0],
    };
    let path: Vec<String> = path.iter().map(usize::to_string).collect();
    ready(
        &format!("http://{address}/#/steps/{}", path.join("/")),
        trace.as_ref(),
    );
    system.checker().serve(address);
    Ok(())
}

fn counterexample(mutant: &'static Mutant, scope: Scope) -> Option<Trace> {
    match mutant.killed_by {
        Killer::Property(_) => hunt::by_property(mutant, &scope).trace,
        Killer::Witness(_) => None,
    }
}
