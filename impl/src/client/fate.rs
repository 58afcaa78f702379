//! How a question about a write's fate finds a replica that knows.
//!
//! Each replica tells what it knows, and committed and truncated are final whoever says so. So the nodes are asked one
//! after the other until one of them knows; once all that answer have said that they do not, that is the answer. What a
//! truncated write was is known only to a replica that had it: the others are asked for that, too.

use super::cluster::{Answer, Cluster, Failure, Said, unavailable, with_grace};
use super::patience::Patience;
use super::tried::{Outcome, Tried};
use crate::wire::ClientRequest;
use katakv_core::{EntryId, Fate, Partition, Reply};
use std::time::Duration;

impl Cluster {
    /// Asks what became of the entry `at` of `partition`; the answer is `Fate`.
    pub async fn fate(&self, partition: Partition, at: EntryId) -> Result<Answer, Failure> {
        let mut patience = Patience::new(self.options.deadline);
        let mut tried = Tried::default();
        loop {
            let (mut truncated, mut unknown) = (None, None);
            for node in self.placement().replicas(partition) {
                let Some(left) = patience.left() else {
                    break;
                };
                let request = ClientRequest::Fate { partition, at };
                let outcome = match self
                    .ask(node, request, with_grace(Duration::ZERO).min(left))
                    .await
                {
                    Said::Invalid(why) => return Err(Failure::Invalid(why)),
                    Said::Nothing(outcome) => outcome,
                    Said::Answer(answer) => match answer.reply {
                        Reply::Fate { at: of, .. } if of != at => Outcome::Nonsense,
                        Reply::Fate {
                            fate: Fate::Unknown, ..
                        } => {
                            unknown = Some(answer);
                            continue;
                        }
                        Reply::Fate {
                            fate: Fate::Truncated,
                            lost: None,
                            ..
                        } => {
                            truncated = truncated.or(Some(answer));
                            continue;
                        }
                        Reply::Fate { .. } => return Ok(answer),
                        Reply::Busy => Outcome::Busy,
                        _ => Outcome::Nonsense,
                    },
                };
                tried.note(node, outcome);
            }
            if let Some(answer) = truncated.or(unknown) {
                return Ok(answer);
            }
            if patience.left().is_none() {
                return Err(unavailable(&tried, false));
            }
            patience.pause().await;
        }
    }
}
