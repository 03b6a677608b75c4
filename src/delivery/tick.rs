//! A tick's lines, kept once for all who get them.

use std::ops::Range;

/// No link.
pub const END: u32 = u32::MAX;

/// Positions in [`TickBuffer::own`].
const OWN: u32 = 1 << 31;

/// The arenas of a tick.  Every line made in it is kept once; what a connection gets is a chain of
/// links, each a range of an arena.  A tick costs three allocations, kept for the next one, however
/// many listen.
#[derive(Default)]
pub struct TickBuffer {
    /// Lines for many, one after another.
    pub arena: Vec<u8>,
    /// Lines for one connection: apart, so that those for many follow one another.
    pub own: Vec<u8>,
    links: Vec<Link>,
}

/// Whom a line is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum For {
    /// Whoever is to hear it.
    Many,
    /// One connection.
    One,
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

impl TickBuffer {
    /// The arena of such lines.
    #[inline]
    pub fn arena(&mut self, whom: For) -> &mut Vec<u8> {
        match whom {
            For::Many => &mut self.arena,
            For::One => &mut self.own,
        }
    }

    /// Adds a range of an arena to a chain; one that follows directly makes the last link
    /// longer, so that a burst to a channel is a single write for each member.
    #[inline]
    pub fn push(&mut self, chain: &mut Chain, whom: For, range: &Range<usize>) {
        let mark = if whom == For::One { OWN } else { 0 };
        // The shard runtime ends a tick long before it has 2 GiB: see `TICK_BYTES`.
        let (start, end) = (range.start as u32 | mark, range.end as u32 | mark);
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
            let arena = if link.start & OWN == 0 { &self.arena } else { &self.own };
            arena.get((link.start & !OWN) as usize..(link.end & !OWN) as usize)
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

    /// How many links there are.
    pub fn link_count(&self) -> usize {
        self.links.len()
    }

    /// Forgets all lines; every chain must have been dealt with.  Memory beyond so many bytes and
    /// links is given back.
    pub fn clear(&mut self, bytes: usize, links: usize) {
        for arena in [&mut self.arena, &mut self.own] {
            arena.clear();
            arena.shrink_to(bytes);
        }
        self.links.clear();
        self.links.shrink_to(links);
    }

    /// Gives back what ticks have left, unless one is going on: the next has room again at once,
    /// which costs nothing beside what it tells.
    pub fn shrink(&mut self) {
        if self.links.is_empty() {
            *self = Self::default();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranges_that_follow_one_another_are_one_piece() {
        let mut tick = TickBuffer { arena: b"abcdef".to_vec(), ..TickBuffer::default() };
        let (mut a, mut b) = (Chain::EMPTY, Chain::EMPTY);
        tick.push(&mut a, For::Many, &(0..2));
        tick.push(&mut b, For::Many, &(0..2));
        tick.push(&mut a, For::Many, &(2..4));
        tick.push(&mut b, For::Many, &(4..6));
        assert_eq!(tick.pieces(a).collect::<Vec<_>>(), [b"abcd"]);
        assert_eq!(tick.pieces(b).collect::<Vec<_>>(), [b"ab", b"ef"]);
        assert!(tick.pieces(Chain::EMPTY).next().is_none());
    }

    #[test]
    fn a_turn_gives_back_its_memory_once_it_is_over() {
        let mut tick =
            TickBuffer { arena: b"abcd".to_vec(), own: b"wx".to_vec(), ..TickBuffer::default() };
        let mut chain = Chain::EMPTY;
        tick.push(&mut chain, For::Many, &(0..4));
        tick.shrink();
        assert_eq!(tick.pieces(chain).collect::<Vec<_>>(), [b"abcd"]);
        tick.clear(1 << 10, 1 << 10);
        tick.shrink();
        assert_eq!((tick.arena.capacity(), tick.own.capacity(), tick.links.capacity()), (0, 0, 0));
    }

    #[test]
    fn what_is_for_one_comes_between_what_is_for_many_and_does_not_part_it() {
        let (arena, own) = (b"abcd".to_vec(), b"wxyz".to_vec());
        let mut tick = TickBuffer { arena, own, ..TickBuffer::default() };
        let (mut a, mut b) = (Chain::EMPTY, Chain::EMPTY);
        tick.push(&mut a, For::Many, &(0..2));
        tick.push(&mut b, For::Many, &(0..2));
        tick.push(&mut a, For::One, &(2..4));
        tick.push(&mut a, For::Many, &(2..4));
        tick.push(&mut b, For::Many, &(2..4));
        assert_eq!(tick.pieces(a).collect::<Vec<_>>(), [b"ab", b"yz", b"cd"]);
        assert_eq!(tick.pieces(b).collect::<Vec<_>>(), [b"abcd"]);
    }
}
