//! Stateright's Explorer, opened at the address that is printed.

use crate::UNREADABLE;
use crate::driver::Browser;
use katakv_model::source;
use serde_json::json;
use std::io::{BufRead, BufReader};
use std::process::{Child, Command, Stdio};

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
    let explorer = Explorer::start(&["--mutant", "vote-not-persisted"]);
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
