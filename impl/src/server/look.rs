//! A look at the whole node: every owner adds what it knows, and the last one tells.
//!
//! So it is answered only if all owners are alive, and each says what was true at one moment of its own.

use katakv_core::Partition;
use std::sync::Mutex;

/// One that is being taken.
pub(super) struct Look<T>(Mutex<Parts<T>>);

struct Parts<T> {
    found: Vec<(Partition, T)>,
    /// How many owners have not looked yet.
    missing: usize,
    tell: Option<Tell<T>>,
}

type Tell<T> = Box<dyn FnOnce(Vec<T>) + Send>;

impl<T> Look<T> {
    /// Of so many owners.
    pub(super) fn new(owners: usize, tell: impl FnOnce(Vec<T>) + Send + 'static) -> Look<T> {
        Look(Mutex::new(Parts {
            found: Vec::new(),
            missing: owners,
            tell: Some(Box::new(tell)),
        }))
    }

    /// What an owner knows; each adds it once. With the last one all of it is told, in the order of the partitions.
    pub(super) fn add(&self, part: impl Iterator<Item = (Partition, T)>) {
        let mut parts = self.0.lock().expect("nothing panics while it holds a look");
        parts.found.extend(part);
        parts.missing -= 1;
        if parts.missing == 0
            && let Some(tell) = parts.tell.take()
        {
            let mut found = std::mem::take(&mut parts.found);
            drop(parts);
            found.sort_by_key(|(partition, _)| *partition);
            tell(found.into_iter().map(|(_, found)| found).collect());
        }
    }
}
