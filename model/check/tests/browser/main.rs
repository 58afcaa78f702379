//! What people look at, in a real browser: keys, addresses, and that no text covers another or is cut off.

mod driver;
mod explorer;
mod report;

use driver::{ARROW_DOWN, ARROW_LEFT, Browser, END, HOME};
use katakv_model::diagram::{self, Parting, Tale};
use katakv_model::{Trace, source};
use serde_json::json;
use std::path::PathBuf;

/// A mutant's page, as a file.
fn page(mutant: &str) -> PathBuf {
    let trace = source::find(mutant, None, 0).expect("it is a mutant");
    written(mutant, &tale(&trace))
}

fn tale(trace: &Trace) -> Tale {
    Tale::of(trace).expect("it is possible")
}

fn written(name: &str, tale: &Tale) -> PathBuf {
    let path = PathBuf::from(format!("{}/{name}.html", env!("CARGO_TARGET_TMPDIR")));
    std::fs::write(&path, diagram::page(tale)).expect("tests may write there");
    path
}

fn text(browser: &Browser, id: &str) -> String {
    let value = browser.value(&format!("document.getElementById('{id}').textContent"));
    value.as_str().expect("it is text").to_owned()
}

#[test]
fn keys_go_from_step_to_step() {
    let Some(browser) = Browser::start() else { return };
    browser.open(&format!("file://{}", page("early-vote-request").display()));
    assert_eq!(text(&browser, "place"), "step 0 of 17");
    browser.press(ARROW_DOWN);
    assert_eq!(text(&browser, "place"), "step 1 of 17");
    assert_eq!(text(&browser, "words"), "n0 hears no leader and campaigns");
    let changed = browser.value("document.querySelectorAll('#rows td.new').length");
    assert!(changed.as_u64() > Some(2), "{changed}");
    assert_eq!(text(&browser, "broken"), "");
    browser.press(END);
    assert_eq!(text(&browser, "place"), "step 17 of 17");
    let why = text(&browser, "broken");
    assert!(
        why.contains("leader completeness does not hold: n1 leads epoch 2"),
        "{why}"
    );
    browser.press(ARROW_DOWN);
    assert_eq!(text(&browser, "place"), "step 17 of 17");
    browser.press(ARROW_LEFT);
    assert_eq!(text(&browser, "place"), "step 16 of 17");
    browser.press(HOME);
    assert_eq!(text(&browser, "place"), "step 0 of 17");
    browser.value("document.getElementById('row-9').dispatchEvent(new MouseEvent('click'))");
    assert_eq!(text(&browser, "place"), "step 9 of 17");
    assert_eq!(browser.value("location.hash"), json!("#9"));
}

/// Pairs of texts that cover each other, and texts that leave the picture: as the browser has laid them out.
pub const UNREADABLE: &str = "(() => {
    const svg = document.querySelector('svg.katakv:not(#heads svg)');
    const whole = svg.getBoundingClientRect();
    const texts = [...svg.querySelectorAll('text')].map((text) => {
        const box = text.getBoundingClientRect();
        return { what: text.textContent, left: box.left, right: box.right, top: box.top + 2, bottom: box.bottom - 2 };
    });
    const bad = texts.filter((one) => one.left < whole.left || one.right > whole.right || one.bottom > whole.bottom)
        .map((one) => 'cut off: ' + one.what);
    texts.forEach((one, place) => texts.slice(place + 1).forEach((other) => {
        const across = Math.min(one.right, other.right) - Math.max(one.left, other.left);
        const down = Math.min(one.bottom, other.bottom) - Math.max(one.top, other.top);
        if (across > 1 && down > 1) bad.push(one.what + ' | ' + other.what);
    }));
    return bad;
})()";

/// Whether the page is wider than the window.
pub const SIDEWAYS: &str = "document.documentElement.scrollWidth > innerWidth";

#[test]
fn no_text_covers_another_or_is_cut_off() {
    let Some(browser) = Browser::start() else { return };
    for mutant in [
        "early-vote-request",
        "count-older-epochs",
        "no-lineage-check",
        "reads-without-round",
        "snapshot-before-sync",
        "pre-vote-against-a-leader",
        "answered-before-outcome",
    ] {
        let path = page(mutant);
        for (width, dark) in [(1800, false), (1200, true), (820, false)] {
            browser.look(width, 1000, dark);
            browser.open(&format!("file://{}", path.display()));
            browser.press(END);
            assert_eq!(browser.value(UNREADABLE), json!([]), "{mutant} at {width}");
            assert_eq!(browser.value(SIDEWAYS), json!(false), "{mutant} at {width}");
            browser.keep(&format!("{mutant}-{width}"));
        }
    }
}

/// Whatever a random walk meets, in a moment or for long.
#[test]
fn long_ways_are_drawn_as_well_as_short_ones() {
    let Some(browser) = Browser::start() else { return };
    for (scope, number, steps) in [("storm", 1, 20), ("duplicating", 4, 200)] {
        let trace = source::walk(scope, 0, number, steps).expect("it is a scope");
        assert_eq!(trace.steps.len(), steps, "the walk goes on for so long");
        let name = format!("walk-{scope}-{steps}");
        let path = written(&name, &tale(&trace));
        for (width, dark) in [(1280, true), (390, false)] {
            browser.look(width, 900, dark);
            browser.open(&format!("file://{}", path.display()));
            browser.press(END);
            assert_eq!(browser.value(UNREADABLE), json!([]), "{name} at {width}");
            assert_eq!(browser.value(SIDEWAYS), json!(false), "{name} at {width}");
            assert_eq!(text(&browser, "place"), format!("step {steps} of {steps}"));
            let color = if dark { "dark" } else { "light" };
            browser.keep(&format!("{name}-{width}-{color}"));
        }
    }
}

/// The page that is kept where a real node does something else than the model.
#[test]
fn where_model_and_node_part_they_stand_side_by_side() {
    let Some(browser) = Browser::start() else { return };
    let trace = source::find("early-vote-request", None, 0).expect("it is a mutant");
    let mut tale = tale(&trace);
    tale.parting = Some(Parting {
        words: "n1 has another state than the model".into(),
        sides: vec![
            ["commit: Index(1)".into(), "commit: Index(2)".into()],
            [
                "role: Follower { leader: Some(NodeId(0)) }".repeat(4),
                String::new(),
            ],
            [
                "log: MemLog { base: Lineage([]) }".into(),
                "log: MemLog { base: Lineage([]) }".into(),
            ],
        ],
    });
    let path = written("divergence", &tale);
    for (width, dark) in [(1280, false), (1280, true), (390, false)] {
        browser.look(width, 900, dark);
        browser.open(&format!("file://{}", path.display()));
        let shown = "document.getElementById('parting').getClientRects().length > 0";
        assert_eq!(browser.value(shown), json!(false), "it belongs to the last step");
        browser.press(END);
        assert_eq!(browser.value(shown), json!(true));
        assert_eq!(text(&browser, "parts"), "n1 has another state than the model");
        let differing = browser.value("document.querySelectorAll('#sides td.parts').length");
        assert_eq!(differing, json!(4), "two fields differ, at two sides");
        let beside = "(([model, node]) => model.top === node.top && model.right <= node.left + 1)(
            [...document.querySelector('#sides tr').cells].map((cell) => cell.getBoundingClientRect()))";
        assert_eq!(browser.value(beside), json!(true), "at {width}");
        assert_eq!(browser.value(SIDEWAYS), json!(false), "at {width}");
        let color = if dark { "dark" } else { "light" };
        browser.keep(&format!("divergence-{width}-{color}"));
    }
}
