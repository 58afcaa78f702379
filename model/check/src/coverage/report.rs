//! What was seen, scope by scope, and what was not.

use super::{Section, Seen, excused};
use crate::check::ScopeReport;
use crate::matrix::letter;
use crate::scopes;
use crate::set::Set;
use katakv_core::Branch;
use std::fmt::Write;

/// Something that occurred in none of the scopes.
pub struct Unseen {
    /// What it belongs to.
    pub section: Section,
    /// What it is called.
    pub name: &'static str,
    /// Why no scope shows it.
    pub reason: Option<&'static str>,
}

/// What occurred in none of the scopes that were searched.
pub fn unseen(reports: &[ScopeReport]) -> Vec<Unseen> {
    let all = Section::ALL.into_iter().flat_map(|section| {
        let names = section.names().into_iter().enumerate();
        names.map(move |(place, name)| (section, place, name))
    });
    all.filter(|(section, place, _)| !seen_by(reports, *section, *place).any(|seen| seen))
        .map(|(section, _, name)| Unseen {
            section,
            name,
            reason: reason(section, name),
        })
        .collect()
}

/// Whether what the scopes show between them is all there is, but for what has a reason; and no reason is out of
/// date. `None` if that cannot be said, because not every scope that can be exhausted was.
pub fn is_whole(reports: &[ScopeReport]) -> Option<bool> {
    let exhausted = |name: &str| {
        reports
            .iter()
            .any(|report| report.scope.name == name && report.exhausted)
    };
    let all = scopes::of(Set::Full).iter().all(|scope| exhausted(scope.name));
    let unseen = unseen(reports);
    let without_reason = unseen.iter().any(|unseen| unseen.reason.is_none());
    all.then(|| !without_reason && out_of_date(&unseen).is_empty())
}

/// The reasons for what was seen after all, or for what does not exist.
fn out_of_date(unseen: &[Unseen]) -> Vec<&'static str> {
    let is_unseen = |section: Section, name: &str| {
        unseen
            .iter()
            .any(|unseen| (unseen.section, unseen.name) == (section, name))
    };
    excused::ALL
        .iter()
        .filter(|(section, name, _)| !is_unseen(*section, name))
        .map(|(_, name, _)| *name)
        .collect()
}

fn reason(section: Section, name: &str) -> Option<&'static str> {
    let is_it = |excuse: &&(Section, &str, &'static str)| (excuse.0, excuse.1) == (section, name);
    excused::ALL.iter().find(is_it).map(|(_, _, reason)| *reason)
}

fn seen_by(reports: &[ScopeReport], section: Section, place: usize) -> impl Iterator<Item = bool> {
    let nothing = Seen::new();
    reports.iter().map(move |report| {
        report
            .coverage
            .as_ref()
            .unwrap_or(&nothing)
            .contains(&(section, place))
    })
}

/// All of it as text: a letter a scope, a line for everything that can occur.
pub fn render(reports: &[ScopeReport]) -> String {
    let mut text = String::new();
    for (place, report) in reports.iter().enumerate() {
        let _ = writeln!(text, "{} {}", letter(place), report.scope.name);
    }
    for section in Section::ALL {
        let names = section.names();
        let width = names.iter().map(|name| name.chars().count()).max().unwrap_or(0);
        let _ = writeln!(text, "\n{}", section.name());
        for (place, name) in names.iter().enumerate() {
            let marks: String = seen_by(reports, section, place)
                .enumerate()
                .map(|(scope, seen)| if seen { letter(scope) } else { '.' })
                .collect();
            let _ = writeln!(text, "  {name:<width$}  {marks}");
        }
    }
    let unseen = unseen(reports);
    let whole = is_whole(reports);
    text.push_str("\nNever seen:\n");
    for Unseen {
        section,
        name,
        reason,
    } in &unseen
    {
        let words = || {
            let branch = Branch::ALL.iter().find(|branch| branch.name() == *name);
            branch.map_or("", |branch| branch.words())
        };
        let _ = match (reason, whole) {
            (Some(reason), _) => writeln!(text, "  {name}: {reason}"),
            (None, Some(_)) => writeln!(
                text,
                "  {name} ({}), AND NO REASON WHY. {}",
                section.name(),
                words()
            ),
            (None, None) => writeln!(text, "  {name} ({}). {}", section.name(), words()),
        };
    }
    match whole {
        None => text.push_str("Other scopes may show it: all those of `full` have to, between them.\n"),
        Some(_) => {
            for name in out_of_date(&unseen) {
                let _ = writeln!(
                    text,
                    "  {name}: SEEN, or not there; the reason why it never is is OUT OF DATE"
                );
            }
            let all: usize = Section::ALL.iter().map(|section| section.names().len()).sum();
            let unseen = unseen.len();
            let _ = writeln!(text, "{} of {all} seen; {unseen} not.", all - unseen);
        }
    }
    text
}
