//! What clients may ask.

use super::dice::Dice;
use katakv_core::*;

pub fn any_requests(dice: &mut Dice) -> Vec<Request> {
    (0..=dice.roll(3))
        .map(|_| Request {
            id: RequestId(dice.roll(1 << 30)),
            body: any_body(dice),
        })
        .collect()
}

fn any_body(dice: &mut Dice) -> RequestBody {
    let key = ["a", "b"][dice.roll(2) as usize].into();
    let level = [AckLevel::Leader, AckLevel::Quorum, AckLevel::All][dice.roll(3) as usize];
    match dice.roll(12) {
        11 => RequestBody::Scan {
            scan: Scan {
                prefix: "".into(),
                after: (dice.roll(2) == 0).then_some(key),
                keys_max: dice.roll(3) as u32,
                bytes_max: dice.roll(9) as u32,
            },
            seen: any_id(dice),
        },
        10 => RequestBody::Await {
            at: any_id(dice),
            level,
        },
        9 => RequestBody::AnyRead { key },
        6 => RequestBody::Register,
        7 | 8 => {
            let (seq, client) = (1 + dice.roll(3), any_id(dice));
            let done = dice.roll(seq);
            let origin = Origin { client, seq, done };
            let ops = vec![Op::Delete { key }];
            let transaction = Transaction {
                ops,
                ..Transaction::default()
            };
            let once = Once { origin, transaction };
            RequestBody::Once { once, level }
        }
        5 => RequestBody::LinearizableRead { key },
        0 => RequestBody::Read {
            key,
            seen: any_id(dice),
        },
        4 => RequestBody::Fate { at: any_id(dice) },
        1 => RequestBody::Transact {
            transaction: Transaction {
                conditions: vec![Condition {
                    key: key.clone(),
                    version: (dice.roll(3) > 0).then(|| any_id(dice)),
                }],
                ops: vec![Op::Delete { key: key.clone() }, Op::Delete { key }],
            },
            level,
        },
        2 => RequestBody::Write {
            op: Op::Delete { key },
            level,
        },
        3 => RequestBody::Write {
            op: Op::PutFor {
                key,
                value: "a while".into(),
                ttl_ms: dice.roll(4),
                since_ms: dice.roll(12),
            },
            level,
        },
        _ => RequestBody::Write {
            op: Op::Put {
                key,
                value: dice.roll(1 << 30).to_string().as_str().into(),
            },
            level,
        },
    }
}

/// A number that is plausible, or one at the edge of what can be said.
pub fn any_number(dice: &mut Dice) -> u64 {
    match dice.roll(20) {
        0 => u64::MAX,
        1 => u64::MAX / 2,
        2 => u64::MAX / 2 + 1,
        3 => 0,
        _ => dice.roll(9),
    }
}

pub fn any_id(dice: &mut Dice) -> EntryId {
    EntryId::new(Epoch(any_number(dice)), Index(any_number(dice)))
}
