//! Keys of metadata (IRCv3 metadata, "Keys and Values").

use std::sync::Arc;

/// A key: letters in lower case, digits and `_./-`, at most [`MetaKey::LONGEST`] bytes.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct MetaKey(Arc<str>);

impl MetaKey {
    /// Bytes of the longest key: our own limit, so that a line has room for a value.
    pub const LONGEST: usize = 64;

    /// The key that a command gives, if it is one.
    pub fn parse(raw: &[u8]) -> Option<Self> {
        let allowed = |byte: &u8| {
            byte.is_ascii_lowercase() || byte.is_ascii_digit() || b"_./-".contains(byte)
        };
        let is_key = (1..=Self::LONGEST).contains(&raw.len()) && raw.iter().all(allowed);
        let text = std::str::from_utf8(raw).ok().filter(|_| is_key)?;
        Some(Self(text.into()))
    }

    /// As it is shown.
    pub fn as_bytes(&self) -> &[u8] {
        self.0.as_bytes()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_may_have_a_vendor() {
        assert_eq!(MetaKey::parse(b"soju.im/pinned_1").unwrap().as_bytes(), b"soju.im/pinned_1");
    }

    #[test]
    fn what_is_no_key_is_refused() {
        let long = "k".repeat(MetaKey::LONGEST + 1);
        for raw in [
            "",
            ":url",
            "a:b",
            "UPPER",
            "Display-Name",
            "$url$",
            "a b",
            "*",
            "\u{e9}",
            long.as_str(),
        ] {
            assert_eq!(MetaKey::parse(raw.as_bytes()), None, "{raw:?}");
        }
        assert!(MetaKey::parse(long.get(1..).unwrap().as_bytes()).is_some());
    }
}
