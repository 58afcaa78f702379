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
/// times more deliveries than crashes. A table, whose bars take what room the window leaves them.
pub(super) fn edges(all: &[Edges]) -> String {
    let most = all.iter().map(|edges| edges.in_model).max().unwrap_or(0);
    let percent = |count: usize| match count {
        0 => 0.0,
        count => 100.0 * (count as f64).ln_1p() / (most as f64).ln_1p(),
    };
    let mut table = String::from(
        "<div class=\"wide\"><table class=\"bars\">\n<tr><th>kind</th><th>in the model, and of them taken</th><th class=\"number\">taken</th>\
         <th class=\"number\">of</th></tr>\n",
    );
    for edges in all {
        // Writing to a string cannot fail.
        let _ = writeln!(
            table,
            "<tr><td>{}</td><td><div class=\"all\" style=\"width:{:.1}%\"></div><div class=\"taken\" style=\"width:{:.1}%\"></div></td>\
             <td class=\"number\">{}</td><td class=\"number\">{}</td></tr>",
            escape(&edges.class),
            percent(edges.in_model),
            percent(edges.taken),
            grouped(edges.taken),
            grouped(edges.in_model)
        );
    }
    table.push_str("</table></div>\n");
    table
}
