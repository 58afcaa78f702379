//! A divergence as a page: the trace, drawn, and at its last step what the model has and what the node has, side by side.

use crate::real::Parting;
use crate::shrink::Shortest;
use katakv_model::ReplayError;
use katakv_model::diagram::{self, Tale};

/// The page of a divergence.
pub fn page(shortest: &Shortest) -> Result<String, ReplayError> {
    let mut tale = Tale::of(&shortest.trace)?;
    tale.parting = shortest
        .divergence
        .as_ref()
        .map(|divergence| of(&divergence.parting));
    Ok(diagram::page(&tale))
}

fn of(parting: &Parting) -> diagram::Parting {
    let words = parting.to_string();
    match parting.sides() {
        // The first line says what it is; the others are the two sides.
        Some(sides) => diagram::Parting {
            words: words.lines().next().unwrap_or_default().to_owned(),
            sides: beside(sides),
        },
        None => diagram::Parting {
            words,
            sides: Vec::new(),
        },
    }
}

/// The fields of both sides in pairs, those first that differ.
fn beside([model, real]: [&str; 2]) -> Vec<[String; 2]> {
    let (model, real) = (fields(model), fields(real));
    let field = |of: &[&str], place: usize| of.get(place).copied().unwrap_or_default().to_owned();
    let pairs = 0..model.len().max(real.len());
    let mut pairs: Vec<[String; 2]> = pairs
        .map(|place| [field(&model, place), field(&real, place)])
        .collect();
    pairs.sort_by_key(|[model, real]| model == real);
    pairs
}

/// What stands between the outermost commas and brackets of a value, as `Debug` writes it.
fn fields(value: &str) -> Vec<&str> {
    let (mut depth, mut from, mut fields) = (0u32, 0, Vec::new());
    let mut take = |from: usize, to: usize| {
        let field = value[from..to].trim();
        if !field.is_empty() {
            fields.push(field);
        }
    };
    for (place, letter) in value.char_indices() {
        let is_cut = match letter {
            '{' | '[' | '(' => {
                depth += 1;
                depth == 1
            }
            '}' | ']' | ')' => {
                depth = depth.saturating_sub(1);
                depth == 0
            }
            ',' => depth == 1,
            _ => false,
        };
        if is_cut {
            take(from, place);
            from = place + letter.len_utf8();
        }
    }
    take(from, value.len());
    fields
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_are_set_beside_each_other_and_what_differs_comes_first() {
        assert_eq!(
            fields("Node { a: 1, b: [2, 3] } Election"),
            ["Node", "a: 1", "b: [2, 3]", "Election"]
        );
        assert_eq!(
            fields("[Send { to: 1 }, Arm(Election)]"),
            ["Send { to: 1 }", "Arm(Election)"]
        );
        assert_eq!(fields("[]"), Vec::<&str>::new());
        let pairs = beside(["[A, B]", "[A, C, D]"]);
        assert_eq!(pairs, [["B", "C"], ["", "D"], ["A", "A"]]);
    }
}
