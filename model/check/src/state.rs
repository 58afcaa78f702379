//! One state of the whole system, and the form in which states are told apart.
//!
//! The protocol knows no order among its members, so a state and its five renamings are one. They are not rewritten
//! into one: they share one *digest*, the least over the renamings, and the digest is all that a search
//! remembers of a state. Names therefore stay what they are along a path, and a counterexample reads well.
//!
//! Only renamings that sort the replicas by a name-free signature are tried; mostly that is a single one.

use crate::client::Client;
use crate::digest::mix;
use crate::ledger::Ledger;
use crate::network::Network;
use crate::replica::Replica;
use crate::router::Router;
use katakv_core::{NodeId, REPLICAS};
use std::hash::{Hash, Hasher};
use std::sync::Arc;

/// The new name of each replica.
type Renaming = [u8; REPLICAS];

const IDENTITY: Renaming = [0, 1, 2];
const RENAMINGS: [Renaming; 6] = [IDENTITY, [0, 2, 1], [1, 0, 2], [1, 2, 0], [2, 0, 1], [2, 1, 0]];

/// Everything at one moment. Cloning shares what does not change.
#[derive(Clone, PartialEq, Eq)]
pub struct State {
    pub(crate) replicas: [Arc<Replica>; REPLICAS],
    pub(crate) network: Network,
    pub(crate) ledger: Arc<Ledger>,
    pub(crate) client: Option<Client>,
    pub(crate) router: Option<Router>,
    pub(crate) digest: u64,
}

impl State {
    /// The three replicas, by name.
    pub fn replicas(&self) -> &[Arc<Replica>; REPLICAS] {
        &self.replicas
    }

    /// One of them.
    pub fn replica(&self, node: NodeId) -> &Replica {
        &self.replicas[usize::from(node.0)]
    }

    /// The messages under way.
    pub fn network(&self) -> &Network {
        &self.network
    }

    /// What clients were told.
    pub fn ledger(&self) -> &Ledger {
        &self.ledger
    }

    /// The client actor, in the scopes that have one.
    pub fn client(&self) -> Option<&Client> {
        self.client.as_ref()
    }

    /// The router, in the scopes in which the client asks through one.
    pub fn router(&self) -> Option<&Router> {
        self.router.as_ref()
    }

    /// What tells this state from others, up to renaming if the scope says so.
    pub fn digest(&self) -> u64 {
        self.digest
    }

    pub(crate) fn seal(&mut self, symmetry: bool) {
        self.digest = if symmetry {
            self.canonical_digest()
        } else {
            self.digest_renamed(IDENTITY)
        };
    }

    fn canonical_digest(&self) -> u64 {
        let signatures = self.replicas.each_ref().map(|replica| replica.signature());
        RENAMINGS
            .into_iter()
            .filter(|renaming| is_sorted_by(renaming, &signatures))
            .map(|renaming| self.digest_renamed(renaming))
            .min()
            .expect("three signatures can be sorted")
    }

    fn digest_renamed(&self, renaming: Renaming) -> u64 {
        let name = |id: NodeId| renaming.get(usize::from(id.0)).map_or(id, |name| NodeId(*name));
        let mut replicas = [0; REPLICAS];
        for (place, replica) in self.replicas.iter().enumerate() {
            let [first, second] = replica.node().config().peers;
            replicas[usize::from(renaming[place])] = replica.digest_of(name(first) > name(second));
        }
        let all = mix([
            mix(replicas),
            self.network.digest_renamed(name),
            self.ledger.digest_renamed(name),
            self.client.as_ref().map_or(0, Client::digest),
        ]);
        match &self.router {
            Some(router) => mix([all, router.digest_renamed(name)]),
            None => all,
        }
    }
}

fn is_sorted_by(renaming: &Renaming, signatures: &[u64; REPLICAS]) -> bool {
    (0..REPLICAS).all(|one| {
        (0..REPLICAS).all(|other| renaming[one] >= renaming[other] || signatures[one] <= signatures[other])
    })
}

impl Hash for State {
    fn hash<H: Hasher>(&self, state: &mut H) {
        state.write_u64(self.digest);
    }
}
