//! A browser without a window, driven as WebDriver says (W3C, 2018): JSON over HTTP on loopback. The few commands that are
//! needed here are fewer lines than a client library has dependencies.

use serde_json::{Value, json};
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{Ipv4Addr, TcpStream};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

/// How long anything may take before it is taken for hung.
const PATIENCE: Duration = Duration::from_secs(120);

/// A key, by the letter that WebDriver has for it.
pub const ARROW_DOWN: char = '\u{e015}';
pub const ARROW_LEFT: char = '\u{e012}';
pub const END: char = '\u{e010}';
pub const HOME: char = '\u{e011}';

/// A session with a browser; both end with it.
pub struct Browser {
    driver: Child,
    port: u16,
    session: String,
    _profile: tempfile::TempDir,
}

impl Browser {
    /// Starts one; `None` where there is none to start, which is a failure if `KATAKV_BROWSER` says that one is required.
    pub fn start() -> Option<Browser> {
        let command = Command::new("chromedriver")
            .arg("--port=0")
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn();
        let mut driver = match command {
            Ok(driver) => driver,
            Err(error) => {
                let missing = format!("no chromedriver ({error}): apt-get install chromium chromium-driver");
                assert!(std::env::var_os("KATAKV_BROWSER").is_none(), "{missing}");
                // To the terminal itself: a test's own output is not shown when it passes.
                let _ = writeln!(std::io::stderr(), "NOT CHECKED in a browser: {missing}");
                return None;
            }
        };
        let mut lines = BufReader::new(driver.stdout.take().expect("it is piped")).lines();
        let port = lines.find_map(|line| {
            let line = line.expect("the driver speaks");
            let port = line.split("successfully on port ").nth(1)?;
            port.trim_end_matches('.').parse().ok()
        });
        let profile = tempfile::tempdir().expect("there is room for a profile");
        let mut browser = Browser {
            driver,
            port: port.expect("the driver says its port"),
            session: String::new(),
            _profile: profile,
        };
        let directory = format!("--user-data-dir={}", browser._profile.path().display());
        let arguments = [
            "--headless",
            "--no-sandbox",
            "--disable-gpu",
            "--no-first-run",
            "--disable-background-networking",
            "--disable-component-update",
            "--disable-sync",
            "--hide-scrollbars",
            &directory,
        ];
        let wanted = json!({"capabilities": {"alwaysMatch": {"goog:chromeOptions": {"args": arguments}}}});
        let session = browser.call("POST", "/session", &wanted);
        browser.session = session["sessionId"]
            .as_str()
            .expect("it has a session")
            .to_owned();
        Some(browser)
    }

    pub fn open(&self, address: &str) {
        self.post("/url", &json!({ "url": address }));
    }

    /// The value of a JavaScript expression.
    pub fn value(&self, expression: &str) -> Value {
        self.post(
            "/execute/sync",
            &json!({"script": format!("return {expression};"), "args": []}),
        )
    }

    /// Waits until an expression is true, in the middle of whatever the page loads.
    pub fn wait_for(&self, expression: &str) {
        let started = Instant::now();
        while self.value(expression) != json!(true) {
            assert!(started.elapsed() < PATIENCE, "it never comes to be: {expression}");
            std::thread::sleep(Duration::from_millis(50));
        }
    }

    pub fn press(&self, key: char) {
        let key = key.to_string();
        let strokes = json!([{"type": "keyDown", "value": key}, {"type": "keyUp", "value": key}]);
        self.post(
            "/actions",
            &json!({"actions": [{"type": "key", "id": "keys", "actions": strokes}]}),
        );
    }

    /// How large the page is, and whether it is dark.
    pub fn look(&self, width: u32, height: u32, dark: bool) {
        let scheme = if dark { "dark" } else { "light" };
        self.cdp(
            "Emulation.setDeviceMetricsOverride",
            json!({"width": width, "height": height, "deviceScaleFactor": 1, "mobile": false}),
        );
        self.cdp(
            "Emulation.setEmulatedMedia",
            json!({"features": [{"name": "prefers-color-scheme", "value": scheme}]}),
        );
    }

    /// Keeps a picture of the page, for whoever wants to look.
    pub fn keep(&self, name: &str) {
        let picture = self.call(
            "GET",
            &format!("/session/{}/screenshot", self.session),
            &Value::Null,
        );
        let bytes = from_base64(picture.as_str().expect("it is text"));
        let path = format!("{}/{name}.png", env!("CARGO_TARGET_TMPDIR"));
        std::fs::write(path, bytes).expect("tests may write there");
    }

    fn cdp(&self, command: &str, params: Value) {
        self.post("/goog/cdp/execute", &json!({"cmd": command, "params": params}));
    }

    fn post(&self, path: &str, body: &Value) -> Value {
        self.call("POST", &format!("/session/{}{path}", self.session), body)
    }

    fn call(&self, method: &str, path: &str, body: &Value) -> Value {
        let mut stream = TcpStream::connect((Ipv4Addr::LOCALHOST, self.port)).expect("the driver listens");
        stream.set_read_timeout(Some(PATIENCE)).expect("it is not zero");
        let body = if body.is_null() {
            String::new()
        } else {
            body.to_string()
        };
        write!(
            stream,
            "{method} {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nContent-Type: application/json\r\n\
             Content-Length: {}\r\n\r\n{body}",
            body.len()
        )
        .expect("the driver reads");
        let answer = answer(BufReader::new(stream));
        let answer: Value = serde_json::from_str(&answer).unwrap_or_else(|error| panic!("{error}: {answer}"));
        let value = &answer["value"];
        assert!(value.get("error").is_none(), "{method} {path}: {value}");
        value.clone()
    }
}

impl Drop for Browser {
    fn drop(&mut self) {
        if !std::thread::panicking() && !self.session.is_empty() {
            self.call("DELETE", &format!("/session/{}", self.session), &Value::Null);
        }
        let _ = self.driver.kill();
        let _ = self.driver.wait();
    }
}

/// The body of an answer: as long as its head says.
fn answer(mut stream: BufReader<TcpStream>) -> String {
    let mut length = 0;
    loop {
        let mut line = String::new();
        stream.read_line(&mut line).expect("the driver answers");
        match line.trim_end().split_once(':') {
            Some((name, value)) if name.eq_ignore_ascii_case("content-length") => {
                length = value.trim().parse().expect("a length is a number");
            }
            Some(_) => {}
            None if line.trim_end().is_empty() => break,
            None => {}
        }
    }
    let mut body = vec![0; length];
    stream.read_exact(&mut body).expect("the driver answers in full");
    String::from_utf8(body).expect("JSON is text")
}

fn from_base64(text: &str) -> Vec<u8> {
    let digit = |letter: u8| match letter {
        b'A'..=b'Z' => letter - b'A',
        b'a'..=b'z' => letter - b'a' + 26,
        b'0'..=b'9' => letter - b'0' + 52,
        b'+' => 62,
        _ => 63,
    };
    let mut bytes = Vec::new();
    for four in text.trim_end_matches('=').as_bytes().chunks(4) {
        let bits = four
            .iter()
            .fold(0u32, |bits, letter| bits << 6 | u32::from(digit(*letter)));
        let bits = bits << (6 * (4 - four.len()));
        bytes.extend_from_slice(&bits.to_be_bytes()[1..four.len()]);
    }
    bytes
}
