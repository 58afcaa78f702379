//! One file per promise: `append` (order and states), `torn` (what is cut), `damage` (what is refused),
//! `purge`, `thread`.

mod append;
mod damage;
mod purge;
mod thread;
mod torn;

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};

use tempfile::TempDir;

use super::{Appended, Identity, RecoveryReport, Wal, WalConfig, WalError};

const IDENTITY: Identity = Identity(*b"cluster-a/node-1");

type Records = Vec<(u8, Vec<u8>)>;
type Files = BTreeMap<PathBuf, Vec<u8>>;

/// A directory for one log, and ways to look at its bytes and change them between two opens.
struct Home {
    tmp: TempDir,
    config: WalConfig,
}

impl Home {
    fn new(segment_bytes: u64) -> Home {
        Home {
            tmp: tempfile::tempdir().unwrap(),
            config: WalConfig { segment_bytes },
        }
    }

    fn dir(&self) -> PathBuf {
        self.tmp.path().join("wal")
    }

    fn segment(&self, number: u64) -> PathBuf {
        self.dir().join(format!("wal-{number:08}.seg"))
    }

    fn try_open(&self) -> Result<(Wal, Records, RecoveryReport), WalError> {
        let mut records = Vec::new();
        let replay = |_, partition, payload: &[u8]| {
            records.push((partition, payload.to_vec()));
            Ok(())
        };
        let (wal, report) = Wal::open(&self.dir(), IDENTITY, self.config, replay)?;
        Ok((wal, records, report))
    }

    fn open(&self) -> (Wal, Records, RecoveryReport) {
        self.try_open().unwrap()
    }

    fn records(&self) -> Records {
        self.open().1
    }

    /// The whole content of the directory.
    fn files(&self) -> Files {
        let paths = fs::read_dir(self.dir())
            .unwrap()
            .map(|entry| entry.unwrap().path());
        paths
            .map(|path| (path.clone(), fs::read(&path).unwrap()))
            .collect()
    }

    fn restore(&self, files: &Files) {
        for path in self.files().keys() {
            fs::remove_file(path).unwrap();
        }
        for (path, bytes) in files {
            fs::write(path, bytes).unwrap();
        }
    }

    /// Opening fails, and changes nothing.
    fn refuses(&self) -> WalError {
        let before = self.files();
        let error = self.try_open().expect_err("must be refused");
        assert!(
            self.files() == before,
            "refused with {error}, but changed the files"
        );
        error
    }
}

fn overwrite(path: &Path, at: u64, bytes: &[u8]) {
    File::options()
        .write(true)
        .open(path)
        .unwrap()
        .write_all_at(bytes, at)
        .unwrap();
}

fn flip(path: &Path, at: u64) {
    let byte = fs::read(path).unwrap()[at as usize];
    overwrite(path, at, &[byte ^ 0x10]);
}

fn truncate(path: &Path, bytes: u64) {
    File::options()
        .write(true)
        .open(path)
        .unwrap()
        .set_len(bytes)
        .unwrap();
}

fn zero(path: &Path, start: u64, end: u64) {
    overwrite(path, start, &vec![0; (end - start) as usize]);
}

/// Record `n` of a test: partitions, lengths and contents differ, and some end in zeros as free space does.
fn record(n: u8) -> (u8, Vec<u8>) {
    let mut payload = vec![n; usize::from(n % 4) * 3];
    payload.resize(payload.len() + usize::from(n % 3), 0);
    (n % 10, payload)
}

fn records(numbers: impl IntoIterator<Item = u8>) -> Records {
    numbers.into_iter().map(record).collect()
}

fn append_all(wal: &mut Wal, numbers: impl IntoIterator<Item = u8>) -> Vec<Appended> {
    records(numbers)
        .iter()
        .map(|(partition, payload)| wal.append(*partition, payload).unwrap())
        .collect()
}
