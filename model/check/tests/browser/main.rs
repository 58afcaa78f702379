//! What people look at, in a real browser: keys, addresses, and that no text covers another or is cut off.

mod driver;

use driver::{ARROW_DOWN, ARROW_LEFT, Browser, END, HOME};
use katakv_model::diagram::{self, Tale};
use katakv_model::source;
use serde_json::json;
use std::io::{BufRead, BufReader};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};

/// A mutant's page, as a file.
fn page(mutant: &str) -> PathBuf {
    let trace = source::find(mutant, None, 0).expect("it is a mutant");
    let page = diagram::page(&Tale::of(&trace).expect("it is possible"));
    let path = PathBuf::from(format!("{}/{mutant}.html", env!("CARGO_TARGET_TMPDIR")));
    std::fs::write(&path, page).expect("tests may write there");
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
const UNREADABLE: &str = "(() => {
    const svg = document.querySelector('svg.katakv');
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
            let sideways = browser.value("document.documentElement.scrollWidth > innerWidth");
            assert_eq!(sideways, json!(false), "{mutant} at {width}");
            browser.keep(&format!("{mutant}-{width}"));
        }
    }
}

/// The Explorer's process; it ends with this.
struct Explorer {
    child: Child,
    address: String,
}

impl Explorer {
    fn start(arguments: &[&str]) -> Explorer {
        let mut child = Command::new(env!("CARGO_BIN_EXE_katakv-model"))
            .args(["explore", "--port", "0"])
            .args(arguments)
            .stdout(Stdio::piped())
            .spawn()
            .expect("the binary runs");
        let mut lines = BufReader::new(child.stdout.take().expect("it is piped")).lines();
        let first = lines.next().expect("it says its address").expect("in a line");
        let address = first.strip_prefix("Open ").expect("that begins so").to_owned();
        // It says it just before it listens.
        let host = address.split('/').nth(2).expect("it is an address");
        while std::net::TcpStream::connect(host).is_err() {
            std::thread::sleep(std::time::Duration::from_millis(20));
        }
        Explorer { child, address }
    }
}

impl Drop for Explorer {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

#[test]
fn the_explorers_address_shows_the_counterexample() {
    let Some(browser) = Browser::start() else { return };
    let explorer = Explorer::start(&["votes", "--mutant", "vote-not-persisted"]);
    browser.look(1500, 1200, false);
    browser.open(&explorer.address);
    // Eleven steps, after the initial state and what Stateright has before it.
    browser.wait_for("document.querySelectorAll('.path-list li').length === 13");
    browser.wait_for("document.querySelector('.notice .broken') !== null");
    let said = browser.value("document.querySelector('.notice').textContent");
    let said = said.as_str().expect("it is text");
    for words in [
        "the vote is not made durable",
        "election safety does not hold: n0 and n2 both lead in epoch 1",
        "Run to completion",
    ] {
        assert!(said.contains(words), "{said}");
    }
    assert_eq!(browser.value(UNREADABLE), json!([]));
    browser.keep("explorer");
    // Back to the step before, where it still holds.
    browser.press('\u{e013}');
    browser.wait_for("document.querySelector('.notice .broken') === null");
    // Everything came from here.
    let elsewhere = browser.value(
        "performance.getEntriesByType('resource').map((entry) => entry.name).filter((name) => !name.startsWith(location.origin))",
    );
    assert_eq!(elsewhere, json!([]));
}

#[test]
fn the_explorer_opens_a_trace_from_a_file_and_ends_with_ctrl_c() {
    let Some(browser) = Browser::start() else { return };
    let trace = source::find("no-lineage-check", None, 0).expect("it is a mutant");
    let file = tempfile::NamedTempFile::new().expect("there is room");
    let text = trace.to_text("a trace").expect("it is possible");
    std::fs::write(file.path(), text).expect("tests may write there");
    let mut explorer = Explorer::start(&["--trace", &file.path().display().to_string()]);
    browser.open(&explorer.address);
    let steps = trace.steps.len();
    browser.wait_for(&format!(
        "document.querySelectorAll('.path-list li').length === {}",
        steps + 2
    ));
    browser.wait_for("document.querySelector('.notice .broken') !== null");
    let interrupted = Command::new("kill")
        .args(["-INT", &explorer.child.id().to_string()])
        .status();
    assert!(interrupted.expect("there is a kill").success());
    let ended = explorer.child.wait().expect("it ends");
    assert_eq!(ended.code(), Some(130));
}
