//! What clients are answered.

use super::{assert_frame, id};
use crate::wire::{
    Behind, ClientReply, ClusterId, Elections, Led, PartitionStatus, Quarantined, ServerFrame, Status, Usage,
};
use katakv_core::{Epoch, Fate, Index, LostRange, NodeId, Partition, Reply, ScanPage, Standing, Versioned};

#[test]
fn server_frames() {
    let (cluster, node) = (ClusterId(7), NodeId(1));
    let frame = |reply| ServerFrame { id: 1000, reply };
    let lost = LostRange {
        epoch: Epoch(2),
        first: Index(5),
        last: Index(7),
    };
    let at = id(2, 5);
    for (reply, golden) in [
        (Reply::Written { at, copies: 2 }, "0b00000003fbe80300070100020502"),
        (
            Reply::Value {
                value: Some("v".into()),
                version: Some(id(2, 4)),
                at,
            },
            "1000000003fbe803000701010101760102040205",
        ),
        (
            Reply::Value {
                value: None,
                version: None,
                at,
            },
            "0c00000003fbe8030007010100000205",
        ),
        (Reply::NotCaughtUp { applied: at }, "0a00000003fbe803000701020205"),
        (Reply::Lost(lost), "0b00000003fbe80300070103020507"),
        (
            Reply::NotLeader {
                leader: Some(NodeId(2)),
            },
            "0a00000003fbe803000701040102",
        ),
        (Reply::NotServing, "0800000003fbe80300070105"),
        (Reply::Busy, "0800000003fbe80300070106"),
        (Reply::Unknown { at }, "0a00000003fbe803000701070205"),
        (
            Reply::Conflict {
                at,
                condition: 1,
                version: Some(id(2, 4)),
            },
            "0e00000003fbe80300070108020501010204",
        ),
        (
            Reply::Fate {
                at,
                fate: Fate::Truncated,
                lost: None,
            },
            "0c00000003fbe8030007010902050100",
        ),
        (Reply::HandingOver { to: NodeId(2) }, "0900000003fbe8030007010a02"),
        (Reply::ClientExpired, "0800000003fbe8030007010b"),
        (Reply::TooManyOutstanding, "0800000003fbe8030007010c"),
        (
            Reply::AnyValue {
                value: Some("v".into()),
                version: Some(id(2, 4)),
                at,
                lag: 2,
                leader: Some(NodeId(2)),
            },
            "1300000003fbe8030007010d0101760102040205020102",
        ),
        (
            Reply::Page {
                page: ScanPage {
                    items: vec![(
                        "k".into(),
                        Versioned {
                            value: "v".into(),
                            version: id(2, 4),
                        },
                    )],
                    more: true,
                },
                at,
            },
            "1200000003fbe8030007010f01016b01760204010205",
        ),
        (Reply::NotYet { at, copies: 2 }, "0b00000003fbe8030007010e020502"),
    ] {
        assert_frame(frame(ClientReply::Protocol { cluster, node, reply }), golden);
    }
    let usage = Usage {
        cluster,
        node,
        wal_bytes: 5,
        store_bytes: 6,
        free_bytes: Some(8),
        leads: vec![Led {
            partition: Partition(3),
            unreplicated: 2,
            behind: vec![Behind {
                node: NodeId(2),
                entries: 4,
                bytes: 9,
            }],
        }],
    };
    assert_frame(
        frame(ClientReply::Usage(usage)),
        "1200000003fbe8030a07010506010801030201020409",
    );
    let status = PartitionStatus {
        partition: Partition(0),
        epoch: Epoch(2),
        leader: Some(node),
        serving: true,
        last: id(2, 7),
        durable: Index(6),
        commit: Index(5),
        applied: at,
        standing: Standing::Member { incarnation: 7 },
    };
    let status = Status {
        cluster,
        node,
        partitions: vec![status],
    };
    assert_frame(
        frame(ClientReply::Status(status)),
        "1500000003fbe8030107010100020101010207060502050207",
    );
    assert_frame(
        frame(ClientReply::Invalid("no".into())),
        "0800000003fbe80302026e6f",
    );
    let (entries, next, won) = (Vec::new(), Some(at), vec![(Partition(3), Epoch(2))]);
    assert_frame(
        frame(ClientReply::Quarantine(Quarantined {
            cluster,
            node,
            entries,
            next,
        })),
        "0b00000003fbe80304070100010205",
    );
    assert_frame(
        frame(ClientReply::Elected(Elections { cluster, node, won })),
        "0a00000003fbe803080701010302",
    );
    let tried = "n1".into();
    assert_frame(
        frame(ClientReply::Unavailable {
            tried,
            maybe_done: true,
        }),
        "0900000003fbe80303026e3101",
    );
    assert_frame(frame(ClientReply::Goodbye), "0500000003fbe80307");
    let elsewhere = ClientReply::Elsewhere {
        cluster: ClusterId(7),
        node: NodeId(4),
        replicas: [0, 1, 2].map(NodeId),
    };
    assert_frame(frame(elsewhere), "0a00000003fbe803090704000102");
}
