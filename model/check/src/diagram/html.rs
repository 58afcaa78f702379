//! A page of it: the picture, the whole state beside it, and keys to go from step to step.

use super::panel::{NOTHING, Panel, ROWS};
use super::svg::{heads, picture};
use super::tale::{Parting, Tale};
use super::text::escape;
use serde::Serialize;

/// What the page's script is given.
#[derive(Serialize)]
struct Data<'a> {
    /// The rows that say something in some step: their places, and what they are called.
    rows: Vec<(usize, &'static str)>,
    steps: Vec<Told<'a>>,
    /// Shown at the last step.
    parting: Option<&'a Parting>,
}

#[derive(Serialize)]
struct Told<'a> {
    words: &'a str,
    notes: &'a [String],
    /// What the step changed, in full.
    marks: Vec<&'a str>,
    broken: Vec<String>,
    panel: &'a Panel,
}

/// The page: one HTML file that needs nothing else.
pub fn page(tale: &Tale) -> String {
    let steps = tale.steps.iter().map(|step| Told {
        words: &step.words,
        notes: &step.notes,
        marks: step.marks.iter().map(|mark| mark.words.as_str()).collect(),
        broken: step
            .broken
            .iter()
            .map(|(property, why)| format!("{property} does not hold: {why}."))
            .collect(),
        panel: &step.panel,
    });
    let says_something = |(place, _): &(usize, &str)| {
        let mut cells = tale.steps.iter().flat_map(|step| &step.panel.rows[*place]);
        cells.any(|cell| cell != NOTHING)
    };
    let data = Data {
        rows: ROWS.into_iter().enumerate().filter(says_something).collect(),
        steps: steps.collect(),
        parting: tale.parting.as_ref(),
    };
    let json = serde_json::to_string(&data).expect("strings and numbers are JSON");
    // In a script element nothing is escaped, and `</script>` would end it.
    let json = json.replace('<', "\\u003c");
    format!(
        "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta name=\"viewport\" content=\"width=device-width,initial-scale=1\">\n<title>{}</title>\n\
         <style>{}</style>\n</head>\n<body>\n<main>\n<div id=\"picture\">\n<div id=\"heads\" class=\"heads\" hidden>\n{}</div>\n{}</div>\n{}</main>\n\
         <script type=\"application/json\" id=\"data\">{json}</script>\n<script>{}</script>\n</body>\n</html>\n",
        escape(&tale.title),
        include_str!("page.css"),
        heads(tale),
        picture(tale),
        include_str!("panel.html"),
        include_str!("page.js")
    )
}
