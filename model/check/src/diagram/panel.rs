//! The whole state after a step, as rows of a table with a column a replica, and lists beside it.

use crate::replica::Replica;
use crate::state::State;
use crate::words::{Name, Whole, Written};
use katakv_core::{HardState, Log, Role, Timer};
use serde::Serialize;

/// What the rows say, in the order of [`Panel::rows`].
pub(super) const ROWS: [&str; 12] = [
    "role",
    "epoch, vote",
    "log in memory",
    "committed to",
    "applied to",
    "store",
    "at the gate",
    "timer",
    "disk: epoch, vote",
    "disk: synced log",
    "disk: un-synced",
    "besides",
];

/// A state.
#[derive(Serialize)]
pub(super) struct Panel {
    /// A row's cells, one a replica.
    pub(super) rows: Vec<[String; 3]>,
    /// The messages under way.
    pub(super) network: Vec<String>,
    /// What clients know.
    pub(super) clients: Vec<String>,
}

/// The state, told.
pub(super) fn of(state: &State) -> Panel {
    let cells = state.replicas().each_ref().map(|replica| column(replica));
    let row = |place: usize| cells.each_ref().map(|column| column[place].clone());
    let envelopes = state.network().envelopes().iter();
    Panel {
        rows: (0..ROWS.len()).map(row).collect(),
        network: envelopes
            .map(|envelope| {
                format!(
                    "{} → {}: {}",
                    Name(envelope.from),
                    Name(envelope.to),
                    envelope.msg
                )
            })
            .collect(),
        clients: clients(state),
    }
}

fn column(replica: &Replica) -> [String; ROWS.len()] {
    let (node, disk) = (replica.node(), replica.disk());
    let unsynced: Vec<String> = disk
        .unsynced()
        .iter()
        .map(|record| Written(record).to_string())
        .collect();
    let store: Vec<String> = node
        .store()
        .data()
        .iter()
        .map(|(key, found)| format!("{key} = {} ({})", found.value, found.version))
        .collect();
    [
        role(replica),
        hard(node.hard()),
        log(node.log()),
        node.commit().to_string(),
        node.applied().index.to_string(),
        lines(&store),
        match node.gated() {
            0 => "nothing waits".into(),
            1 => "1 effect waits".into(),
            count => format!("{count} effects wait"),
        },
        match replica.timer() {
            Timer::Election => "election".into(),
            Timer::Heartbeat => "heartbeat".into(),
        },
        hard(disk.hard()),
        log(disk.log()),
        lines(&unsynced),
        besides(replica),
    ]
}

fn role(replica: &Replica) -> String {
    let node = replica.node();
    let voters = |votes: &[katakv_core::NodeId]| {
        let names: Vec<String> = votes.iter().map(ToString::to_string).collect();
        if names.is_empty() {
            "nobody".into()
        } else {
            names.join(", ")
        }
    };
    match node.role() {
        Role::Follower { leader: Some(leader) } => format!("follows {leader}"),
        Role::Follower { leader: None } => "follows nobody".into(),
        Role::PreCandidate { granted } => {
            format!("asks whether it would be elected\nyes: {}", voters(granted))
        }
        Role::Candidate { votes } => format!("candidate\nvotes: {}", voters(votes)),
        Role::Leader(leadership) => {
            let mut told = String::from(if node.serving() {
                "leads and serves"
            } else {
                "leads, does not serve yet"
            });
            for (peer, progress) in node.config().peers.iter().zip(&leadership.progress) {
                let mode = if progress.probing { "probing" } else { "pipeline" };
                told.push_str(&format!(
                    "\n{peer}: has {}, next {}, {mode}",
                    progress.matched, progress.next
                ));
                if !progress.spans.is_empty() {
                    let spans: Vec<String> = progress.spans.iter().map(|to| format!("to {to}")).collect();
                    told.push_str(&format!(", in flight {}", spans.join(" ")));
                }
            }
            if !leadership.pending.is_empty() {
                let pending: Vec<String> = leadership
                    .pending
                    .iter()
                    .map(|write| format!("{} at {}", write.index, write.level))
                    .collect();
                told.push_str(&format!("\nto be acknowledged: {}", pending.join(", ")));
            }
            if !leadership.reads.waiting.is_empty() {
                let reads = &leadership.reads;
                told.push_str(&format!(
                    "\nreads that wait: {}, round {}",
                    reads.waiting.len(),
                    reads.round
                ));
            }
            told
        }
    }
}

fn besides(replica: &Replica) -> String {
    let (node, disk) = (replica.node(), replica.disk());
    let mut told = Vec::new();
    if let Some(staged) = node.staged() {
        told.push(format!("a leader's state after {} is staged", staged.last()));
    }
    if let Some(staged) = disk.staged() {
        told.push(format!("its disk has a leader's state after {}", staged.last()));
    }
    if disk.damaged() {
        told.push("its disk is damaged".into());
    }
    if replica.refused() {
        told.push("has refused what it was given".into());
    }
    lines(&told)
}

fn hard(hard: HardState) -> String {
    match hard.vote {
        Some(vote) => format!("{}, {vote}", hard.epoch.0),
        None => format!("{}, none", hard.epoch.0),
    }
}

fn log(log: &katakv_core::MemLog) -> String {
    match log.last() {
        katakv_core::EntryId::ZERO => "empty".into(),
        _ => Whole(log).to_string().replace(", ", "\n"),
    }
}

fn lines(of: &[String]) -> String {
    if of.is_empty() {
        "nothing".into()
    } else {
        of.join("\n")
    }
}

fn clients(state: &State) -> Vec<String> {
    let ledger = state.ledger();
    let mut told: Vec<String> = ledger.acks.iter().map(ToString::to_string).collect();
    for conflict in &ledger.conflicts {
        told.push(format!("told that {} has changed nothing", conflict.at));
    }
    if let Some(history) = &ledger.history {
        let (answered, reads) = (history.answered, history.reads);
        told.push(format!("{answered} of {reads} linearizable reads are answered"));
    }
    told.extend(state.client().map(crate::words::session));
    told.extend(state.router().map(crate::words::routing));
    told
}
