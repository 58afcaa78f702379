//! The whole state after a step, as rows of a table with a column a replica, and lists beside it.

use super::leading;
use crate::disk::Disk;
use crate::replica::Replica;
use crate::state::State;
use crate::words::{Name, Run, Whole, Written};
use katakv_core::{
    Client, Entry, EntryId, Executed, HardState, Log, MemLog, MemStore, NodeId, Outcome, Role, Standing,
    Store, Timer,
};
use serde::Serialize;

/// What the rows say, in the order of [`Panel::rows`].
pub(super) const ROWS: [&str; 19] = [
    "role",
    "epoch, vote",
    "has lost its disk",
    "log in memory",
    "durable to",
    "committed to",
    "applied to",
    "store",
    "clients",
    "time",
    "quarantine",
    "at the gate",
    "timer",
    "disk: epoch, vote",
    "disk: synced log",
    "disk: un-synced",
    "disk: quarantine",
    "disk: store",
    "besides",
];

/// What a cell says where there is nothing.
pub(super) const NOTHING: &str = "nothing";

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
    let store = node.store();
    [
        role(replica),
        hard(node.hard()),
        standing(node.hard()),
        log(node.log()),
        node.durable().to_string(),
        node.commit().to_string(),
        node.applied().index.to_string(),
        data(store),
        lines(store.clients().iter().map(|(name, client)| known(*name, client))),
        time(replica),
        entries(store.in_quarantine()),
        match node.gated() {
            0 => NOTHING.into(),
            1 => "1 effect waits".into(),
            count => format!("{count} effects wait"),
        },
        match replica.timer() {
            Timer::Election => "election".into(),
            Timer::Heartbeat => "heartbeat".into(),
        },
        hard(disk.hard()),
        log(disk.log()),
        lines(disk.unsynced().iter().map(|record| Written(record).to_string())),
        lines(disk.quarantined().keys().map(EntryId::to_string)),
        match replica.flushed().applied() {
            EntryId::ZERO => NOTHING.into(),
            applied => format!("to {applied}"),
        },
        besides(replica, disk),
    ]
}

/// When which key goes, and what the log and the machine's clock say.
fn time(replica: &Replica) -> String {
    let store = replica.node().store();
    let goes = store.deadlines().iter();
    let goes = goes.map(|(key, deadline)| format!("{key} goes at {deadline}"));
    let said = |who: &str, ms: u64| (ms > 0).then(|| format!("{who} {ms}"));
    let said = [
        said("the log says", store.clock_ms()),
        said("the clock shows", replica.clock_ms()),
    ];
    lines(goes.chain(said.into_iter().flatten()))
}

fn role(replica: &Replica) -> String {
    let node = replica.node();
    let voters = |votes: &[NodeId]| {
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
            let serves = match node.serving() {
                true => "leads and serves",
                false => "leads, does not serve yet",
            };
            let told = leading::told(&node.config().peers, leadership);
            format!("{serves}\n{}", told.join("\n"))
        }
    }
}

fn besides(replica: &Replica, disk: &Disk) -> String {
    let mut told = Vec::new();
    if let Some(staged) = replica.node().staged() {
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
    lines(told)
}

fn hard(hard: HardState) -> String {
    match hard.vote {
        Some(vote) => format!("{}, {vote}", hard.epoch.0),
        None => format!("{}, none", hard.epoch.0),
    }
}

fn standing(hard: HardState) -> String {
    match hard.standing {
        Standing::Original => NOTHING.into(),
        Standing::Learner { incarnation } => format!("learns, counts for nothing; refill {incarnation}"),
        Standing::Member { incarnation } => format!("is a member again; refill {incarnation}"),
    }
}

fn log(log: &MemLog) -> String {
    match log.last() {
        EntryId::ZERO => "empty".into(),
        _ => Whole(log).to_string().replace(", ", "\n"),
    }
}

fn data(store: &MemStore) -> String {
    let data = store.data().iter();
    lines(data.map(|(key, found)| format!("{key} = {} ({})", found.value, found.version)))
}

/// What is remembered of a client.
fn known(name: EntryId, client: &Client) -> String {
    let Client {
        active,
        done,
        executed,
    } = client;
    let mut told = format!("{name}: active at {active}");
    if *done > 0 {
        told.push_str(&format!(", done to {done}"));
    }
    for (seq, Executed { at, outcome }) in executed {
        let outcome = match outcome {
            Outcome::Done => "done",
            Outcome::Conflict { .. } => "conflict",
        };
        told.push_str(&format!(", {seq} as {at} {outcome}"));
    }
    told
}

fn entries(of: &[Entry]) -> String {
    match of {
        [] => NOTHING.into(),
        _ => Run(of).to_string().replace(", ", "\n"),
    }
}

fn lines(of: impl IntoIterator<Item = String>) -> String {
    let lines: Vec<String> = of.into_iter().collect();
    match lines.is_empty() {
        true => NOTHING.into(),
        false => lines.join("\n"),
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

#[cfg(test)]
mod tests {
    use super::ROWS;
    use crate::scopes;
    use crate::system::System;
    use katakv_core::Sound;
    use serde_json::Value;

    /// The fields of a node, and the rows that tell them. (What a leader keeps is told in `leading.rs`, which takes every field.)
    const OF_NODE: [(&str, &[&str]); 8] = [
        // Its own name heads the column; its peers and its bounds stay the same for as long as it lives.
        ("config", &[]),
        ("hard", &["epoch, vote", "has lost its disk"]),
        ("log", &["log in memory"]),
        ("store", &["store"]),
        ("commit", &["committed to"]),
        ("gate", &["durable to"]),
        ("role", &["role"]),
        ("staged", &["besides"]),
    ];
    const OF_GATE: [(&str, &[&str]); 3] = [
        ("durable", &["durable to"]),
        ("in_flight", &["disk: un-synced"]),
        ("held", &["at the gate"]),
    ];
    const OF_STORE: [(&str, &[&str]); 3] = [
        ("applied", &["applied to"]),
        ("state", &["store", "clients", "time"]),
        ("quarantine", &["quarantine"]),
    ];
    const OF_STATE: [(&str, &[&str]); 4] = [
        ("data", &["store"]),
        ("clients", &["clients"]),
        ("deadlines", &["time"]),
        ("clock_ms", &["time"]),
    ];

    fn assert_told(part: &Value, told: &[(&str, &[&str])]) {
        let Value::Object(fields) = part else {
            panic!("{part} has fields");
        };
        let mut fields: Vec<&str> = fields.keys().map(String::as_str).collect();
        let mut known: Vec<&str> = told.iter().map(|(field, _)| *field).collect();
        fields.sort_unstable();
        known.sort_unstable();
        assert_eq!(fields, known, "each field has a row, or a reason why it has none");
        let rows = told.iter().flat_map(|(_, rows)| *rows);
        rows.for_each(|row| assert!(ROWS.contains(row), "{row}"));
    }

    #[test]
    fn every_field_of_a_node_is_told() {
        let system = System::new(scopes::find("tiny").expect("it is a scope"), &Sound);
        let state = system.initial();
        let node = serde_json::to_value(state.replicas()[0].node()).expect("a node is told in JSON");
        assert_told(&node, &OF_NODE);
        assert_told(&node["gate"], &OF_GATE);
        assert_told(&node["store"], &OF_STORE);
        assert_told(&node["store"]["state"], &OF_STATE);
    }
}
