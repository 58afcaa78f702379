//! Who leads, told to those who take no part in the election: the result is published, fenced by its epoch.
//!
//! The replicas elect their leader among themselves. Routers, and whatever registry an installation has (etcd, ZooKeeper), are
//! told the result, and nobody waits for them. What they are told may come late, twice, in another order, or not at all. An epoch has
//! one leader, so its number says which of two results is the later one:
//!
//! ```
//! use katakv_core::{Directory, Elected, Epoch, NodeId, Sound};
//!
//! let mut directory = Directory::default();
//! let second = Elected { epoch: Epoch(2), leader: NodeId(1) };
//! assert!(directory.hear(&Sound, second));
//! // The first result has taken longer. It does not bring the old leader back.
//! assert!(!directory.hear(&Sound, Elected { epoch: Epoch(1), leader: NodeId(0) }));
//! assert_eq!(directory.elected(), Some(second));
//! ```
//!
//! A directory decides nothing: who asks the wrong replica is told so by that replica, and such an answer corrects what is believed,
//! whatever was published. It carries no epoch and needs none, since the next answer corrects it. A directory may forget all it knows
//! at any moment.

use crate::{Branch, Epoch, Log, Node, NodeId, Rules, Store};
use serde::{Deserialize, Serialize};

/// The result of an election.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Elected {
    /// The epoch.
    pub epoch: Epoch,
    /// Who leads in it.
    pub leader: NodeId,
}

/// What somebody outside knows of one partition's elections: the latest result that it has heard, and whom it believes to lead.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Directory {
    latest: Option<Elected>,
    leader: Option<NodeId>,
}

impl Directory {
    /// Takes a result, and says whether it is news. One of an earlier epoch never takes the place of one of a later epoch.
    pub fn hear(&mut self, rules: &(impl Rules + ?Sized), result: Elected) -> bool {
        let latest = self.latest.map(|latest| latest.epoch);
        let is_news = rules.supersedes(result.epoch, latest);
        if is_news {
            rules.took(Branch::ResultTaken);
            self.latest = Some(result);
            self.leader = Some(result.leader);
        } else {
            rules.took(Branch::ResultFenced);
        }
        is_news
    }

    /// Takes what an answer tells of who leads, or that nobody knows. What was published stands.
    pub fn correct(&mut self, rules: &(impl Rules + ?Sized), leader: Option<NodeId>) {
        if rules.answers_correct() {
            self.leader = leader;
        }
    }

    /// Who is believed to lead: whom the last news named, or the last answer since.
    pub fn leader(&self) -> Option<NodeId> {
        self.leader
    }

    /// The latest result that was heard.
    pub fn elected(&self) -> Option<Elected> {
        self.latest
    }
}

impl<L: Log, S: Store> Node<L, S> {
    /// The result that this replica publishes: that it leads. Not before its barrier is committed, since until then it
    /// would send everybody away again.
    pub fn elected(&self) -> Option<Elected> {
        self.serving().then(|| Elected {
            epoch: self.epoch(),
            leader: self.id(),
        })
    }
}
