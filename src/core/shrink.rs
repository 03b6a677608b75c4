//! Memory that a crowd has left behind.
//!
//! Tables grow with those who come and keep their size when they go.  Whoever has such a table gives
//! back now and then what it does not need.

use std::collections::{HashMap, VecDeque};
use std::hash::{BuildHasher, Hash};

use slab::Slab;

/// Entries for which a table always keeps room.
const KEPT: usize = 64;

/// What can be made smaller.
pub trait Shrink {
    /// Gives back most of its room if little of it is used: less than a quarter.
    fn shrink(&mut self);
}

/// Whether little of the room is used.
pub fn is_sparse(used: usize, room: usize) -> bool {
    room > KEPT && used < room / 4
}

/// Free places at the end count as room.
impl<T> Shrink for Vec<Option<T>> {
    fn shrink(&mut self) {
        let used = self.iter().rposition(Option::is_some).map_or(0, |last| last + 1);
        if is_sparse(used, self.capacity()) {
            self.truncate(used);
            self.shrink_to(2 * used);
        }
    }
}

impl<T> Shrink for VecDeque<T> {
    fn shrink(&mut self) {
        if is_sparse(self.len(), self.capacity()) {
            self.shrink_to(2 * self.len());
        }
    }
}

impl<T> Shrink for Slab<T> {
    fn shrink(&mut self) {
        if is_sparse(self.len(), self.capacity()) {
            self.shrink_to_fit();
        }
    }
}

impl<K: Eq + Hash, V, S: BuildHasher> Shrink for HashMap<K, V, S> {
    fn shrink(&mut self) {
        if is_sparse(self.len(), self.capacity()) {
            self.shrink_to(2 * self.len());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_crowd_has_left_is_given_back_and_nobody_moves() {
        let mut places: Vec<_> = (0..5000).map(Some).collect();
        let mut slab: Slab<_> = (0..5000).map(|one| (one, one)).collect();
        let mut map: HashMap<_, _> = (0..5000).map(|one| (one, one)).collect();
        let mut queue: VecDeque<_> = (0..5000).collect();
        places.iter_mut().skip(100).for_each(|place| *place = None);
        slab.retain(|one, _| one < 100);
        map.retain(|one, _| *one < 100);
        queue.truncate(100);
        places.shrink();
        slab.shrink();
        map.shrink();
        queue.shrink();
        let rooms = [places.capacity(), slab.capacity(), map.capacity(), queue.capacity()];
        assert!(rooms.iter().all(|room| *room < 500));
        assert_eq!(places.into_iter().flatten().sum::<usize>(), 99 * 50);
        assert!(slab.iter().all(|(place, one)| place == *one) && slab.len() == 100);
        assert_eq!(map.len(), 100);
        assert!(queue.into_iter().eq(0..100));
    }

    #[test]
    fn a_small_table_and_one_in_use_keep_their_room() {
        let mut small: Vec<Option<u8>> = vec![None; KEPT];
        let mut used: Vec<_> = vec![None; 4 * KEPT];
        used.push(Some(1));
        let room = used.capacity();
        small.shrink();
        used.shrink();
        assert_eq!((small.len(), used.capacity()), (KEPT, room));
    }
}
