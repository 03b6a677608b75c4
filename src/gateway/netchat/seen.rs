//! Which messages have been here already.

use foldhash::HashSet;

/// At least so many of the newest ids are remembered, and at most twice as many.
const GENERATION: usize = 1 << 17;

/// The ids of messages that were read or written, at most 4 MiB or so of them.
///
/// The oldest generation is forgotten when the newest is full.  A message would go round again only
/// if it came back after 131,072 others, which is more than the pipes of a usual ring hold.
#[derive(Debug, Default)]
pub struct Seen {
    newest: HashSet<u64>,
    older: HashSet<u64>,
}

impl Seen {
    /// Whether `id` was inserted, as far as it is remembered.
    pub fn contains(&self, id: u64) -> bool {
        self.newest.contains(&id) || self.older.contains(&id)
    }

    /// Remembers `id`.
    pub fn insert(&mut self, id: u64) {
        if self.newest.len() >= GENERATION {
            self.older = std::mem::take(&mut self.newest);
        }
        self.newest.insert(id);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_newest_ids_are_remembered_and_memory_is_bounded() {
        let mut seen = Seen::default();
        for id in 0..10 * GENERATION as u64 {
            assert!(!seen.contains(id));
            seen.insert(id);
            assert!(seen.contains(id.saturating_sub(GENERATION as u64 - 1)));
            assert!(seen.newest.len() + seen.older.len() <= 2 * GENERATION);
        }
        assert!(!seen.contains(0));
    }
}
