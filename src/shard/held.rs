//! Bytes of a client that wait until its commands are run again.

use std::mem;

use crate::proto::split_line;

/// What waits, in order; and how much of it has not been looked through yet for lines that go ahead
/// of the others.
#[derive(Default)]
pub struct Held {
    bytes: Vec<u8>,
    /// Bytes at the end that have not been looked through.
    unseen: usize,
}

impl Held {
    /// How many bytes wait.
    pub fn len(&self) -> usize {
        self.bytes.len()
    }

    /// Adds what has arrived.
    pub fn push(&mut self, bytes: &[u8]) {
        self.bytes.extend_from_slice(bytes);
        self.unseen += bytes.len();
    }

    /// Takes all of it; what is not used of it goes back by [`Held::put_back`].
    pub fn take(&mut self) -> Vec<u8> {
        mem::take(&mut self.bytes)
    }

    /// Puts back the last `left` bytes of what was taken.
    pub fn put_back(&mut self, mut bytes: Vec<u8>, left: usize) {
        bytes.drain(..bytes.len() - left);
        if bytes.capacity() / 4 > left {
            bytes.shrink_to_fit();
        }
        self.unseen = self.unseen.min(left);
        self.bytes = bytes;
    }

    /// Takes out the whole lines that have not been looked through, and for which `wanted` says so.
    /// `skipping`: what waits begins within a line that is dropped.
    pub fn take_out(&mut self, skipping: bool, mut wanted: impl FnMut(&[u8]) -> bool) {
        let mut at = self.bytes.len() - self.unseen;
        let mut drops = skipping && at == 0;
        let mut kept = at;
        while let Some((line, after)) = self.bytes.get(at..).and_then(split_line) {
            let end = self.bytes.len() - after.len();
            if mem::take(&mut drops) || !wanted(line) {
                self.bytes.copy_within(at..end, kept);
                kept += end - at;
            }
            at = end;
        }
        self.unseen = self.bytes.len() - at;
        if kept < at {
            self.bytes.copy_within(at.., kept);
            self.bytes.truncate(kept + self.unseen);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What is taken out of what arrives in pieces, and what is left.
    fn taken(skipping: bool, pieces: &[&str]) -> (Vec<String>, String) {
        let (mut held, mut out) = (Held::default(), Vec::new());
        for piece in pieces {
            held.push(piece.as_bytes());
            held.take_out(skipping, |line| {
                let wanted = line.starts_with(b"P");
                if wanted {
                    out.push(String::from_utf8_lossy(line).into_owned());
                }
                wanted
            });
        }
        (out, String::from_utf8_lossy(&held.take()).into_owned())
    }

    fn lines(all: &[&str]) -> Vec<String> {
        all.iter().map(|line| (*line).to_owned()).collect()
    }

    #[test]
    fn lines_that_are_wanted_are_taken_out_and_the_others_keep_their_order() {
        let (out, left) = taken(false, &["A\r\nP1\r\nB\nP2\r", "C\r\nP3\nP", "4\r\n"]);
        assert_eq!((out, &*left), (lines(&["P1", "P2", "P3", "P4"]), "A\r\nB\nC\r\n"));
    }

    #[test]
    fn each_line_is_looked_at_once_and_only_when_it_is_whole() {
        let mut held = Held::default();
        let mut looks = 0;
        for piece in ["AB", "C\r\nD", "E\r\n"] {
            held.push(piece.as_bytes());
            held.take_out(false, |line| {
                assert!([&b"ABC"[..], b"DE"].contains(&line));
                looks += 1;
                false
            });
        }
        assert_eq!(looks, 2);
    }

    #[test]
    fn the_rest_of_a_line_that_is_dropped_is_no_line() {
        assert_eq!(taken(true, &["P", "P\r\nP1\r\n"]), (lines(&["P1"]), "PP\r\n".into()));
    }

    #[test]
    fn what_is_put_back_counts_as_looked_through_as_far_as_it_was() {
        let mut held = Held::default();
        held.push(b"A\nB\n");
        held.take_out(false, |_| false);
        held.push(b"P\n");
        let bytes = held.take();
        held.put_back(bytes, 4);
        let mut seen = Vec::new();
        held.take_out(false, |line| {
            seen.push(line.to_vec());
            true
        });
        assert_eq!((seen, held.take()), (vec![b"P".to_vec()], b"B\n".to_vec()));
    }
}
