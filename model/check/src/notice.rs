//! What is said above a state in Stateright's Explorer, before its picture.
//!
//! The Explorer's own marks are easily misread: "Safety holds" beside a state says that the *search* has met nothing, not
//! that the property was evaluated there, and the search begins with "Run to completion" alone. So what holds in a state is
//! said with the state.

use crate::action::Action;
use crate::diagram::{self, escape};
use crate::properties;
use crate::state::State;
use crate::system::System;
use std::fmt::Write;

/// What a person who explores a system is to know about it.
#[derive(Clone, Debug)]
pub(crate) struct Notice {
    /// What it is.
    pub(crate) title: String,
    /// What was broken in it, if something was; else what the scope is.
    pub(crate) about: String,
    /// After how many states a search ends.
    pub(crate) states_max: usize,
}

impl Notice {
    /// The markup above the last of `states`, to which `actions` have led: what holds in it, and the picture of the way.
    pub(crate) fn page(&self, system: &System, states: &[State], actions: &[Action]) -> String {
        let mut page = String::from(STYLE);
        let last = states.last().expect("a path has a state");
        // Writing to a string cannot fail.
        let _ = write!(
            page,
            "<div class=\"notice\"><h3>{}</h3><p>{}</p>",
            escape(&self.title),
            escape(&self.about)
        );
        let violated = properties::violated(system, last);
        for property in properties::ALL {
            if let Some(why) = (property.why)(system, last) {
                let _ = write!(
                    page,
                    "<p class=\"broken\">In this state <b>{}</b> does not hold: {}.</p>",
                    escape(property.name),
                    escape(&why)
                );
            }
        }
        let hold = properties::ALL.len() - violated.count_ones() as usize;
        let which = if violated == 0 { "All" } else { "The other" };
        let _ = write!(
            page,
            "<p class=\"kept\">{which} {hold} properties hold in this state: they were evaluated here.</p>\
             <p class=\"aside\">The list of properties on the left tells what Stateright's search has met, and ticks there are no \
             statement about this state. It searches after \u{201c}Run to completion\u{201d}, and ends after {} \
             states.</p></div>",
            crate::table::grouped(self.states_max)
        );
        let tale = diagram::told(
            system,
            states,
            actions,
            format!("{} steps", actions.len()),
            system.scope.bounds(),
        );
        page.push_str(&diagram::picture(&tale));
        page
    }
}

const STYLE: &str = "<style>.notice{font:14px/1.45 system-ui,sans-serif;white-space:normal;max-width:80ch;padding:2px 8px 8px}\
    .notice h3{margin:4px 0;font-size:16px}.notice p{margin:4px 0}.notice .broken{background:#fdecea;color:#8f1a13;border:1px solid \
    #c0271f;border-radius:6px;padding:5px 9px}.notice .aside{opacity:.75;font-size:12px}\
    .katakv{max-width:100%;height:auto}</style>";
