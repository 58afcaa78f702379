//! What goes where. Nobody measures text here, so letters are taken to be as wide as those of wide fonts are.

use super::flights::Flight;
use super::legend;
use super::tale::{Step, Tale};
use super::text::wrap;
use crate::client::CLIENT;
use katakv_core::NodeId;

/// From the edge to what is drawn.
pub(super) const MARGIN: i32 = 16;
/// Room for the number of a step.
const NUMBERS: i32 = 30;
/// Room for the clients' lane.
const CLIENT_LANE: i32 = 96;
/// Room for a replica with its disk.
pub(super) const GROUP: i32 = 226;
/// From a replica's lane to its marks, to its disk and to the disk's marks.
pub(super) const TO_MARKS: i32 = 14;
pub(super) const TO_DISK: i32 = 102;
pub(super) const TO_DISK_MARKS: i32 = 114;
/// Room for what happens, in words.
const WORDS: i32 = 344;
/// The height of a line of text, and of a mark.
pub(super) const LINE: i32 = 16;
/// Letters in a line of words, and in one across the picture.
const LETTERS: usize = 50;
const LETTER_WIDTH_TENTHS: usize = 68;
/// How often the heads of the lanes are repeated.
const HEADS_EVERY: usize = 15;
pub(super) const HEAD_HEIGHT: i32 = 30;

/// A row: a step and where it stands.
pub(super) struct Row {
    /// Its upper edge, below the heads if they are repeated above it.
    pub(super) top: i32,
    pub(super) height: i32,
    /// Whether the heads are repeated above it.
    pub(super) heads: bool,
    /// Where a message arrives.
    pub(super) arrives: i32,
    /// The first mark's upper edge.
    pub(super) marks: i32,
    /// Where the first message leaves that is not delivered, and where the others do.
    pub(super) stubs: i32,
    pub(super) leaves: i32,
    /// What happens, wrapped, and what else there is to say.
    pub(super) words: Vec<String>,
    pub(super) notes: Vec<String>,
    /// Why properties do not hold any more, wrapped; drawn below the row.
    pub(super) broken: Vec<String>,
}

/// The whole picture.
pub(super) struct Layout {
    pub(super) width: i32,
    pub(super) height: i32,
    pub(super) rows: Vec<Row>,
    pub(super) title: Vec<String>,
    pub(super) about: Vec<String>,
    /// The upper edge of the legend.
    pub(super) legend: i32,
    first_lane: i32,
}

impl Layout {
    pub(super) fn of(tale: &Tale) -> Layout {
        let first_lane = MARGIN + NUMBERS + if tale.has_client { CLIENT_LANE } else { 0 } + 14;
        let width = first_lane + GROUP * 3 + WORDS + MARGIN;
        let across = (width - 2 * MARGIN) as usize * 10 / LETTER_WIDTH_TENTHS;
        let (title, about) = (wrap(&tale.title, across * 2 / 3), wrap(&tale.about, across));
        let legend = MARGIN + 24 * title.len() as i32 + LINE * about.len() as i32 + 4;
        let mut top = legend + legend::height(width) + 10 + HEAD_HEIGHT;
        let mut rows = Vec::new();
        for (place, step) in tale.steps.iter().enumerate() {
            let many_follow = tale.steps.len() - place > HEADS_EVERY / 2;
            let heads = place > 0 && place.is_multiple_of(HEADS_EVERY) && many_follow;
            top += if heads { HEAD_HEIGHT } else { 0 };
            let row = row(tale, place, step, top, heads, across);
            top += row.height + broken_height(&row);
            rows.push(row);
        }
        Layout {
            width,
            height: top + MARGIN,
            rows,
            title,
            about,
            legend,
            first_lane,
        }
    }

    /// The lane of a replica, or of the clients.
    pub(super) fn lane(&self, node: NodeId) -> i32 {
        match node {
            CLIENT => MARGIN + NUMBERS + CLIENT_LANE / 2,
            NodeId(place) => self.first_lane + GROUP * i32::from(place),
        }
    }

    /// Where the words begin.
    pub(super) fn words(&self) -> i32 {
        self.first_lane + GROUP * 3 - 4
    }
}

/// How high the reasons below a row are.
pub(super) fn broken_height(row: &Row) -> i32 {
    match row.broken.len() {
        0 => 0,
        lines => LINE * lines as i32 + 24,
    }
}

fn row(tale: &Tale, place: usize, step: &Step, top: i32, heads: bool, across: usize) -> Row {
    let words = wrap(&step.words, LETTERS);
    let notes: Vec<String> = step
        .notes
        .iter()
        .flat_map(|note| wrap(note, LETTERS + 2))
        .collect();
    let broken = step
        .broken
        .iter()
        .flat_map(|(property, why)| wrap(&format!("{property} does not hold: {why}."), across - 6))
        .collect();
    let arrival = tale
        .flights
        .iter()
        .find(|flight| flight.landed.contains(&place) && !flight.is_reply_at_once());
    // An arrow from the right has its label where marks would be.
    let from_the_right = arrival.is_some_and(|flight| !is_rightwards(flight));
    let arrives = top + 14;
    let marks = match arrival {
        Some(_) if from_the_right => arrives + LINE,
        Some(_) => arrives - 5,
        None => top + 5,
    };
    let in_memory = step.marks.iter().filter(|mark| !mark.kind.is_of_disk()).count() as i32;
    let on_disk = step.marks.len() as i32 - in_memory;
    let below_marks =
        (marks + LINE * in_memory.max(on_disk)).max(arrives + if arrival.is_some() { 10 } else { 0 });
    let stubs = tale.flights.iter().filter(|flight| flight.sent == place);
    let stubs = stubs
        .filter(|flight| flight.landed.is_empty() || flight.is_reply_at_once())
        .count() as i32;
    // What is delivered leaves below what is not, so that its line crosses no label.
    let leaves = below_marks + LINE * stubs + 4;
    let lines = (words.len() + notes.len()) as i32;
    let bottom = (leaves + 4).max(top + LINE * lines + 8);
    Row {
        top,
        height: bottom - top,
        heads,
        arrives,
        marks,
        stubs: below_marks,
        leaves,
        words,
        notes,
        broken,
    }
}

/// Whether a message goes from the left to the right.
pub(super) fn is_rightwards(flight: &Flight) -> bool {
    // The clients' lane is the first.
    let place = |node: NodeId| if node == CLIENT { -1 } else { i32::from(node.0) };
    place(flight.from) < place(flight.to)
}
