//! Pictures of traces: whatever happens in a scope is drawn, within the picture, as well-formed markup.

use katakv_core::Sound;
use katakv_model::diagram::{self, Tale};
use katakv_model::{Action, System, Trace, scopes, source};

/// The steps of a walk through a scope that takes whichever action the generator says.
fn walk(scope: &str, steps: usize, seed: u64) -> Trace {
    let system = System::new(scopes::find(scope).expect("it is a scope"), &Sound);
    let (mut state, mut random) = (system.initial(), seed);
    let mut trace = Trace {
        scope: scope.into(),
        mutant: None,
        steps: Vec::new(),
    };
    while trace.steps.len() < steps {
        let mut enabled = Vec::new();
        system.enabled(&state, &mut enabled);
        enabled.retain(|action| system.perform(&state, action).is_some());
        if enabled.is_empty() {
            break;
        }
        // Knuth's generator, of which the upper bits are good enough for a walk.
        random = random
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        // Budgets are spent now and then only, so that it goes on for long.
        let costs_nothing = |action: &Action| matches!(action, Action::Deliver { .. } | Action::Sync { .. });
        if random >> 60 != 0 && enabled.iter().any(costs_nothing) {
            enabled.retain(costs_nothing);
        }
        let action = enabled.swap_remove((random >> 33) as usize % enabled.len());
        state = system
            .perform(&state, &action)
            .expect("it was possible a moment ago")
            .state;
        trace.steps.push(action);
    }
    trace
}

/// The text between `before` and the next `after`, each time.
fn between<'a>(text: &'a str, before: &'a str, after: &'a str) -> impl Iterator<Item = &'a str> {
    text.split(before)
        .skip(1)
        .filter_map(move |rest| rest.split(after).next())
}

fn number(tag: &str, name: &str) -> f64 {
    let before = format!(" {name}=\"");
    let value = between(tag, &before, "\"").next();
    value
        .and_then(|value| value.parse().ok())
        .expect("the tag has this number")
}

/// Every element is closed by its own kind.
fn assert_well_formed(svg: &str) {
    let mut open = Vec::new();
    for tag in between(svg, "<", ">") {
        if let Some(name) = tag.strip_prefix('/') {
            assert_eq!(open.pop(), Some(name), "{tag}");
        } else if !tag.ends_with('/') {
            open.push(tag.split_whitespace().next().expect("a tag has a name"));
        }
    }
    assert!(open.is_empty(), "{open:?}");
}

#[test]
fn whatever_happens_is_drawn_within_the_picture() {
    for (place, scope) in scopes::all().iter().enumerate() {
        let trace = walk(scope.name, 80, place as u64);
        let tale = Tale::of(&trace).expect("every step was possible");
        let svg = diagram::picture(&tale);
        assert_well_formed(&svg);
        let (width, height) = (number(&svg, "width"), number(&svg, "height"));
        for tag in between(&svg, "<text ", "/text>") {
            let (x, y) = (number(&format!(" {tag}"), "x"), number(&format!(" {tag}"), "y"));
            let letters = between(tag, ">", "<")
                .next()
                .expect("it has a text")
                .chars()
                .count() as f64;
            // As wide as letters of these fonts get, on the average of a line; markup in place of a letter counts for more.
            let long = letters * 6.8;
            let (from, to) = match tag.contains("end\"") {
                true => (x - long, x),
                false if tag.contains("middle") => (x - long / 2.0, x + long / 2.0),
                false => (x, x + long),
            };
            assert!(from >= 0.0 && to <= width && y <= height, "{}: {tag}", scope.name);
        }
    }
}

#[test]
fn every_step_has_its_row_also_of_two_hundred() {
    let walks = (0..20).map(|seed| walk("streams", 200, seed));
    let trace = walks
        .max_by_key(|trace| trace.steps.len())
        .expect("there are some");
    let tale = Tale::of(&trace).expect("every step was possible");
    let page = diagram::page(&tale);
    assert!(trace.steps.len() > 50, "{} steps", trace.steps.len());
    for step in [0, 1, trace.steps.len()] {
        assert!(page.contains(&format!("id=\"row-{step}\"")), "{step}");
    }
    assert!(page.len() < 4 << 20, "{} bytes", page.len());
    // For whoever wants to look at it.
    let kept = concat!(env!("CARGO_TARGET_TMPDIR"), "/long.html");
    std::fs::write(kept, page).expect("tests may write there");
}

#[test]
fn nothing_is_fetched_from_elsewhere() {
    let trace = source::find("no-token-check", None, 0).expect("it is a mutant");
    let page = diagram::page(&Tale::of(&trace).expect("it is possible"));
    let outside = page.replace("http://www.w3.org/2000/svg", "");
    for way in ["http:", "https:", "url(", "@import", " src="] {
        assert!(!outside.contains(way), "{way}");
    }
}

#[test]
fn the_step_at_which_a_property_fails_says_why() {
    let trace = source::find("early-vote-request", None, 0).expect("it is a mutant");
    let svg = diagram::picture(&Tale::of(&trace).expect("it is possible"));
    assert!(
        svg.contains("leader completeness does not hold: n1 leads epoch 2"),
        "{svg}"
    );
}

#[test]
fn a_trace_that_is_told_is_read_again() {
    for (place, scope) in scopes::all().iter().enumerate() {
        let trace = walk(scope.name, 60, place as u64);
        let text = trace.to_text("a walk").expect("every step was possible");
        assert_eq!(Trace::from_text(&text).as_ref(), Ok(&trace), "{text}");
    }
}

#[test]
fn a_text_that_tells_something_else_is_refused_at_its_step() {
    let text = "scope: tiny\n\n  1. n0 hears no leader and campaigns\n  2. n0 flies away\n";
    let error = Trace::from_text(text).expect_err("nothing flies");
    assert!(error.to_string().contains("step 2"), "{error}");
}
