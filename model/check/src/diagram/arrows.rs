//! Messages: an arrow from the step that sends to the one that delivers, or a stub where none does.

use super::flights::Flight;
use super::layout::{self, LINE, Layout};
use super::pen::Pen;
use super::tale::Tale;
use super::text::{escape, shortened};

/// Letters on an arrow.
const ARROW_LETTERS: usize = 24;

impl Pen {
    pub(super) fn flight(&mut self, layout: &Layout, flight: &Flight) {
        let (from, to) = (layout.lane(flight.from), layout.lane(flight.to));
        let leaves = layout.rows[flight.sent].leaves;
        let tip = if layout::is_rightwards(flight) {
            to - 7
        } else {
            to + 7
        };
        for (place, landed) in flight.landed.iter().enumerate() {
            if flight.is_reply_at_once() {
                continue;
            }
            let row = &layout.rows[*landed];
            let begin = if flight.is_at_once() { row.arrives } else { leaves };
            self.put(format_args!(
                "<g class=\"flight\" data-sent=\"{}\" data-landed=\"{landed}\"><title>{}</title>\n",
                flight.sent,
                escape(&flight.words)
            ));
            let again = place > 0;
            if again {
                self.again(tip, row.arrives, layout::is_rightwards(flight));
            } else {
                self.line("way", (from, begin), (tip, row.arrives));
                self.head((tip, row.arrives), (from, begin));
            }
            self.arrival(flight, again, tip, row.arrives);
            self.put(format_args!("</g>\n"));
        }
    }

    /// The end of an arrow alone. Where a network repeats a message, arrows from afar would cover everything.
    fn again(&mut self, tip: i32, y: i32, rightwards: bool) {
        let from = if rightwards { tip - 34 } else { tip + 34 };
        self.line("way stub", (from, y - 6), (tip, y));
        self.head((tip, y), (from, y - 6));
    }

    /// What an arrow says: beside its head and below it, since it comes from above; over it, if it is level.
    fn arrival(&mut self, flight: &Flight, again: bool, tip: i32, y: i32) {
        let label = match again {
            true => format!("{} again", flight.label),
            false => flight.label.clone(),
        };
        let label = shortened(&label, ARROW_LETTERS);
        let y = if flight.is_at_once() { y - 4 } else { y + 12 };
        if layout::is_rightwards(flight) {
            self.label("arrow end", tip - 10, y, &label);
        } else {
            self.label("arrow", tip + 10, y, &label);
        }
    }

    /// What a step sends that arrives nowhere, and what it answers at once.
    pub(super) fn unlanded(&mut self, layout: &Layout, tale: &Tale, place: usize) {
        let mut y = layout.rows[place].stubs + 10;
        let here = tale.flights.iter().filter(|flight| flight.sent == place);
        for flight in here.filter(|flight| flight.landed.is_empty() || flight.is_reply_at_once()) {
            let (from, to) = (layout.lane(flight.from), layout.lane(flight.to));
            let label = shortened(&flight.label, ARROW_LETTERS);
            if flight.is_reply_at_once() {
                self.line("way", (from, y), (to + 7, y));
                self.head((to + 7, y), (from, y));
                self.label("arrow end", from - 10, y - 3, &label);
            } else {
                let toward = if layout::is_rightwards(flight) { 1 } else { -1 };
                let end = from + toward * 30;
                self.put(format_args!(
                    "<g><title>{}, never delivered</title>\n",
                    escape(&flight.words)
                ));
                self.line("way stub", (from, y), (end, y));
                let class = if flight.lost { "lost" } else { "open" };
                self.end(class, end + toward * 4, y);
                let class = if toward > 0 {
                    "arrow faint"
                } else {
                    "arrow faint end"
                };
                let to = crate::words::Name(flight.to);
                self.label(class, end + toward * 12, y + 4, &format!("{label} to {to}"));
                self.put(format_args!("</g>\n"));
            }
            y += LINE;
        }
    }

    /// Where a message ends that is not delivered.
    fn end(&mut self, class: &str, x: i32, y: i32) {
        match class {
            "lost" => self.cross("lost", x, y),
            _ => self.put(format_args!(
                "<circle class=\"{class}\" cx=\"{x}\" cy=\"{y}\" r=\"3.5\"/>\n"
            )),
        }
    }
}
