//! What came of a load, for people and for programs.

use super::load::{Load, Measured};
use hdrhistogram::Histogram;
use serde::Serialize;
use std::fmt::Write;

/// The figures of one store under one load.
#[derive(Clone, Debug, Serialize)]
pub struct Report {
    /// Which store, and at which levels it was asked.
    pub system: String,
    /// How many operations were in flight.
    pub clients: usize,
    /// How many bytes a value had.
    pub value_bytes: usize,
    /// Writes.
    pub puts: Figures,
    /// Reads.
    pub gets: Figures,
    /// How many operations failed.
    pub failed: u64,
    /// How the first of them did.
    pub failure: Option<String>,
}

/// The figures of one kind of operation.
#[derive(Clone, Copy, Debug, Serialize)]
pub struct Figures {
    /// How many succeeded.
    pub count: u64,
    /// How many of them in a second.
    pub per_second: f64,
    /// Half of them took no longer, in microseconds.
    pub p50_us: u64,
    /// Nine of ten.
    pub p90_us: u64,
    /// Ninety-nine of a hundred.
    pub p99_us: u64,
    /// Nine hundred and ninety-nine of a thousand.
    pub p999_us: u64,
    /// The slowest.
    pub max_us: u64,
}

impl Figures {
    fn of(histogram: &Histogram<u64>, seconds: f64) -> Figures {
        let at = |quantile| histogram.value_at_quantile(quantile);
        Figures {
            count: histogram.len(),
            per_second: histogram.len() as f64 / seconds,
            p50_us: at(0.5),
            p90_us: at(0.9),
            p99_us: at(0.99),
            p999_us: at(0.999),
            max_us: histogram.max(),
        }
    }
}

impl Report {
    /// What `system` did under `load`.
    pub fn of(system: String, load: Load, measured: &Measured) -> Report {
        let seconds = load.measured.as_secs_f64();
        Report {
            system,
            clients: load.clients,
            value_bytes: load.value_bytes,
            puts: Figures::of(&measured.puts, seconds),
            gets: Figures::of(&measured.gets, seconds),
            failed: measured.failed,
            failure: measured.failure.clone(),
        }
    }

    /// A table of several; times are in milliseconds.
    pub fn table(reports: &[Report]) -> String {
        let width = reports.iter().map(|report| report.system.len()).max();
        let width = width.unwrap_or_default().max("system".len());
        let mut text = format!(
            "{:<width$} {:>7}  {:<4} {:>9} {:>8} {:>8} {:>8} {:>8} {:>8} {:>7}\n",
            "system", "clients", "what", "ops/s", "p50 ms", "p90", "p99", "p99.9", "max", "failed"
        );
        for report in reports {
            for (what, figures) in [("put", report.puts), ("get", report.gets)] {
                if figures.count == 0 && (what == "get" || report.gets.count > 0) {
                    continue;
                }
                let ms = |us: u64| format!("{:.2}", us as f64 / 1000.0);
                let _ = writeln!(
                    text,
                    "{:<width$} {:>7}  {what:<4} {:>9.0} {:>8} {:>8} {:>8} {:>8} {:>8} {:>7}",
                    report.system,
                    report.clients,
                    figures.per_second,
                    ms(figures.p50_us),
                    ms(figures.p90_us),
                    ms(figures.p99_us),
                    ms(figures.p999_us),
                    ms(figures.max_us),
                    report.failed,
                );
            }
        }
        text
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    #[test]
    fn a_row_for_each_kind_of_operation_that_there_was() {
        let mut puts = Histogram::new_with_max(1_000_000, 3).unwrap();
        (1..=1000).for_each(|us| puts.record(us).unwrap());
        let measured = Measured {
            puts,
            gets: Histogram::new_with_max(1_000_000, 3).unwrap(),
            failed: 2,
            failure: None,
        };
        let load = Load {
            clients: 64,
            measured: Duration::from_secs(2),
            warm_up: Duration::ZERO,
            keys: 1,
            value_bytes: 256,
            reads_percent: 0,
        };
        let report = Report::of("katakv".to_owned(), load, &measured);
        let table = Report::table(&[report]);
        let row: Vec<&str> = table.lines().nth(1).unwrap().split_whitespace().collect();
        assert_eq!(
            row,
            [
                "katakv", "64", "put", "500", "0.50", "0.90", "0.99", "1.00", "1.00", "2"
            ]
        );
        assert_eq!(table.lines().count(), 2, "{table}");
    }
}
