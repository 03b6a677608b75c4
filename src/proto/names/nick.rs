//! Nicknames.

use std::fmt;
use std::sync::Arc;

use crate::proto::names::Casemap;
use crate::proto::names::casemap::Folded;

/// A nickname as its owner spelled it.  Always valid: the only way in for users
/// is [`Nick::parse`].
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Nick(Arc<str>);

/// A nickname folded by the server's case mapping: the only key of the nick registry.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct NickKey(Folded);

impl Nick {
    /// A letter or one of ``[]\`_^{|}``, then those, digits and `-`; 1 to `max` bytes (RFC 2812,
    /// section 2.3.1).  `None` for what 432 refuses.
    pub fn parse(raw: &[u8], max: usize) -> Option<Self> {
        if !is_valid(raw, max) {
            return None;
        }
        std::str::from_utf8(raw).ok().map(|text| Self(text.into()))
    }

    /// The key of a nick that is only looked up: as [`Nick::parse`] and [`Nick::key`].
    pub fn key_of(raw: &[u8], max: usize, casemap: Casemap) -> Option<NickKey> {
        is_valid(raw, max).then(|| NickKey(casemap.fold(raw)))
    }

    /// What stands for a nick where a server speaks: its name, which no user can take.
    pub(super) fn of_server(name: &str) -> Self {
        Self(name.into())
    }

    /// The nick as spelled.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The key that every spelling of this nick shares.
    pub fn key(&self, casemap: Casemap) -> NickKey {
        NickKey(casemap.fold(self.0.as_bytes()))
    }
}

impl fmt::Display for Nick {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

fn is_valid(raw: &[u8], max: usize) -> bool {
    let (first, rest) = raw.split_first().unwrap_or((&0, &[]));
    raw.len() <= max && begins(*first) && rest.iter().all(|&b| continues(b))
}

fn begins(byte: u8) -> bool {
    byte.is_ascii_alphabetic() || br"[]\`_^{|}".contains(&byte)
}

fn continues(byte: u8) -> bool {
    begins(byte) || byte.is_ascii_digit() || byte == b'-'
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_nick_is_letters_specials_then_digits_and_dashes() {
        for good in ["a", "Anna-2", r"[]\`_^{|}", "x9", "_1"] {
            assert_eq!(Nick::parse(good.as_bytes(), 9).expect(good).to_string(), good);
        }
        for bad in ["", "9x", "-x", "a b", "a!b", "a@b", "a,b", "#a", ":a", "ä", "a\0", "a.b", "a~"]
        {
            assert_eq!(Nick::parse(bad.as_bytes(), 9), None, "{bad:?}");
        }
        assert_eq!(Nick::parse(b"a\xff", 9), None);
    }

    #[test]
    fn a_nick_past_the_limit_is_refused() {
        assert!(Nick::parse(b"abcdefghi", 9).is_some());
        assert_eq!(Nick::parse(b"abcdefghij", 9), None);
        assert_eq!(Nick::parse(b"a", 0), None);
    }

    #[test]
    fn spellings_of_one_nick_share_a_key_under_rfc1459_alone() {
        let (one, other) = (Nick::parse(br"[A]\", 9), Nick::parse(b"{a}|", 9));
        let (one, other) = (one.expect("valid"), other.expect("valid"));
        assert_ne!(one, other);
        assert_eq!(one.key(Casemap::Rfc1459), other.key(Casemap::Rfc1459));
        assert_ne!(one.key(Casemap::Ascii), other.key(Casemap::Ascii));
    }
}
