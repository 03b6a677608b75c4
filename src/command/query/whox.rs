//! The fields of WHOX (IRCv3, "WHOX").

use smallvec::SmallVec;

use crate::command::query::ison::shown_ip;
use crate::proto::names::Identity;

/// The fields that are asked for, and the token that tells one question from another.
pub struct Fields<'p> {
    /// Those of `ORDER` that were given, each once.
    letters: SmallVec<[u8; 13]>,
    token: &'p [u8],
}

/// Whom the fields are about.
pub struct About<'a> {
    /// The channel that is asked about, or `*`.
    pub channel: &'a str,
    /// The user.
    pub identity: &'a Identity,
    /// The user's server.
    pub server: &'a str,
    /// Here or gone, and prefixes.
    pub flags: &'a [u8],
}

/// Every field, in the order in which 354 has them; the real name, which may have spaces in it,
/// comes last.
const ORDER: &[u8] = b"tcuihsnfdlaor";

impl<'p> Fields<'p> {
    /// Of `%tcuhn,token`; `None` when no field is asked for.
    pub fn parse(raw: &'p [u8]) -> Option<Self> {
        let raw = raw.strip_prefix(b"%")?;
        let mut parts = raw.splitn(2, |&byte| byte == b',');
        let letters = parts.next().unwrap_or_default();
        let token = parts.next().unwrap_or_default();
        // Up to three digits; what is no token is as good as none.
        let valid = (1..=3).contains(&token.len()) && token.iter().all(u8::is_ascii_digit);
        let token = if valid { token } else { b"0" };
        let given = ORDER.iter().copied().filter(|letter| letters.contains(letter));
        let letters: SmallVec<_> = given.collect();
        (!letters.is_empty()).then_some(Self { letters, token })
    }

    /// What follows the nick in 354.
    pub fn notify(&self, about: &About<'_>, idle: u64, realname: &[u8]) -> Vec<u8> {
        let mut out = Vec::new();
        for letter in &self.letters {
            if !out.is_empty() {
                out.push(b' ');
            }
            match letter {
                b't' => out.extend_from_slice(self.token),
                b'c' => out.extend_from_slice(about.channel.as_bytes()),
                b'u' => out.extend_from_slice(about.identity.user().as_bytes()),
                b'i' => out.extend_from_slice(shown_ip(about.identity).as_bytes()),
                b'h' => out.extend_from_slice(about.identity.host().as_bytes()),
                b's' => out.extend_from_slice(about.server.as_bytes()),
                b'n' => out.extend_from_slice(about.identity.nick.as_str().as_bytes()),
                b'f' => out.extend_from_slice(about.flags),
                b'l' => out.extend_from_slice(idle.to_string().as_bytes()),
                b'r' => {
                    out.push(b':');
                    out.extend_from_slice(realname);
                }
                // Hops: none.  Account: none.
                b'd' | b'a' => out.push(b'0'),
                // Ranks among operators: there are none.
                _ => out.extend_from_slice(b"n/a"),
            }
        }
        out
    }
}
