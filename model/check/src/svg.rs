//! A path as a sequence diagram, for the Explorer.

use crate::action::Action;
use crate::client::CLIENT;
use crate::state::State;
use crate::words::Name;
use katakv_core::NodeId;
use stateright::Path;
use std::fmt::Write;

const LANE: usize = 260;
const MARGIN: usize = 130;
const ROW: usize = 28;

/// One lane a replica, one row a step, arrows for deliveries.
pub(crate) fn sequence(path: Path<State, Action>) -> String {
    let actions = path.into_actions();
    let lanes = 3 + usize::from(actions.iter().any(touches_client));
    let (width, height) = (MARGIN * 2 + LANE * (lanes - 1), ROW * (actions.len() + 2));
    let mut svg =
        format!("<svg version='1.1' viewBox='0 0 {width} {height}' xmlns='http://www.w3.org/2000/svg'>");
    svg.push_str("<style>text{font:11px sans-serif;text-anchor:middle}line{stroke:#444}</style>");
    for lane in 0..lanes {
        let (x, name) = (x(NodeId(lane as u8)), Name(NodeId(lane as u8)));
        let _ = write!(
            svg,
            "<text x='{x}' y='14'>{name}</text><line x1='{x}' y1='20' x2='{x}' y2='{height}' stroke-dasharray='2'/>"
        );
    }
    for (place, action) in actions.iter().enumerate() {
        row(&mut svg, ROW * (place + 2), action);
    }
    svg.push_str("</svg>");
    svg
}

fn row(svg: &mut String, y: usize, action: &Action) {
    // Writing to a string cannot fail.
    let _ = match action {
        Action::Deliver { from, to, msg } => {
            let (x1, x2) = (x(*from), x(*to));
            let (middle, above) = ((x1 + x2) / 2, y - 3);
            let tip = if x1 < x2 { x2 - 6 } else { x2 + 6 };
            let (low, high) = (y - 3, y + 3);
            write!(
                svg,
                "<line x1='{x1}' y1='{y}' x2='{x2}' y2='{y}'/><polygon points='{x2},{y} {tip},{low} {tip},{high}'/>\
                 <text x='{middle}' y='{above}'>{}</text>",
                escape(&msg.to_string())
            )
        }
        other => {
            let x = x(other.node());
            write!(
                svg,
                "<circle cx='{x}' cy='{y}' r='3'/><text x='{x}' y='{}'>{}</text>",
                y - 5,
                escape(&other.to_string())
            )
        }
    };
}

fn x(lane: NodeId) -> usize {
    MARGIN + LANE * usize::from(lane.0)
}

fn touches_client(action: &Action) -> bool {
    match action {
        Action::Deliver { from, to, .. } => *from == CLIENT || *to == CLIENT,
        other => matches!(other, Action::Ask { .. }),
    }
}

fn escape(text: &str) -> String {
    text.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
}
