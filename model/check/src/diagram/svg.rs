//! Drawing it.

use super::flights::Flight;
use super::layout::{self, GROUP, HEAD_HEIGHT, LINE, Layout, MARGIN, Row, TO_DISK, TO_DISK_MARKS, TO_MARKS};
use super::marks::Kind;
use super::tale::{Stand, Step, Tale};
use super::text::{escape, shortened};
use crate::client::CLIENT;
use crate::system::MEMBERS;
use katakv_core::NodeId;
use std::fmt::Write;

/// Letters in a mark, in memory and on the disk, and on an arrow.
const MARK_LETTERS: usize = 12;
const DISK_LETTERS: usize = 15;
const ARROW_LETTERS: usize = 24;

/// The picture: one SVG file that needs nothing else.
pub fn picture(tale: &Tale) -> String {
    let layout = Layout::of(tale);
    let mut svg = Svg { text: String::new() };
    svg.put(format_args!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {0} {1}\" width=\"{0}\" height=\"{1}\" \
         role=\"img\" class=\"katakv\" aria-label=\"{2}\">\n<style>{3}</style>\n\
         <rect class=\"ground\" width=\"{0}\" height=\"{1}\"/>\n",
        layout.width,
        layout.height,
        escape(&tale.title),
        include_str!("picture.css")
    ));
    svg.title(&layout);
    let first = layout.rows.first().map_or(0, |row| row.top);
    for (place, row) in layout.rows.iter().enumerate() {
        svg.put(format_args!(
            "<rect class=\"row\" id=\"row-{place}\" data-step=\"{place}\" x=\"{}\" y=\"{}\" width=\"{}\" height=\"{}\" rx=\"4\"/>\n",
            MARGIN / 2,
            row.top,
            layout.width - MARGIN,
            row.height
        ));
    }
    for node in MEMBERS {
        svg.bands(&layout, tale, node);
    }
    svg.lanes(&layout, tale, first);
    svg.heads(&layout, tale, first - HEAD_HEIGHT);
    for row in layout.rows.iter().filter(|row| row.heads) {
        svg.heads(&layout, tale, row.top - HEAD_HEIGHT);
    }
    for flight in &tale.flights {
        svg.flight(&layout, flight);
    }
    for (place, (row, step)) in layout.rows.iter().zip(&tale.steps).enumerate() {
        svg.step(&layout, place, row, step);
    }
    for place in 0..layout.rows.len() {
        svg.unlanded(&layout, tale, place);
    }
    svg.legend(&layout);
    svg.text.push_str("</svg>\n");
    svg.text
}

struct Svg {
    text: String,
}

impl Svg {
    fn put(&mut self, markup: std::fmt::Arguments<'_>) {
        // Writing to a string cannot fail.
        let _ = self.text.write_fmt(markup);
    }

    fn label(&mut self, class: &str, x: i32, y: i32, text: &str) {
        let text = escape(text);
        self.put(format_args!(
            "<text class=\"{class}\" x=\"{x}\" y=\"{y}\">{text}</text>\n"
        ));
    }

    fn line(&mut self, class: &str, from: (i32, i32), to: (i32, i32)) {
        self.put(format_args!(
            "<line class=\"{class}\" x1=\"{}\" y1=\"{}\" x2=\"{}\" y2=\"{}\"/>\n",
            from.0, from.1, to.0, to.1
        ));
    }

    fn title(&mut self, layout: &Layout) {
        let mut y = MARGIN + 16;
        for line in &layout.title {
            self.label("title", MARGIN, y, line);
            y += 24;
        }
        for line in &layout.about {
            self.label("about", MARGIN, y - 4, line);
            y += LINE;
        }
    }

    /// The names above the lanes.
    fn heads(&mut self, layout: &Layout, tale: &Tale, top: i32) {
        let y = top + HEAD_HEIGHT - 10;
        for node in MEMBERS {
            let x = layout.lane(node);
            self.label("head", x - 7, y, &node.to_string());
            self.label("subhead", x + TO_MARKS + 6, y, "in memory");
            let disk = x + TO_DISK;
            self.put(format_args!(
                "<path class=\"drum\" d=\"M{0} {1}v8a5 2.2 0 0 0 10 0v-8\"/><ellipse class=\"drum\" cx=\"{2}\" cy=\"{1}\" rx=\"5\" ry=\"2.2\"/>\n",
                disk - 5,
                y - 8,
                disk
            ));
            self.label("subhead", disk + 12, y, "disk");
        }
        if tale.has_client {
            self.label("head middle", layout.lane(CLIENT), y, "clients");
        }
    }

    fn lanes(&mut self, layout: &Layout, tale: &Tale, top: i32) {
        let bottom = layout.legend - MARGIN / 2;
        for node in MEMBERS {
            let x = layout.lane(node);
            self.line("lane", (x, top), (x, bottom));
            self.line("disk", (x + TO_DISK, top), (x + TO_DISK, bottom));
        }
        if tale.has_client {
            let x = layout.lane(CLIENT);
            self.line("lane", (x, top), (x, bottom));
        }
    }

    /// What a replica is, from step to step.
    fn bands(&mut self, layout: &Layout, tale: &Tale, node: NodeId) {
        let (place, x) = (usize::from(node.0), layout.lane(node));
        let stand = |step: &Step| step.stands[place];
        let mut begin = 0;
        for runs in tale.steps.chunk_by(|one, next| stand(one) == stand(next)) {
            let (first, last) = (&layout.rows[begin], &layout.rows[begin + runs.len() - 1]);
            begin += runs.len();
            let (top, bottom) = (first.top, last.top + last.height);
            let height = bottom - top;
            match stand(&runs[0]) {
                Stand::Follows => {}
                Stand::Asks => self.put(format_args!(
                    "<rect class=\"asks\" x=\"{}\" y=\"{top}\" width=\"10\" height=\"{height}\" rx=\"5\"/>\n",
                    x - 5
                )),
                Stand::Campaigns { epoch } => self.put(format_args!(
                    "<rect class=\"campaigns epoch{}\" x=\"{}\" y=\"{top}\" width=\"10\" height=\"{height}\" rx=\"5\"/>\n",
                    epoch % 5,
                    x - 5
                )),
                Stand::Leads { epoch } => {
                    let hue = epoch % 5;
                    self.put(format_args!(
                        "<rect class=\"reign epoch{hue}\" x=\"{}\" y=\"{top}\" width=\"{}\" height=\"{height}\" rx=\"6\"/>\n\
                         <rect class=\"leads epoch{hue}\" x=\"{}\" y=\"{top}\" width=\"12\" height=\"{height}\" rx=\"6\"/>\n",
                        x - 10,
                        GROUP - 8,
                        x - 6
                    ));
                }
            }
        }
    }

    fn flight(&mut self, layout: &Layout, flight: &Flight) {
        let (from, to) = (layout.lane(flight.from), layout.lane(flight.to));
        let leaves = layout.rows[flight.sent].leaves;
        let tip = if layout::is_rightwards(flight) {
            to - 7
        } else {
            to + 7
        };
        for landed in &flight.landed {
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
            self.line("way", (from, begin), (tip, row.arrives));
            self.head((tip, row.arrives), (from, begin));
            self.arrival(flight, tip, row.arrives);
            self.put(format_args!("</g>\n"));
        }
    }

    /// What an arrow says: beside its head and below it, since it comes from above; over it, if it is level.
    fn arrival(&mut self, flight: &Flight, tip: i32, y: i32) {
        let label = shortened(&flight.label, ARROW_LETTERS);
        let y = if flight.is_at_once() { y - 4 } else { y + 12 };
        if layout::is_rightwards(flight) {
            self.label("arrow end", tip - 10, y, &label);
        } else {
            self.label("arrow", tip + 10, y, &label);
        }
    }

    /// The head of an arrow that comes from `from`.
    fn head(&mut self, tip: (i32, i32), from: (i32, i32)) {
        let (dx, dy) = (f64::from(tip.0 - from.0), f64::from(tip.1 - from.1));
        let length = dx.hypot(dy).max(1.0);
        let (dx, dy) = (dx / length, dy / length);
        let corner = |side: f64| {
            let x = f64::from(tip.0) - 8.0 * dx - side * 3.5 * dy;
            let y = f64::from(tip.1) - 8.0 * dy + side * 3.5 * dx;
            format!("{x:.1},{y:.1}")
        };
        self.put(format_args!(
            "<polygon class=\"head-of-way\" points=\"{},{} {} {}\"/>\n",
            tip.0,
            tip.1,
            corner(1.0),
            corner(-1.0)
        ));
    }

    /// What a step sends that arrives nowhere, and what it answers at once.
    fn unlanded(&mut self, layout: &Layout, tale: &Tale, place: usize) {
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

    fn cross(&mut self, class: &str, x: i32, y: i32) {
        self.line(class, (x - 3, y - 3), (x + 3, y + 3));
        self.line(class, (x - 3, y + 3), (x + 3, y - 3));
    }

    fn step(&mut self, layout: &Layout, place: usize, row: &Row, step: &Step) {
        self.put(format_args!("<g class=\"step\" data-step=\"{place}\">\n"));
        let number = if place == 0 {
            String::from("·")
        } else {
            place.to_string()
        };
        self.label("number end", MARGIN + 22, row.top + 15, &number);
        let mut y = row.top + 15;
        for line in &row.words {
            self.label("words", layout.words(), y, line);
            y += LINE;
        }
        for line in &row.notes {
            self.label("notes", layout.words(), y, line);
            y += LINE;
        }
        if let Some(node) = step.node.filter(|node| MEMBERS.contains(node)) {
            self.marks(layout.lane(node), row, step);
        }
        self.put(format_args!("</g>\n"));
        self.broken(layout, row, step);
    }

    fn marks(&mut self, lane: i32, row: &Row, step: &Step) {
        self.put(format_args!(
            "<circle class=\"here\" cx=\"{lane}\" cy=\"{}\" r=\"3.5\"/>\n",
            row.arrives
        ));
        let (mut memory, mut disk) = (row.marks, row.marks);
        for mark in &step.marks {
            let y = if mark.kind.is_of_disk() {
                &mut disk
            } else {
                &mut memory
            };
            let middle = *y + 7;
            *y += LINE;
            self.put(format_args!("<g><title>{}</title>\n", escape(&mark.words)));
            let (x, letters) = if mark.kind.is_of_disk() {
                (lane + TO_DISK, DISK_LETTERS)
            } else {
                (lane + TO_MARKS, MARK_LETTERS)
            };
            let label = shortened(&mark.label, letters);
            let at = lane + TO_DISK_MARKS;
            match mark.kind {
                Kind::Memory => self.label("mark", x, middle + 4, &label),
                Kind::Role => self.label("mark role", x, middle + 4, &label),
                Kind::Fault => self.label("mark fault", x, middle + 4, &label),
                Kind::Appended => {
                    self.put(format_args!(
                        "<circle class=\"appended\" cx=\"{x}\" cy=\"{middle}\" r=\"4\"/>\n"
                    ));
                    self.label("mark faint", at, middle + 4, &label);
                }
                Kind::Synced => {
                    self.put(format_args!(
                        "<circle class=\"synced\" cx=\"{x}\" cy=\"{middle}\" r=\"4.5\"/>\n"
                    ));
                    self.label("mark", at, middle + 4, &label);
                }
                Kind::Lost => {
                    self.cross("lost", x, middle);
                    self.label("mark gone", at, middle + 4, &label);
                }
            }
            self.put(format_args!("</g>\n"));
        }
    }

    /// Why properties do not hold any more.
    fn broken(&mut self, layout: &Layout, row: &Row, step: &Step) {
        if step.broken.is_empty() {
            return;
        }
        let top = row.top + row.height + 4;
        self.put(format_args!(
            "<rect class=\"broken\" x=\"{}\" y=\"{top}\" width=\"{}\" height=\"{}\" rx=\"6\"/>\n",
            MARGIN / 2,
            layout.width - MARGIN,
            layout::broken_height(row) - 8
        ));
        let mut y = top + LINE + 3;
        self.cross("lost", MARGIN + 8, y - 4);
        for line in &row.broken {
            self.label("why", MARGIN + 22, y, line);
            y += LINE;
        }
    }

    fn legend(&mut self, layout: &Layout) {
        let y = layout.legend + LINE;
        let mut x = MARGIN + 6;
        for (class, text) in [
            ("appended", "record appended, not synced"),
            ("synced", "record synced"),
            ("lost", "lost"),
            ("open", "message never delivered"),
            ("leads epoch1", "leads: a colour an epoch"),
            ("campaigns epoch1", "campaigns"),
            ("asks", "asks first"),
        ] {
            match class {
                "lost" => self.cross("lost", x, y - 4),
                "appended" | "synced" | "open" => {
                    self.put(format_args!(
                        "<circle class=\"{class}\" cx=\"{x}\" cy=\"{}\" r=\"4\"/>\n",
                        y - 4
                    ));
                }
                _ => self.put(format_args!(
                    "<rect class=\"{class}\" x=\"{}\" y=\"{}\" width=\"10\" height=\"12\" rx=\"5\"/>\n",
                    x - 5,
                    y - 10
                )),
            }
            self.label("notes", x + 10, y, text);
            x += 34 + text.len() as i32 * 7;
        }
    }
}
