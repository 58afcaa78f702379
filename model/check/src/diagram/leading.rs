//! What a leader keeps, a line an idea. Every field of it is told: what is added to it does not compile until it is told here, too.

use katakv_core::{
    Expiry, Index, Leadership, NodeId, PendingWrite, Progress, Reads, Transfer, Unapplied, WaitingRead,
};

/// All that `leadership` holds; `peers` in the order of its windows.
pub(super) fn told(peers: &[NodeId], leadership: &Leadership) -> Vec<String> {
    let Leadership {
        barrier,
        progress,
        pending,
        reads,
        transfer,
        unapplied,
        expiry,
    } = leadership;
    let mut told = vec![format!("its barrier is entry {barrier}")];
    let windows = peers.iter().zip(progress);
    told.extend(windows.map(|(peer, progress)| window(*peer, progress)));
    told.extend(pending.iter().map(waiting_write));
    reading(&mut told, peers, reads);
    told.extend(transfer.as_ref().map(handing_over));
    not_applied(&mut told, unapplied);
    time(&mut told, expiry);
    told
}

fn window(peer: NodeId, progress: &Progress) -> String {
    let Progress {
        matched,
        next,
        probing,
        spans,
        announced,
        unheard,
        incarnation,
        joins,
        was_sent_state,
    } = progress;
    let mode = if *probing { "probing" } else { "pipeline" };
    let mut told = format!("{peer}: has {matched}, next {next}, {mode}");
    if !spans.is_empty() {
        let spans: Vec<String> = spans.iter().map(|to| format!("to {to}")).collect();
        told.push_str(&format!(", in flight {}", spans.join(" ")));
    }
    if *announced > Index::ZERO {
        told.push_str(&format!(", knows commit {announced}"));
    }
    if *unheard > 0 {
        told.push_str(&format!(", silent for {}", heartbeats(*unheard)));
    }
    if *incarnation > 0 {
        told.push_str(&format!(", refill {incarnation} joins at {joins}"));
    }
    if *was_sent_state {
        told.push_str(", was sent a state");
    }
    told
}

fn waiting_write(write: &PendingWrite) -> String {
    let PendingWrite {
        request,
        index,
        level,
        outcome,
    } = write;
    let outcome = match outcome {
        Some(_) => "",
        None => ", and for its outcome",
    };
    format!("r{} at {index} waits for {level}{outcome}", request.0)
}

fn reading(told: &mut Vec<String>, peers: &[NodeId], reads: &Reads) {
    let Reads {
        round,
        echoed,
        waiting,
    } = reads;
    if *round == 0 {
        return;
    }
    let echoed = peers.iter().zip(echoed);
    let echoed: Vec<String> = echoed.map(|(peer, round)| format!("{peer} {round}")).collect();
    told.push(format!("round {round}, confirmed by {}", echoed.join(", ")));
    for read in waiting {
        let WaitingRead {
            request,
            key,
            index,
            round,
        } = read;
        told.push(format!(
            "r{} of {key} waits for round {round} and index {index}",
            request.0
        ));
    }
}

fn handing_over(transfer: &Transfer) -> String {
    let Transfer {
        to,
        heartbeats: passed,
        told,
    } = transfer;
    let told = if *told { ", told to campaign" } else { "" };
    match passed {
        0 => format!("hands over to {to}{told}"),
        _ => format!("hands over to {to}, for {}{told}", heartbeats(*passed)),
    }
}

fn not_applied(told: &mut Vec<String>, unapplied: &Unapplied) {
    let Unapplied {
        writes,
        registrations,
        forgotten,
    } = unapplied;
    for ((client, seq), at) in writes {
        told.push(format!("write {seq} of {client}, at {at}, is not applied yet"));
    }
    match registrations {
        0 => {}
        1 => told.push("a registration is not applied yet".into()),
        count => told.push(format!("{count} registrations are not applied yet")),
    }
    for client in forgotten {
        told.push(format!("{client} will be forgotten"));
    }
}

fn time(told: &mut Vec<String>, expiry: &Expiry) {
    let Expiry { latest_ms, under_way } = expiry;
    if *latest_ms > 0 {
        told.push(format!("has said that it is {latest_ms}"));
    }
    if *under_way {
        told.push("an expiry is not applied yet".into());
    }
}

fn heartbeats(count: u32) -> String {
    match count {
        1 => "a heartbeat".into(),
        _ => format!("{count} heartbeats"),
    }
}
