//! Foreign text on a terminal and in the output for scripts.

use std::fmt::Write;

/// For people: on one line, and what could command a terminal or turn the line around is escaped
/// as in Rust (`\n`, `\u{1b}`).
pub fn shown(text: &str) -> String {
    escape(text, is_hidden)
}

/// For programs: as [`shown`], and the backslash is escaped too, so that [`unescaped`] gives the
/// text back.
pub fn escaped(text: &str) -> String {
    escape(text, |character| character == '\\' || is_hidden(character))
}

/// The text that [`escaped`] was given.  What begins with a backslash and is no escape is kept as
/// it is.
pub fn unescaped(text: &str) -> String {
    let (mut kept, mut rest) = (String::with_capacity(text.len()), text);
    while let Some((before, after)) = rest.split_once('\\') {
        kept.push_str(before);
        let (character, after) = escape_of(after).unwrap_or(('\\', after));
        kept.push(character);
        rest = after;
    }
    kept.push_str(rest);
    kept
}

fn escape_of(after: &str) -> Option<(char, &str)> {
    let mut characters = after.chars();
    let character = match characters.next()? {
        'n' => '\n',
        'r' => '\r',
        't' => '\t',
        '0' => '\0',
        same @ ('\\' | '"' | '\'') => same,
        'u' => {
            let (digits, after) = characters.as_str().strip_prefix('{')?.split_once('}')?;
            let character = u32::from_str_radix(digits, 16).ok().and_then(char::from_u32)?;
            return Some((character, after));
        }
        _ => return None,
    };
    Some((character, characters.as_str()))
}

fn escape(text: &str, needs_it: fn(char) -> bool) -> String {
    let mut shown = String::with_capacity(text.len());
    for character in text.chars() {
        if needs_it(character) {
            // Writing to a string cannot fail.
            let _ = write!(shown, "{}", character.escape_debug());
        } else {
            shown.push(character);
        }
    }
    shown
}

/// Control characters, ends of lines, and what changes the direction of writing.  What joins
/// characters (accents, emoji) stays.
fn is_hidden(character: char) -> bool {
    character.is_control()
        || matches!(
            character,
            '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}'
        )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_shown_has_no_control_characters_and_keeps_letters() {
        for (text, shown_so) in [
            ("anna", "anna"),
            (
                "Ann O'Hara \"é\" 今 e\u{301} 👩\u{200d}🚀 C:\\",
                "Ann O'Hara \"é\" 今 e\u{301} 👩\u{200d}🚀 C:\\",
            ),
            ("a\nb\u{1b}[31m\u{7f}\u{9b}", "a\\nb\\u{1b}[31m\\u{7f}\\u{9b}"),
            ("left\u{202e}right\u{2028}", "left\\u{202e}right\\u{2028}"),
        ] {
            assert_eq!(shown(text), shown_so);
        }
    }

    #[test]
    fn what_is_escaped_comes_back() {
        for text in ["", "a\tb\\n\n\r\0\u{1b}", "\\", "\\u{41}", "\u{202e}é😀"] {
            let escaped = escaped(text);
            assert!(!escaped.contains(|it: char| it.is_control()), "{escaped}");
            assert_eq!(unescaped(&escaped), text);
        }
        assert_eq!(unescaped(r#"a\"b \q \u{} \u{110000} \"#), r#"a"b \q \u{} \u{110000} \"#);
    }
}
