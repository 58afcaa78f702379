//! The strokes that a picture is made of.

use super::text::escape;
use std::fmt::Write;

/// What has been drawn so far.
pub(super) struct Pen {
    pub(super) text: String,
}

impl Pen {
    pub(super) fn put(&mut self, markup: std::fmt::Arguments<'_>) {
        // Writing to a string cannot fail.
        let _ = self.text.write_fmt(markup);
    }

    pub(super) fn label(&mut self, class: &str, x: i32, y: i32, text: &str) {
        let text = escape(text);
        self.put(format_args!(
            "<text class=\"{class}\" x=\"{x}\" y=\"{y}\">{text}</text>\n"
        ));
    }

    pub(super) fn line(&mut self, class: &str, from: (i32, i32), to: (i32, i32)) {
        self.put(format_args!(
            "<line class=\"{class}\" x1=\"{}\" y1=\"{}\" x2=\"{}\" y2=\"{}\"/>\n",
            from.0, from.1, to.0, to.1
        ));
    }

    /// The head of an arrow that comes from `from`.
    pub(super) fn head(&mut self, tip: (i32, i32), from: (i32, i32)) {
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

    pub(super) fn cross(&mut self, class: &str, x: i32, y: i32) {
        self.line(class, (x - 3, y - 3), (x + 3, y + 3));
        self.line(class, (x - 3, y + 3), (x + 3, y - 3));
    }
}
