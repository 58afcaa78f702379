//! Scans: the keys that begin alike, of all partitions, page by page.
//!
//! Each page is of one partition and of one state of it, which it names. Under a session it includes whatever the session has seen
//! of that partition, as a read of a key does, and the session advances to it. Nothing is promised about pages of different partitions: no
//! state of the whole cluster is read.

use super::cursor::Cursor;
use super::error::ReadError;
use super::operations::{Client, Route};
use super::read::includes;
use super::tried::Outcome;
use crate::driver::limits;
use crate::session::Session;
use crate::wire::WantedPage;
use katakv_core::{Bytes, EntryId, NodeId, PARTITIONS, Partition, Reply, Versioned};

/// A page of a scan.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Scanned {
    /// Keys in order, with what is under them. There may be none, and more pages all the same.
    pub items: Vec<(Bytes, Versioned)>,
    /// The partition that they are of.
    pub partition: Partition,
    /// The state that was read.
    pub at: EntryId,
    /// The replica that answered.
    pub node: NodeId,
    /// Where the next page begins; `None` if this is the last one.
    pub next: Option<Cursor>,
}

impl Client {
    /// Reads a page of at most `keys_max` keys that begin with `prefix`: the first one, or the one at `cursor`.
    ///
    /// # Errors
    /// As [`Client::get`]; a cursor of another scan is [`ReadError::Invalid`], one of another cluster
    /// [`ReadError::OtherCluster`].
    pub async fn scan(
        &self,
        session: &mut Session,
        prefix: impl Into<Bytes>,
        cursor: Option<&Cursor>,
        keys_max: u32,
    ) -> Result<Scanned, ReadError> {
        let wanted = WantedPage {
            partition: cursor.map_or(Partition(0), |cursor| cursor.partition),
            prefix: prefix.into(),
            after: cursor.and_then(|cursor| cursor.after.clone()),
            keys_max,
        };
        limits::check_scan(&wanted).map_err(|error| ReadError::Invalid(error.to_string()))?;
        let mut ahead = session.clone();
        self.settle_page(&mut ahead, &wanted).await?;
        if let Some(cursor) = cursor {
            ahead.join(cursor.cluster)?;
            // It names what was read, and so what is committed. As after a write, what the session has seen in a lower epoch may all the
            // same be gone.
            ahead.acknowledge(wanted.partition, cursor.at);
            self.settle_page(&mut ahead, &wanted).await?;
        }
        let seen = ahead.seen(wanted.partition);
        let page = self.page(&mut ahead, &wanted, seen).await?;
        ahead.advance(wanted.partition, page.at);
        *session = ahead;
        Ok(page)
    }

    /// Finds out whether a position in doubt is committed; see the documentation of [`crate::session`].
    async fn settle_page(&self, session: &mut Session, wanted: &WantedPage) -> Result<(), ReadError> {
        if let Some(in_doubt) = session.in_doubt(wanted.partition) {
            self.page(session, wanted, in_doubt).await?;
            session.settle(wanted.partition);
        }
        Ok(())
    }

    /// Reads a page under `seen`; of the session, only its cluster changes, if it had none.
    async fn page(
        &self,
        session: &mut Session,
        wanted: &WantedPage,
        seen: EntryId,
    ) -> Result<Scanned, ReadError> {
        let wait = self.options.wait;
        let answer = match &self.route {
            Route::Nodes(cluster) => cluster.page(wanted, seen, wait).await?,
            Route::Router(router) => {
                let wait_ms = u32::try_from(wait.as_millis()).unwrap_or(u32::MAX);
                router.ask_protocol(wanted.request(seen, wait_ms), true).await?
            }
        };
        session.join(answer.cluster)?;
        let (node, partition) = (answer.node, wanted.partition);
        let outcome = match answer.reply {
            Reply::Lost(range) => return Err(ReadError::Lost { partition, range }),
            Reply::Page { page, at } if includes(at, seen) => {
                let next = match page.more {
                    true => Some((partition, page.end().cloned(), at)),
                    false => Some(Partition(partition.0 + 1))
                        .filter(|next| next.0 < PARTITIONS)
                        .map(|next| (next, None, EntryId::ZERO)),
                };
                return Ok(Scanned {
                    partition,
                    at,
                    node,
                    next: next.map(|(partition, after, at)| Cursor {
                        cluster: answer.cluster,
                        partition,
                        after,
                        at,
                    }),
                    items: page.items,
                });
            }
            Reply::Page { at, .. } => Outcome::Stale { at },
            _ => Outcome::Nonsense,
        };
        Err(ReadError::Unavailable {
            tried: format!("{node}: {outcome}"),
        })
    }
}
