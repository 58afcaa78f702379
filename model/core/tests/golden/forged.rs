//! Messages of scripts, in the words in which messages are shown.

use super::arguments::{Id, epoch, number};
use katakv_core::*;
use std::str::FromStr;

/// A message, read from the words in which it is shown.
pub struct Forged(pub Message);

impl FromStr for Forged {
    type Err = String;

    fn from_str(text: &str) -> Result<Forged, String> {
        let words: Vec<&str> = text
            .split([' ', '[', ']'])
            .filter(|word| !word.is_empty())
            .collect();
        let message = match words[..] {
            ["RequestVote", of, "last", last] => Message::RequestVote {
                epoch: epoch(of)?,
                last: last.parse::<Id>()?.0,
            },
            ["Vote", of] => Message::Vote { epoch: epoch(of)? },
            [
                "Append",
                of,
                "prev",
                prev,
                "commit",
                commit,
                "entries",
                ref entries @ ..,
            ] => Message::Append {
                epoch: epoch(of)?,
                prev: prev.parse::<Id>()?.0,
                commit: Index(number(commit)?),
                entries: barriers(entries)?,
            },
            ["Appended", of, "matched", matched] => Message::Appended {
                epoch: epoch(of)?,
                matched: Index(number(matched)?),
            },
            ["Rejected", of, "prev", prev, "hint", hint] => Message::Rejected {
                epoch: epoch(of)?,
                prev: Index(number(prev)?),
                hint: hint.parse::<Id>()?.0,
            },
            ["PreVote", of, "last", last] => Message::PreVote {
                epoch: epoch(of)?,
                last: last.parse::<Id>()?.0,
            },
            ["TimeoutNow", of] => Message::TimeoutNow { epoch: epoch(of)? },
            ["PreVoted", of] => Message::PreVoted { epoch: epoch(of)? },
            ["Snapshot", of, "of", ref runs @ ..] => Message::Snapshot {
                epoch: epoch(of)?,
                snapshot: Snapshot {
                    lineage: lineage(runs)?,
                    state: Image::Whole(State::default()),
                },
            },
            ["Confirm", of, "round", round] => Message::Confirm {
                epoch: epoch(of)?,
                round: number(round)?,
            },
            ["Confirmed", of, "round", round] => Message::Confirmed {
                epoch: epoch(of)?,
                round: number(round)?,
            },
            ["Learned", of, "incarnation", incarnation, "reached", reached] => Message::Learned {
                epoch: epoch(of)?,
                incarnation: number(incarnation)?,
                reached: Index(number(reached)?),
            },
            [
                "Lacking",
                of,
                "incarnation",
                incarnation,
                "prev",
                prev,
                "hint",
                hint,
            ] => Message::Lacking {
                epoch: epoch(of)?,
                incarnation: number(incarnation)?,
                prev: Index(number(prev)?),
                hint: hint.parse::<Id>()?.0,
            },
            _ => return Err(format!("not a message: {text}")),
        };
        Ok(Forged(message))
    }
}

fn barriers(ids: &[&str]) -> Result<Entries, String> {
    let barrier = |id: &&str| {
        let Id(id) = id.parse()?;
        Ok(Entry {
            id,
            payload: Payload::Barrier,
        })
    };
    ids.iter()
        .map(barrier)
        .collect::<Result<Vec<Entry>, String>>()
        .map(Entries::from)
}

/// `e1..2 e3..4`.
fn lineage(runs: &[&str]) -> Result<Lineage, String> {
    let mut lineage = Lineage::default();
    for run in runs {
        let (own, last) = run.split_once("..").ok_or(format!("not a run: {run}"))?;
        while lineage.last().index < Index(number(last)?) {
            lineage.append(EntryId::new(epoch(own)?, lineage.last().index.next()));
        }
    }
    Ok(lineage)
}
