//! Cutting a stream of bytes into lines.

use memchr::{memchr, memchr2};

/// The beginning of a line whose end has not arrived.  Never more than the limits, whatever a peer
/// sends; no memory at all between lines.
#[derive(Debug, Default)]
pub struct Framing {
    buf: Vec<u8>,
    /// The line in `buf` has been handed out and goes at the next call.
    done: bool,
    /// The line was reported as too long; the rest of it is dropped.
    skipping: bool,
    idle: Idle,
}

/// What has arrived and made no line.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Idle {
    /// Empty lines: ends of lines that end nothing, but for the LF of a CR LF.
    pub empty_lines: u32,
    /// Bytes of lines over the limits.
    pub dropped: u32,
}

/// What was cut off.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Frame<'a> {
    /// A line without its end: not empty, no CR or LF in it.
    Line(&'a [u8]),
    /// A line over the limits (417), told once and as soon as it is known.
    TooLong,
}

/// How long a line may be, in bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FrameLimits {
    /// Without tags, CR LF included: 512 (RFC 1459, section 2.3).
    pub line: usize,
    /// Tags, if the line begins with `@`, that and the space after them included: 4096 for
    /// clients (IRCv3 message-tags, "Size limit").
    pub tags: usize,
}

impl Framing {
    /// With nothing held.
    pub const fn new() -> Self {
        Self {
            buf: Vec::new(),
            done: false,
            skipping: false,
            idle: Idle { empty_lines: 0, dropped: 0 },
        }
    }

    /// Takes the next line from `data`, which is advanced past it, or keeps what is there of an
    /// unfinished one and returns `None` with `data` empty.  To be called until then.
    ///
    /// A line ends at CR or LF, also one alone (Modern IRC, "Message Format"); empty lines are
    /// passed over.  A line that is whole in `data` is lent from there without a copy.
    pub fn next<'a, 'd: 'a>(
        &'a mut self,
        data: &mut &'d [u8],
        limits: FrameLimits,
    ) -> Option<Frame<'a>> {
        if self.done {
            self.clear();
        }
        while let Some((line, rest)) = split_line(data) {
            *data = rest;
            if self.skipping {
                self.skipping = false;
                self.drop_bytes(line.len());
            } else if !limits.allow(&self.buf, line) {
                self.drop_bytes(self.buf.len() + line.len());
                self.clear();
                return Some(Frame::TooLong);
            } else if self.buf.is_empty() {
                if !line.is_empty() {
                    return Some(Frame::Line(line));
                }
                self.idle.empty_lines = self.idle.empty_lines.saturating_add(1);
            } else {
                self.buf.extend_from_slice(line);
                self.done = true;
                return Some(Frame::Line(&self.buf));
            }
        }
        let unfinished = std::mem::take(data);
        if self.skipping {
            self.drop_bytes(unfinished.len());
            return None;
        }
        if !limits.allow(&self.buf, unfinished) {
            self.drop_bytes(self.buf.len() + unfinished.len());
            self.clear();
            self.skipping = true;
            return Some(Frame::TooLong);
        }
        self.buf.extend_from_slice(unfinished);
        None
    }

    /// Bytes held of an unfinished line.
    pub fn held(&self) -> usize {
        if self.done { 0 } else { self.buf.len() }
    }

    /// What has made no line since the last call.
    pub fn take_idle(&mut self) -> Idle {
        std::mem::take(&mut self.idle)
    }

    /// Whether what comes next is the rest of a line that was reported as too long.
    pub fn is_skipping(&self) -> bool {
        self.skipping
    }

    fn drop_bytes(&mut self, count: usize) {
        let count = count.try_into().unwrap_or(u32::MAX);
        self.idle.dropped = self.idle.dropped.saturating_add(count);
    }

    fn clear(&mut self) {
        self.buf = Vec::new();
        self.done = false;
    }
}

impl FrameLimits {
    /// Whether a line that begins with `head` and goes on with `tail` is within the limits so far.
    /// Once it is not, no continuation is: how the network cuts a line does not matter.
    fn allow(self, head: &[u8], tail: &[u8]) -> bool {
        let length = head.len() + tail.len();
        let content = self.line.saturating_sub(2);
        if head.first().or(tail.first()) != Some(&b'@') {
            return length <= content;
        }
        let space = memchr(b' ', head).or_else(|| memchr(b' ', tail).map(|at| head.len() + at));
        let tags = space.map_or(length, |at| at + 1);
        tags <= self.tags && length - tags <= content
    }
}

/// The first line of `data` without its end (CR, LF or CR LF), and what comes after that.
pub fn split_line(data: &[u8]) -> Option<(&[u8], &[u8])> {
    let (line, rest) = data.split_at_checked(memchr2(b'\r', b'\n', data)?)?;
    let after = rest.strip_prefix(b"\r\n").or_else(|| rest.get(1..))?;
    Some((line, after))
}

#[cfg(test)]
mod tests {
    use super::*;

    const LIMITS: FrameLimits = FrameLimits { line: 12, tags: 8 };

    /// The frames of `pieces` as text, `None` for a line too long, and the bytes held at the end.
    fn frames(pieces: &[&[u8]]) -> (Vec<Option<String>>, usize) {
        let mut framing = Framing::new();
        let mut found = Vec::new();
        for piece in pieces {
            let mut data = *piece;
            while let Some(frame) = framing.next(&mut data, LIMITS) {
                found.push(match frame {
                    Frame::Line(line) => Some(String::from_utf8_lossy(line).into_owned()),
                    Frame::TooLong => None,
                });
            }
            assert!(data.is_empty());
        }
        (found, framing.held())
    }

    fn line(text: &str) -> Option<String> {
        Some(text.to_owned())
    }

    #[test]
    fn cr_and_lf_end_a_line_together_and_alone() {
        let lines = vec![line("a"), line("b"), line("c")];
        assert_eq!(frames(&[b"a\r\nb\nc\r"]), (lines, 0));
        assert_eq!(frames(&[b"\r\n\r\r\n\n"]), (vec![], 0));
    }

    #[test]
    fn the_network_may_cut_anywhere() {
        assert_eq!(
            frames(&[b"NI", b"CK", b" a\r", b"\nb\n"]),
            (vec![line("NICK a"), line("b")], 0)
        );
    }

    #[test]
    fn ten_bytes_pass_where_twelve_with_cr_lf_are_the_limit() {
        assert_eq!(frames(&[b"0123456789\r\n"]), (vec![line("0123456789")], 0));
        assert_eq!(frames(&[b"01234567890\r\n"]), (vec![None], 0));
    }

    #[test]
    fn an_overlong_line_is_told_once_before_its_end_and_then_dropped() {
        assert_eq!(frames(&[b"01234567", b"890"]), (vec![None], 0));
        assert_eq!(frames(&[b"01234567", b"890", b"123", b"\n"]), (vec![None], 0));
        assert_eq!(frames(&[b"01234567", b"890", b"xyz\nb\n"]), (vec![None, line("b")], 0));
        assert_eq!(frames(&[b"0123456789\r"]), (vec![line("0123456789")], 0));
    }

    #[test]
    fn tags_have_a_limit_of_their_own() {
        assert_eq!(frames(&[b"@2345=7 0123456789\n"]), (vec![line("@2345=7 0123456789")], 0));
        assert_eq!(frames(&[b"@2345=78 A\n"]), (vec![None], 0));
        assert_eq!(frames(&[b"@23", b"45=78", b"9"]), (vec![None], 0));
        assert_eq!(frames(&[b"@2", b"3 0123456789", b"0\n"]), (vec![None], 0));
    }

    #[test]
    fn memory_goes_after_the_stored_line_was_handed_out() {
        let mut framing = Framing::new();
        let mut data = &b"abc"[..];
        assert_eq!(framing.next(&mut data, LIMITS), None);
        assert_eq!(framing.held(), 3);
        data = b"d\n";
        assert_eq!(framing.next(&mut data, LIMITS), Some(Frame::Line(b"abcd")));
        assert_eq!(framing.held(), 0);
        assert_eq!(framing.next(&mut data, LIMITS), None);
        assert_eq!(framing.buf.capacity(), 0);
    }

    #[test]
    fn what_makes_no_line_is_counted_and_the_end_of_a_line_is_not() {
        let idle = |pieces: &[&[u8]]| {
            let mut framing = Framing::new();
            for piece in pieces {
                let mut data = *piece;
                while framing.next(&mut data, LIMITS).is_some() {}
            }
            let Idle { empty_lines, dropped } = framing.take_idle();
            assert_eq!(framing.take_idle(), Idle::default());
            (empty_lines, dropped)
        };
        assert_eq!(idle(&[b"a\r\nb\nc\rd\r", b"e\n"]), (0, 0));
        assert_eq!(idle(&[b"\r\n\r\n", b"\n\r", b"a\n\n"]), (5, 0));
        assert_eq!(idle(&[b"01234567890\r\n"]), (0, 11));
        assert_eq!(idle(&[b"01234567", b"890", b"xyz", b"z\nb\n"]), (0, 15));
    }

    #[test]
    fn a_whole_line_is_lent_without_a_copy() {
        let (mut framing, sent) = (Framing::new(), b"abc\nd".as_slice());
        let mut data = sent;
        let Some(Frame::Line(lent)) = framing.next(&mut data, LIMITS) else { panic!("no line") };
        assert_eq!(lent.as_ptr(), sent.as_ptr());
    }
}
