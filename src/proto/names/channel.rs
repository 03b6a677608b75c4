//! Channel names.

use std::fmt;
use std::sync::Arc;

use crate::proto::names::casemap::Folded;
use crate::proto::names::{Casemap, has_invisible};

/// The first bytes that make a name a channel's, as told in ISUPPORT `CHANTYPES`.
pub const CHANTYPES: &str = "#";

/// A channel's name as its founder spelled it.  Always valid: the only way in is
/// [`ChannelName::parse`].
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct ChannelName(Arc<str>);

/// A channel's name folded by the server's case mapping: the only key of the channel registry.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ChannelKey(Folded);

/// Whether `raw` is meant as a channel (and not as a nick); it may still be an invalid one.
pub fn is_channel(raw: &[u8]) -> bool {
    raw.first().is_some_and(|first| CHANTYPES.as_bytes().contains(first))
}

impl ChannelName {
    /// UTF-8 that begins with one of [`CHANTYPES`] and has no comma and no character that nobody
    /// sees ([`has_invisible`]: spaces, control and format characters), so that no second name looks
    /// the same for one of these; 1 to `max` bytes.  A lone `#` is a name (Modern IRC, "Channels").
    /// `None` for what 403 or 476 refuses.
    pub fn parse(raw: &[u8], max: usize) -> Option<Self> {
        valid(raw, max).map(|text| Self(text.into()))
    }

    /// The key of a name that is only looked up: as [`ChannelName::parse`] and
    /// [`ChannelName::key`].
    pub fn key_of(raw: &[u8], max: usize, casemap: Casemap) -> Option<ChannelKey> {
        valid(raw, max).map(|text| ChannelKey(casemap.fold(text.as_bytes())))
    }

    /// The name as spelled.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether it is a spelling of the name that has this key.
    pub fn is(&self, key: &ChannelKey, casemap: Casemap) -> bool {
        casemap.is_same(self.0.as_bytes(), key.0.as_bytes())
    }

    /// The key that every spelling of this name shares.
    pub fn key(&self, casemap: Casemap) -> ChannelKey {
        ChannelKey(casemap.fold(self.0.as_bytes()))
    }
}

fn valid(raw: &[u8], max: usize) -> Option<&str> {
    let is_valid = is_channel(raw) && raw.len() <= max && !raw.contains(&b',');
    let name = std::str::from_utf8(raw).ok().filter(|_| is_valid);
    name.filter(|name| !has_invisible(name))
}

impl fmt::Display for ChannelName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_channel_name_is_utf8_without_space_comma_and_controls() {
        for good in ["#", "##", "#rust", "#Ünïcödé", "#a:b!c@d*"] {
            assert_eq!(ChannelName::parse(good.as_bytes(), 64).expect(good).to_string(), good);
        }
        for bad in ["", "rust", "&rust", "#a b", "#a,b", "#a\x07", "#\0", "#a\x7f", "#\t", " #a"] {
            assert_eq!(ChannelName::parse(bad.as_bytes(), 64), None, "{bad:?}");
        }
        for bad in ["#he\u{200b}lp", "#help\u{202e}", "#\u{feff}help", "#he\u{ad}lp", "#help\u{85}"]
        {
            assert_eq!(ChannelName::parse(bad.as_bytes(), 64), None, "{bad:?}");
            assert_eq!(ChannelName::key_of(bad.as_bytes(), 64, Casemap::Ascii), None, "{bad:?}");
        }
        assert_eq!(ChannelName::parse(b"#\xe9t\xe9", 64), None);
    }

    #[test]
    fn a_channel_name_past_the_limit_is_refused() {
        assert!(ChannelName::parse(b"#abc", 4).is_some());
        assert_eq!(ChannelName::parse(b"#abcd", 4), None);
        assert_eq!(ChannelName::parse(b"#", 0), None);
    }

    #[test]
    fn the_first_byte_tells_a_channel_from_a_nick() {
        assert!(is_channel(b"#a b"));
        assert!(!is_channel(b"a#"));
        assert!(!is_channel(b""));
    }

    #[test]
    fn spellings_of_one_channel_share_a_key() {
        let key = |raw: &[u8]| ChannelName::parse(raw, 64).map(|c| c.key(Casemap::Rfc1459));
        assert_eq!(key(b"#A[b]"), key(b"#a{B}"));
        assert_ne!(key(b"#a"), key(b"##a"));
    }
}
