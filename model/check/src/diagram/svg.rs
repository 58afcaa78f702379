//! Drawing it: the frame, the lanes and the bands, with the arrows and the rows in them.

use super::layout::{GROUP, HEAD_HEIGHT, LINE, Layout, MARGIN, TO_DISK, TO_MARKS};
use super::pen::Pen;
use super::tale::{Stand, Step, Tale};
use super::text::escape;
use crate::client::CLIENT;
use crate::system::MEMBERS;
use katakv_core::NodeId;

/// The picture: one SVG file that needs nothing else.
pub fn picture(tale: &Tale) -> String {
    let layout = Layout::of(tale);
    let mut svg = Pen { text: String::new() };
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
    svg.legend(&layout);
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
    svg.text.push_str("</svg>\n");
    svg.text
}

/// The names of the lanes alone, as wide as the picture: for where they are to stay in sight.
pub(super) fn heads(tale: &Tale) -> String {
    let layout = Layout::of(tale);
    let mut svg = Pen { text: String::new() };
    svg.put(format_args!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {0} {HEAD_HEIGHT}\" width=\"{0}\" height=\"{HEAD_HEIGHT}\" \
         class=\"katakv\" aria-hidden=\"true\">\n<rect class=\"ground\" width=\"{0}\" height=\"{HEAD_HEIGHT}\"/>\n",
        layout.width
    ));
    svg.heads(&layout, tale, 0);
    svg.text.push_str("</svg>\n");
    svg.text
}

impl Pen {
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
        let bottom = layout.height - MARGIN / 2;
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
}
