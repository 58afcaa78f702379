//! The bytes of every record and frame, pinned. If one of these fails, the format has changed: give `wire` or the
//! records a new version, and keep reading the old one, or say plainly that old data and old peers are cut off.

mod peers;
mod records;
mod replies;
mod requests;

use crate::codec;
use crate::wire::frame;
use katakv_core::{
    Client, Clients, Condition, Entries, Entry, EntryId, Epoch, Executed, Image, Index, Lineage, Once, Op,
    Origin, Outcome, Payload, Record, Snapshot, State, Transaction, Versioned,
};
use serde::Serialize;
use serde::de::DeserializeOwned;
use std::fmt::Debug;

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn assert_record(record: Record, golden: &str) {
    let bytes = codec::encode(&record);
    assert_eq!(hex(&bytes), golden, "{record:?}");
    assert_eq!(codec::decode::<Record>(&bytes).unwrap(), record);
}

fn assert_frame<T: Serialize + DeserializeOwned + PartialEq + Debug>(value: T, golden: &str) {
    let mut bytes = Vec::new();
    frame::put(&mut bytes, &value);
    assert_eq!(hex(&bytes), golden, "{value:?}");
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    let read = runtime.block_on(frame::read::<T>(&mut &bytes[..]));
    assert_eq!(read.unwrap(), Some(value));
}

fn id(epoch: u64, index: u64) -> EntryId {
    EntryId::new(Epoch(epoch), Index(index))
}

fn entries() -> Entries {
    let put = Op::Put {
        key: "k".into(),
        value: "value".into(),
    };
    let delete = Op::Delete { key: "k".into() };
    let payloads = [Payload::Barrier, Payload::Op(put), Payload::Op(delete)];
    let entry = |(place, payload): (u64, _)| Entry {
        id: id(2, 5 + place),
        payload,
    };
    Entries::from((0..).zip(payloads).map(entry).collect::<Vec<_>>())
}

fn transaction() -> Transaction {
    let condition = |key: &str, version| Condition {
        key: key.into(),
        version,
    };
    Transaction {
        conditions: vec![condition("k", Some(id(2, 4))), condition("l", None)],
        ops: vec![Op::Put {
            key: "k".into(),
            value: "v".into(),
        }],
    }
}

/// A put for half a minute, from a time on.
fn living(since_ms: u64) -> Op {
    Op::PutFor {
        key: "k".into(),
        value: "v".into(),
        ttl_ms: 30_000,
        since_ms,
    }
}

fn once() -> Once {
    let (client, seq, done) = (id(2, 4), 7, 6);
    Once {
        origin: Origin { client, seq, done },
        transaction: transaction(),
    }
}

/// Two epochs, one key.
fn snapshot() -> Snapshot {
    let mut lineage = Lineage::default();
    for id in [id(1, 1), id(2, 2), id(2, 3)] {
        lineage.append(id);
    }
    let found = Versioned {
        value: "v".into(),
        version: id(2, 3),
    };
    let data = [("k".into(), found)].into();
    let result = Executed {
        at: id(2, 3),
        outcome: Outcome::Done,
    };
    let client = Client {
        active: Index(3),
        done: 1,
        executed: [(2, result)].into(),
    };
    let clients = Clients::new([(id(1, 1), client)].into());
    let state = Image::Whole(State {
        data,
        clients,
        deadlines: [("k".into(), 1_000)].into_iter().collect(),
        clock_ms: 900,
    });
    Snapshot { lineage, state }
}
