//! The matrix of mutants and properties: who notices what, nearest and farther away.
//!
//! A property that no mutant needs is decoration. So each has to be the only one that notices some mutant, within the
//! states that a hunt looks at, or a reason beside it says why another always speaks up as well.

use crate::hunt::Hunted;
use crate::mutants::{self, Killer};
use crate::properties;
use crate::recovery;
use crate::table::{Table, grouped};
use serde::Serialize;
use std::fmt::Write;

/// The properties that are never the only ones to notice a mutant, and why they are kept.
const SHARED: &[(&str, &str)] = &[
    (
        "election safety",
        "of two leaders of an epoch, the second is also refused by whoever knows the first; this one says it before anything \
         is sent",
    ),
    (
        "leader completeness",
        "what was committed and is missing from a leader is told as lost by one replica and as kept by another, so fate is \
         wrong, too; this one needs nobody who asks",
    ),
    (
        "log matching",
        "logs that differ before a common entry come to differ where they are committed, too; tokens rest on this one directly",
    ),
    (
        "applied agreement",
        "what is applied was committed, so leader completeness sees it as well once there is a leader; this one needs none",
    ),
    (
        "no silent loss",
        "who does not ask for the lineage answers with another write's value, which breaks read your writes, too",
    ),
    (
        "read your writes",
        "where a mistake about tokens shows, a client actor is answered wrongly, too; this one is evaluated where none is",
    ),
    (
        "a deposed leader acknowledges nothing lost",
        "what a successor has committed is on two disks, so the write that it lacks is not: its copies are missed as well; this one \
         looks at no disk, and says who was deposed",
    ),
    (
        "client answers",
        "the same promises as those about tokens, seen from outside: it holds the others against what is really answered",
    ),
    (
        "compaction keeps the lineage",
        "where lineage is wrong, logs disagree as well; this one compares it with the entries that were dropped, so it needs \
         no second log",
    ),
    (
        "a refilled replica never votes early",
        "a vote too early elects in the end who must not be, and leader completeness sees that; this one sees the vote",
    ),
    (
        "a damaged replica never wins",
        "who campaigns without what he had comes to lead without it, and leader completeness sees that; this one sees the \
         campaign",
    ),
    (
        "no false already done",
        "a write that is said to be done and is not breaks what its level promises, too; this one says so in the step that \
         tells it, of conflicts as well",
    ),
];

/// What became of the mutants, by property.
#[derive(Serialize)]
pub struct Matrix {
    /// One a mutant, in their order.
    pub rows: Vec<Row>,
    /// One a property, in their order.
    pub columns: Vec<Column>,
}

/// What became of a mutant.
#[derive(Serialize)]
pub struct Row {
    /// The mutant.
    pub mutant: &'static str,
    /// Where it was hunted.
    pub scope: &'static str,
    /// How many steps the shortest counterexample has.
    pub length: Option<usize>,
    /// Unique states looked at.
    pub unique: usize,
    /// How long it took.
    pub seconds: f64,
    /// The properties that the end of the shortest counterexample violates, or the missing witnesses.
    pub killed_by: Vec<&'static str>,
    /// The properties that are violated farther away.
    pub also: Vec<&'static str>,
    /// Whether it was killed, by what was expected.
    pub as_expected: bool,
}

/// What a property is needed for.
#[derive(Serialize)]
pub struct Column {
    /// The property.
    pub property: &'static str,
    /// The mutants that nothing else notices.
    pub alone: Vec<&'static str>,
    /// Why there is none.
    pub shared: Option<&'static str>,
}

impl Column {
    /// Whether it is needed, or there is a reason why it is kept all the same; not both.
    fn is_accounted_for(&self) -> bool {
        self.alone.is_empty() == self.shared.is_some()
    }
}

impl Matrix {
    /// The matrix of some hunts.
    pub fn of(hunts: &[Hunted]) -> Matrix {
        let row = |hunted: &Hunted| Row {
            mutant: hunted.mutant.name,
            scope: hunted.mutant.scope,
            length: hunted.trace.as_ref().map(|trace| trace.steps.len()),
            unique: hunted.unique,
            seconds: hunted.seconds,
            killed_by: hunted.killed_by.clone(),
            also: hunted.also.clone(),
            as_expected: hunted.as_expected(),
        };
        let column = |property: &properties::Property| {
            let alone = hunts
                .iter()
                .filter(|hunted| hunted.noticed_by_one() == Some(property.name));
            let shared = SHARED.iter().find(|(name, _)| *name == property.name);
            Column {
                property: property.name,
                alone: alone.map(|hunted| hunted.mutant.name).collect(),
                shared: shared.map(|(_, reason)| *reason),
            }
        };
        Matrix {
            rows: hunts.iter().map(row).collect(),
            columns: properties::ALL.iter().map(column).collect(),
        }
    }

    /// Whether every mutant was killed as expected and, if all were hunted, every property is needed or has a reason.
    pub fn holds(&self) -> bool {
        let is_whole = self.rows.len() == mutants::ALL.len();
        self.rows.iter().all(|row| row.as_expected)
            && (!is_whole || self.columns.iter().all(Column::is_accounted_for))
    }

    /// How many mutants were killed as expected.
    pub fn killed(&self) -> usize {
        self.rows.iter().filter(|row| row.as_expected).count()
    }

    /// The matrix as text: a letter a property, and what the letters mean.
    pub fn render(&self) -> String {
        let letters: String = (0..self.columns.len()).map(letter).collect();
        let mut table = Table::new(&["mutant", "scope", "length", "unique", "seconds", &letters]);
        for row in &self.rows {
            table.row([
                row.mutant.to_owned(),
                row.scope.to_owned(),
                row.length.map_or("-".into(), |length| length.to_string()),
                grouped(row.unique),
                format!("{:.2}", row.seconds),
                self.marks(row),
            ]);
        }
        let mut text = table.render();
        text.push_str(
            "K: does not hold at the end of the shortest counterexample. o: is violated farther away in the scope, as far \
             as was looked.\n\n",
        );
        for (place, column) in self.columns.iter().enumerate() {
            let _ = write!(text, "{} {}: ", letter(place), column.property);
            let _ = match (&column.alone[..], column.shared) {
                ([], None) if self.rows.len() == mutants::ALL.len() => {
                    writeln!(text, "NOT NEEDED by any mutant, and no reason why it is kept")
                }
                ([], None) => writeln!(text, "-"),
                ([], Some(reason)) => writeln!(text, "never alone: {reason}"),
                (alone, None) => writeln!(text, "alone notices {}", alone.join(", ")),
                (alone, Some(_)) => writeln!(
                    text,
                    "alone notices {}; the reason why it never would is OUT OF DATE",
                    alone.join(", ")
                ),
            };
        }
        let stuck = self.rows.iter().filter(|row| row.killed_by == [recovery::NAME]);
        let alone: Vec<&str> = stuck
            .filter(|row| row.also.is_empty())
            .map(|row| row.mutant)
            .collect();
        if !alone.is_empty() {
            let _ = writeln!(text, "{}: alone notices {}", recovery::NAME, alone.join(", "));
        }
        text
    }

    fn marks(&self, row: &Row) -> String {
        let mark = |column: &Column| match column.property {
            name if row.killed_by.contains(&name) => 'K',
            name if row.also.contains(&name) => 'o',
            _ => '.',
        };
        let mut marks: String = self.columns.iter().map(mark).collect();
        let killer = mutants::find(row.mutant).map(|mutant| mutant.killed_by);
        match killer {
            _ if row.killed_by.is_empty() => marks.push_str("  SURVIVED"),
            Some(killer) if !row.as_expected => {
                let _ = write!(marks, "  NOT AS EXPECTED: {}", killer.name());
            }
            Some(Killer::Stuck) => {
                let _ = write!(marks, "  stuck");
                if !row.also.is_empty() {
                    let _ = write!(marks, ", also given away by: {}", row.also.join("; "));
                }
            }
            Some(Killer::Witness(name)) => {
                let _ = write!(marks, "  never seen: {name}");
            }
            _ => {}
        }
        marks
    }
}

/// `A`, `B` ... `Z`, `a`, `b` ...
pub(crate) fn letter(place: usize) -> char {
    let letters = ('A'..='Z').chain('a'..='z');
    letters.into_iter().nth(place).unwrap_or('?')
}
