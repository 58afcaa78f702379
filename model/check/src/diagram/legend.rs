//! What the signs mean: above the picture, since who sees one for the first time needs it first.

use super::layout::{LINE, Layout, MARGIN};
use super::pen::Pen;

/// A sign of the picture.
#[derive(Clone, Copy)]
enum Sign {
    /// A circle of this class.
    Dot(&'static str),
    /// A piece of a band.
    Band(&'static str),
    /// A cross.
    Cross,
    /// An arrow.
    Arrow,
    /// A mark of a few letters.
    Mark(&'static str),
}

const SIGNS: [(Sign, &str); 10] = [
    (Sign::Dot("here"), "the step happens here"),
    (Sign::Arrow, "message, to the step that delivers it"),
    (Sign::Dot("open"), "message never delivered"),
    (Sign::Mark("+e1:2"), "entry 2 of epoch 1 is in memory"),
    (Sign::Dot("appended"), "record appended, not synced"),
    (Sign::Dot("synced"), "record synced"),
    (Sign::Cross, "lost"),
    (Sign::Band("leads epoch1"), "leads: a colour an epoch"),
    (Sign::Band("campaigns epoch1"), "campaigns"),
    (Sign::Band("asks"), "asks first"),
];
/// From the words of a sign to the next one.
const BETWEEN: i32 = 22;
/// As wide as letters get.
const LETTER: i32 = 7;

impl Sign {
    /// From its middle to its words.
    fn to_words(self) -> i32 {
        match self {
            Sign::Mark(letters) => LETTER * letters.len() as i32,
            Sign::Dot(_) | Sign::Band(_) | Sign::Cross | Sign::Arrow => 12,
        }
    }
}

/// Where each sign stands, from the left, and in which line.
fn places(width: i32) -> Vec<(i32, i32)> {
    let (mut x, mut line) = (MARGIN + 6, 0);
    let place = |(sign, words): &(Sign, &str)| {
        let room = sign.to_words() + LETTER * words.chars().count() as i32 + BETWEEN;
        if x + room - BETWEEN > width - MARGIN {
            (x, line) = (MARGIN + 6, line + 1);
        }
        let at = (x, line);
        x += room;
        at
    };
    SIGNS.iter().map(place).collect()
}

/// How high it is.
pub(super) fn height(width: i32) -> i32 {
    let lines = places(width).last().map_or(0, |(_, line)| line + 1);
    (LINE + 2) * lines
}

impl Pen {
    pub(super) fn legend(&mut self, layout: &Layout) {
        for ((sign, words), (x, line)) in SIGNS.into_iter().zip(places(layout.width)) {
            let y = layout.legend + (LINE + 2) * line + 12;
            match sign {
                Sign::Cross => self.cross("lost", x, y - 4),
                Sign::Arrow => {
                    self.line("way", (x - 8, y - 4), (x + 6, y - 4));
                    self.head((x + 6, y - 4), (x - 8, y - 4));
                }
                Sign::Dot(class) => self.put(format_args!(
                    "<circle class=\"{class}\" cx=\"{x}\" cy=\"{}\" r=\"4\"/>\n",
                    y - 4
                )),
                Sign::Mark(letters) => self.label("mark", x - 6, y, letters),
                Sign::Band(class) => self.put(format_args!(
                    "<rect class=\"{class}\" x=\"{}\" y=\"{}\" width=\"10\" height=\"12\" rx=\"5\"/>\n",
                    x - 5,
                    y - 10
                )),
            }
            self.label("notes", x + sign.to_words(), y, words);
        }
    }
}
