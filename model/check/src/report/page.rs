//! The page.

use super::{Report, chart, kills, link};
use crate::check::{ScopeReport, Verdict};
use crate::diagram::escape;
use crate::hunt::Hunted;
use crate::matrix::Matrix;
use crate::mutants::Killer;
use crate::table::grouped;
use crate::{coverage, properties};
use std::fmt::Write;

/// The whole of it.
pub(super) fn of(report: &Report) -> String {
    let mut page = Page { text: String::new() };
    page.put(format_args!(
        "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta name=\"viewport\" content=\"width=device-width,initial-scale=1\">\n<title>KataKV: what was checked</title>\n\
         <style>{}</style>\n</head>\n<body>\n<h1>KataKV: what was checked</h1>\n",
        include_str!("report.css")
    ));
    page.verdicts(report);
    if !report.checked.is_empty() {
        page.scopes(report);
        page.properties(report);
    }
    if !report.hunts.is_empty() {
        page.mutants(&report.hunts);
    }
    if !report.edges.is_empty() {
        page.put(format_args!(
            "<h2>Edges, by kind</h2>\n<p>Every edge of the replayed scopes' graphs, and how many of them real nodes have taken. \
             The bars are on a logarithmic scale.</p>\n{}\n",
            chart::edges(&report.edges)
        ));
    }
    if let Some(kills) = &report.kills {
        page.put(format_args!(
            "<h2>Mistakes around the protocol</h2>\n{}",
            kills::table(kills)
        ));
    }
    if report.checked.iter().any(|checked| checked.coverage.is_some()) {
        page.section(
            "Coverage of the model by itself",
            &coverage::render(&report.checked),
        );
    }
    for (title, text) in &report.texts {
        page.section(title, text);
    }
    page.put(format_args!("</body>\n</html>\n"));
    page.text
}

struct Page {
    text: String,
}

impl Page {
    fn put(&mut self, markup: std::fmt::Arguments<'_>) {
        // Writing to a string cannot fail.
        let _ = self.text.write_fmt(markup);
    }

    /// Text as it was printed.
    fn section(&mut self, title: &str, text: &str) {
        self.put(format_args!(
            "<h2>{}</h2>\n<pre>{}</pre>\n",
            escape(title),
            escape(text.trim_end())
        ));
    }

    fn verdicts(&mut self, report: &Report) {
        self.put(format_args!("<div class=\"wide\"><table class=\"verdicts\">\n"));
        for (part, holds, summary) in &report.verdicts {
            let (class, word) = if *holds {
                ("good", "holds")
            } else {
                ("bad", "does not hold")
            };
            self.put(format_args!(
                "<tr><th>{}</th><td class=\"{class}\">{word}</td><td>{}</td></tr>\n",
                escape(part),
                escape(summary)
            ));
        }
        self.put(format_args!("</table></div>\n"));
    }

    fn scopes(&mut self, report: &Report) {
        self.put(format_args!(
            "<h2>Scopes</h2>\n<p>What was searched. The curve shows how its unique states came, over its own time.</p>\n\
             <div class=\"wide\"><table>\n<tr><th>scope</th><th>verdict</th><th>unique states</th><th>states over time</th>\
             <th>seconds</th><th>unique/s</th><th>depth</th><th>MiB</th><th>collision</th></tr>\n"
        ));
        for checked in &report.checked {
            let samples = report
                .samples
                .iter()
                .filter(|sample| sample.scope == checked.scope.name);
            let (class, word) = verdict(checked);
            let name = escape(checked.scope.name);
            let name = match checked.counterexample {
                Some(_) => format!("<a href=\"{}\">{name}</a>", link(checked.scope.name)),
                None => name,
            };
            self.put(format_args!(
                "<tr><td title=\"{}\">{name}</td><td class=\"{class}\">{word}</td><td class=\"number\">{}</td><td>{}</td>\
                 <td class=\"number\">{:.1}</td><td class=\"number\">{}</td><td class=\"number\">{}</td>\
                 <td class=\"number\">{}</td><td class=\"number\">{:.0e}</td></tr>\n",
                escape(checked.scope.words),
                grouped(checked.unique),
                chart::growth(samples, checked.seconds, checked.unique),
                checked.seconds,
                grouped((checked.unique as f64 / checked.seconds.max(1e-6)) as usize),
                checked.depth,
                checked.memory_mib,
                checked.collision_probability()
            ));
        }
        self.put(format_args!(
            "</table></div>\n<p class=\"aside\">MiB: the highest resident memory of the process seen during the scope. Collision: the \
             probability that two unique states shared a 64-bit fingerprint, so that one was not looked at.</p>\n"
        ));
    }

    fn properties(&mut self, report: &Report) {
        self.put(format_args!("<h2>Properties</h2>\n<div class=\"wide\"><table class=\"stacked\">\n<tr><th>property</th><th>verdict</th><th>what it promises</th></tr>\n"));
        for property in properties::ALL {
            let violated = report
                .checked
                .iter()
                .find(|checked| checked.violated.contains(&property.name));
            let open = report.checked.iter().find(|checked| !checked.exhausted);
            let (class, word) = match (violated, open) {
                (Some(checked), _) => ("bad", format!("violated in {}", checked.scope.name)),
                (None, Some(checked)) => ("open", format!("not exhausted: {}", checked.scope.name)),
                (None, None) => ("good", "holds".into()),
            };
            self.put(format_args!(
                "<tr><td>{}</td><td class=\"{class}\">{}</td><td>{} <span class=\"aside\">({})</span></td></tr>\n",
                escape(property.name),
                escape(&word),
                escape(property.words),
                escape(property.source)
            ));
        }
        self.put(format_args!("</table></div>\n"));
    }

    fn mutants(&mut self, hunts: &[Hunted]) {
        let matrix = Matrix::of(hunts);
        self.put(format_args!(
            "<h2>Mutants</h2>\n<p>Wrong protocols, of which {} of {} were given away as expected. A name leads to the shortest \
             counterexample, to step through.</p>\n<div class=\"wide\"><table class=\"told\">\n<tr><th>mutant</th><th>what is wrong</th><th>scope</th>\
             <th>steps</th><th>states</th><th>given away by</th><th>farther away</th></tr>\n",
            matrix.killed(),
            hunts.len()
        ));
        for hunted in hunts {
            let name = escape(hunted.mutant.name);
            let name = match hunted.trace {
                Some(_) => format!("<a href=\"{}\">{name}</a>", link(hunted.mutant.name)),
                None => name,
            };
            let by = match (hunted.killed_by.is_empty(), hunted.mutant.killed_by) {
                (true, _) => "SURVIVED".into(),
                (false, Killer::Property(_) | Killer::Stuck) => hunted.killed_by.join(", "),
                (false, Killer::Witness(witness)) => format!("never seen: {witness}"),
            };
            let class = if hunted.as_expected() { "good" } else { "bad" };
            self.put(format_args!(
                "<tr><td>{name}</td><td>{}</td><td>{}</td><td class=\"number\">{}</td><td class=\"number\">{}</td>\
                 <td class=\"{class}\">{}</td><td>{}</td></tr>\n",
                escape(hunted.mutant.words),
                escape(hunted.mutant.scope),
                hunted.trace.as_ref().map_or("-".into(), |trace| trace.steps.len().to_string()),
                grouped(hunted.unique),
                escape(&by),
                escape(&hunted.also.join(", "))
            ));
        }
        self.put(format_args!("</table></div>\n"));
        self.section("Matrix of mutants and properties", &matrix.render());
    }
}

fn verdict(checked: &ScopeReport) -> (&'static str, &'static str) {
    match checked.verdict() {
        Verdict::Holds => ("good", "all hold"),
        Verdict::NotExhausted => ("open", "not exhausted"),
        Verdict::Fails => ("bad", "fails"),
    }
}
