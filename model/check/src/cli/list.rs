//! `scopes` and `properties`.

use katakv_model::mutants::{self, Killer};
use katakv_model::terminal::say;
use katakv_model::{Set, properties, scopes, witnesses};
use std::process::ExitCode;

const WIDTH: usize = 110;

pub(crate) fn scopes() -> ExitCode {
    for set in Set::ALL {
        say(format_args!("{set}: {}\n", set.words()));
        for scope in scopes::all().into_iter().filter(|scope| scope.set == set) {
            say(scope.name);
            wrapped(scope.words);
            wrapped(&scope.bounds());
            say("");
        }
    }
    ExitCode::SUCCESS
}

pub(crate) fn properties() -> ExitCode {
    say("Properties, with the witnesses that they are not about nothing:\n");
    for property in properties::ALL {
        say(format_args!("{} ({})", property.name, property.source));
        wrapped(property.words);
        let seen: Vec<&str> = witnesses::all()
            .filter(|witness| witness.of == property.name)
            .map(|witness| witness.name)
            .collect();
        if !seen.is_empty() {
            wrapped(&format!("seen: {}", seen.join("; ")));
        }
        say("");
    }
    say("Mutants:\n");
    for mutant in mutants::ALL {
        say(format_args!("{} ({})", mutant.name, mutant.source));
        wrapped(mutant.words);
        wrapped(&match mutant.killed_by {
            Killer::Stuck => format!(
                "in {}, given away because replicas do not find together again",
                mutant.scope
            ),
            Killer::Property(name) => format!("in {}, killed by: {name}", mutant.scope),
            Killer::Witness(name) => format!(
                "in {}, given away because this is never seen: {name}",
                mutant.scope
            ),
        });
        say("");
    }
    ExitCode::SUCCESS
}

/// Prints `text` indented, in lines of a bearable length.
fn wrapped(text: &str) {
    let mut line = String::from("   ");
    for word in text.split_whitespace() {
        if line.chars().count() + 1 + word.chars().count() > WIDTH {
            say(line);
            line = String::from("   ");
        }
        line.push(' ');
        line.push_str(word);
    }
    say(line);
}
