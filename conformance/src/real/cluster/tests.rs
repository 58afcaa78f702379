//! A node that would take other steps than the model's is told from one that would not, though its state is the same.

use super::*;
use katakv::wire::PeerFrame;
use katakv_core::{Sound, Timer};
use katakv_model::scopes;

const ASKED: NodeId = NodeId(1);

/// Three real nodes at a moment of the scope `tiny` when one has been asked for its vote, which is not synced, and the other's
/// request is under way; and what the model says is enabled there.
fn amid_an_election(home: &Path) -> (RealCluster, Vec<Action>) {
    let scope = scopes::find("tiny").expect("it exists");
    let system = System::new(scope, &Sound);
    let mut cluster = RealCluster::new(home, scope).unwrap();
    let (mut state, mut enabled) = (system.empty(), Vec::new());
    for step in 0..=3 {
        enabled.clear();
        system.enabled(&state, &mut enabled);
        cluster.same_offers(&enabled).unwrap();
        let node = NodeId(0);
        let is_next = |action: &&Action| match action {
            Action::Timeout { .. } => step == 0 && action.node() == node,
            Action::Sync { .. } => step == 1,
            Action::Deliver { to, .. } => step == 2 && *to == ASKED,
            _ => false,
        };
        if let Some(action) = enabled.iter().find(is_next) {
            let outcome = system.perform(&state, action).unwrap();
            cluster.perform(&system, action, &outcome).unwrap();
            state = outcome.state;
        }
    }
    (cluster, enabled)
}

/// What only the model has, and only the nodes, when `doctor` has changed something about them.
fn apart(doctor: impl FnOnce(&mut RealCluster)) -> [String; 2] {
    let home = tempfile::tempdir().unwrap();
    let (mut cluster, enabled) = amid_an_election(home.path());
    doctor(&mut cluster);
    let parting = cluster.same_offers(&enabled).unwrap_err();
    parting.sides().expect("it is about steps").map(str::to_owned)
}

/// The message that is under way, by somebody else and of another partition if that is said.
fn again(cluster: &mut RealCluster, from: Option<NodeId>, of: Partition) {
    let next = cluster.under_way.next();
    let (ends, _, message) = next.into_iter().next().expect("one is under way");
    let (ends, message) = ([from.unwrap_or(ends[0]), ends[1]], message.clone());
    let frame = NodeFrame::Message(PeerFrame {
        partition: of,
        message: message.clone(),
    });
    cluster.under_way.clear();
    cluster.under_way.send(ends, of, message, [frame]).unwrap();
}

#[test]
fn a_message_that_is_not_under_way_is_missed() {
    let [model, real] = apart(|cluster| cluster.under_way.clear());
    assert!(model.contains("n0 → n2"), "{model}");
    assert_eq!(real, "");
}

#[test]
fn a_message_of_somebody_else_is_noticed() {
    let [model, real] = apart(|cluster| again(cluster, Some(ASKED), Partition(0)));
    assert!(model.contains("n0 → n2"), "{model}");
    assert!(real.contains("n1 → n2"), "{real}");
}

#[test]
fn a_message_under_another_partition_is_noticed() {
    let [model, real] = apart(|cluster| again(cluster, None, Partition(1)));
    assert!(model.contains("its bytes say that it is of p1"), "{model}");
    assert_eq!(real, "");
}

#[test]
fn a_timer_that_is_not_armed_is_missed() {
    let [model, real] = apart(|cluster| {
        assert_eq!(cluster.nodes[2].disarm(Partition(0)), Some(Timer::Election));
    });
    assert_eq!([model.as_str(), &real], ["n2 hears no leader", ""]);
}

#[test]
fn a_record_that_no_crash_can_take_any_more_is_missed() {
    let [model, real] = apart(|cluster| cluster.nodes[usize::from(ASKED.0)].finish_trace().unwrap());
    assert!(
        model.contains("n1 syncs its oldest un-synced record")
            && model.contains("n1 crashes, keeping 0 of 1"),
        "{model}"
    );
    assert!(real.contains("n1 crashes, with nothing un-synced"), "{real}");
}
