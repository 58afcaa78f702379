//! Stateright's Explorer on a scope, opened where it matters: at the end of a trace.

use crate::mutants::{self, Mutant};
use crate::notice::Notice;
use crate::scope::Scope;
use crate::shortest;
use crate::source;
use crate::system::System;
use crate::trace::{ReplayError, Trace};
use katakv_core::Sound;
use stateright::Model;
use std::fmt;
use std::net::{Ipv4Addr, SocketAddr, TcpListener};

/// Within how many unique states a mutant's counterexample is looked for.
pub const STATES_MAX: usize = shortest::UNIQUE_MAX;

/// What is explored.
pub struct What {
    /// The scope.
    pub scope: Scope,
    /// The wrong protocol, if it is one.
    pub mutant: Option<&'static Mutant>,
    /// The way to the state that it opens on.
    pub trace: Option<Trace>,
}

impl What {
    /// A scope under the sound rules, from its beginning.
    pub fn scope(scope: Scope) -> What {
        What {
            scope,
            mutant: None,
            trace: None,
        }
    }

    /// A scope under a mutant's rules, opened at the end of the shortest way to a violation, if there is one within
    /// [`STATES_MAX`]. `progress` is told how many were looked at.
    pub fn mutant(scope: Scope, mutant: &'static Mutant, progress: impl Fn(usize)) -> What {
        What {
            scope,
            mutant: Some(mutant),
            trace: source::in_scope(mutant, scope, progress),
        }
    }

    /// The end of a trace.
    pub fn trace(trace: Trace) -> Result<What, ReplayError> {
        Ok(What {
            scope: trace.system()?.scope,
            mutant: trace.mutant.as_deref().and_then(mutants::find),
            trace: Some(trace),
        })
    }

    fn notice(&self, states_max: usize) -> Notice {
        match self.mutant {
            Some(mutant) => Notice {
                title: format!("{}, a protocol that is wrong on purpose", mutant.name),
                about: format!(
                    "What was broken: {}. (Where the right way comes from: {}.) It ought to be given away by: {}.",
                    mutant.words,
                    mutant.source,
                    mutant.killed_by.name()
                ),
                states_max,
            },
            None => Notice {
                title: format!("The scope {}", self.scope.name),
                about: self.scope.words.to_owned(),
                states_max,
            },
        }
    }
}

/// Why the Explorer does not start.
#[derive(Debug)]
pub enum ExploreError {
    /// The port is taken, or may not be had. Choose another one.
    Port(u16, std::io::Error),
    /// The trace does not replay: it may be of another version of the model.
    Replay(ReplayError),
}

impl std::error::Error for ExploreError {}

impl fmt::Display for ExploreError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            ExploreError::Port(port, error) => write!(
                f,
                "cannot listen on 127.0.0.1:{port}: {error}; choose another port with --port"
            ),
            ExploreError::Replay(error) => write!(f, "the trace does not replay: {error}"),
        }
    }
}

/// Serves the Explorer on the loopback interface until the process ends. A search in it ends after `states_max` states.
/// `ready` is told the address to open.
pub fn serve(
    what: &What,
    port: u16,
    states_max: usize,
    ready: impl FnOnce(&str),
) -> Result<(), ExploreError> {
    let address = SocketAddr::from((Ipv4Addr::LOCALHOST, port));
    // Stateright panics on a taken port; ask first.
    let listener = TcpListener::bind(address).map_err(|error| ExploreError::Port(port, error))?;
    let address = listener
        .local_addr()
        .map_err(|error| ExploreError::Port(port, error))?;
    drop(listener);

    let rules = what.mutant.map_or(&Sound as _, |mutant| mutant.rules);
    let system = System::new(what.scope, rules).for_explorer(what.notice(states_max));
    let path = match &what.trace {
        Some(trace) => trace.choices(&system).map_err(ExploreError::Replay)?,
        None => vec![0],
    };
    let path: Vec<String> = path.iter().map(usize::to_string).collect();
    ready(&format!("http://{address}/#/steps/{}", path.join("/")));
    system.checker().target_state_count(states_max).serve(address);
    Ok(())
}
