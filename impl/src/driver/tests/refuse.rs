use super::*;
use crate::store::{self, StoreError};
use katakv_core::{Entry, Epoch, Payload};

#[test]
fn what_no_honest_peer_says_is_refused_and_changes_nothing() {
    let home = tempfile::tempdir().unwrap();
    let mut lone = Lone::open(home.path());
    lone.lead();
    lone.outputs.clear();
    let epoch = lone.driver.node(P).epoch();
    let status = lone.driver.status();
    let never_sent = Message::Appended {
        epoch,
        matched: Index(99),
    };
    let error = lone.receive(never_sent).unwrap_err();
    assert!(matches!(error, HandleError::Violation(_)), "{error}");
    let error = lone
        .receive(heartbeat(epoch.0, EntryId::ZERO, Index::ZERO))
        .unwrap_err();
    assert!(matches!(error, HandleError::Violation(_)), "{error}");
    assert_eq!(lone.outputs, []);
    assert_eq!(lone.driver.status(), status);
}

/// The engine panics at such a key, so the entry must not even be appended: once committed, it would end this node at
/// each start.
#[test]
fn an_entry_that_no_store_can_take_is_refused_and_a_key_that_fits_is_applied() {
    let home = tempfile::tempdir().unwrap();
    let mut lone = Lone::open(home.path());
    let append = |key_bytes: usize| {
        let op = Op::Put {
            key: vec![b'k'; key_bytes].into(),
            value: "v".into(),
        };
        let id = EntryId::new(Epoch(1), Index(1));
        Message::Append {
            epoch: Epoch(1),
            prev: EntryId::ZERO,
            commit: Index(1),
            entries: vec![Entry {
                id,
                payload: Payload::Op(op),
            }]
            .into(),
        }
    };
    let status = lone.driver.status();
    let error = lone.receive(append(store::KEY_BYTES_MAX + 1)).unwrap_err();
    assert!(matches!(error, HandleError::Limit(_)), "{error}");
    assert_eq!(lone.driver.status(), status);

    let wal = WalConfig::default();
    let mut large =
        Lone::try_open_with(&home.path().join("large"), DriverConfig { wal, ..config() }).unwrap();
    large.receive(append(store::KEY_BYTES_MAX)).unwrap();
    large.sync();
    large.driver.settle().unwrap();
    assert_eq!(large.driver.node(P).applied().index, Index(1));
}

#[test]
fn a_node_that_holds_nothing_and_one_of_another_placement_are_refused() {
    let home = tempfile::tempdir().unwrap();
    let open = |config| Driver::open(home.path(), config, &mut Vec::new()).map(|(driver, _)| driver);
    let of_none = DriverConfig {
        id: NodeId(3),
        ..config()
    };
    assert!(matches!(open(of_none), Err(OpenError::NoSuchNode(NodeId(3)))));
    let spread = |nodes| DriverConfig {
        placement: Placement::spread(nodes).unwrap(),
        ..config()
    };
    let held = open(spread(5)).unwrap().partitions().count();
    assert_eq!(held, 6);
    for other in [config(), spread(4)] {
        assert!(matches!(open(other), Err(OpenError::OtherPlacement { .. })));
    }
    open(spread(5)).unwrap();
}

/// A read that failed looks to the protocol like a key that is not there. It must not be answered.
#[test]
fn nothing_leaves_once_the_store_has_failed() {
    let home = tempfile::tempdir().unwrap();
    let mut lone = Lone::open(home.path());
    lone.lead();
    lone.outputs.clear();
    lone.driver.stores.fail(StoreError::Panicked);
    let body = RequestBody::Read {
        key: "k".into(),
        seen: EntryId::ZERO,
    };
    let id = RequestId(1);
    let error = lone
        .handle(Input::Requests(vec![Request { id, body }]))
        .unwrap_err();
    assert!(matches!(error, HandleError::Store(_)), "{error}");
    assert_eq!(lone.outputs, []);
    assert!(lone.driver.failure().is_some());
}
