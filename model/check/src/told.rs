//! Traces as text that a person reads, and from which they are replayed.
//!
//! ```text
//! vote requests leave before the candidate's own vote is synced
//!
//! scope: main
//! mutant: early-vote-request
//!
//!    1. n0 hears no leader and campaigns
//! ```
//! The sentences are the trace: each is that of one of the actions that are possible where it stands, and of no other. So
//! nothing stands beside them that nobody reads, and a trace that is not possible any more says at which sentence.

use crate::trace::{ReplayError, Trace};
use std::fmt::Write;

impl Trace {
    /// The trace as text, under some lines about it.
    pub fn to_text(&self, about: &str) -> Result<String, ReplayError> {
        let system = self.system()?;
        let mut text = String::new();
        // Writing to a string cannot fail.
        let _ = writeln!(text, "{about}\n\nscope: {}", self.scope);
        if let Some(mutant) = &self.mutant {
            let _ = writeln!(text, "mutant: {mutant}");
        }
        let _ = writeln!(text, "\n{}", self.tell(&system)?.trim_end());
        Ok(text)
    }

    /// The trace that such a text tells. Lines that are neither a name nor a numbered sentence are for the reader alone.
    pub fn from_text(text: &str) -> Result<Trace, ReplayError> {
        let named = |name: &str| {
            text.lines()
                .find_map(|line| line.strip_prefix(name))
                .map(str::trim)
        };
        let scope = named("scope:").ok_or(ReplayError::NoTrace)?;
        let mut trace = Trace {
            scope: scope.to_owned(),
            mutant: named("mutant:").map(str::to_owned),
            steps: Vec::new(),
        };
        let system = trace.system()?;
        let mut state = system.initial();
        for sentence in text.lines().filter_map(numbered) {
            let mut enabled = Vec::new();
            system.enabled(&state, &mut enabled);
            enabled.retain(|action| action.tell(&state) == sentence);
            let action = match &enabled[..] {
                [action] => action.clone(),
                _ => return Err(ReplayError::Untold(trace.steps.len() + 1, sentence.to_owned())),
            };
            let outcome = system.perform(&state, &action);
            state = outcome
                .ok_or(ReplayError::Impossible(trace.steps.len() + 1))?
                .state;
            trace.steps.push(action);
        }
        Ok(trace)
    }
}

/// The sentence of a line that begins with a number.
fn numbered(line: &str) -> Option<&str> {
    let (number, sentence) = line.trim_start().split_once(". ")?;
    let is_number = !number.is_empty() && number.bytes().all(|byte| byte.is_ascii_digit());
    is_number.then_some(sentence.trim_end())
}
