//! Scans: the keys of a partition that begin alike, page by page.
//!
//! A page is read like a single key, and the same decision says whether a session may be answered. It is of one state, that
//! of the entry which it names, however many keys are on it. Nothing is kept between two pages: the next one is of whatever is
//! applied by then. If the session has advanced to the first page's position, it is of that state or a later one.

use crate::{Bytes, Versioned};
use serde::{Deserialize, Serialize};

/// Which keys, and how many at most.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Scan {
    /// What the keys begin with.
    pub prefix: Bytes,
    /// The last key of the page before, in their order, which is that of their bytes.
    pub after: Option<Bytes>,
    /// How many keys are on a page.
    pub keys_max: u32,
    /// How many bytes of keys and values, but at least one key, if there is one.
    pub bytes_max: u32,
}

impl Scan {
    /// Whether `key` is one of those.
    pub fn takes(&self, key: &[u8]) -> bool {
        key.starts_with(&self.prefix) && self.after.as_ref().is_none_or(|after| *key > **after)
    }
}

/// A page of a scan.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct ScanPage {
    /// Keys in order, with what is under them.
    pub items: Vec<(Bytes, Versioned)>,
    /// Whether there were further keys in that state.
    pub more: bool,
}

impl ScanPage {
    /// The page that `scan` gets of `found`: keys that it takes, in order. No more is taken of `found` than is needed.
    pub fn of(scan: &Scan, found: impl IntoIterator<Item = (Bytes, Versioned)>) -> ScanPage {
        let mut page = ScanPage::default();
        let mut bytes = 0;
        for (key, found) in found {
            bytes += key.len() + found.value.len();
            let fits = page.items.len() < scan.keys_max as usize && bytes <= scan.bytes_max as usize;
            if !fits && !page.items.is_empty() {
                page.more = true;
                break;
            }
            page.items.push((key, found));
        }
        page
    }

    /// How many bytes of keys and values are on it.
    pub fn bytes(&self) -> usize {
        self.items
            .iter()
            .map(|(key, found)| key.len() + found.value.len())
            .sum()
    }

    /// Where the next page begins: after this key.
    pub fn end(&self) -> Option<&Bytes> {
        self.items.last().map(|(key, _)| key)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{EntryId, Epoch, Index};

    fn page(keys_max: u32, bytes_max: u32) -> (Vec<String>, bool) {
        let scan = Scan {
            prefix: "".into(),
            after: None,
            keys_max,
            bytes_max,
        };
        let version = EntryId::new(Epoch(1), Index(1));
        let found = ["a", "b", "c"].map(|key| {
            let value = "12".into();
            (key.into(), Versioned { value, version })
        });
        let ScanPage { items, more } = ScanPage::of(&scan, found);
        (items.iter().map(|(key, _)| key.to_string()).collect(), more)
    }

    #[test]
    fn a_page_ends_at_either_bound_and_says_whether_there_is_more() {
        assert_eq!(page(2, 100), (vec!["a".into(), "b".into()], true));
        assert_eq!(page(9, 6), (vec!["a".into(), "b".into()], true));
        assert_eq!(page(3, 9), (vec!["a".into(), "b".into(), "c".into()], false));
    }

    #[test]
    fn a_page_has_a_key_if_there_is_one_however_long_it_is() {
        assert_eq!(page(9, 1), (vec!["a".into()], true));
        assert_eq!(page(0, 0), (vec!["a".into()], true));
    }

    #[test]
    fn a_scan_goes_on_after_a_key() {
        let scan = Scan {
            prefix: "k".into(),
            after: Some("k1".into()),
            keys_max: 1,
            bytes_max: 1,
        };
        let taken = ["j9", "k", "k1", "k10", "k2", "l"].map(|key| scan.takes(key.as_bytes()));
        assert_eq!(taken, [false, false, false, true, true, false]);
    }
}
