//! Doctored records: each kind of tampering is rejected at the very event that was tampered with.

use crate::taps::Taps;
use katakv::tap::{Event, Sum, TapError};
use katakv_conformance::generate::Suite;
use katakv_conformance::validate::{Fault, ValidateError, validate};
use katakv_core::{
    Epoch, HardState, Input, Log, MemLog, MemStore, Message, Node, NodeId, Record, Recovery, RequestBody,
    Sound, Timer,
};
use katakv_model::{Action, Trace, scopes};
use std::fs;
use std::sync::OnceLock;

/// Where an event is: of which node, in which of its starts, at which place.
pub type Place = (NodeId, usize, usize);

/// A run in which a leader is elected, a client's write is acknowledged, and a replica that has voted crashes.
fn taps() -> Taps {
    static TAPS: OnceLock<Taps> = OnceLock::new();
    let make = || {
        let suite = Suite::of(scopes::find("tiny").unwrap()).unwrap();
        let is_rich = |trace: &&Trace| {
            let crash = trace
                .steps
                .iter()
                .position(|step| matches!(step, Action::Crash { .. }));
            crash.is_some_and(|crash| crash > 10 && trace.steps.len() > crash + 3)
                && find(&Taps::of(trace), |event| matches!(event, Event::Replied { .. })).is_some()
                && find(&Taps::of(trace), is_a_voter_that_comes_back).is_some()
        };
        Taps::of(suite.traces.iter().find(is_rich).expect("there is such a run"))
    };
    TAPS.get_or_init(make).clone()
}

fn is_a_voter_that_comes_back(event: &Event) -> bool {
    matches!(event, Event::Recovered { replica, .. }
        if replica.hard().vote.is_some() && replica.log().last().index.0 > 0)
}

pub fn find(taps: &Taps, is_it: impl Fn(&Event) -> bool) -> Option<Place> {
    (0..3).map(NodeId).find_map(|node| {
        let starts = taps.0[usize::from(node.0)].iter().enumerate();
        starts
            .filter_map(|(start, events)| Some((node, start, events.iter().position(&is_it)?)))
            .next()
    })
}

pub fn at(taps: &mut Taps, (node, start, place): Place) -> &mut Event {
    &mut taps.0[usize::from(node.0)][start][place]
}

pub fn events(taps: &mut Taps, (node, start, _): Place) -> &mut Vec<Event> {
    &mut taps.0[usize::from(node.0)][start]
}

/// The end of the step at `place`: there it shows that something was left out.
pub fn end_of_step(taps: &mut Taps, place: Place) -> Place {
    let (node, start, from) = place;
    let rest = &events(taps, place)[from..];
    let end = rest.iter().position(|event| *event == Event::Performed).unwrap();
    (node, start, from + end)
}

/// Validates the doctored taps, which must be rejected at `place` for a fault that `is_it`.
pub fn rejected(taps: &Taps, place: Place, is_it: impl Fn(&Fault) -> bool) {
    let home = tempfile::tempdir().unwrap();
    taps.save(home.path());
    let rejection = match validate(home.path()) {
        Err(ValidateError::Rejected(rejection)) => rejection,
        Err(other) => panic!("{other}"),
        Ok(_) => panic!("accepted"),
    };
    let (node, start, event) = place;
    let file = home.path().join(format!("{node}-{:08}.tap", start + 1));
    assert_eq!(
        (rejection.node, rejection.file.clone()),
        (node, file),
        "{rejection}"
    );
    assert_eq!(rejection.event, event, "{rejection}");
    assert!(is_it(&rejection.fault), "{rejection}");
}

pub fn is_input(event: &Event, is_it: impl Fn(&Input) -> bool) -> bool {
    matches!(event, Event::Input { input, .. } if is_it(input))
}

pub fn other(sum: Sum) -> Sum {
    Sum {
        crc: sum.crc ^ 1,
        ..sum
    }
}

#[test]
fn nothing_is_rejected_as_long_as_nothing_is_doctored() {
    let home = tempfile::tempdir().unwrap();
    taps().save(home.path());
    let report = validate(home.path()).unwrap();
    assert_eq!((report.gaps, report.unaccounted), (0, 0));
    assert!(report.looked_at[0] > 0, "{report}");
}

#[test]
fn a_received_message_is_altered() {
    let mut taps = taps();
    let is_vote = |event: &Event| {
        is_input(event, |input| {
            matches!(
                input,
                Input::Receive {
                    message: Message::Vote { .. },
                    ..
                }
            )
        })
    };
    let place = find(&taps, is_vote).unwrap();
    if let Event::Input {
        input: Input::Receive { message, .. },
        ..
    } = at(&mut taps, place)
    {
        *message = Message::Vote { epoch: Epoch(7) };
    }
    rejected(&taps, place, |fault| matches!(fault, Fault::NeverSent));
}

#[test]
fn a_message_is_said_to_come_from_another_peer() {
    let mut taps = taps();
    let is_message = |event: &Event| {
        is_input(event, |input| {
            matches!(
                input,
                Input::Receive {
                    message: Message::Append { .. },
                    ..
                }
            )
        })
    };
    let place = find(&taps, is_message).unwrap();
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
fn a_message_is_received_before_it_is_sent() {
    let mut taps = taps();
    let is_acknowledgement = |event: &Event| {
        is_input(event, |input| {
            matches!(
                input,
                Input::Receive {
                    message: Message::Appended { .. },
                    ..
                }
            )
        })
    };
    let place = find(&taps, is_acknowledgement).unwrap();
    let moved = at(&mut taps, place).clone();
    let early = (place.0, place.1, end_of_start(&mut taps, place) + 1);
    events(&mut taps, early).insert(early.2, moved);
    rejected(&taps, early, |fault| matches!(fault, Fault::SentLater));
}

fn end_of_start(taps: &mut Taps, place: Place) -> usize {
    end_of_step(taps, (place.0, place.1, 0)).2
}

#[test]
fn another_message_is_sent() {
    let mut taps = taps();
    let place = find(&taps, |event| matches!(event, Event::Sent { .. })).unwrap();
    if let Event::Sent { message, .. } = at(&mut taps, place) {
        *message = other(*message);
    }
    rejected(&taps, place, |fault| matches!(fault, Fault::NotDue { .. }));
}

#[test]
fn a_message_is_not_sent() {
    let mut taps = taps();
    let place = find(&taps, |event| matches!(event, Event::Sent { .. })).unwrap();
    events(&mut taps, place).remove(place.2);
    // What is left out shows with the next message to the same peer, or at the end of the step.
    let end = end_of_step(&mut taps, place);
    rejected(&taps, end, |fault| matches!(fault, Fault::Undone(_)));
}

#[test]
fn another_answer_is_given() {
    let mut taps = taps();
    let place = find(&taps, |event| matches!(event, Event::Replied { .. })).unwrap();
    if let Event::Replied { reply, .. } = at(&mut taps, place) {
        *reply = other(*reply);
    }
    rejected(&taps, place, |fault| matches!(fault, Fault::NotDue { .. }));
}

#[test]
fn an_answer_is_given_twice() {
    let mut taps = taps();
    let place = find(&taps, |event| matches!(event, Event::Replied { .. })).unwrap();
    let again = at(&mut taps, place).clone();
    events(&mut taps, place).insert(place.2, again);
    let second = (place.0, place.1, place.2 + 1);
    rejected(&taps, second, |fault| matches!(fault, Fault::NotDue { .. }));
}

#[test]
fn a_read_that_could_be_answered_is_kept() {
    let mut taps = taps();
    let place = find(&taps, |event| matches!(event, Event::Replied { .. })).unwrap();
    if let Event::Replied { request, .. } = *at(&mut taps, place) {
        *at(&mut taps, place) = Event::Parked { request };
    }
    rejected(&taps, place, |fault| matches!(fault, Fault::NotDue { .. }));
}

#[test]
fn another_record_is_appended() {
    let mut taps = taps();
    let place = find(&taps, |event| matches!(event, Event::Appended { .. })).unwrap();
    if let Event::Appended { record, .. } = at(&mut taps, place) {
        *record = other(*record);
    }
    rejected(&taps, place, |fault| matches!(fault, Fault::NotDue { .. }));
}

#[test]
fn a_record_is_not_appended() {
    let mut taps = taps();
    let place = find(&taps, |event| matches!(event, Event::Appended { .. })).unwrap();
    events(&mut taps, place).remove(place.2);
    let end = end_of_step(&mut taps, place);
    rejected(&taps, end, |fault| matches!(fault, Fault::Undone(_)));
}

#[test]
fn more_is_reported_durable_than_was_appended() {
    let mut taps = taps();
    let is_synced = |event: &Event| is_input(event, |input| matches!(input, Input::Synced(1)));
    let place = find(&taps, is_synced).unwrap();
    if let Event::Input { input, .. } = at(&mut taps, place) {
        *input = Input::Synced(9);
    }
    rejected(&taps, place, |fault| matches!(fault, Fault::NotInFlight { .. }));
}

#[test]
fn another_timer_fires_than_was_armed() {
    let mut taps = taps();
    let fires = |event: &Event| is_input(event, |input| matches!(input, Input::Timeout(Timer::Election)));
    let place = find(&taps, fires).unwrap();
    if let Event::Input { input, .. } = at(&mut taps, place) {
        *input = Input::Timeout(Timer::Heartbeat);
    }
    rejected(&taps, place, |fault| matches!(fault, Fault::NotArmed { .. }));
}

#[test]
fn a_timer_is_not_armed() {
    let mut taps = taps();
    let (node, start, after) = find(&taps, |event| matches!(event, Event::Input { .. })).unwrap();
    let rest = &taps.0[usize::from(node.0)][start][after..];
    let armed = rest
        .iter()
        .position(|event| matches!(event, Event::Armed { .. }))
        .unwrap();
    let place = (node, start, after + armed);
    events(&mut taps, place).remove(place.2);
    let end = end_of_step(&mut taps, place);
    rejected(&taps, end, |fault| matches!(fault, Fault::Undone(_)));
}

#[test]
fn a_client_is_said_to_have_written_something_else() {
    let mut taps = taps();
    let writes = |event: &Event| is_input(event, |input| matches!(input, Input::Requests(_)));
    let place = find(&taps, writes).unwrap();
    if let Event::Input {
        input: Input::Requests(requests),
        ..
    } = at(&mut taps, place)
        && let RequestBody::Write { op, .. } = &mut requests[0].body
    {
        *op = katakv_core::Op::Delete {
            key: op.key().clone(),
        };
    }
    let rest = &taps.0[usize::from(place.0.0)][place.1][place.2..];
    let appended = rest
        .iter()
        .position(|event| matches!(event, Event::Appended { .. }))
        .unwrap();
    let appended = (place.0, place.1, place.2 + appended);
    rejected(&taps, appended, |fault| matches!(fault, Fault::NotDue { .. }));
}

#[test]
fn a_message_that_is_in_order_is_said_to_be_refused() {
    let mut taps = taps();
    let received = |event: &Event| is_input(event, |input| matches!(input, Input::Receive { .. }));
    let (node, start, place) = find(&taps, received).unwrap();
    let place = (node, start, place + 1);
    events(&mut taps, place).insert(place.2, Event::Refused);
    rejected(&taps, place, |fault| matches!(fault, Fault::Refused));
}

/// A replica as it was found, but for its epoch and vote, or its log.
fn back_with(found: &Node<MemLog, MemStore>, hard: HardState, log: MemLog) -> Box<Node<MemLog, MemStore>> {
    let mut recovery = Recovery::new(log, false);
    recovery
        .push(Record {
            hard: Some(hard),
            ..Record::default()
        })
        .unwrap();
    let store = MemStore::default();
    Box::new(
        recovery
            .finish(&Sound, *found.config(), store, &mut Vec::new())
            .unwrap(),
    )
}

fn doctored_return(hard: impl Fn(HardState) -> HardState, log: impl Fn(MemLog) -> MemLog) {
    let mut taps = taps();
    let place = find(&taps, is_a_voter_that_comes_back).unwrap();
    if let Event::Recovered { replica, .. } = at(&mut taps, place) {
        *replica = back_with(replica, hard(replica.hard()), log(replica.log().clone()));
    }
    rejected(&taps, place, |fault| matches!(fault, Fault::CameBack(_)));
}

#[test]
fn a_vote_is_forgotten_by_a_restart() {
    doctored_return(|hard| HardState { vote: None, ..hard }, |log| log);
}

#[test]
fn an_epoch_is_forgotten_by_a_restart() {
    let back = |hard: HardState| HardState {
        epoch: Epoch(hard.epoch.0 + 1),
        ..hard
    };
    doctored_return(back, |log| log);
}

#[test]
fn a_durable_entry_is_lost_by_a_restart() {
    doctored_return(|hard| hard, |_| MemLog::default());
}

#[test]
fn a_start_is_missing() {
    let home = tempfile::tempdir().unwrap();
    let taps = taps();
    taps.save(home.path());
    let (node, ..) = find(&taps, is_a_voter_that_comes_back).unwrap();
    fs::remove_file(home.path().join(format!("{node}-00000001.tap"))).unwrap();
    let verdict = validate(home.path());
    assert!(
        matches!(verdict, Err(ValidateError::Tap(TapError::Missing { .. }))),
        "{verdict:?}"
    );
}

#[test]
fn a_byte_is_changed_in_the_file() {
    let home = tempfile::tempdir().unwrap();
    taps().save(home.path());
    let file = home.path().join("n1-00000001.tap");
    let mut bytes = fs::read(&file).unwrap();
    let middle = bytes.len() / 2;
    bytes[middle] ^= 1;
    fs::write(&file, bytes).unwrap();
    let verdict = validate(home.path());
    assert!(
        matches!(&verdict, Err(ValidateError::Rejected(rejection))
            if matches!(rejection.fault, Fault::Tap(TapError::Damaged { .. }))),
        "{verdict:?}"
    );
}
