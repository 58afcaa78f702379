//! A row: what happens, in words, what it changed, and why a property does not hold any more.

use super::layout::{self, LINE, Layout, MARGIN, Row, TO_DISK, TO_DISK_MARKS, TO_MARKS};
use super::marks::Kind;
use super::pen::Pen;
use super::tale::Step;
use super::text::{escape, shortened};
use crate::system::MEMBERS;

/// Letters in a mark, in memory and on the disk.
const MARK_LETTERS: usize = 12;
const DISK_LETTERS: usize = 15;

impl Pen {
    pub(super) fn step(&mut self, layout: &Layout, place: usize, row: &Row, step: &Step) {
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
}
