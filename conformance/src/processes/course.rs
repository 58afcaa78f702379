//! One trace, steered along on three processes: the cast, the course, and what has to hold at its end.

use super::clients::Clients;
use super::giving::Course;
use super::network::{Network, Verdict};
use super::nodes::Processes;
use super::orders::{Naming, Orders};
use super::promises::Broken;
use super::tally::Tally;
use super::ways::Way;
use anyhow::Context;
use katakv::server::{CHECKPOINT_BYTES, Timing};
use katakv::wire::{PartitionStatus, Status};
use katakv_core::{Epoch, Message, NodeId, PARTITIONS, Partition, REPLICAS};
use katakv_model::{Start, Trace};
use std::collections::BTreeMap;
use std::path::Path;
use std::sync::{Arc, Mutex};
use std::time::Duration;
use tokio::time::{Instant, sleep};

/// Slower than the default where a leader gives up, or a held message would end its reign; and as fast as it can be for a
/// replica that is to campaign.
const TIMING: Timing = Timing {
    heartbeat: Duration::from_millis(60),
    election_min: Duration::from_millis(150),
    election_max: Duration::from_millis(300),
};

/// After this long something hangs.
pub(super) const PATIENCE: Duration = Duration::from_secs(30);

/// What happens to the processes besides what the trace says.
#[derive(Clone, Copy, Debug)]
pub struct Hazards {
    /// Who has no step for a while is stopped meanwhile.
    pub pauses: bool,
    /// What the trace does not deliver comes at its end, and what it did once more. Otherwise it never comes.
    pub late: bool,
}

/// Three processes and the network between them, kept from course to course.
pub struct Steered {
    pub(super) processes: Processes,
    pub(super) network: Network,
    courses: usize,
}

impl Steered {
    /// Starts three nodes with directories below `home`.
    pub async fn start(home: &Path) -> anyhow::Result<Steered> {
        let mut processes = Processes::begin(home, CHECKPOINT_BYTES, TIMING)?;
        let network = Network::new(processes.addresses()).await?;
        for (Way { from, to }, address) in network.entrances() {
            processes.lead_through(*from, *to, *address);
        }
        processes.start_all()?;
        Ok(Steered {
            processes,
            network,
            courses: 0,
        })
    }

    /// The processes.
    pub fn processes(&mut self) -> &mut Processes {
        &mut self.processes
    }

    /// Takes one trace, and afterwards holds the processes to what clients were promised. Each course has the next partition.
    ///
    /// # Errors
    /// A [`Broken`] promise, or something that the harness itself could not do.
    pub async fn take(&mut self, trace: &Trace, hazards: Hazards) -> anyhow::Result<Tally> {
        let partition = Partition((self.courses % usize::from(PARTITIONS)) as u8);
        self.courses += 1;
        let mut clients = Clients::new(self.processes.addresses(), partition);
        let (leader, epoch) = self.together(&clients, partition).await?;
        let (orders, begins_at) = cast(trace, leader, hazards.pauses)?;
        if orders.start == Start::Registered {
            clients.register(leader);
            let deadline = Instant::now() + PATIENCE;
            while !clients.is_registered() && Instant::now() < deadline {
                sleep(Duration::from_millis(2)).await;
            }
        }
        let mut course = Course {
            clients,
            epochs: BTreeMap::from([(begins_at, epoch)]),
            candidate: Arc::default(),
            missed_last: false,
            tally: Tally::default(),
        };
        self.network
            .hold(partition, judge(&orders, Arc::clone(&course.candidate)));
        for step in &orders.steps {
            self.give(&mut course, step).await?;
        }
        self.network.let_all_go(hazards.late);
        for node in nodes() {
            self.processes.resume(node)?;
        }
        let Course {
            mut clients,
            mut tally,
            ..
        } = course;
        let (leader, _) = self.together(&clients, partition).await?;
        tally.clients = clients.settle_accounts(leader).await?;
        tally.network = self.network.take_done();
        tally.courses = 1;
        Ok(tally)
    }

    /// Waits until a leader serves whom all follow, and all have applied what it has; returns who, and in which epoch.
    async fn together(&self, clients: &Clients, partition: Partition) -> Result<(NodeId, Epoch), Broken> {
        let deadline = Instant::now() + PATIENCE;
        loop {
            let mut found = Vec::new();
            for node in nodes() {
                found.push(clients.status(node).await.ok());
            }
            if let Some(together) = agree(&found, partition) {
                return Ok(together);
            }
            if Instant::now() > deadline {
                let of = |status: &Option<Status>| match status {
                    Some(status) => format!("{:?}", status.partitions.get(usize::from(partition.0))),
                    None => "does not answer".to_owned(),
                };
                let all: Vec<String> = found.iter().map(of).collect();
                return Err(Broken::Apart(all.join("; ")));
            }
            sleep(Duration::from_millis(10)).await;
        }
    }
}

/// Who plays whom, and in which epoch of the trace the processes are now: whoever leads is the one who leads already where the
/// trace begins, or else one who does not campaign first.
fn cast(trace: &Trace, leader: NodeId, pauses: bool) -> anyhow::Result<(Orders, Epoch)> {
    let of_trace =
        |naming| Orders::of(trace, naming, pauses).context("the trace is of another version of the model");
    let orders = of_trace(Naming::with(NodeId(0), leader))?;
    match (orders.start, Orders::first_campaign(trace)) {
        (Start::Fresh, Some(first)) => {
            let next = NodeId((leader.0 + 1) % REPLICAS as u8);
            Ok((of_trace(Naming::with(first, next))?, Epoch::ZERO))
        }
        (Start::Fresh, None) => Ok((orders, Epoch::ZERO)),
        (Start::Leading | Start::Registered, _) => Ok((orders, Epoch(1))),
    }
}

/// What becomes of the messages of the partition. What the trace does not speak of passes.
fn judge(
    orders: &Orders,
    candidate: Arc<Mutex<Option<NodeId>>>,
) -> impl FnMut(Way, &Message) -> Verdict + Send + 'static {
    let (asks_first, confirms) = (orders.asks_first, orders.confirms);
    move |way, message| match message {
        Message::PreVote { .. } if !asks_first => {
            match candidate
                .lock()
                .is_ok_and(|candidate| *candidate == Some(way.from))
            {
                true => Verdict::Pass,
                false => Verdict::Hold,
            }
        }
        Message::PreVoted { .. } if !asks_first => Verdict::Pass,
        Message::Confirm { .. } | Message::Confirmed { .. } if !confirms => Verdict::Pass,
        _ => Verdict::Hold,
    }
}

fn agree(found: &[Option<Status>], partition: Partition) -> Option<(NodeId, Epoch)> {
    let replicas: Option<Vec<_>> = found
        .iter()
        .map(|status| status.as_ref()?.partitions.get(usize::from(partition.0)))
        .collect();
    let replicas = replicas?;
    let leader = replicas.first()?.leader?;
    let leads = replicas.get(usize::from(leader.0))?;
    let follows = |replica: &&PartitionStatus| {
        replica.leader == Some(leader)
            && replica.epoch == leads.epoch
            && replica.last == leads.last
            && replica.applied == leads.last
    };
    (leads.serving && replicas.iter().all(follows)).then_some((leader, leads.epoch))
}

fn nodes() -> impl Iterator<Item = NodeId> {
    (0..REPLICAS as u8).map(NodeId)
}
