//! Texts with gaps: what is sent, and what is compared.
//!
//! `\xNN`, `\r`, `\n`, `\t`, `\0` stand for bytes; a backslash before anything else means that
//! character itself (`\\`, `\{`, `\*`). `{"ab" * 3}` is `ababab`. `{name}` is a named gap. In
//! expectations `*` is a gap for anything.

use std::collections::BTreeMap;

/// What the named gaps of one scenario have been found to hold.
pub type Names = BTreeMap<String, Vec<u8>>;

/// A text with gaps.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Text(pub(crate) Vec<Piece>);

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Piece {
    Byte(u8),
    Anything,
    Named(String),
}

/// Whether `*` is a gap or itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Star {
    /// `*` matches anything: expectations.
    Anything,
    /// `*` is a star: what is sent.
    Itself,
}

impl Text {
    /// Reads a text as it stands in a scenario file. `Err` says what is wrong with it.
    pub fn parse(written: &str, star: Star) -> Result<Self, String> {
        let mut pieces = Vec::new();
        let mut chars = written.chars();
        while let Some(c) = chars.next() {
            match c {
                '\\' => escaped(&mut chars, &mut pieces)?,
                '{' => gap(&mut chars, &mut pieces)?,
                '*' if star == Star::Anything => pieces.push(Piece::Anything),
                c => push(&mut pieces, c),
            }
        }
        Ok(Text(pieces))
    }

    /// The bytes to send. `Err` is the name of a gap that nothing has filled yet.
    pub fn fill(&self, names: &Names) -> Result<Vec<u8>, String> {
        let mut bytes = Vec::new();
        for piece in &self.0 {
            match piece {
                Piece::Byte(b) => bytes.push(*b),
                Piece::Anything => bytes.push(b'*'),
                Piece::Named(name) => bytes.extend(names.get(name).ok_or_else(|| name.clone())?),
            }
        }
        Ok(bytes)
    }

    /// Compares byte by byte. A named gap that is known must be equal; an unknown one matches
    /// one byte or more and is known from then on, if the whole matches.
    pub fn matches(&self, actual: &[u8], names: &mut Names) -> bool {
        let mut found = names.clone();
        let hit = matches(&self.0, actual, &mut found);
        if hit {
            *names = found;
        }
        hit
    }

    /// The text cut at its spaces, without empty words.
    pub(crate) fn words(&self) -> Vec<Text> {
        self.0
            .split(|p| *p == Piece::Byte(b' '))
            .filter(|w| !w.is_empty())
            .map(|w| Text(w.to_vec()))
            .collect()
    }

    pub(crate) fn is(&self, plain: &str) -> bool {
        self.0.len() == plain.len()
            && self.0.iter().zip(plain.bytes()).all(|(p, b)| *p == Piece::Byte(b))
    }
}

fn matches(pieces: &[Piece], actual: &[u8], names: &mut Names) -> bool {
    let Some((first, pieces)) = pieces.split_first() else { return actual.is_empty() };
    match first {
        Piece::Byte(b) => {
            actual.split_first().is_some_and(|(a, rest)| a == b && matches(pieces, rest, names))
        }
        Piece::Anything => tails(actual, 0).any(|(_, rest)| matches(pieces, rest, &mut *names)),
        Piece::Named(name) => match names.get(name).cloned() {
            Some(known) => actual
                .strip_prefix(known.as_slice())
                .is_some_and(|rest| matches(pieces, rest, names)),
            None => tails(actual, 1).any(|(held, rest)| {
                names.insert(name.clone(), held.to_vec());
                let hit = matches(pieces, rest, names);
                if !hit {
                    names.remove(name);
                }
                hit
            }),
        },
    }
}

/// Every way to cut `bytes` in two with at least `least` bytes in front.
fn tails(bytes: &[u8], least: usize) -> impl Iterator<Item = (&[u8], &[u8])> {
    (least..=bytes.len()).filter_map(|i| bytes.split_at_checked(i))
}

fn push(pieces: &mut Vec<Piece>, c: char) {
    let mut utf8 = [0; 4];
    pieces.extend(c.encode_utf8(&mut utf8).bytes().map(Piece::Byte));
}

/// What stands after a backslash.
fn escaped(chars: &mut std::str::Chars<'_>, pieces: &mut Vec<Piece>) -> Result<(), String> {
    match chars.next() {
        Some('r') => push(pieces, '\r'),
        Some('n') => push(pieces, '\n'),
        Some('t') => push(pieces, '\t'),
        Some('0') => push(pieces, '\0'),
        Some('x') => {
            let digits: String = chars.by_ref().take(2).collect();
            let byte = u8::from_str_radix(&digits, 16);
            pieces.push(Piece::Byte(byte.map_err(|_| format!("\\x{digits} is not a byte"))?));
        }
        Some(c) => push(pieces, c),
        None => return Err("nothing after the backslash; write \\\\ for one".into()),
    }
    Ok(())
}

/// What stands in braces, the opening one already read.
fn gap(chars: &mut std::str::Chars<'_>, pieces: &mut Vec<Piece>) -> Result<(), String> {
    let rest = chars.as_str();
    if let Some(quoted) = rest.strip_prefix('"') {
        let (unit, after) = quoted.split_once("\" * ").ok_or("expected {\"text\" * number}")?;
        let (count, after) = after.split_once('}').ok_or("a brace is not closed")?;
        let count: usize = count.trim().parse().map_err(|_| format!("{count:?} is no number"))?;
        let unit = Text::parse(unit, Star::Itself)?;
        pieces.extend((0..count).flat_map(|_| unit.0.iter().cloned()));
        *chars = after.chars();
        return Ok(());
    }
    let (name, after) = rest.split_once('}').ok_or("a brace is not closed; write \\{ for one")?;
    if name.is_empty() || !name.chars().all(|c| c.is_ascii_lowercase() || c == '-') {
        return Err(format!("{{{name}}} is not a name; write \\{{ for a brace"));
    }
    pieces.push(Piece::Named(name.to_owned()));
    *chars = after.chars();
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sent(written: &str) -> Vec<u8> {
        Text::parse(written, Star::Itself).unwrap().fill(&Names::new()).unwrap()
    }

    #[test]
    fn escapes_and_repetitions_give_any_bytes() {
        assert_eq!(sent(r#"a\x00\r\n\{\\*"#), b"a\0\r\n{\\*");
        assert_eq!(sent(r#"<{"a\x01" * 3}>"#), b"<a\x01a\x01a\x01>");
        assert_eq!(sent("\\é"), "é".as_bytes());
    }

    #[test]
    fn a_gap_holds_the_same_text_wherever_it_stands() {
        let mut names = Names::new();
        let text = Text::parse("{who}!*@*", Star::Anything).unwrap();
        assert!(text.matches(b"al!u@h", &mut names));
        assert_eq!(names.get("who").unwrap(), b"al");
        assert!(!text.matches(b"bo!u@h", &mut names));
    }

    #[test]
    fn a_failed_comparison_learns_nothing() {
        let mut names = Names::new();
        assert!(!Text::parse("{a}x", Star::Anything).unwrap().matches(b"abc", &mut names));
        assert!(names.is_empty());
    }

    #[test]
    fn mistakes_are_named() {
        for bad in ["{", "{A}", r"\xZZ", r#"{"a" * b}"#, "\\"] {
            assert!(Text::parse(bad, Star::Itself).is_err(), "{bad}");
        }
    }
}
