//! One line as its parts.

use std::borrow::Cow;

use nom::branch::alt;
use nom::bytes::complete::{tag, take_till, take_till1, take_while, take_while1};
use nom::combinator::{opt, rest};
use nom::multi::fold_many0;
use nom::sequence::{delimited, preceded};
use nom::{IResult, Parser};
use smallvec::SmallVec;

use crate::proto::tags;

/// A line's parts, lent from it (Modern IRC, "Message Format").
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Message<'a> {
    /// Between `@` and a space, still escaped.
    pub tags: Option<&'a [u8]>,
    /// Between `:` and a space.
    pub source: Option<&'a [u8]>,
    /// Letters and digits, at least one.
    pub verb: &'a [u8],
    /// As many as there are.  Only the last may be empty, have a space or begin with `:`.
    pub params: Words<'a>,
}

/// Parameters, in place unless there are many: a message is moved, and most have one or two.
type Words<'a> = SmallVec<[&'a [u8]; 4]>;

/// Why a line is no message.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ParseError {
    /// Nothing but spaces.
    #[error("the line is empty")]
    Empty,
    /// NUL may stand nowhere in a line.
    #[error("the line has a NUL byte in it")]
    Nul,
    /// Tags or a source, and nothing after them.
    #[error("the line has no command")]
    NoVerb,
    /// The command has something else than letters and digits.
    #[error("the command is not of letters and digits")]
    BadVerb,
}

impl<'a> Message<'a> {
    /// Takes a line without its CR LF apart.  Lenient with spaces, as Modern IRC asks: any number
    /// of them first, between two parts and last.
    pub fn parse(line: &'a [u8]) -> Result<Self, ParseError> {
        if memchr::memchr(0, line).is_some() {
            return Err(ParseError::Nul);
        }
        // No combinator of `message` can fail: each takes what is there, be it nothing.
        let (_, message) = message(line).map_err(|_| ParseError::Empty)?;
        match message.verb {
            [] if message.tags.is_none() && message.source.is_none() => Err(ParseError::Empty),
            [] => Err(ParseError::NoVerb),
            verb if verb.iter().all(u8::is_ascii_alphanumeric) => Ok(message),
            _ => Err(ParseError::BadVerb),
        }
    }

    /// Key and unescaped value of each tag, in the line's order; see [`tags::iter`].
    pub fn tags(&self) -> impl Iterator<Item = (&'a [u8], Cow<'a, [u8]>)> + use<'a> {
        tags::iter(self.tags.unwrap_or_default())
    }

    /// Appends the line without CR LF: the inverse of [`Self::parse`] for every message that it
    /// returns.  The last parameter has a `:` only where it needs one.
    pub fn write(&self, out: &mut Vec<u8>) {
        for (mark, part) in [(b'@', self.tags), (b':', self.source)] {
            if let Some(part) = part {
                out.push(mark);
                out.extend_from_slice(part);
                out.push(b' ');
            }
        }
        out.extend_from_slice(self.verb);
        for param in &self.params {
            out.push(b' ');
            if param.is_empty() || param.starts_with(b":") || param.contains(&b' ') {
                out.push(b':');
            }
            out.extend_from_slice(param);
        }
    }
}

fn message(line: &[u8]) -> IResult<&[u8], Message<'_>, ()> {
    let marked = |mark| delimited(tag(mark), take_till(is_space), take_while(is_space));
    let tags = opt(marked(&b"@"[..]));
    let source = opt(marked(&b":"[..]));
    preceded(take_while(is_space), (tags, source, take_till(is_space), params))
        .map(|(tags, source, verb, params)| Message { tags, source, verb, params })
        .parse(line)
}

fn params(input: &[u8]) -> IResult<&[u8], Words<'_>, ()> {
    let param = alt((preceded(tag(&b":"[..]), rest), take_till1(is_space)));
    fold_many0(preceded(take_while1(is_space), param), SmallVec::new, |mut params, param| {
        params.push(param);
        params
    })
    .parse(input)
}

fn is_space(byte: u8) -> bool {
    byte == b' '
}

#[cfg(test)]
mod tests {
    use super::*;

    fn params(line: &[u8]) -> Vec<&[u8]> {
        Message::parse(line).expect("a good line").params.into_vec()
    }

    #[test]
    fn spaces_may_stand_before_between_and_after() {
        let message = Message::parse(b"  @a=b   :src   PING   x  y   ").expect("a good line");
        assert_eq!(message.tags, Some(&b"a=b"[..]));
        assert_eq!(message.source, Some(&b"src"[..]));
        assert_eq!(message.verb, b"PING");
        assert_eq!(message.params.as_slice(), [b"x", b"y"]);
    }

    #[test]
    fn the_trailing_parameter_keeps_every_byte() {
        assert_eq!(params(b"A b:c  : d :e "), [&b"b:c"[..], b" d :e "]);
        assert_eq!(params(b"A :"), [b""]);
        assert_eq!(params(b"A  "), [&b""[..]; 0]);
        assert_eq!(params(b"A \xff\x01\t :\xfe"), [&b"\xff\x01\t"[..], b"\xfe"]);
    }

    #[test]
    fn five_thousand_parameters_are_five_thousand() {
        assert_eq!(params(format!("JOIN{}", " x".repeat(5_000)).as_bytes()).len(), 5_000);
    }

    #[test]
    fn what_is_no_message_is_refused_by_its_cause() {
        for (line, why) in [
            (&b""[..], ParseError::Empty),
            (b"   ", ParseError::Empty),
            (b"PRIVMSG a :b\0c", ParseError::Nul),
            (b":src", ParseError::NoVerb),
            (b":src  ", ParseError::NoVerb),
            (b"@a=b", ParseError::NoVerb),
            (b"@a :src ", ParseError::NoVerb),
            (b"PING! x", ParseError::BadVerb),
            (b"P\xc3\x84 x", ParseError::BadVerb),
            (b":a :b", ParseError::BadVerb),
        ] {
            assert_eq!(Message::parse(line), Err(why), "{}", line.escape_ascii());
        }
    }

    #[test]
    fn a_written_message_has_a_colon_only_where_needed() {
        for line in ["@a;b=c :s X y z", "X y :", "X ::y", "X :a b", "001", ":s 353 n = #c :a b"] {
            let mut out = Vec::new();
            Message::parse(line.as_bytes()).expect(line).write(&mut out);
            assert_eq!(String::from_utf8_lossy(&out), line);
        }
    }
}
