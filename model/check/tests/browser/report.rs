//! The page of a run.

use crate::SIDEWAYS;
use crate::driver::Browser;
use katakv_model::check::{self, How};
use katakv_model::report::{Edges, Kill, Kills, Report};
use katakv_model::{hunt, mutants, scopes, source};
use serde_json::json;

/// A run with a bit of everything.
fn report() -> Report {
    let mut report = Report::default();
    let names = ["tiny", "takeover"];
    let scopes = names.map(|name| scopes::find(name).expect("it is a scope"));
    let how = How {
        coverage: true,
        ..How::on(2)
    };
    report.checked = check::run(&scopes, how, |_, _| {});
    let some: Vec<_> = mutants::ALL.iter().take(6).collect();
    report.hunts = hunt::all(&some, 2);
    report.verdicts = vec![
        ("check".into(), true, "2 of 2 scopes exhausted".into()),
        (
            "mutants".into(),
            false,
            "5 of 6 killed, and this line is longer than a telephone is wide".into(),
        ),
    ];
    report.edges = [
        ("a delivery", 250_000),
        ("a crash that keeps 1 of 2 records", 17),
        ("a timer", 0),
    ]
    .map(|(class, in_model)| Edges {
        class: class.into(),
        in_model,
        taken: in_model / 2,
    })
    .into();
    let kill = |mistake: Option<&str>, noticed| Kill {
        mistake: mistake.map(Into::into),
        words: "after a failed sync the log goes on".into(),
        noticed,
        shortest: None,
    };
    let trace = source::find("no-lineage-check", None, 0).expect("it is a mutant");
    report.kills = Some(Kills {
        layers: ["replay", "processes", "suite"].map(Into::into).into(),
        rows: vec![
            kill(None, vec![false; 3]),
            Kill {
                shortest: Some((trace, "n1 has another state than the model".into())),
                ..kill(Some("wal-failed-sync-retried"), vec![true, true, true])
            },
            kill(Some("wal-partition-shifted"), vec![false; 3]),
        ],
        note: "It took 7 s.".into(),
    });
    report
}

/// Cells whose text is wider than they are, or that leave the table that scrolls by itself.
const CUT_OFF: &str =
    "[...document.querySelectorAll('td, th')].filter((cell) => cell.scrollWidth > cell.clientWidth + 1)
    .map((cell) => cell.textContent)";

#[test]
fn the_page_of_a_run_fits_windows_and_telephones() {
    let Some(browser) = Browser::start() else { return };
    let directory = std::path::Path::new(env!("CARGO_TARGET_TMPDIR")).join("report");
    report().write(&directory).expect("tests may write there");
    let address = format!("file://{}", directory.join("index.html").display());
    for (width, dark) in [(1280, false), (1280, true), (390, false), (390, true)] {
        browser.look(width, 1600, dark);
        browser.open(&address);
        assert_eq!(browser.value(SIDEWAYS), json!(false), "at {width}");
        assert_eq!(browser.value(CUT_OFF), json!([]), "at {width}");
        let color = if dark { "dark" } else { "light" };
        browser.keep(&format!("report-{width}-{color}"));
    }
    let survivors = browser.value("[...document.querySelectorAll('td.bad')].map((cell) => cell.textContent)");
    let survivors = survivors.as_array().expect("it is a list");
    assert!(survivors.contains(&json!("SURVIVES")), "{survivors:?}");
    let broken =
        browser.value("[...document.querySelectorAll('a')].map((link) => link.getAttribute('href'))");
    for link in broken.as_array().expect("it is a list") {
        let link = link.as_str().expect("a link has an address");
        assert!(directory.join(link).exists(), "{link}");
    }
}
