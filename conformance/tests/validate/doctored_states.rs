//! Doctored records of lost disks, states and reads: each rejected at the event that was tampered with.

use crate::doctored::{Place, at, end_of_step, events, find, is_input, other, rejected};
use crate::taps::{PARTITION, Taps};
use katakv::tap::Event;
use katakv_conformance::generate::Suite;
use katakv_conformance::validate::Fault;
use katakv_core::{
    EntryId, Index, Input, Log, MemLog, MemStore, Message, Node, NodeId, Partition, RequestBody, Sound,
    Standing, Store, Versioned, recover, refill,
};
use katakv_model::scopes;
use std::sync::OnceLock;

/// The taps of a trace of `scope` in which there is such an event, or several. At its end all nodes restart.
fn taps_with(scope: &str, is_rich: impl Fn(&Taps) -> bool) -> Taps {
    let suite = Suite::of(scopes::find(scope).unwrap()).unwrap();
    let mut taps = suite.traces.iter().map(Taps::of_restarted);
    taps.find(|taps| is_rich(taps)).expect("there is such a run")
}

/// The same, of one in which a state is sent and comes in.
fn with_states() -> Taps {
    static TAPS: OnceLock<Taps> = OnceLock::new();
    let make = || taps_with("compaction", |taps| find(taps, state_comes_in).is_some());
    TAPS.get_or_init(make).clone()
}

fn is_refilled(event: &Event) -> bool {
    matches!(event, Event::Recovered { partition, replica }
        if *partition == PARTITION && replica.log().last() == EntryId::ZERO
            && matches!(replica.standing(), Standing::Learner { .. }))
}

fn refilled() -> (Taps, Place) {
    let taps = taps_with("refill-damage", |taps| find(taps, is_refilled).is_some());
    let place = find(&taps, is_refilled).unwrap();
    (taps, place)
}

fn empty(of: &Node<MemLog, MemStore>, incarnation: Option<u64>) -> Box<Node<MemLog, MemStore>> {
    let begun = incarnation.map(|incarnation| refill(&Sound, incarnation));
    let (log, store) = (MemLog::default(), MemStore::default());
    Box::new(recover(&Sound, *of.config(), begun, log, store, &mut Vec::new()).unwrap())
}

fn came_back(fault: &Fault) -> bool {
    matches!(fault, Fault::CameBack(_))
}

/// A lost disk is taken for a first day.
#[test]
fn a_disk_is_empty_and_nobody_says_so() {
    let (mut taps, place) = refilled();
    // All partitions alike, or that alone would give it away.
    for event in events(&mut taps, place) {
        if let Event::Recovered { replica, .. } = event {
            *replica = empty(replica, None);
        }
    }
    rejected(&taps, place, came_back);
}

#[test]
fn a_disk_is_empty_in_one_partition_alone() {
    let (mut taps, place) = refilled();
    let mut replicas = events(&mut taps, place)
        .iter_mut()
        .filter_map(|event| match event {
            Event::Recovered { partition, replica } => Some((*partition, replica)),
            _ => None,
        });
    let (_, replica) = replicas
        .find(|(partition, _)| *partition == Partition(7))
        .unwrap();
    *replica = empty(replica, None);
    let (node, start, _) = place;
    let at = (node, start, 1 + 7);
    rejected(&taps, at, came_back);
}

#[test]
fn a_disk_is_said_to_be_empty_that_holds_something() {
    let mut taps = taps_with("tiny", |taps| find(taps, has_a_log).is_some());
    let place = find(&taps, has_a_log).unwrap();
    let mut incarnated = Vec::new();
    for event in events(&mut taps, place) {
        if let Event::Recovered { replica, .. } = event {
            *replica = empty(replica, Some(9));
            incarnated.push(replica.standing());
        }
    }
    // All say that they are refilled, and one has been a member meanwhile.
    if let Event::Recovered { replica, .. } = at(&mut taps, place) {
        let mut json = serde_json::to_value(&**replica).unwrap();
        json["hard"]["epoch"] = 1.into();
        *replica = serde_json::from_value(json).unwrap();
    }
    assert!(incarnated.iter().all(|standing| !standing.is_member()));
    rejected(&taps, place, came_back);
}

fn has_a_log(event: &Event) -> bool {
    matches!(event, Event::Recovered { replica, .. } if replica.log().last().index > Index::ZERO)
}

fn state_comes_in(event: &Event) -> bool {
    is_input(event, |input| {
        matches!(
            input,
            Input::Receive {
                message: Message::Snapshot { .. },
                ..
            }
        )
    })
}

#[test]
fn a_state_comes_from_who_has_not_sent_it() {
    let mut taps = with_states();
    let place = find(&taps, state_comes_in).unwrap();
    if let Event::Input {
        input: Input::Receive { from, .. },
        ..
    } = at(&mut taps, place)
    {
        *from = NodeId(3 - place.0.0 - from.0);
    }
    rejected(&taps, place, |fault| matches!(fault, Fault::NeverSent));
}

#[test]
fn another_state_is_sent() {
    let mut taps = with_states();
    let place = find(&taps, |event| matches!(event, Event::StateSent { .. })).unwrap();
    if let Event::StateSent { state, .. } = at(&mut taps, place) {
        *state = other(*state);
    }
    rejected(&taps, place, |fault| matches!(fault, Fault::NotDue { .. }));
}

#[test]
fn a_state_is_not_sent() {
    let mut taps = with_states();
    let place = find(&taps, |event| matches!(event, Event::StateSent { .. })).unwrap();
    events(&mut taps, place).remove(place.2);
    let end = end_of_step(&mut taps, place);
    rejected(&taps, end, |fault| matches!(fault, Fault::Undone(_)));
}

/// The store is said to have given a state that no input asks for.
#[test]
fn a_state_is_taken_that_is_not_sent() {
    let mut taps = with_states();
    let (node, start, place) = find(&taps, |event| matches!(event, Event::Imaged { .. })).unwrap();
    let moved = at(&mut taps, (node, start, place)).clone();
    // After the input before, which sends none.
    let inputs = taps.0[usize::from(node.0)][start][..place - 1].iter();
    let before = inputs
        .into_iter()
        .rposition(|event| matches!(event, Event::Input { .. }))
        .unwrap();
    events(&mut taps, (node, start, 0)).insert(before + 1, moved);
    rejected(&taps, (node, start, before), |fault| {
        matches!(fault, Fault::OutOfPlace(_))
    });
}

fn has_a_store(event: &Event) -> bool {
    matches!(event, Event::Recovered { replica, .. }
        if replica.log().compacted() > EntryId::ZERO && !replica.store().data().is_empty())
}

#[test]
fn a_store_comes_back_with_something_else() {
    let mut taps = with_states();
    let place = find(&taps, has_a_store).unwrap();
    if let Event::Recovered { replica, .. } = at(&mut taps, place) {
        let store = replica.store();
        let mut state = store.contents().clone();
        for found in state.data.values_mut() {
            *found = Versioned {
                value: "forged".into(),
                ..found.clone()
            };
        }
        let store = MemStore::new(store.applied(), state, store.in_quarantine().to_vec());
        **replica = replica.to_mem(store, Clone::clone);
    }
    rejected(&taps, place, came_back);
}

fn reads(event: &Event) -> bool {
    is_input(event, |input| {
        matches!(input, Input::Requests(requests)
            if requests.iter().any(|asked| matches!(asked.body, RequestBody::LinearizableRead { .. })))
    })
}

/// A read is answered as soon as it comes, though nobody has confirmed the leader.
#[test]
fn a_linearizable_read_is_answered_without_a_round() {
    let answered = |taps: &Taps| {
        let (node, start, place) = find(taps, reads)?;
        let Event::Input {
            input: Input::Requests(requests),
            ..
        } = &taps.0[usize::from(node.0)][start][place]
        else {
            return None;
        };
        let id = requests[0].id;
        let rest = taps.0[usize::from(node.0)][start][place..].iter();
        let answer = rest
            .into_iter()
            .position(|event| matches!(event, Event::Replied { request, .. } if *request == id))?;
        let waits = taps.0[usize::from(node.0)][start][place..place + answer].contains(&Event::Performed);
        waits.then_some(((node, start, place + 1), (node, start, place + answer)))
    };
    let mut taps = taps_with("reads", |taps| answered(taps).is_some());
    let (early, late) = answered(&taps).unwrap();
    let answer = events(&mut taps, late).remove(late.2);
    events(&mut taps, early).insert(early.2, answer);
    rejected(&taps, early, |fault| matches!(fault, Fault::NotDue { .. }));
}
