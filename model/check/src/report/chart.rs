//! Small charts, as SVG that takes its colours from the page.

use super::{Edges, Sample};
use crate::diagram::escape;
use crate::table::grouped;
use std::fmt::Write;

const WIDTH: f64 = 150.0;
const HEIGHT: f64 = 30.0;

/// How the unique states of a scope came over time, up to `seconds` and `unique`.
pub(super) fn growth<'a>(samples: impl Iterator<Item = &'a Sample>, seconds: f64, unique: usize) -> String {
    let (across, up) = (seconds.max(1e-3), unique.max(1) as f64);
    let mut points = String::from("0,30");
    for sample in samples {
        let x = WIDTH * (sample.seconds / across).min(1.0);
        let y = HEIGHT * (1.0 - (sample.unique as f64 / up).min(1.0));
        // Writing to a string cannot fail.
        let _ = write!(points, " {x:.1},{y:.1}");
    }
    format!(
        "<svg class=\"growth\" viewBox=\"-2 -2 154 34\" role=\"img\" aria-label=\"{0} states over {seconds:.1} seconds\">\
         <title>{0} unique states over {seconds:.1} s</title>\
         <polygon points=\"{points} 150,0 150,30\"/><polyline points=\"{points} 150,0\"/></svg>",
        grouped(unique)
    )
}

/// How many edges of each kind there are, and how many were taken: bars on a logarithmic scale, since there are a thousand
/// times more deliveries than crashes.
pub(super) fn edges(all: &[Edges]) -> String {
    const BAR: f64 = 420.0;
    const ROW: usize = 24;
    const LABELS: usize = 210;
    let most = all.iter().map(|edges| edges.in_model).max().unwrap_or(0);
    let length = |count: usize| match count {
        0 => 0.0,
        count => BAR * ((count as f64).ln_1p() / (most as f64).ln_1p()),
    };
    let height = ROW * all.len();
    let mut svg = format!(
        "<svg class=\"bars\" viewBox=\"0 0 860 {height}\" role=\"img\" aria-label=\"edges by kind\">"
    );
    for (place, edges) in all.iter().enumerate() {
        let y = place * ROW;
        // Writing to a string cannot fail.
        let _ = write!(
            svg,
            "<text x=\"{}\" y=\"{}\" class=\"end\">{}</text>\
             <rect class=\"all\" x=\"{LABELS}\" y=\"{}\" width=\"{:.1}\" height=\"14\" rx=\"2\"/>\
             <rect class=\"taken\" x=\"{LABELS}\" y=\"{}\" width=\"{:.1}\" height=\"14\" rx=\"2\"/>\
             <text x=\"{:.1}\" y=\"{}\">{} of {}</text>",
            LABELS - 10,
            y + 16,
            escape(&edges.class),
            y + 5,
            length(edges.in_model),
            y + 5,
            length(edges.taken),
            LABELS as f64 + length(edges.in_model) + 10.0,
            y + 16,
            grouped(edges.taken),
            grouped(edges.in_model)
        );
    }
    svg.push_str("</svg>");
    svg
}
