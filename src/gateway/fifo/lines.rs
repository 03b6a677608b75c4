//! Cutting what a pipe brings into lines.

use memchr::memchr;

/// Bytes that were read and not yet handed out: at most one read and a line.
#[derive(Debug)]
pub struct Lines {
    max: usize,
    bytes: Vec<u8>,
    /// Where the next line begins.
    start: usize,
    /// Up to where there is no end of a line.
    scanned: usize,
    /// The beginning of this line was too long; the rest of it is dropped.
    skipping: bool,
}

/// What was cut off.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Framed<'a> {
    /// Without its end, and without a CR before it.
    Line(&'a [u8]),
    /// A line over the limit, told once and as soon as it is known.
    TooLong,
}

impl Lines {
    /// For lines of at most `max` bytes without their end.
    pub const fn new(max: usize) -> Self {
        Self { max, bytes: Vec::new(), start: 0, scanned: 0, skipping: false }
    }

    /// More has been read.
    pub fn push(&mut self, bytes: &[u8]) {
        self.bytes.drain(..self.start);
        self.scanned -= self.start;
        self.start = 0;
        self.bytes.extend_from_slice(bytes);
    }

    /// Nothing more comes: what is there of a line is the line.
    pub fn finish(&mut self) {
        if self.skipping {
            self.clear();
        } else if self.start < self.bytes.len() {
            self.bytes.push(b'\n');
        }
    }

    /// The next line that is whole, empty ones included.
    pub fn next_line(&mut self) -> Option<Framed<'_>> {
        loop {
            let rest = self.bytes.get(self.scanned..).unwrap_or_default();
            let Some(end) = memchr(b'\n', rest).map(|at| self.scanned + at) else {
                self.scanned = self.bytes.len();
                return self.unfinished();
            };
            let start = std::mem::replace(&mut self.start, end + 1);
            self.scanned = self.start;
            if std::mem::take(&mut self.skipping) {
                continue;
            }
            let line = self.bytes.get(start..end).unwrap_or_default();
            let line = line.strip_suffix(b"\r").unwrap_or(line);
            return Some(if line.len() > self.max { Framed::TooLong } else { Framed::Line(line) });
        }
    }

    fn unfinished(&mut self) -> Option<Framed<'_>> {
        let held = self.bytes.len() - self.start;
        // One more than the limit may be the CR.
        let too_long = !self.skipping && held > self.max + 1;
        if self.skipping || too_long || held == 0 {
            self.skipping |= too_long;
            let skipping = self.skipping;
            self.clear();
            self.skipping = skipping;
        }
        too_long.then_some(Framed::TooLong)
    }

    fn clear(&mut self) {
        *self = Self::new(self.max);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lines(max: usize, pieces: &[&[u8]]) -> Vec<Option<String>> {
        let mut lines = Lines::new(max);
        let mut found = Vec::new();
        for piece in pieces {
            if piece.is_empty() {
                lines.finish();
            }
            lines.push(piece);
            while let Some(framed) = lines.next_line() {
                found.push(match framed {
                    Framed::Line(line) => Some(String::from_utf8_lossy(line).into_owned()),
                    Framed::TooLong => None,
                });
            }
            assert!(lines.bytes.len() - lines.start <= max + 1);
        }
        found
    }

    fn line(text: &str) -> Option<String> {
        Some(text.to_owned())
    }

    #[test]
    fn a_line_may_come_in_any_pieces_and_end_in_cr_lf() {
        assert_eq!(lines(4, &[b"a", b"b\nc\r", b"\n\n", b"d"]), [line("ab"), line("c"), line("")]);
        assert_eq!(lines(4, &[b"abcd\r\nabcd\n"]), [line("abcd"), line("abcd")]);
        assert_eq!(lines(4, &[b"a\rb\n"]), [line("a\rb")]);
    }

    #[test]
    fn a_line_over_the_limit_is_told_once_and_dropped() {
        assert_eq!(lines(4, &[b"abcde\nf\n"]), [None, line("f")]);
        assert_eq!(lines(4, &[b"abcdef", b"ghi", b"j\nk\n"]), [None, line("k")]);
        assert_eq!(lines(4, &[b"abcdef", b""]), [None]);
    }

    #[test]
    fn the_last_line_needs_no_end() {
        assert_eq!(lines(4, &[b"a\nb", b"", b"c\n"]), [line("a"), line("b"), line("c")]);
        assert_eq!(lines(4, &[b"a\n", b""]), [line("a")]);
    }

    #[test]
    fn memory_goes_when_all_is_handed_out() {
        let mut lines = Lines::new(1 << 20);
        lines.push(&[b'x'; 1 << 16]);
        lines.push(b"\n");
        assert!(lines.next_line().is_some() && lines.next_line().is_none());
        assert_eq!(lines.bytes.capacity(), 0);
    }
}
