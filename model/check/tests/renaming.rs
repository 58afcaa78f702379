//! A state and its renamings share a digest: the form that stands for all six is the same one from wherever it is looked
//! at. Two systems are walked side by side, the second with every action renamed.

use katakv_core::{NodeId, Reply, Sound};
use katakv_model::{Action, Msg, State, System, scopes};

const RENAMINGS: [[u8; 3]; 5] = [[0, 2, 1], [1, 0, 2], [1, 2, 0], [2, 0, 1], [2, 1, 0]];
const WALKS: u64 = 100;
const STEPS: usize = 60;

fn renamed(action: &Action, name: impl Fn(NodeId) -> NodeId) -> Action {
    let mut action = action.clone();
    match &mut action {
        Action::Deliver { from, to, msg } => {
            (*from, *to) = (name(*from), name(*to));
            if let Msg::Answer(_, Reply::NotLeader { leader }) = msg {
                *leader = leader.map(&name);
            }
        }
        Action::Hear { result } => result.leader = name(result.leader),
        Action::Forget => {}
        Action::Transfer { node, to } => (*node, *to) = (name(*node), name(*to)),
        Action::Timeout { node, .. }
        | Action::Sync { node }
        | Action::Write { node, .. }
        | Action::Crash { node, .. }
        | Action::Ask { node }
        | Action::Transact { node, .. }
        | Action::Once { node, .. }
        | Action::Register { node }
        | Action::Compact { node }
        | Action::Idle { node, .. }
        | Action::Lose { node, .. }
        | Action::Tick { node }
        | Action::Expire { node }
        | Action::Read { node } => *node = name(*node),
    }
    action
}

/// The state that the steps lead to from empty disks.
fn after(system: &System, steps: impl Iterator<Item = Action>) -> State {
    steps.fold(system.empty(), |state, step| {
        perform(system, &state, &step).expect("it is the prelude")
    })
}

fn perform(system: &System, state: &State, action: &Action) -> Option<State> {
    system.perform(state, action).map(|outcome| outcome.state)
}

#[test]
fn a_state_and_its_renamings_share_a_digest() {
    for scope in scopes::all() {
        let system = System::new(scope, &Sound);
        for renaming in RENAMINGS {
            let name = |node: NodeId| {
                renaming
                    .get(usize::from(node.0))
                    .map_or(node, |name| NodeId(*name))
            };
            let start = after(&system, system.prelude().iter().map(|step| renamed(step, name)));
            for walk in 0..WALKS {
                let (mut one, mut other) = (system.initial(), start.clone());
                let mut random = walk;
                for step in 0..STEPS {
                    assert_eq!(
                        one.digest(),
                        other.digest(),
                        "{}: {renaming:?}, walk {walk}, step {step}",
                        scope.name
                    );
                    let mut enabled = Vec::new();
                    system.enabled(&one, &mut enabled);
                    if enabled.is_empty() {
                        break;
                    }
                    // Knuth's generator, of which the upper bits are good enough for a walk.
                    random = random
                        .wrapping_mul(6_364_136_223_846_793_005)
                        .wrapping_add(1_442_695_040_888_963_407);
                    let action = &enabled[(random >> 33) as usize % enabled.len()];
                    let next = perform(&system, &one, action);
                    let renamed = perform(&system, &other, &renamed(action, name));
                    assert_eq!(next.is_some(), renamed.is_some(), "{}: {action}", scope.name);
                    if let (Some(next), Some(renamed)) = (next, renamed) {
                        (one, other) = (next, renamed);
                    }
                }
            }
        }
    }
}
