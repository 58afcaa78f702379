//! `specs/tour.md` is true: every command of it is executed, and what it prints is what stands there.

use std::path::{Path, PathBuf};
use std::process::Command;
use tempfile::TempDir;

/// A fenced block of commands, and what stands after it.
struct Stop {
    commands: String,
    expected: String,
}

fn stops(tour: &str) -> Vec<Stop> {
    let mut stops: Vec<Stop> = Vec::new();
    let mut fence: Option<(&str, String)> = None;
    for line in tour.lines() {
        match (&mut fence, line.strip_prefix("```")) {
            (None, Some(language)) => fence = Some((language, String::new())),
            (None, None) => {}
            (Some((_, text)), None) => {
                text.push_str(line);
                text.push('\n');
            }
            (Some((language, text)), Some(_)) => {
                match (*language, stops.last_mut()) {
                    ("sh", _) => stops.push(Stop {
                        commands: text.clone(),
                        expected: String::new(),
                    }),
                    ("text", Some(stop)) => stop.expected = text.clone(),
                    _ => {}
                }
                fence = None;
            }
        }
    }
    stops
}

/// A line without what differs from run to run: figures, words of hexadecimal digits, and how wide columns are.
fn masked(line: &str) -> String {
    let words = line.split_whitespace().map(|word| {
        let pieces = word.split_inclusive([':', '/', '=', '.', ',']);
        pieces.map(mask).collect::<String>()
    });
    let mut masked: Vec<String> = words.collect();
    // `1 234 567` is one figure.
    masked.dedup_by(|word, before| word == "0" && before == "0");
    masked.join(" ")
}

fn mask(piece: &str) -> String {
    let body = piece.trim_end_matches([':', '/', '=', '.', ',']);
    let is_hexadecimal = body.len() >= 8 && body.bytes().all(|byte| byte.is_ascii_hexdigit());
    if is_hexadecimal {
        return piece.replacen(body, "0", 1);
    }
    let mut masked = String::new();
    for letter in piece.chars() {
        let letter = if letter.is_ascii_digit() { '0' } else { letter };
        if !(letter == '0' && masked.ends_with('0')) {
            masked.push(letter);
        }
    }
    masked
}

/// Whether the lines are those, where `...` stands for any number of them.
fn matches(expected: &[String], printed: &[String]) -> bool {
    match expected.split_first() {
        None => printed.is_empty(),
        Some((any, rest)) if any == "..." => {
            (0..=printed.len()).any(|skipped| matches(rest, &printed[skipped..]))
        }
        Some((line, rest)) => printed.first() == Some(line) && matches(rest, &printed[1..]),
    }
}

fn lines(text: &str) -> Vec<String> {
    let full = text.lines().filter(|line| !line.trim().is_empty());
    full.map(masked).collect()
}

/// Where the programs are that this was built with.
fn programs() -> PathBuf {
    let suite = Path::new(env!("CARGO_BIN_EXE_katakv-conformance"));
    let directory = suite.parent().expect("a program is in a directory").to_owned();
    for name in ["katakv", "katakv-model"] {
        assert!(
            directory.join(name).exists(),
            "there is no {name} beside the suite: `cargo test --workspace` builds all of them"
        );
    }
    directory
}

/// The cluster of the tour ends with it, also where the tour does not get to its end.
struct Cluster<'a>(&'a TempDir);

impl Drop for Cluster<'_> {
    fn drop(&mut self) {
        let end = "test -f dev.pid && kill -INT \"$(cat dev.pid)\"";
        // Where it has ended already there is nothing to end.
        let _ = Command::new("bash")
            .args(["-c", end])
            .current_dir(self.0.path())
            .output();
    }
}

#[test]
fn every_command_prints_what_stands_there() {
    let tour = include_str!("../../specs/tour.md");
    let directory = tempfile::tempdir().expect("there is room");
    let _cluster = Cluster(&directory);
    let path = format!(
        "{}:{}",
        programs().display(),
        std::env::var("PATH").unwrap_or_default()
    );
    for Stop { commands, expected } in stops(tour) {
        let output = Command::new("bash")
            // Results and remarks as a terminal shows them.
            .args(["-c", &format!("exec 2>&1\n{commands}")])
            .env("PATH", &path)
            .current_dir(directory.path())
            .output()
            .expect("there is a bash");
        let printed = String::from_utf8_lossy(&output.stdout).into_owned();
        assert!(
            matches(&lines(&expected), &lines(&printed)),
            "{commands}\nprints\n\n{printed}\nnot\n\n{expected}"
        );
    }
}

#[test]
fn figures_are_masked_and_words_are_not() {
    assert_eq!(
        masked("tiny   54 000   13 607  0.1 5e-12  all hold"),
        "tiny 0 0.0 0e-0 all hold"
    );
    assert_eq!(
        masked("token kv1:ee57510222fb8c86:p8=e1.2:4cf54862"),
        "token kv0:0:p0=e0.0:0"
    );
    assert_ne!(masked("hello"), masked("again"));
}

#[test]
fn three_dots_stand_for_any_lines() {
    let text = |lines: &[&str]| lines.iter().map(ToString::to_string).collect::<Vec<_>>();
    assert!(matches(&text(&["a", "...", "d"]), &text(&["a", "b", "c", "d"])));
    assert!(matches(&text(&["a", "..."]), &text(&["a"])));
    assert!(!matches(&text(&["a", "d"]), &text(&["a", "b", "d"])));
}
