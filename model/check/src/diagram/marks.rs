//! What one step changed, in the words of the protocol: appended, synced, committed, applied.

use crate::action::{Action, Loss, StoreFate};
use crate::disk::Disk;
use crate::replica::Replica;
use crate::state::State;
use katakv_core::{Base, Effect, Entry, HardState, Log, MemLog, Record, Role};

/// Something that a step changed, at the replica that took it.
pub(super) struct Mark {
    pub(super) kind: Kind,
    /// In a few letters.
    pub(super) label: String,
    /// In full.
    pub(super) words: String,
}

/// Where a mark stands, and what it looks like.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// In memory: the log, the epoch, what is committed and applied.
    Memory,
    /// A new role.
    Role,
    /// A crash, a refusal.
    Fault,
    /// A record is handed to the disk.
    Appended,
    /// A record is durable.
    Synced,
    /// A record is gone.
    Lost,
}

impl Kind {
    /// Whether it stands with the disk.
    pub(super) fn is_of_disk(self) -> bool {
        match self {
            Kind::Memory | Kind::Role | Kind::Fault => false,
            Kind::Appended | Kind::Synced | Kind::Lost => true,
        }
    }
}

fn mark(kind: Kind, label: impl Into<String>, words: impl Into<String>) -> Mark {
    let (label, words) = (label.into(), words.into());
    Mark { kind, label, words }
}

/// What `action` has changed at its replica.
pub(super) fn of(before: &State, action: &Action, effects: &[Effect], after: &State) -> Vec<Mark> {
    let node = usize::from(action.node().0);
    let (Some(before), Some(after)) = (before.replicas().get(node), after.replicas().get(node)) else {
        // The client's doings are arrows; the router's are told by the words alone.
        return Vec::new();
    };
    let mut marks = Vec::new();
    faults(&mut marks, action, before, after);
    standing(&mut marks, before, after);
    log(&mut marks, before.node().log(), after.node().log());
    watermarks(&mut marks, before, after);
    disk(&mut marks, action, before.disk(), effects, after.disk());
    marks
}

fn faults(marks: &mut Vec<Mark>, action: &Action, before: &Replica, after: &Replica) {
    match action {
        Action::Crash { store, .. } => {
            marks.push(mark(Kind::Fault, "crash", "crashes and restarts from its disk"));
            match store {
                StoreFate::Kept => {}
                StoreFate::Lost => marks.push(mark(
                    Kind::Fault,
                    "store lost",
                    "its store is as old as its disk has it",
                )),
            }
        }
        Action::Lose { loss, .. } => {
            let (short, words) = match loss {
                Loss::Disk => ("loses its disk", "loses its disk, and begins anew"),
                Loss::Record => ("finds damage", "finds a synced record damaged, and begins anew"),
            };
            marks.push(mark(Kind::Fault, short, words));
        }
        Action::Deliver { .. }
        | Action::Timeout { .. }
        | Action::Sync { .. }
        | Action::Write { .. }
        | Action::Read { .. }
        | Action::Transact { .. }
        | Action::Once { .. }
        | Action::Register { .. }
        | Action::Ask { .. }
        | Action::Transfer { .. }
        | Action::Compact { .. }
        | Action::Tick { .. }
        | Action::Expire { .. }
        | Action::Idle { .. }
        | Action::Hear { .. }
        | Action::Forget => {}
    }
    if after.refused() && !before.refused() {
        let words = "refuses what it was given, or fails an assertion of its own";
        marks.push(mark(Kind::Fault, "refuses", words));
    }
}

fn standing(marks: &mut Vec<Mark>, before: &Replica, after: &Replica) {
    let (old, new) = (before.node(), after.node());
    if old.epoch() != new.epoch() {
        let epoch = new.epoch().0;
        marks.push(mark(
            Kind::Memory,
            format!("epoch {epoch}"),
            format!("is in epoch {epoch}"),
        ));
    }
    if old.hard() != new.hard()
        && let Some(vote) = new.hard().vote
    {
        let who = if vote == new.id() {
            "itself".into()
        } else {
            vote.to_string()
        };
        marks.push(mark(
            Kind::Memory,
            format!("vote {vote}"),
            format!("has voted for {who}"),
        ));
    }
    let changed = std::mem::discriminant(old.role()) != std::mem::discriminant(new.role());
    if changed || (old.epoch() != new.epoch() && matches!(new.role(), Role::Leader(_))) {
        let (label, words) = match new.role() {
            Role::Follower { leader: Some(leader) } => {
                (format!("follows {leader}"), format!("follows {leader}"))
            }
            Role::Follower { leader: None } => {
                ("follower".into(), "is a follower that knows no leader".into())
            }
            Role::PreCandidate { .. } => ("asks first".into(), "asks whether it would be elected".into()),
            Role::Candidate { .. } => ("candidate".into(), "is a candidate".into()),
            Role::Leader(_) => ("leads".into(), format!("leads epoch {}", new.epoch().0)),
        };
        marks.push(mark(Kind::Role, label, words));
    }
    if let (Role::Follower { leader: None }, Role::Follower { leader: Some(leader) }) =
        (old.role(), new.role())
    {
        marks.push(mark(
            Kind::Role,
            format!("follows {leader}"),
            format!("follows {leader}"),
        ));
    }
    if new.serving() && !old.serving() {
        marks.push(mark(Kind::Role, "serves", "serves: its barrier is committed"));
    }
}

fn log(marks: &mut Vec<Mark>, old: &MemLog, new: &MemLog) {
    let missing = |entries: &[Entry], from: &MemLog| -> Vec<Entry> {
        let is_missing = |entry: &&Entry| from.epoch_at(entry.id.index) != Some(entry.id.epoch);
        entries.iter().filter(is_missing).cloned().collect()
    };
    for entry in missing(old.all(), new) {
        marks.push(mark(
            Kind::Memory,
            format!("-{}", entry.id),
            format!("no longer has {}", entry.id),
        ));
    }
    for entry in missing(new.all(), old) {
        let entry = std::slice::from_ref(&entry);
        let label = format!("+{}", entry[0].id);
        marks.push(mark(
            Kind::Memory,
            label,
            format!("appends {}", crate::words::Run(entry)),
        ));
    }
    let compacted = new.compacted();
    if compacted != old.compacted() {
        let words = format!("its log begins after {compacted}");
        marks.push(mark(Kind::Memory, format!("from {compacted}"), words));
    }
}

fn watermarks(marks: &mut Vec<Mark>, before: &Replica, after: &Replica) {
    let (old, new) = (before.node(), after.node());
    if old.commit() != new.commit() {
        let commit = new.commit();
        let words = format!("knows the log to be committed to {commit}");
        marks.push(mark(Kind::Memory, format!("commit {commit}"), words));
    }
    if old.applied() != new.applied() {
        let applied = new.applied();
        let words = format!("has applied everything to {applied}");
        marks.push(mark(Kind::Memory, format!("applied {}", applied.index), words));
    }
    if old.staged().is_none()
        && let Some(staged) = new.staged()
    {
        let words = format!(
            "waits for its disk to take the leader's state after {}",
            staged.last()
        );
        marks.push(mark(Kind::Memory, "state staged", words));
    }
}

fn disk(marks: &mut Vec<Mark>, action: &Action, old: &Disk, effects: &[Effect], new: &Disk) {
    let told = |kind, record: &Record, what: &str| {
        mark(
            kind,
            short(record),
            format!("{what} {}", crate::words::Written(record)),
        )
    };
    match action {
        Action::Sync { .. } => {
            marks.extend(
                old.unsynced()
                    .front()
                    .map(|record| told(Kind::Synced, record, "synced:")),
            );
        }
        Action::Crash { keep, .. } => {
            for (place, record) in old.unsynced().iter().enumerate() {
                marks.push(if place < usize::from(*keep) {
                    told(Kind::Synced, record, "kept by the crash:")
                } else {
                    told(Kind::Lost, record, "lost in the crash:")
                });
            }
        }
        Action::Lose { .. }
        | Action::Deliver { .. }
        | Action::Timeout { .. }
        | Action::Write { .. }
        | Action::Read { .. }
        | Action::Transact { .. }
        | Action::Once { .. }
        | Action::Register { .. }
        | Action::Ask { .. }
        | Action::Transfer { .. }
        | Action::Compact { .. }
        | Action::Tick { .. }
        | Action::Expire { .. }
        | Action::Idle { .. }
        | Action::Hear { .. }
        | Action::Forget => {}
    }
    for effect in effects {
        match effect {
            Effect::Persist(record) if new.unsynced().contains(record) => {
                marks.push(told(Kind::Appended, record, "appended, not synced:"));
            }
            Effect::Persist(record) => marks.push(told(Kind::Synced, record, "appended and synced:")),
            Effect::Send { .. } | Effect::Reply { .. } | Effect::Arm(_) => {}
        }
    }
}

/// A record in a few letters.
fn short(record: &Record) -> String {
    let Record { hard, tail, base } = record;
    let mut parts = Vec::new();
    if let Some(HardState { epoch, vote, .. }) = hard {
        parts.push(match vote {
            Some(vote) => format!("vote {vote} in {epoch}"),
            None => epoch.to_string(),
        });
    }
    if let Some(tail) = tail {
        parts.push(match &tail.entries[..] {
            [] => format!("to {}", tail.after),
            [one] => one.id.to_string(),
            [first, .., last] => format!("{}-{}", first.id, last.id.index),
        });
    }
    match base {
        Some(Base::Compacted(lineage)) => parts.push(format!("from {}", lineage.last())),
        Some(Base::Installed(snapshot)) => parts.push(format!("state {}", snapshot.last())),
        None => {}
    }
    parts.join(", ")
}
