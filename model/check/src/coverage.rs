//! Coverage of the model by itself: what of the protocol, of its world and of its faults has occurred in a search, by name,
//! and what never has.
//!
//! The branches of the core name themselves ([`katakv_core::Branch`]): the rules that a search runs under are told of each.
//! A step of a replica is worked out once and remembered, and once is enough. All else is read off the transitions. What has kinds is
//! told apart by a match over all of them (`kinds.rs`), so a new kind does not compile until it is counted.
//!
//! What no scope can show has a reason in `excused.rs`, and the reasons are held against what was seen.

mod excused;
mod faults;
mod kinds;
mod report;

pub use report::{Unseen, is_whole, render, unseen};

use crate::witnesses::{self, Step};
use katakv_core::{Branch, Effect, Record, Rules};
use kinds::{ActionKind, EffectKind, MessageKind, RecordPart, ReplyKind};
use std::collections::BTreeSet;
use std::sync::atomic::{AtomicBool, Ordering};

/// What is counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Section {
    /// Ways that a step goes; inputs, messages that are heard and requests are the first of them.
    Branches,
    /// Messages that are sent.
    Messages,
    /// What a replica wants done.
    Effects,
    /// What a record holds.
    Records,
    /// Answers to clients.
    Replies,
    /// What happens in the world.
    Actions,
    /// What goes wrong in it.
    Faults,
    /// What has to be seen for a promise to mean something.
    Witnesses,
}

impl Section {
    /// Every section, in order.
    pub const ALL: [Section; 8] = [
        Section::Branches,
        Section::Messages,
        Section::Effects,
        Section::Records,
        Section::Replies,
        Section::Actions,
        Section::Faults,
        Section::Witnesses,
    ];

    /// Its name, and what is in it.
    pub fn name(self) -> &'static str {
        match self {
            Section::Branches => "branches of the core",
            Section::Messages => "messages sent",
            Section::Effects => "effects",
            Section::Records => "parts of records",
            Section::Replies => "replies",
            Section::Actions => "actions",
            Section::Faults => "faults",
            Section::Witnesses => "witnesses",
        }
    }

    /// The names of all that can occur in it.
    pub fn names(self) -> Vec<&'static str> {
        match self {
            Section::Branches => Branch::ALL.iter().map(|branch| branch.name()).collect(),
            Section::Messages => MessageKind::NAMES.to_vec(),
            Section::Effects => EffectKind::NAMES.to_vec(),
            Section::Records => RecordPart::NAMES.to_vec(),
            Section::Replies => ReplyKind::NAMES.to_vec(),
            Section::Actions => ActionKind::NAMES.to_vec(),
            Section::Faults => faults::ALL.iter().map(|fault| fault.name).collect(),
            Section::Witnesses => witnesses::all().map(|witness| witness.name).collect(),
        }
    }
}

/// What has occurred: sections and places in them.
pub type Seen = BTreeSet<(Section, usize)>;

/// The sound rules, with an ear for the branches, and marks for all that occurs. Shared by the threads of one search.
pub(crate) struct Coverage {
    marks: [Box<[AtomicBool]>; Section::ALL.len()],
}

impl Rules for Coverage {
    fn took(&self, branch: Branch) {
        self.note(Section::Branches, branch as usize);
    }
}

impl Default for Coverage {
    fn default() -> Coverage {
        let marks = |section: Section| section.names().iter().map(|_| AtomicBool::default()).collect();
        Coverage {
            marks: Section::ALL.map(marks),
        }
    }
}

impl Coverage {
    fn note(&self, section: Section, place: usize) {
        let mark = &self.marks[section as usize][place];
        // Mostly it is set already, and then nobody has to wait for it.
        if !mark.load(Ordering::Relaxed) {
            mark.store(true, Ordering::Relaxed);
        }
    }

    /// Notes what a transition shows.
    pub(crate) fn observe(&self, step: &Step<'_>) {
        self.note(Section::Actions, ActionKind::of(step.action) as usize);
        for effect in &step.outcome.effects {
            self.note(Section::Effects, EffectKind::of(effect) as usize);
            match effect {
                Effect::Send { message, .. } => {
                    self.note(Section::Messages, MessageKind::of(message) as usize);
                }
                Effect::Reply { reply, .. } => self.note(Section::Replies, ReplyKind::of(reply) as usize),
                Effect::Persist(record) => self.record(record),
                Effect::Arm(_) => {}
            }
        }
        for (place, fault) in faults::ALL.iter().enumerate() {
            if !self.marks[Section::Faults as usize][place].load(Ordering::Relaxed) && (fault.seen)(step) {
                self.note(Section::Faults, place);
            }
        }
    }

    fn record(&self, record: &Record) {
        // Without `..`: a new part has to be counted.
        let Record { hard, tail, base } = record;
        let parts = [
            hard.is_some().then_some(RecordPart::Hard),
            tail.is_some().then_some(RecordPart::Tail),
            base.as_ref().map(RecordPart::of),
        ];
        for part in parts.into_iter().flatten() {
            self.note(Section::Records, part as usize);
        }
    }

    /// All that has occurred, with the witnesses that the search has noted elsewhere.
    pub(crate) fn seen(&self, witnessed: u128) -> Seen {
        let marked = |section: Section| {
            let marks = self.marks[section as usize].iter().enumerate();
            marks.filter_map(move |(place, mark)| mark.load(Ordering::Relaxed).then_some((section, place)))
        };
        let count = witnesses::all().count();
        let witnesses = (0..count).filter(|place| witnessed >> place & 1 == 1);
        Section::ALL
            .into_iter()
            .flat_map(marked)
            .chain(witnesses.map(|place| (Section::Witnesses, place)))
            .collect()
    }
}
