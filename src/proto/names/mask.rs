//! Masks: patterns that names are matched against.

use std::fmt;

use crate::proto::names::subject::{Subject, Unit, next_unit};
use crate::proto::names::{Casemap, Source};
use crate::work;

/// A pattern: `*` for any number of characters, `?` for exactly one, `\*` and `\?` for the two
/// themselves (RFC 2812, section 2.5).  Any other `\` stands for itself, for nicks may contain it
/// and clients do not double it.
///
/// A character is one of UTF-8, or one byte where the text is not UTF-8.  Equal are two patterns
/// that differ only in case (or in how many `*` stand in a row).
#[derive(Clone, Debug)]
pub struct Glob {
    text: Box<[u8]>,
    /// For subjects of ASCII, which nearly all are: folded bytes, [`MANY`], [`ONE`], and [`OTHER`]
    /// for what is not ASCII.
    bytes: Box<[u8]>,
    casemap: Casemap,
}

/// Any number of characters: `*`.
const MANY: u8 = 0xff;
/// Exactly one: `?`.
const ONE: u8 = 0xfe;
/// What no byte of ASCII is.
const OTHER: u8 = 0x80;

/// What it costs to try a pattern on a text, beside what is compared in the middle of it.
const MATCH_GRAINS: usize = 4;

/// A mask of a ban, exception or invitation list: `nick!user@host`, each part a pattern.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mask {
    glob: Glob,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Piece {
    Many,
    One,
    Unit(Unit),
}

impl Glob {
    /// Any bytes are a pattern.
    pub fn new(pattern: &[u8], casemap: Casemap) -> Self {
        let byte = |piece| match piece {
            Piece::Many => MANY,
            Piece::One => ONE,
            Piece::Unit(unit) => u8::try_from(unit).ok().filter(u8::is_ascii).unwrap_or(OTHER),
        };
        let bytes = pieces(pattern, casemap).map(byte).collect();
        Self { text: pattern.into(), bytes, casemap }
    }

    /// Whether the whole of `text` fits, under the pattern's case mapping.
    pub fn matches(&self, text: &[u8]) -> bool {
        self.fits(&Subject::new(text, self.casemap))
    }

    /// As [`Glob::matches`], for a text that other patterns of the same case mapping are tried on too.
    /// Takes a few operations for each piece of the pattern and 64 characters of the text, whatever
    /// is in them, and no more pieces than twice the characters there are.
    pub fn fits(&self, subject: &Subject<'_>) -> bool {
        work::charge_grains(MATCH_GRAINS);
        if !subject.is_ascii() {
            return run(pieces(&self.text, self.casemap), subject);
        }
        self.ends_fit(subject.text()).unwrap_or_else(|| {
            let piece = |byte: &u8| match *byte {
                MANY => Piece::Many,
                ONE => Piece::One,
                byte => Piece::Unit(byte.into()),
            };
            run(self.bytes.iter().map(piece), subject)
        })
    }

    /// What stands before the first `*` and behind the last must fit where it stands.  `None`: it does,
    /// and there is more between the two.
    fn ends_fit(&self, subject: &[u8]) -> Option<bool> {
        let fold = self.casemap.table();
        let mut parts = self.bytes.split(|byte| *byte == MANY);
        let first = parts.next().unwrap_or_default();
        let Some(last) = parts.next_back() else {
            return Some(subject.len() == first.len() && fits(first, subject, fold));
        };
        // The end before the beginning: most masks that do not fit differ in the host.
        let (Some(start), Some(before_last)) =
            (subject.get(..first.len()), subject.len().checked_sub(last.len()))
        else {
            return Some(false);
        };
        let tail = subject.get(before_last..).unwrap_or_default();
        if before_last < first.len() || !fits(last, tail, fold) || !fits(first, start, fold) {
            return Some(false);
        }
        parts.next().is_none().then_some(true)
    }

    /// The pattern as spelled.
    pub fn as_bytes(&self) -> &[u8] {
        &self.text
    }

    /// The pattern's case mapping.
    pub fn casemap(&self) -> Casemap {
        self.casemap
    }
}

impl PartialEq for Glob {
    fn eq(&self, other: &Self) -> bool {
        // Patterns of ASCII alone are as their bytes; OTHER stands for more than one thing.
        self.bytes == other.bytes
            && (!self.bytes.contains(&OTHER)
                || pieces(&self.text, self.casemap).eq(pieces(&other.text, other.casemap)))
    }
}

impl Eq for Glob {}

impl Mask {
    /// Completes `nick`, `nick!user` and `user@host` with `*` for what is missing, empty parts
    /// included, and makes one `*` of several in a row.  A word without `!` and `@` is a nick
    /// even if it has a dot, as in ngIRCd and Ergo.
    ///
    /// `None` for what is empty, not UTF-8, has a space, a control character or an `@` before
    /// the `!`, begins with `:` (no line could show it), or is over `max` bytes when complete.
    pub fn parse(raw: &[u8], casemap: Casemap, max: usize) -> Option<Self> {
        if raw.is_empty() || raw.iter().any(|&b| b == b' ' || b.is_ascii_control()) {
            return None;
        }
        std::str::from_utf8(raw).ok()?;
        let Source { nick, user, host } = Source::split(raw);
        let (nick, user) = match (raw.contains(&b'!'), raw.contains(&b'@')) {
            (false, true) => (&b""[..], nick),
            _ => (nick, user),
        };
        if nick.contains(&b'@') || nick.starts_with(b":") || host.contains(&b'!') {
            return None;
        }
        let mut text = Vec::with_capacity(raw.len() + 4);
        for (part, end) in [(nick, &b"!"[..]), (user, b"@"), (host, b"")] {
            push_part(&mut text, part);
            text.extend_from_slice(end);
        }
        (text.len() <= max).then(|| Self { glob: Glob::new(&text, casemap) })
    }

    /// Whether the whole of `nick_user_host` fits.
    pub fn matches(&self, nick_user_host: &[u8]) -> bool {
        self.glob.matches(nick_user_host)
    }

    /// As [`Mask::matches`], for a user whom other masks are tried on too.
    pub fn fits(&self, nick_user_host: &Subject<'_>) -> bool {
        self.glob.fits(nick_user_host)
    }

    /// The complete form, as spelled; valid UTF-8.
    pub fn as_bytes(&self) -> &[u8] {
        self.glob.as_bytes()
    }
}

impl fmt::Display for Mask {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(bstr::BStr::new(self.as_bytes()), f)
    }
}

/// Appends `part` with each run of wild `*` as one, or `*` if it is empty.
fn push_part(text: &mut Vec<u8>, part: &[u8]) {
    let part = if part.is_empty() { b"*" } else { part };
    let (mut escaped, mut wild) = (false, false);
    for &byte in part {
        let star = byte == b'*' && !escaped;
        if !(star && wild) {
            text.push(byte);
        }
        (escaped, wild) = (byte == b'\\', star);
    }
}

/// Whether each byte is the one wanted, or one is wanted that may be any; both are as long.
fn fits(wanted: &[u8], found: &[u8], fold: &[u8; 128]) -> bool {
    let folded = |byte: u8| fold.get(usize::from(byte)).copied().unwrap_or(OTHER);
    wanted.iter().zip(found).all(|(&wanted, &found)| wanted == ONE || wanted == folded(found))
}

/// The pieces of a pattern, several `*` in a row as one.
fn pieces(pattern: &[u8], casemap: Casemap) -> impl Iterator<Item = Piece> {
    let (mut rest, mut before) = (pattern, None);
    let pieces = std::iter::from_fn(move || {
        let (piece, after) = next_piece(rest, casemap)?;
        rest = after;
        let again = piece == Piece::Many && before == Some(Piece::Many);
        before = Some(piece);
        Some((!again).then_some(piece))
    });
    pieces.flatten()
}

fn next_piece(pattern: &[u8], casemap: Casemap) -> Option<(Piece, &[u8])> {
    Some(match pattern {
        [b'\\', byte @ (b'*' | b'?'), rest @ ..] => (Piece::Unit(u32::from(*byte)), rest),
        [b'*', rest @ ..] => (Piece::Many, rest),
        [b'?', rest @ ..] => (Piece::One, rest),
        _ => {
            let (unit, rest) = next_unit(pattern, casemap)?;
            (Piece::Unit(unit), rest)
        }
    })
}

/// Whether all of the subject fits all of the pieces.
fn run(pieces: impl Iterator<Item = Piece>, subject: &Subject<'_>) -> bool {
    let mut reached = subject.start();
    for piece in pieces {
        let goes_on = match piece {
            Piece::Many => {
                reached.any_number();
                true
            }
            Piece::One => reached.any_one(),
            Piece::Unit(unit) => reached.unit(unit),
        };
        if !goes_on {
            return false;
        }
    }
    reached.is_whole()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn matches(pattern: &str, subject: &str) -> bool {
        Glob::new(pattern.as_bytes(), Casemap::Rfc1459).matches(subject.as_bytes())
    }

    fn mask(raw: &str) -> Option<String> {
        Mask::parse(raw.as_bytes(), Casemap::Rfc1459, 64).map(|mask| mask.to_string())
    }

    #[test]
    fn wildcards_match_as_rfc_2812_has_them() {
        for (pattern, subject) in [
            ("", ""),
            ("*", ""),
            ("a*c", "abbc"),
            ("*?", "a"),
            ("a?c*d", "abcxd"),
            ("*aab", "aaab"),
        ] {
            assert!(matches(pattern, subject), "{pattern} {subject}");
        }
        for (pattern, subject) in [("", "a"), ("?", ""), ("a*c", "abb"), ("a", "ab"), ("*?b", "b")]
        {
            assert!(!matches(pattern, subject), "{pattern} {subject}");
        }
    }

    #[test]
    fn a_backslash_escapes_wildcards_and_nothing_else() {
        assert!(matches(r"a\*", "a*"));
        assert!(!matches(r"a\*", "ab"));
        assert!(matches(r"\??", "?x"));
        assert!(matches(r"nick\!*@*", r"nick\!u@h"));
        assert!(matches(r"a\\b", r"a\\b"));
        assert!(!matches(r"a\\b", r"a\b"));
        assert!(matches(r"a\", "A|"));
    }

    #[test]
    fn case_is_that_of_the_mapping() {
        assert!(matches("NICK[*", "nick{x"));
        assert!(!Glob::new(b"NICK[*", Casemap::Ascii).matches(b"nick{x"));
    }

    #[test]
    fn a_question_mark_is_one_character_or_one_stray_byte() {
        assert!(matches("?", "€"));
        assert!(!matches("??", "€"));
        assert!(!matches("*??", "€"));
        let two = Glob::new(b"??", Casemap::Ascii);
        assert!(two.matches(b"\xe2\x82"));
        assert!(!two.matches(b"\xe2\x82\xac"));
    }

    #[test]
    fn a_match_costs_as_much_as_both_are_long_whatever_is_in_them() {
        let cost = |pattern: &str, subject: &str, fits| {
            let before = work::spent();
            assert_eq!(matches(pattern, subject), fits, "{pattern} {subject}");
            work::spent() - before
        };
        for unit in ["a", "é"] {
            let text = unit.repeat(126);
            for pattern in [
                format!("*{}Z", "?".repeat(60)),
                format!("*{}Z*", "?".repeat(60)),
                format!("*{}*Z", format!("{unit}?").repeat(40)),
                format!("{}*Z*", format!("*{unit}").repeat(60)),
                format!("{}*", "*?".repeat(127)),
            ] {
                let cost = cost(&pattern, &text, false);
                assert!(cost <= 60, "{pattern} on {text}: {cost} units");
            }
        }
        assert!(cost(&("*a".repeat(2_000) + "*"), &"a".repeat(4_000), true) < 20_000);
    }

    #[test]
    fn what_a_mask_lacks_is_a_star() {
        for (raw, whole) in [
            ("anna", "anna!*@*"),
            ("10.0.0.1", "10.0.0.1!*@*"),
            ("anna!a", "anna!a@*"),
            ("a@host", "*!a@host"),
            ("@host", "*!*@host"),
            ("!a@", "*!a@*"),
            ("a!b@c", "a!b@c"),
            ("*@::1", "*!*@::1"),
            ("***!**@*?**", "*!*@*?*"),
            (r"a\***", r"a\**!*@*"),
            ("ä", "ä!*@*"),
        ] {
            assert_eq!(mask(raw).as_deref(), Some(whole));
        }
    }

    #[test]
    fn what_could_not_be_shown_or_never_matches_is_no_mask() {
        for raw in ["", "a b", "a\x03", "a\x7f", "a@b!c", "a!b@c!d", ":a", "\0"] {
            assert_eq!(mask(raw), None, "{raw:?}");
        }
        assert_eq!(Mask::parse(b"a!b@\xff", Casemap::Rfc1459, 64), None);
    }

    #[test]
    fn the_limit_counts_the_complete_form() {
        assert!(Mask::parse(b"abc", Casemap::Rfc1459, 7).is_some());
        assert_eq!(Mask::parse(b"abcd", Casemap::Rfc1459, 7), None);
        assert!(Mask::parse(b"a*****", Casemap::Rfc1459, 6).is_some());
    }

    #[test]
    fn masks_that_differ_in_case_are_one() {
        let parse = |raw: &[u8], casemap| Mask::parse(raw, casemap, 64);
        assert_eq!(parse(b"A[*", Casemap::Rfc1459), parse(b"a{*!*@*", Casemap::Rfc1459));
        assert_ne!(parse(b"A[", Casemap::Ascii), parse(b"a{", Casemap::Ascii));
        assert_ne!(parse(br"a\*", Casemap::Ascii), parse(b"a*", Casemap::Ascii));
    }
}
