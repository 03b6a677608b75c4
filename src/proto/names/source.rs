//! Who a line comes from: `nick!user@host`.

/// The parts of `nick!user@host`; a missing part is empty.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Source<'a> {
    /// Up to the first `!`, or without one up to the first `@`.
    pub nick: &'a [u8],
    /// Between the first `!` and the first `@` after it.
    pub user: &'a [u8],
    /// After that `@`.
    pub host: &'a [u8],
}

impl<'a> Source<'a> {
    /// Splits any text: what is not there is empty (`nick@host`, `nick!user`, `nick`).
    pub fn split(raw: &'a [u8]) -> Self {
        match split_once(raw, b'!') {
            Some((nick, rest)) => {
                let (user, host) = split_once(rest, b'@').unwrap_or((rest, b""));
                Self { nick, user, host }
            }
            None => {
                let (nick, host) = split_once(raw, b'@').unwrap_or((raw, b""));
                Self { nick, user: b"", host }
            }
        }
    }
}

fn split_once(raw: &[u8], separator: u8) -> Option<(&[u8], &[u8])> {
    let at = memchr::memchr(separator, raw)?;
    let (before, after) = raw.split_at_checked(at)?;
    after.split_first().map(|(_, after)| (before, after))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn odd_sources_split_without_losing_bytes() {
        let split = |raw| {
            let Source { nick, user, host } = Source::split(raw);
            (nick, user, host)
        };
        assert_eq!(split(b""), (&b""[..], &b""[..], &b""[..]));
        assert_eq!(split(b"!@"), (&b""[..], &b""[..], &b""[..]));
        assert_eq!(split(b"a!b!c@d@e"), (&b"a"[..], &b"b!c"[..], &b"d@e"[..]));
        assert_eq!(split(b"\xff!\xfe@\xfd"), (&b"\xff"[..], &b"\xfe"[..], &b"\xfd"[..]));
    }
}
