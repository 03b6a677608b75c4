//! A turn's lines, kept once for all who get them.

use std::ops::Range;

/// No link.
pub const END: u32 = u32::MAX;

/// The arena of a turn.  Every line made in it is kept once; what a connection gets is a chain
/// of links, each a range of the arena.  A turn costs two allocations, kept for the next one,
/// however many listen.
#[derive(Default)]
pub struct Turn {
    /// The lines, one after another.
    pub arena: Vec<u8>,
    links: Vec<Link>,
}

struct Link {
    start: u32,
    end: u32,
    next: u32,
}

/// One connection's chain.
#[derive(Clone, Copy, Debug)]
pub struct Chain {
    first: u32,
    last: u32,
}

impl Chain {
    /// Nothing in it.
    pub const EMPTY: Self = Self { first: END, last: END };

    /// Whether nothing is in it.
    pub const fn is_empty(self) -> bool {
        self.first == END
    }
}

impl Turn {
    /// Adds a range of the arena to a chain; one that follows directly makes the last link
    /// longer, so that a burst to a channel is a single write for each member.
    #[inline]
    pub fn push(&mut self, chain: &mut Chain, range: &Range<usize>) {
        // The shell ends a turn long before it has 4 GiB: see `TURN_BYTES`.
        let (start, end) = (range.start as u32, range.end as u32);
        let added = self.links.len() as u32;
        match self.links.get_mut(chain.last as usize) {
            Some(last) if last.end == start => {
                last.end = end;
                return;
            }
            Some(last) => last.next = added,
            None => chain.first = added,
        }
        chain.last = added;
        self.links.push(Link { start, end, next: END });
    }

    /// The bytes of a chain, piece by piece.
    pub fn pieces(&self, chain: Chain) -> impl Iterator<Item = &[u8]> {
        let mut at = chain.first;
        std::iter::from_fn(move || {
            let link = self.links.get(at as usize)?;
            at = link.next;
            self.arena.get(link.start as usize..link.end as usize)
        })
    }

    /// The bytes of a chain in one piece: lent from the arena if they are, put together in
    /// `room` if not.  One `send` of a few KiB put together costs the kernel less than a `writev`
    /// of as many pieces as there are lines.
    pub fn whole<'a>(&'a self, chain: Chain, room: &'a mut Vec<u8>) -> &'a [u8] {
        if chain.first == chain.last {
            return self.pieces(chain).next().unwrap_or_default();
        }
        room.clear();
        self.pieces(chain).for_each(|piece| room.extend_from_slice(piece));
        room
    }

    /// Bytes of its lines and links.
    pub fn bytes(&self) -> usize {
        self.arena.len() + self.links.len() * size_of::<Link>()
    }

    /// Forgets all lines; every chain must have been dealt with.  Memory beyond `keep` bytes is
    /// given back.
    pub fn clear(&mut self, keep: usize) {
        self.arena.clear();
        self.links.clear();
        self.arena.shrink_to(keep);
        self.links.shrink_to(keep / size_of::<Link>());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranges_that_follow_one_another_are_one_piece() {
        let mut turn = Turn { arena: b"abcdef".to_vec(), ..Turn::default() };
        let (mut a, mut b) = (Chain::EMPTY, Chain::EMPTY);
        turn.push(&mut a, &(0..2));
        turn.push(&mut b, &(0..2));
        turn.push(&mut a, &(2..4));
        turn.push(&mut b, &(4..6));
        assert_eq!(turn.pieces(a).collect::<Vec<_>>(), [b"abcd"]);
        assert_eq!(turn.pieces(b).collect::<Vec<_>>(), [b"ab", b"ef"]);
        assert!(turn.pieces(Chain::EMPTY).next().is_none());
    }
}
