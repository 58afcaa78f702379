//! What nodes say to one another, and how a connection begins.

use super::{assert_frame, entries, id, snapshot};
use crate::wire::{ClusterId, Hello, NodeFrame, PeerFrame, StateFrame, StatePart};
use katakv_core::{Entries, Epoch, Index, Message, NodeId, Partition};

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
        "240000000309070202010102030001016b017602030101010301010202030001016bfbe803fb8403",
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
