//! Records of the log.

use super::{assert_record, entries, id, once, snapshot, transaction};
use katakv_core::{
    Base, Entries, Entry, Epoch, HardState, Index, NodeId, Payload, Record, Snapshot, Standing, Tail,
};

#[test]
fn records_of_clients() {
    let record = |payload| {
        let entry = Entry {
            id: id(2, 5),
            payload,
        };
        let tail = Tail {
            after: Index(4),
            entries: Entries::from(vec![entry]),
        };
        Record {
            tail: Some(tail),
            ..Record::default()
        }
    };
    assert_record(record(Payload::Register { forgets: None }), "000104010205040000");
    let forgets = Some(id(1, 3));
    assert_record(record(Payload::Register { forgets }), "0001040102050401010300");
    assert_record(
        record(Payload::Once(Box::new(once()))),
        "000104010205050204070602016b010204016c000100016b017600",
    );
}

#[test]
fn records() {
    let vote = Some(NodeId(1));
    let hard = Some(HardState {
        epoch: Epoch(300),
        vote,
        standing: Standing::Original,
    });
    let tail = Some(Tail {
        after: Index(4),
        entries: entries(),
    });
    let entry = Entry {
        id: id(2, 5),
        payload: Payload::Transaction(Box::new(transaction())),
    };
    let of_transaction = Tail {
        after: Index(4),
        entries: Entries::from(vec![entry]),
    };
    assert_record(
        Record {
            tail: Some(of_transaction),
            ..Record::default()
        },
        "0001040102050202016b010204016c000100016b017600",
    );
    assert_record(
        Record {
            hard,
            ..Record::default()
        },
        "01fb2c010101000000",
    );
    assert_record(
        Record {
            tail: tail.clone(),
            ..Record::default()
        },
        "0001040302050002060100016b0576616c756502070101016b00",
    );
    let hard = Some(HardState {
        epoch: Epoch(2),
        vote: None,
        standing: Standing::Learner { incarnation: 7 },
    });
    assert_record(
        Record {
            hard,
            tail,
            base: None,
        },
        "010200010701040302050002060100016b0576616c756502070101016b00",
    );
    let Snapshot { lineage, state } = snapshot();
    assert_record(
        Record {
            base: Some(Base::Compacted(lineage.clone())),
            ..Record::default()
        },
        "000001000201010203",
    );
    assert_record(
        Record {
            base: Some(Base::Installed(Snapshot { lineage, state })),
            ..Record::default()
        },
        "0000010102010102030001016b0176020301010103010102020300",
    );
}
