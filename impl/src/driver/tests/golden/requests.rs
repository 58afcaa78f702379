//! What clients ask.

use super::{assert_frame, id, living, once, transaction};
use crate::wire::{ClientFrame, ClientRequest, WantedPage};
use katakv_core::{AckLevel, Epoch, NodeId, Op, Partition};

#[test]
fn client_frames() {
    let frame = |request| ClientFrame { id: 1000, request };
    for (level, golden) in [
        (AckLevel::Leader, "0b00000003fbe8030000016b017600"),
        (AckLevel::Quorum, "0b00000003fbe8030000016b017601"),
        (AckLevel::All, "0b00000003fbe8030000016b017602"),
    ] {
        let op = Op::Put {
            key: "k".into(),
            value: "v".into(),
        };
        assert_frame(frame(ClientRequest::Write { op, level }), golden);
    }
    let (op, level) = (living(0), AckLevel::Quorum);
    assert_frame(
        frame(ClientRequest::Write { op, level }),
        "0f00000003fbe8030002016b0176fb30750001",
    );
    let op = Op::Delete { key: "k".into() };
    assert_frame(
        frame(ClientRequest::Write {
            op,
            level: AckLevel::Quorum,
        }),
        "0900000003fbe8030001016b01",
    );
    let (key, seen) = ("k".into(), id(2, 5));
    assert_frame(
        frame(ClientRequest::Read {
            key,
            seen,
            wait_ms: 250,
        }),
        "0a00000003fbe80301016b0205fa",
    );
    assert_frame(frame(ClientRequest::Status), "0500000003fbe80302");
    let level = AckLevel::Quorum;
    assert_frame(
        frame(ClientRequest::Transact {
            transaction: transaction(),
            level,
        }),
        "1500000003fbe8030302016b010204016c000100016b017601",
    );
    let (partition, at) = (Partition(3), id(2, 5));
    assert_frame(
        frame(ClientRequest::Fate { partition, at }),
        "0800000003fbe80304030205",
    );
    let key = "k".into();
    assert_frame(
        frame(ClientRequest::LinearizableRead { key }),
        "0700000003fbe80305016b",
    );
    let partition = Partition(3);
    assert_frame(
        frame(ClientRequest::Register { partition }),
        "0600000003fbe8030803",
    );
    let (once, level) = (once(), AckLevel::Quorum);
    assert_frame(
        frame(ClientRequest::Once { once, level }),
        "1900000003fbe803090204070602016b010204016c000100016b017601",
    );
    let (node, from) = (NodeId(1), at);
    assert_frame(
        frame(ClientRequest::Quarantine {
            node,
            partition,
            from,
        }),
        "0900000003fbe8030601030205",
    );
    let known = vec![Epoch(0), Epoch(2)];
    assert_frame(frame(ClientRequest::Watch { known }), "0800000003fbe8030a020002");
    let key = "k".into();
    assert_frame(frame(ClientRequest::AnyRead { key }), "0700000003fbe8030b016b");
    let to = NodeId(1);
    assert_frame(
        frame(ClientRequest::Transfer { partition, to }),
        "0700000003fbe8030f0301",
    );
    assert_frame(frame(ClientRequest::Usage { node }), "0600000003fbe8030e01");
    let wanted = WantedPage {
        partition,
        prefix: "k".into(),
        after: Some("kk".into()),
        keys_max: 7,
    };
    let request = ClientRequest::Scan {
        wanted,
        seen: at,
        wait_ms: 5,
    };
    assert_frame(frame(request), "1000000003fbe8030d03016b01026b6b07020505");
    let request = ClientRequest::Await {
        partition,
        at,
        level: AckLevel::All,
        wait_ms: 5,
    };
    assert_frame(frame(request), "0a00000003fbe8030c0302050205");
}
