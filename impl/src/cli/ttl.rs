//! How long a key lives, as people write it: `30s`.

use crate::driver::limits::TTL_MS_MAX;
use std::fmt;
use std::str::FromStr;
use std::time::Duration;

/// The units, the longest first, and how many milliseconds they have.
const UNITS: [(&str, u64); 5] = [
    ("d", 24 * 60 * 60 * 1000),
    ("h", 60 * 60 * 1000),
    ("m", 60 * 1000),
    ("s", 1000),
    ("ms", 1),
];

/// A time to live.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Ttl(u64);

impl Ttl {
    pub(super) fn of_ms(ms: u64) -> Ttl {
        Ttl(ms)
    }

    pub(super) fn duration(self) -> Duration {
        Duration::from_millis(self.0)
    }
}

impl FromStr for Ttl {
    type Err = String;

    fn from_str(text: &str) -> Result<Ttl, String> {
        let digits = text.len()
            - text
                .trim_start_matches(|digit: char| digit.is_ascii_digit())
                .len();
        let (number, unit) = text.split_at(digits);
        let unit = UNITS.iter().find(|(name, _)| *name == unit);
        let ms = unit.and_then(|(_, ms)| number.parse::<u64>().ok()?.checked_mul(*ms));
        let ms = ms.ok_or("a time to live looks like 500ms, 30s, 15m, 12h or 7d")?;
        if (1..=TTL_MS_MAX).contains(&ms) {
            Ok(Ttl(ms))
        } else {
            Err(format!("a key lives for 1ms to {}", Ttl(TTL_MS_MAX)))
        }
    }
}

/// In the longest unit that it is a whole number of.
impl fmt::Display for Ttl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let whole = UNITS.iter().find(|(_, ms)| self.0.is_multiple_of(*ms));
        let (unit, ms) = whole.expect("all are whole milliseconds");
        write!(f, "{}{unit}", self.0 / ms)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_to_live_is_read_as_it_is_printed() {
        for text in ["1ms", "1500ms", "30s", "15m", "12h", "7d", "3660d"] {
            assert_eq!(
                text.parse::<Ttl>().map(|ttl| ttl.to_string()),
                Ok(text.to_owned())
            );
        }
        assert_eq!("60s".parse::<Ttl>(), "1m".parse());
        assert_eq!(
            "30s".parse::<Ttl>().map(Ttl::duration),
            Ok(Duration::from_secs(30))
        );
    }

    #[test]
    fn what_is_none_is_refused() {
        for wrong in [
            "",
            "30",
            "s",
            "-1s",
            "1.5h",
            "30 s",
            "1h30m",
            "0s",
            "3661d",
            "99999999999999999999s",
        ] {
            assert!(wrong.parse::<Ttl>().is_err(), "{wrong}");
        }
    }
}
