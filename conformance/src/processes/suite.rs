//! Which traces are taken on processes, and all of them, on a few clusters at a time.

use super::course::{Hazards, Steered};
use super::nodes::Processes;
use super::orders::Orders;
use super::tally::{Steps, Tally};
use crate::generate::{self, Suite};
use crate::validate::{self, validate};
use anyhow::{Context, ensure};
use katakv_model::{Trace, scopes};
use serde::Serialize;
use std::fmt;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

/// A trace, by the name that it is chosen by.
#[derive(Clone, Debug)]
pub struct Named {
    /// The name.
    pub name: String,
    /// The trace.
    pub trace: Trace,
}

/// Of which scopes' traces some are taken besides the golden ones, and how many: each class of crash and each delivery of an
/// election and of a write is on the way of one.
const GENERATED: [(&str, usize); 2] = [("tiny", 60), ("takeover", 40)];

/// The golden traces of `specs`, and some that take the edges of small scopes.
pub fn chosen() -> anyhow::Result<Vec<Named>> {
    let specs = Path::new(env!("CARGO_MANIFEST_DIR")).join("../specs/traces");
    let mut chosen = golden(&specs)?;
    for (name, some) in GENERATED {
        let scope = scopes::find(name).context("a scope to take traces of exists")?;
        let all = Suite::of(scope)?.traces;
        let every = all.len().div_ceil(some);
        let named = |(place, trace)| Named {
            name: format!("{name}/{place:04}"),
            trace,
        };
        chosen.extend(all.into_iter().enumerate().step_by(every).map(named));
    }
    Ok(chosen)
}

/// The traces that a directory tells in words, by their files' names.
fn golden(specs: &Path) -> anyhow::Result<Vec<Named>> {
    let mut named = Vec::new();
    for kind in ["mutants", "witnesses"] {
        let dir = specs.join(kind);
        let missing = || format!("cannot read the golden traces in {}: name others", dir.display());
        for entry in fs::read_dir(&dir).with_context(missing)? {
            let path = entry.with_context(missing)?.path();
            let text = fs::read_to_string(&path).with_context(missing)?;
            let stem = path.file_stem().unwrap_or_default().to_string_lossy();
            let told = || format!("{} tells no trace", path.display());
            named.push(Named {
                name: format!("{kind}/{stem}"),
                trace: Trace::from_text(&text).with_context(told)?,
            });
        }
    }
    named.sort_by(|one, other| one.name.cmp(&other.name));
    Ok(named)
}

/// The traces of a file that `generate` made.
pub fn of_file(file: &Path) -> anyhow::Result<Vec<Named>> {
    let traces = generate::load(file)?.into_iter().enumerate();
    let named = |(place, trace)| Named {
        name: format!("{place:04}"),
        trace,
    };
    Ok(traces.map(named).collect())
}

/// A trace on which something was not as it has to be.
#[derive(Clone, Debug, Serialize)]
pub struct Failed {
    /// Its name.
    pub name: String,
    /// What was wrong.
    pub why: String,
}

/// What came of all of them.
#[derive(Debug, Default)]
pub struct Report {
    /// What was done.
    pub tally: Tally,
    /// What was not as it has to be.
    pub failed: Vec<Failed>,
    /// What the validation of the processes' records found, cluster by cluster.
    pub validated: Vec<validate::Report>,
    /// How long it took.
    pub took: Duration,
}

impl Report {
    /// Whether all was as it has to be.
    pub fn holds(&self) -> bool {
        self.failed.is_empty()
    }

    /// How many recorded events were replayed through the model.
    pub fn events(&self) -> usize {
        self.validated.iter().map(|report| report.events).sum()
    }

    /// How many steps the processes followed, missed and had to themselves.
    pub fn steps(&self) -> Steps {
        let zero = Steps::default();
        self.tally.steps.values().fold(zero, |sum, more| Steps {
            followed: sum.followed + more.followed,
            missed: sum.missed + more.missed,
            own: sum.own + more.own,
        })
    }
}

/// Takes all of `traces`, on `clusters` clusters of three processes at a time with directories below `home`. Calls `progress`
/// with the number of traces that are done.
///
/// Each third trace pauses processes that have nothing to do in it, and each second one ends with everything coming late that it
/// did not deliver. Traces in which a disk is lost have a cluster each: with it
/// go all partitions.
pub fn run(
    traces: &[Named],
    clusters: usize,
    home: &Path,
    progress: impl Fn(usize) + Sync,
) -> anyhow::Result<Report> {
    let started = Instant::now();
    let (lossy, others): (Vec<_>, Vec<_>) = traces
        .iter()
        .enumerate()
        .partition(|(_, named)| Orders::loses_disks(&named.trace));
    let work = Work {
        lossy,
        others,
        next_lossy: AtomicUsize::new(0),
        next_other: AtomicUsize::new(0),
        done: AtomicUsize::new(0),
        report: Mutex::default(),
    };
    let ended: Vec<anyhow::Result<()>> = std::thread::scope(|threads| {
        let (work, progress) = (&work, &progress);
        let started: Vec<_> = (0..clusters)
            .map(|cluster| {
                let home = home.join(format!("cluster-{cluster}"));
                threads.spawn(move || work.share(&home, progress))
            })
            .collect();
        started
            .into_iter()
            .map(|thread| thread.join().expect("a course does not panic"))
            .collect()
    });
    ended.into_iter().collect::<anyhow::Result<()>>()?;
    let mut report = work.report.into_inner().expect("nobody panicked");
    report.took = started.elapsed();
    report.failed.sort_by(|one, other| one.name.cmp(&other.name));
    Ok(report)
}

/// What the clusters share.
struct Work<'a> {
    lossy: Vec<(usize, &'a Named)>,
    others: Vec<(usize, &'a Named)>,
    next_lossy: AtomicUsize,
    next_other: AtomicUsize,
    done: AtomicUsize,
    report: Mutex<Report>,
}

impl Work<'_> {
    /// One cluster's share.
    fn share(&self, home: &Path, progress: &(impl Fn(usize) + Sync)) -> anyhow::Result<()> {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()?;
        let mut clusters = 0;
        while let Some((place, named)) = next(&self.lossy, &self.next_lossy) {
            let home = begin(home, &mut clusters)?;
            let mut steered = runtime.block_on(Steered::start(&home))?;
            self.course(&runtime, &mut steered, place, named, progress);
            self.finish("the end", steered.processes(), &home)?;
        }
        let mut steered: Option<(Steered, PathBuf)> = None;
        while let Some((place, named)) = next(&self.others, &self.next_other) {
            let (cluster, home) = match &mut steered {
                Some(steered) => steered,
                none => {
                    let home = begin(home, &mut clusters)?;
                    none.insert((runtime.block_on(Steered::start(&home))?, home))
                }
            };
            if !self.course(&runtime, cluster, place, named, progress) {
                // Whatever it is in, it is not what the next trace can begin with.
                let record = self.finish(&named.name, cluster.processes(), home);
                steered = None;
                record?;
            }
        }
        match &mut steered {
            Some((cluster, home)) => self.finish("the end", cluster.processes(), home),
            None => Ok(()),
        }
    }

    /// Takes one trace; whether all was as it has to be.
    fn course(
        &self,
        runtime: &tokio::runtime::Runtime,
        cluster: &mut Steered,
        place: usize,
        named: &Named,
        progress: &(impl Fn(usize) + Sync),
    ) -> bool {
        let hazards = Hazards {
            pauses: place.is_multiple_of(3),
            late: place.is_multiple_of(2),
        };
        let taken = runtime.block_on(cluster.take(&named.trace, hazards));
        let holds = taken.is_ok();
        {
            let mut report = self
                .report
                .lock()
                .expect("nothing panics while it holds the report");
            match taken {
                Ok(tally) => report.tally.merge(&tally),
                Err(error) => report.failed.push(Failed {
                    name: named.name.clone(),
                    why: format!("{error:#}"),
                }),
            }
        }
        progress(self.done.fetch_add(1, Ordering::Relaxed) + 1);
        holds
    }

    /// Ends a cluster, and validates what it recorded.
    fn finish(&self, name: &str, processes: &mut Processes, home: &Path) -> anyhow::Result<()> {
        let stopped = processes.stop();
        let validated = validate(&processes.record());
        let mut report = self
            .report
            .lock()
            .expect("nothing panics while it holds the report");
        let mut fail = |why: String| {
            report.failed.push(Failed {
                name: format!("the cluster in {}, before {name}", home.display()),
                why,
            });
        };
        if let Err(error) = stopped {
            fail(format!("{error:#}"));
        }
        match validated {
            Ok(found) => report.validated.push(found),
            Err(error) => fail(format!("what it recorded is not in order: {error}")),
        }
        Ok(())
    }
}

fn next<'a>(all: &[(usize, &'a Named)], taken: &AtomicUsize) -> Option<(usize, &'a Named)> {
    all.get(taken.fetch_add(1, Ordering::Relaxed)).copied()
}

/// A new directory for the next cluster.
fn begin(home: &Path, clusters: &mut usize) -> anyhow::Result<PathBuf> {
    let dir = home.join(clusters.to_string());
    *clusters += 1;
    ensure!(
        !dir.exists(),
        "{} exists already: name an empty directory",
        dir.display()
    );
    fs::create_dir_all(&dir).with_context(|| format!("cannot create {}", dir.display()))?;
    Ok(dir)
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(
            f,
            "{:<30} {:>9} {:>9} {:>9}",
            "steps", "followed", "missed", "its own"
        )?;
        let mut row = |name: &dyn fmt::Display, steps: &Steps| {
            let Steps {
                followed,
                missed,
                own,
            } = steps;
            writeln!(f, "{name:<30} {followed:>9} {missed:>9} {own:>9}")
        };
        for (class, steps) in &self.tally.steps {
            row(class, steps)?;
        }
        row(&"in all", &self.steps())?;
        let Tally {
            courses,
            network,
            kills,
            stores_lost,
            disks_lost,
            pauses,
            handovers,
            clients,
            ..
        } = &self.tally;
        writeln!(
            f,
            "\n{courses} traces in {:.1} s: kill -9 {kills} times ({stores_lost} stores and {disks_lost} disks lost), {pauses} times \
             stopped and continued, {handovers} stops in good order",
            self.took.as_secs_f64()
        )?;
        writeln!(
            f,
            "messages: {} let out in their turn, {} of them overtaken, {} repeated, {} late, {} lost",
            network.let_out, network.reordered, network.repeated, network.late, network.lost
        )?;
        writeln!(
            f,
            "clients: {} writes acknowledged, {} at level leader lost and told so, {} requests refused, {} outcomes unknown, {} reads \
             as promised",
            clients.acknowledged, clients.lost, clients.refused, clients.unknown, clients.reads
        )?;
        writeln!(
            f,
            "{} events that {} clusters recorded, replayed through the model: every effect, every promise",
            self.events(),
            self.validated.len()
        )?;
        for Failed { name, why } in &self.failed {
            writeln!(f, "FAILED {name}: {why}")?;
        }
        Ok(())
    }
}
