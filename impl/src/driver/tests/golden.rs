//! The bytes of every record and frame, pinned. If one of these fails, the format has changed: give `wire` or the
//! records a new version, and keep reading the old one, or say plainly that old data and old peers are cut off.

use crate::codec;
use crate::wire::{
    Behind, ClientFrame, ClientReply, ClientRequest, ClusterId, Elections, Hello, Led, NodeFrame,
    PartitionStatus, PeerFrame, Quarantined, ServerFrame, StateFrame, StatePart, Status, Usage, WantedPage,
    frame,
};
use katakv_core::{
    AckLevel, Base, Client, Clients, Condition, Entries, Entry, EntryId, Epoch, Executed, Fate, HardState,
    Image, Index, Lineage, LostRange, Message, NodeId, Once, Op, Origin, Outcome, Partition, Payload, Record,
    Reply, ScanPage, Snapshot, Standing, State, Tail, Transaction, Versioned,
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

fn once() -> Once {
    let (client, seq, done) = (id(2, 4), 7, 6);
    Once {
        origin: Origin { client, seq, done },
        transaction: transaction(),
    }
}

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
    let state = Image::Whole(State { data, clients });
    Snapshot { lineage, state }
}

#[test]
fn hellos() {
    let cluster = ClusterId(0xc0ffee);
    assert_frame(
        Hello::Peer {
            cluster,
            from: NodeId(2),
        },
        "080000000300fceeffc00002",
    );
    assert_frame(
        Hello::Client {
            cluster: Some(cluster),
        },
        "08000000030101fceeffc000",
    );
    assert_frame(Hello::Client { cluster: None }, "03000000030100");
}

#[test]
fn peer_frames() {
    let epoch = Epoch(2);
    let frame = |message| PeerFrame {
        partition: Partition(9),
        message,
    };
    assert_frame(
        frame(Message::RequestVote {
            epoch,
            last: id(1, 4),
        }),
        "06000000030900020104",
    );
    assert_frame(frame(Message::Vote { epoch }), "0400000003090102");
    let (prev, commit) = (id(1, 4), Index(3));
    assert_frame(
        frame(Message::Append {
            epoch,
            prev,
            commit,
            entries: entries(),
        }),
        "1d000000030902020104030302050002060100016b0576616c756502070101016b",
    );
    assert_frame(
        frame(Message::Append {
            epoch,
            prev,
            commit,
            entries: Entries::default(),
        }),
        "080000000309020201040300",
    );
    assert_frame(
        frame(Message::Appended {
            epoch,
            matched: Index(7),
        }),
        "050000000309030207",
    );
    assert_frame(
        frame(Message::Rejected {
            epoch,
            prev: Index(4),
            hint: id(1, 2),
        }),
        "0700000003090402040102",
    );
    assert_frame(
        frame(Message::PreVote {
            epoch,
            last: id(2, 4),
        }),
        "06000000030905020204",
    );
    assert_frame(frame(Message::PreVoted { epoch }), "0400000003090602");
    assert_frame(
        frame(Message::Snapshot {
            epoch,
            snapshot: snapshot(),
        }),
        "1b0000000309070202010102030001016b0176020301010103010102020300",
    );
    assert_frame(
        frame(Message::Confirm { epoch, round: 300 }),
        "0700000003090802fb2c01",
    );
    assert_frame(
        frame(Message::Confirmed { epoch, round: 300 }),
        "0700000003090902fb2c01",
    );
    assert_frame(frame(Message::TimeoutNow { epoch }), "0400000003090a02");
}

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

#[test]
fn node_frames() {
    let vote = PeerFrame {
        partition: Partition(9),
        message: Message::Vote { epoch: Epoch(2) },
    };
    assert_frame(NodeFrame::Message(vote), "050000000300090102");
    let state = |part| {
        NodeFrame::State(StateFrame {
            partition: Partition(9),
            transfer: 7,
            part,
        })
    };
    let (epoch, lineage) = (Epoch(2), snapshot().lineage);
    assert_frame(
        state(StatePart::Begin { epoch, lineage }),
        "0b0000000301090700020201010203",
    );
    let page = StatePart::Page {
        number: 1,
        items: vec![("k".into(), "v".into())],
        is_last: true,
    };
    assert_frame(state(page), "0c00000003010907010101016b017601");
    assert_frame(state(StatePart::Taken { number: 3 }), "06000000030109070203");
    assert_frame(state(StatePart::Refused), "050000000301090703");
}
