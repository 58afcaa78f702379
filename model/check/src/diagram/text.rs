//! Text that goes into markup, and into lines.

/// `text` as markup that shows it. Characters that XML has no place for are replaced.
pub(crate) fn escape(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for letter in text.chars() {
        match letter {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\'' => escaped.push_str("&#39;"),
            '\n' | '\t' => escaped.push(letter),
            letter if letter.is_control() => escaped.push(char::REPLACEMENT_CHARACTER),
            letter => escaped.push(letter),
        }
    }
    escaped
}

/// Lines of at most `width` letters. A word that is longer than that is cut.
pub(super) fn wrap(text: &str, width: usize) -> Vec<String> {
    let mut lines = vec![String::new()];
    let mut room = width;
    for word in text.split_whitespace() {
        let letters: Vec<char> = word.chars().collect();
        for (place, piece) in letters.chunks(width).enumerate() {
            let space = usize::from(place == 0 && room < width);
            if piece.len() + space > room {
                lines.push(String::new());
                room = width;
            } else if space == 1 {
                lines.last_mut().expect("there is a line").push(' ');
                room -= 1;
            }
            lines.last_mut().expect("there is a line").extend(piece);
            room -= piece.len();
        }
    }
    lines.retain(|line| !line.is_empty());
    lines
}

/// At most `width` letters of `text`, the last of which says that some are missing.
pub(super) fn shortened(text: &str, width: usize) -> String {
    if text.chars().count() <= width {
        return text.to_owned();
    }
    let mut short: String = text.chars().take(width - 1).collect();
    short.push('…');
    short
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn markup_in_text_is_text() {
        assert_eq!(
            escape("<a href=\"x\">&'\u{0}\n"),
            "&lt;a href=&quot;x&quot;&gt;&amp;&#39;\u{fffd}\n"
        );
    }

    #[test]
    fn no_line_is_longer_than_it_may_be() {
        assert_eq!(wrap("one two  three", 7), ["one two", "three"]);
        assert_eq!(wrap("abcdefgh ij", 5), ["abcde", "fgh", "ij"]);
        assert_eq!(wrap("", 5), Vec::<String>::new());
    }

    #[test]
    fn what_is_cut_off_shows_it() {
        assert_eq!(shortened("abcdef", 6), "abcdef");
        assert_eq!(shortened("abcdefg", 6), "abcde…");
    }
}
