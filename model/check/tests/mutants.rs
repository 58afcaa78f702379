//! Every mutant is killed by what is expected to kill it, as early as it can be; every property is needed.

use katakv_model::hunt::{self, Hunted};
use katakv_model::matrix::Matrix;
use katakv_model::{mutants, properties, scopes};

/// The length of each shortest counterexample. A longer one would be a search that is not breadth first, or a
/// protocol that has changed.
const LENGTHS: &[(&str, usize)] = &[
    ("acknowledge-before-sync", 1),
    ("own-copy-unsynced", 4),
    ("commit-on-one-copy", 2),
    ("count-older-epochs", 14),
    ("vote-without-freshness", 10),
    ("vote-not-persisted", 11),
    ("forget-vote-on-restart", 11),
    ("early-vote-request", 17),
    ("append-without-prev-check", 11),
    ("append-acknowledged-before-sync", 4),
    ("vote-told-before-sync", 9),
    ("two-votes-an-epoch", 10),
    ("epoch-not-persisted", 7),
    ("lower-epoch-heard", 8),
    ("stale-append-truncates", 7),
    ("acknowledges-its-last-index", 9),
    ("commit-beyond-match", 10),
    ("truncation-keeps-durable", 17),
    ("no-token-check", 3),
    ("no-lineage-check", 11),
    ("lineage-forgotten", 10),
    ("compacts-unapplied", 2),
    ("snapshot-epoch-unchecked", 11),
    ("snapshot-always-installed", 12),
    ("snapshot-before-sync", 15),
    ("leader-acks-unbounded", 2),
    ("pre-vote-against-a-leader", 3),
    ("hopeless-pre-vote", 4),
    ("answered-before-outcome", 10),
    ("transaction-in-part", 10),
    ("version-is-index", 12),
    ("fate-committed-from-log", 0),
    ("fate-truncated-from-log", 6),
    ("fate-only-higher-truncates", 20),
    ("learner-votes", 5),
    ("learner-campaigns", 2),
    ("learner-acknowledges", 7),
    ("learner-confirms", 3),
    ("learner-is-counted", 14),
    ("joins-when-appended", 10),
    ("state-taken-for-the-compacted", 12),
    ("empty-disk-is-a-member", 2),
    ("damage-is-a-torn-tail", 2),
    ("reads-before-barrier", 13),
    ("reads-without-round", 15),
    ("reads-join-a-round", 12),
    ("reads-unapplied", 10),
    ("reads-leave-the-token", 11),
    ("told-before-it-has-all", 4),
    ("writes-while-handing-over", 2),
    ("late-word-obeyed", 3),
    ("quarantine-without-deletes", 8),
    ("quarantine-forgotten-at-restart", 9),
    ("quarantine-passed-by-a-state", 11),
    ("accepts-one-too-many", 2),
    ("question-leaves-the-epoch", 5),
    ("retries-before-barrier", 9),
    ("unapplied-not-looked-at", 2),
    ("unknown-client-served", 7),
    ("results-forgotten-early", 5),
    ("conflicts-not-remembered", 6),
    ("snapshot-without-clients", 8),
    ("told-of-own-epoch", 14),
    ("last-publication-wins", 11),
    ("age-of-the-commit", 0),
    ("any-read-of-the-log", 0),
    ("learner-answers-any", 1),
    ("await-by-index", 8),
    ("await-lost-from-log", 7),
    ("await-downgraded", 5),
    ("life-from-own-clock", 10),
    ("life-from-the-log", 5),
    ("expires-early", 10),
    ("time-before-barrier", 12),
    ("expiries-pile-up", 6),
    ("snapshot-without-deadlines", 12),
];

#[test]
fn every_mutant_is_killed_as_expected_and_every_property_is_needed() {
    let all: Vec<_> = mutants::ALL.iter().collect();
    let hunts = hunt::all(&all, 2);
    let matrix = Matrix::of(&hunts);
    assert!(matrix.holds(), "{}", matrix.render());
    for Hunted {
        mutant,
        killed_by,
        trace,
        ..
    } in hunts
    {
        assert!(
            killed_by.contains(&mutant.killed_by.name()),
            "{}: {killed_by:?}",
            mutant.name
        );
        let length = LENGTHS
            .iter()
            .find(|(name, _)| *name == mutant.name)
            .map(|(_, length)| *length);
        assert_eq!(
            trace.as_ref().map(|trace| trace.steps.len()),
            length,
            "{}",
            mutant.name
        );
        if let Some(trace) = trace {
            let json = serde_json::to_string(&trace).expect("a trace is JSON");
            let read = serde_json::from_str::<katakv_model::Trace>(&json).expect("and comes back from it");
            assert_eq!(read, trace);
            let system = read.system().expect("scope and mutant exist");
            let states = read.replay(&system).expect("every step is possible");
            assert_eq!(states.len(), trace.steps.len() + 1);
            let last = states.last().expect("there is an initial state");
            for property in properties::ALL {
                let violated = killed_by.contains(&property.name);
                assert_eq!((property.holds)(&system, last), !violated, "{}", property.name);
            }
            for state in &states {
                for property in properties::ALL {
                    let (holds, why) = ((property.holds)(&system, state), (property.why)(&system, state));
                    assert_eq!(
                        holds,
                        why.is_none(),
                        "{}: {}: {why:?}",
                        mutant.name,
                        property.name
                    );
                }
            }
        }
    }
}

#[test]
fn names_and_scopes_of_mutants_exist_once() {
    for mutant in mutants::ALL {
        assert!(scopes::find(mutant.scope).is_some(), "{}", mutant.scope);
        let same = mutants::ALL.iter().filter(|other| other.name == mutant.name);
        assert_eq!(same.count(), 1, "{}", mutant.name);
    }
}
