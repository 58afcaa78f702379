//! The token's printed form, such as `kv1:00000000000000a7:p3=e2.17,p7=e2.9~e1.4:5d0c31aa`.
//!
//! Four fields: the version, the cluster in hexadecimal (`-` if none), the positions in order of their partition (one
//! in doubt after `~`), and the CRC-32C of everything before the last colon. The checksum is there for people: a token
//! that lost its end when it was copied would otherwise often be a valid, weaker token.
//!
//! Each session has exactly one printed form, and nothing else is accepted.

use super::{Seen, Session};
use crate::wire::ClusterId;
use katakv_core::{EntryId, Epoch, Index, PARTITIONS, Partition};
use std::fmt;
use std::str::FromStr;

/// No token's printed form is longer.
pub const TEXT_BYTES_MAX: usize = 1024;

const VERSION: &str = "kv1";

/// Why a text is not a token. Use the token as it was printed, or start without one: a new session.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TokenError {
    /// It is longer than any token.
    #[error("{bytes} bytes are more than a token has ({TEXT_BYTES_MAX})")]
    TooLong {
        /// How long it is.
        bytes: usize,
    },
    /// It does not begin with a version that this build knows: perhaps a newer build printed it.
    #[error("it does not begin with `{VERSION}:`, the one version of tokens that this build knows")]
    UnknownVersion,
    /// It does not have the four fields, or one of them is not what it should be.
    #[error("it is not of the form `{VERSION}:CLUSTER:pN=eE.I,...:CHECKSUM`")]
    Malformed,
    /// A partition that does not exist.
    #[error("there is no partition p{0}")]
    UnknownPartition(u8),
    /// A partition appears twice, or before one with a lower number.
    #[error("{0} appears twice or out of order")]
    OutOfOrder(Partition),
    /// An epoch or an index that no cluster reaches.
    #[error("{0} is no position in a log")]
    Implausible(EntryId),
    /// The checksum is of another text: characters were lost or changed.
    #[error("its checksum does not fit: it was cut off or changed")]
    Checksum,
}

impl fmt::Display for Session {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut text = format!("{VERSION}:");
        match self.cluster {
            Some(cluster) => text.push_str(&cluster.to_string()),
            None => text.push('-'),
        }
        text.push(':');
        let mut separator = "";
        for (partition, seen) in Partition::all().zip(&self.seen) {
            if seen.newest == EntryId::ZERO || sabotaged!("token-truncated") && !separator.is_empty() {
                continue;
            }
            text.push_str(&format!("{separator}{partition}={}", position_text(seen.newest)));
            if let Some(in_doubt) = seen.in_doubt {
                text.push_str(&format!("~{}", position_text(in_doubt)));
            }
            separator = ",";
        }
        write!(f, "{text}:{:08x}", crc32c::crc32c(text.as_bytes()))
    }
}

fn position_text(at: EntryId) -> String {
    format!("{}.{}", at.epoch, at.index)
}

impl FromStr for Session {
    type Err = TokenError;

    fn from_str(text: &str) -> Result<Session, TokenError> {
        if text.len() > TEXT_BYTES_MAX {
            return Err(TokenError::TooLong { bytes: text.len() });
        }
        let rest = text
            .strip_prefix(VERSION)
            .and_then(|rest| rest.strip_prefix(':'))
            .ok_or(TokenError::UnknownVersion)?;
        let (covered, checksum) = text.rsplit_once(':').ok_or(TokenError::Malformed)?;
        let mut fields = rest.split(':');
        let (Some(cluster), Some(positions), Some(_), None) =
            (fields.next(), fields.next(), fields.next(), fields.next())
        else {
            return Err(TokenError::Malformed);
        };
        let mut session = Session {
            cluster: parse_cluster(cluster)?,
            ..Session::default()
        };
        parse_positions(positions, &mut session)?;
        if checksum != format!("{:08x}", crc32c::crc32c(covered.as_bytes())) {
            return Err(TokenError::Checksum);
        }
        // Leading zeros, signs and the like: whatever would be printed differently was not printed by us.
        if session.to_string() != text {
            return Err(TokenError::Malformed);
        }
        Ok(session)
    }
}

fn parse_cluster(text: &str) -> Result<Option<ClusterId>, TokenError> {
    match text {
        "-" => Ok(None),
        hex => hex.parse().map(Some).map_err(|_| TokenError::Malformed),
    }
}

fn parse_positions(text: &str, session: &mut Session) -> Result<(), TokenError> {
    let mut next = 0;
    for item in text.split(',').filter(|_| !text.is_empty()) {
        let (partition, positions) = item
            .strip_prefix('p')
            .and_then(|item| item.split_once('='))
            .ok_or(TokenError::Malformed)?;
        let partition: u8 = partition.parse().map_err(|_| TokenError::Malformed)?;
        if partition >= PARTITIONS {
            return Err(TokenError::UnknownPartition(partition));
        }
        if partition < next {
            return Err(TokenError::OutOfOrder(Partition(partition)));
        }
        next = partition + 1;
        session.seen[usize::from(partition)] = match positions.split_once('~') {
            None => Seen {
                newest: parse_position(positions)?,
                in_doubt: None,
            },
            Some((newest, in_doubt)) => parse_doubt(newest, in_doubt)?,
        };
    }
    Ok(())
}

fn parse_doubt(newest: &str, in_doubt: &str) -> Result<Seen, TokenError> {
    let (newest, in_doubt) = (parse_position(newest)?, parse_position(in_doubt)?);
    if in_doubt.epoch >= newest.epoch {
        return Err(TokenError::Implausible(in_doubt));
    }
    Ok(Seen {
        newest,
        in_doubt: Some(in_doubt),
    })
}

fn parse_position(text: &str) -> Result<EntryId, TokenError> {
    let (epoch, index) = text
        .strip_prefix('e')
        .and_then(|text| text.split_once('.'))
        .ok_or(TokenError::Malformed)?;
    let number = |text: &str| text.parse::<u64>().map_err(|_| TokenError::Malformed);
    let at = EntryId::new(Epoch(number(epoch)?), Index(number(index)?));
    let plausible = at.epoch > Epoch::ZERO
        && at.epoch <= Epoch::LIMIT
        && at.index > Index::ZERO
        && at.index <= Index::LIMIT;
    if plausible {
        Ok(at)
    } else {
        Err(TokenError::Implausible(at))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rand::rngs::StdRng;
    use rand::{Rng, SeedableRng};

    /// The text with the checksum that belongs to it.
    fn sealed(text: &str) -> String {
        format!("{text}:{:08x}", crc32c::crc32c(text.as_bytes()))
    }

    fn random_session(rng: &mut StdRng) -> Session {
        let mut session = Session::default();
        if rng.random() {
            session.join(ClusterId(rng.random())).unwrap();
        }
        for partition in Partition::all() {
            for _ in 0..rng.random_range(0..3) {
                let epoch = Epoch(rng.random_range(1..=Epoch::LIMIT.0));
                let index = Index(rng.random_range(1..=Index::LIMIT.0));
                session.acknowledge(partition, EntryId::new(epoch, index));
            }
        }
        session
    }

    #[test]
    fn every_session_has_one_text_and_reads_back() {
        let mut rng = StdRng::seed_from_u64(1);
        for _ in 0..2_000 {
            let session = random_session(&mut rng);
            let text = session.to_string();
            assert!(text.len() <= TEXT_BYTES_MAX, "{text}");
            assert_eq!(text.parse(), Ok(session));
        }
    }

    #[test]
    fn the_largest_token_is_within_the_bound() {
        let mut session = Session::default();
        session.join(ClusterId(u64::MAX)).unwrap();
        for partition in Partition::all() {
            session.acknowledge(partition, EntryId::new(Epoch(Epoch::LIMIT.0 - 1), Index::LIMIT));
            session.acknowledge(partition, EntryId::new(Epoch::LIMIT, Index::LIMIT));
        }
        let text = session.to_string();
        assert!(text.len() <= TEXT_BYTES_MAX);
        assert_eq!(text.parse(), Ok(session));
    }

    #[test]
    fn any_one_character_lost_or_changed_is_noticed() {
        let text = random_session(&mut StdRng::seed_from_u64(2)).to_string();
        for at in 0..text.len() {
            assert!(text[..at].parse::<Session>().is_err(), "cut at {at}");
            let mut changed = text.clone().into_bytes();
            changed[at] = if changed[at] == b'1' { b'2' } else { b'1' };
            assert!(
                String::from_utf8(changed).unwrap().parse::<Session>().is_err(),
                "changed at {at}"
            );
        }
    }

    #[test]
    fn random_bytes_are_refused_and_never_panic() {
        const ALPHABET: &[u8] = b"kv1:-p=e.,~0123456789abcdef\xff\n";
        let mut rng = StdRng::seed_from_u64(3);
        for round in 0..20_000 {
            let length = rng.random_range(0..60);
            let noise: Vec<u8> = (0..length)
                .map(|_| ALPHABET[rng.random_range(0..ALPHABET.len())])
                .collect();
            let noise = String::from_utf8_lossy(&noise).into_owned();
            // Half of them get past the version and the checksum.
            let text = if round % 2 == 0 {
                noise
            } else {
                sealed(&format!("kv1:{noise}"))
            };
            if let Ok(session) = text.parse::<Session>() {
                assert_eq!(session.to_string(), text);
            }
        }
    }

    #[test]
    fn each_kind_of_damage_has_its_error() {
        let parse = |text: &str| text.parse::<Session>().unwrap_err();
        assert_eq!(parse(&"k".repeat(2_000)), TokenError::TooLong { bytes: 2_000 });
        assert_eq!(parse("kv2:-::00000000"), TokenError::UnknownVersion);
        assert_eq!(parse(""), TokenError::UnknownVersion);
        assert_eq!(parse("kv1:-"), TokenError::Malformed);
        assert_eq!(parse("kv1:-::00000000"), TokenError::Checksum);
        assert_eq!(parse(&sealed("kv1:-:p10=e1.1")), TokenError::UnknownPartition(10));
        assert_eq!(
            parse(&sealed("kv1:-:p1=e1.1,p1=e1.2")),
            TokenError::OutOfOrder(Partition(1))
        );
        assert_eq!(
            parse(&sealed("kv1:-:p2=e1.1,p1=e1.2")),
            TokenError::OutOfOrder(Partition(1))
        );
        assert_eq!(parse(&sealed("kv1:-:p1=e1.01")), TokenError::Malformed);
        assert_eq!(parse(&sealed("kv1:-:p1=e+1.1")), TokenError::Malformed);
        assert!(matches!(
            parse(&sealed("kv1:-:p1=e0.1")),
            TokenError::Implausible(_)
        ));
        assert!(matches!(
            parse(&sealed("kv1:-:p1=e1.2~e1.1")),
            TokenError::Implausible(_)
        ));
        assert!(matches!(
            parse(&sealed("kv1:-:p1=e18446744073709551615.1")),
            TokenError::Implausible(_)
        ));
    }
}
