//! Into which file a group goes with the least wait: one that grows, one of zeros that were put there ahead, as the log's
//! segments are, or one that was full of other records before, as segments would be if they were recycled.
//!
//! The three are taken in turn, for a moment each and round after round, so that whatever else the machine does befalls them alike; and
//! each by three writers with a file of their own, as three nodes would on one disk. What is printed are medians over the rounds, and how they compare
//! within a round.
//!
//! The files lie in Cargo's target directory, which is on a disk; the system's temporary directory may be memory, where a sync does
//! nothing.
//!
//! ```sh
//! cargo bench -p katakv --bench segments              # 40 rounds
//! cargo bench -p katakv --bench segments -- 100       # more of them
//! ```
#![allow(clippy::print_stdout)]

use std::fs::File;
use std::os::unix::fs::FileExt;
use std::sync::Barrier;
use std::thread;
use std::time::{Duration, Instant};

/// What lies in a file before groups go there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Before {
    Nothing,
    Zeros,
    Records,
}

const ALL: [Before; 3] = [Before::Nothing, Before::Zeros, Before::Records];
const WRITERS: usize = 3;
/// A group of a busy node: some records.
const GROUP: [u8; 4096] = [b'g'; 4096];
/// A segment's size; no turn comes to its end.
const FILE_BYTES: usize = 16 << 20;
const TURN: Duration = Duration::from_millis(250);
const ROUNDS: usize = 40;

fn main() {
    // Cargo adds an argument of its own.
    let rounds = std::env::args()
        .skip(1)
        .find_map(|argument| argument.parse().ok());
    let mut rounds: Vec<[f64; 3]> = (0..rounds.unwrap_or(ROUNDS)).map(round).collect();
    println!(
        "{} rounds of {WRITERS} writers, {} bytes a sync",
        rounds.len(),
        GROUP.len()
    );
    for (place, before) in ALL.iter().enumerate() {
        let per_sync = median(rounds.iter().map(|round| round[place]));
        let of_zeros = median(rounds.iter().map(|round| round[place] / round[1]));
        println!(
            "{:<8} {per_sync:>7.1} us a sync, {of_zeros:.2} of zeros'",
            format!("{before:?}")
        );
    }
    rounds.retain(|round| round[2] < round[1]);
    println!("records were faster than zeros in {} rounds", rounds.len());
}

/// Microseconds a sync, of each kind; each round begins with another one.
fn round(number: usize) -> [f64; 3] {
    let mut micros = [0.0; 3];
    for turn in 0..ALL.len() {
        let place = (number + turn) % ALL.len();
        micros[place] = turn_of(ALL[place]);
    }
    micros
}

/// The mean time that a sync takes while all writers sync.
fn turn_of(before: Before) -> f64 {
    let home = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR")).expect("there is room for files");
    let files: Vec<File> = (0..WRITERS)
        .map(|number| prepared(&home.path().join(number.to_string()), before))
        .collect();
    let ready = Barrier::new(WRITERS);
    let means: Vec<f64> = thread::scope(|scope| {
        let write = |file: &File| {
            ready.wait();
            let (began, mut syncs) = (Instant::now(), 0);
            while began.elapsed() < TURN && (syncs + 1) * GROUP.len() <= FILE_BYTES {
                let at = (syncs * GROUP.len()) as u64;
                file.write_all_at(&GROUP, at).expect("there is room");
                file.sync_data().expect("the disk syncs");
                syncs += 1;
            }
            began.elapsed().as_secs_f64() * 1e6 / syncs as f64
        };
        let writers: Vec<_> = files
            .iter()
            .map(|file| scope.spawn(move || write(file)))
            .collect();
        writers
            .into_iter()
            .map(|writer| writer.join().expect("a writer does not panic"))
            .collect()
    });
    means.iter().sum::<f64>() / WRITERS as f64
}

fn prepared(path: &std::path::Path, before: Before) -> File {
    let file = File::create(path).expect("the directory is empty");
    let contents: &[u8] = match before {
        Before::Nothing => &[],
        Before::Zeros => &[0],
        Before::Records => &[0, b'r'],
    };
    for content in contents {
        file.write_all_at(&vec![*content; FILE_BYTES], 0)
            .expect("there is room");
        file.sync_all().expect("the disk syncs");
    }
    file
}

fn median(values: impl Iterator<Item = f64>) -> f64 {
    let mut values: Vec<f64> = values.collect();
    values.sort_by(f64::total_cmp);
    values[values.len() / 2]
}
