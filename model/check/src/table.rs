//! The tables that the command line prints; the conformance suite prints the same ones.

use crate::check::ScopeReport;
use crate::properties;
use crate::walks::Walks;
use std::fmt::Write;

/// Columns, each as wide as its widest cell; numbers to the right.
pub(crate) struct Table {
    rows: Vec<Vec<String>>,
}

impl Table {
    pub(crate) fn new(head: &[&str]) -> Table {
        Table {
            rows: vec![head.iter().map(|cell| (*cell).to_owned()).collect()],
        }
    }

    pub(crate) fn row(&mut self, cells: impl IntoIterator<Item = String>) {
        self.rows.push(cells.into_iter().collect());
    }

    pub(crate) fn render(&self) -> String {
        let columns = self.rows.iter().map(Vec::len).max().unwrap_or(0);
        let widths: Vec<usize> = (0..columns)
            .map(|column| {
                let cells = self.rows.iter().filter_map(|row| row.get(column));
                cells.map(|cell| cell.chars().count()).max().unwrap_or(0)
            })
            .collect();
        let mut text = String::new();
        for row in &self.rows {
            let mut line = String::new();
            for (cell, width) in row.iter().zip(&widths) {
                let is_number = cell.starts_with(|first: char| first.is_ascii_digit());
                // Writing to a string cannot fail.
                let _ = if is_number {
                    write!(line, "{cell:>width$}  ")
                } else {
                    write!(line, "{cell:<width$}  ")
                };
            }
            text.push_str(line.trim_end());
            text.push('\n');
        }
        text
    }
}

/// What became of the scopes, and of each property over all of them.
pub fn scopes(reports: &[ScopeReport]) -> String {
    let mut table = Table::new(&[
        "scope",
        "states",
        "unique",
        "depth",
        "seconds",
        "unique/s",
        "MiB",
        "collision",
        "recovers",
        "verdict",
    ]);
    for report in reports {
        table.row([
            report.scope.name.to_owned(),
            grouped(report.states),
            grouped(report.unique),
            report.depth.to_string(),
            format!("{:.1}", report.seconds),
            grouped((report.unique as f64 / report.seconds.max(1e-6)) as usize),
            report.memory_mib.to_string(),
            format!("{:.0e}", report.collision_probability()),
            recovers(report),
            verdict(report),
        ]);
    }
    let mut text = table.render();
    text.push_str(
        "MiB: the highest resident memory of the process seen during the scope. collision: the probability that \
         two\nunique states shared a 64-bit fingerprint, so that one was not looked at. recovers: from \
         every state, with how\nmany timers at most, the replicas find together again once everything arrives.\n",
    );
    let _ = writeln!(text, "{}\n", sums(reports));
    text.push_str(&verdicts(reports));
    for report in reports.iter().filter(|report| !report.missing.is_empty()) {
        let _ = writeln!(
            text,
            "\n{} does not show: {}",
            report.scope.name,
            report.missing.join("; ")
        );
    }
    text
}

/// What the reports come to together.
fn sums(reports: &[ScopeReport]) -> String {
    let unique = reports.iter().map(|report| report.unique).sum();
    let collision: f64 = reports.iter().map(ScopeReport::collision_probability).sum();
    let exhausted = reports.iter().filter(|report| report.exhausted).count();
    format!(
        "{exhausted} of {} scopes exhausted, {} unique states; the probability that any of them hid another: {collision:.0e}.",
        reports.len(),
        grouped(unique),
    )
}

/// With how many timers the replicas find together again, from wherever they are.
fn recovers(report: &ScopeReport) -> String {
    match &report.recovery {
        None => "-".into(),
        Some(recovery) if recovery.stuck > 0 => format!("{} STUCK", grouped(recovery.stuck)),
        Some(recovery) => format!("within {} timers", recovery.timers),
    }
}

fn verdict(report: &ScopeReport) -> String {
    if !report.violated.is_empty() {
        format!("VIOLATED: {}", report.violated.join(", "))
    } else if let Some(Walks { seed, from, to }) = report.walks {
        format!("not exhausted: walks {from}..{to} of seed {seed}")
    } else if !report.exhausted {
        format!("not exhausted: {} states left", grouped(report.left))
    } else if !report.missing.is_empty() {
        format!("exhausted, {} witnesses missing", report.missing.len())
    } else {
        "exhausted, all hold".into()
    }
}

fn verdicts(reports: &[ScopeReport]) -> String {
    let mut table = Table::new(&["property", "verdict"]);
    for property in properties::ALL {
        let violated = |report: &&ScopeReport| report.violated.contains(&property.name);
        let verdict = if let Some(report) = reports.iter().find(violated) {
            format!("VIOLATED in {}", report.scope.name)
        } else if let Some(report) = reports.iter().find(|report| !report.exhausted) {
            format!("not exhausted: {}", report.scope.name)
        } else {
            "holds".into()
        };
        table.row([property.name.to_owned(), verdict]);
    }
    table.render()
}

/// `1234567` as `1 234 567`.
pub(crate) fn grouped(number: usize) -> String {
    let digits = number.to_string();
    let mut text = String::new();
    for (place, digit) in digits.chars().enumerate() {
        if place > 0 && (digits.len() - place).is_multiple_of(3) {
            text.push(' ');
        }
        text.push(digit);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::grouped;

    #[test]
    fn thousands_are_grouped() {
        assert_eq!(grouped(0), "0");
        assert_eq!(grouped(999), "999");
        assert_eq!(grouped(1_234_567), "1 234 567");
    }
}
