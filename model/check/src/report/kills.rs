//! Mistakes around the protocol, and the layers that notice them: a table with a column a layer.

use super::link;
use crate::diagram::escape;
use crate::trace::Trace;

/// Who noticed which mistake.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Kills {
    /// The layers, by name.
    pub layers: Vec<String>,
    /// One a mistake.
    pub rows: Vec<Kill>,
    /// What else is to be said of it: how it was found out, and what is missing.
    pub note: String,
}

/// Who noticed one mistake.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Kill {
    /// Its name; `None` for the code as it is, of which nothing may be noticed.
    pub mistake: Option<String>,
    /// What is done wrong.
    pub words: String,
    /// Whether each layer noticed, in the order of [`Kills::layers`].
    pub noticed: Vec<bool>,
    /// The shortest trace on which a real node does something else than the model, and how they part, in a line.
    pub shortest: Option<(Trace, String)>,
}

impl Kills {
    /// How many mistakes were noticed, of how many.
    pub fn noticed(&self) -> (usize, usize) {
        let made = || self.rows.iter().filter(|row| row.mistake.is_some());
        (made().filter(|row| row.is_right()).count(), made().count())
    }
}

impl Kill {
    /// A mistake has to be noticed, and nothing where there is none.
    pub fn is_right(&self) -> bool {
        self.noticed.contains(&true) == self.mistake.is_some()
    }
}

/// The table.
pub(super) fn table(kills: &Kills) -> String {
    let (noticed, made) = kills.noticed();
    let heads: String = kills
        .layers
        .iter()
        .map(|layer| format!("<th class=\"mark\">{}</th>", escape(layer)))
        .collect();
    let rows: String = kills.rows.iter().map(row).collect();
    format!(
        "<p>One mistake at a time was made in the real code, and {noticed} of {made} were noticed. {}</p>\n\
         <div class=\"wide\"><table class=\"told\">\n<tr><th>mistake</th><th>what is done wrong</th>{heads}<th></th><th>shortest trace</th></tr>\n{rows}</table></div>\n",
        escape(&kills.note)
    )
}

fn row(row: &Kill) -> String {
    let marks: String = row
        .noticed
        .iter()
        .map(|noticed| match noticed {
            true => "<td class=\"mark\"><b title=\"noticed\">●</b></td>",
            false => "<td class=\"mark aside\"><span title=\"not noticed\">·</span></td>",
        })
        .collect();
    let (class, verdict) = match (row.is_right(), &row.mistake) {
        (true, Some(_)) => ("good", "noticed"),
        (true, None) => ("good", "nothing to notice"),
        (false, Some(_)) => ("bad", "SURVIVES"),
        (false, None) => ("bad", "noticed, though nothing is wrong"),
    };
    let name = row.mistake.as_deref().unwrap_or("none");
    let shortest = row.shortest.as_ref().map(|(trace, parting)| {
        format!(
            "<a href=\"{}\" title=\"{}\">{} steps</a>",
            link(name),
            escape(parting),
            trace.steps.len()
        )
    });
    format!(
        "<tr><td>{}</td><td>{}</td>{marks}<td class=\"{class}\">{verdict}</td><td>{}</td></tr>\n",
        escape(name),
        escape(&row.words),
        shortest.unwrap_or_default()
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn kill(mistake: Option<&str>, noticed: [bool; 2]) -> Kill {
        Kill {
            mistake: mistake.map(Into::into),
            words: "a < b".into(),
            noticed: noticed.into(),
            shortest: None,
        }
    }

    #[test]
    fn who_survives_is_told_and_so_is_a_false_alarm() {
        let mut kills = Kills {
            layers: vec!["replay".into(), "suite".into()],
            rows: vec![
                kill(None, [false, false]),
                kill(Some("one"), [false, true]),
                kill(Some("two"), [true, false]),
            ],
            note: String::new(),
        };
        let right = table(&kills);
        assert!(right.contains("2 of 2 were noticed"), "{right}");
        assert!(
            right.contains("a &lt; b") && !right.contains("class=\"bad\""),
            "{right}"
        );
        kills.rows[0].noticed[0] = true;
        kills.rows[1].noticed[1] = false;
        let wrong = table(&kills);
        assert!(wrong.contains("1 of 2 were noticed"), "{wrong}");
        assert!(
            wrong.contains("SURVIVES") && wrong.contains("though nothing is wrong"),
            "{wrong}"
        );
    }
}
