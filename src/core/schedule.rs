//! What is due at a moment, and the first of these moments without a lock.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU64, Ordering};

use crate::core::locks::{LEAF, Ranked};

/// Values by the moment at which they are due, in milliseconds, each under a key of its own.
pub struct Schedule<K, V> {
    entries: Ranked<BTreeMap<(u64, K), V>, LEAF>,
    /// The first of the moments: read without the lock, once for each tick of each shard.
    first: AtomicU64,
}

impl<K: Ord + Copy, V> Default for Schedule<K, V> {
    fn default() -> Self {
        Self { entries: Ranked::new(0, BTreeMap::new()), first: AtomicU64::new(u64::MAX) }
    }
}

impl<K: Ord + Copy, V> Schedule<K, V> {
    /// Moves a value from the moment `before` to `next`; `None`: it was not, or is not to be, in the
    /// schedule.
    pub fn plan(&self, key: K, before: Option<u64>, next: Option<u64>, value: impl FnOnce() -> V) {
        let mut entries = self.entries.lock();
        let moved = before.and_then(|before| entries.remove(&(before, key)));
        if let Some(next) = next {
            entries.insert((next, key), moved.unwrap_or_else(value));
        }
        self.note_first(&entries);
    }

    /// Whether something is due at `now`.
    pub fn is_due(&self, now: u64) -> bool {
        self.first.load(Ordering::Acquire) <= now
    }

    /// Takes all that is due at `now`, in the order of its moments.
    pub fn take_due(&self, now: u64) -> Vec<V> {
        if !self.is_due(now) {
            return Vec::new();
        }
        let mut entries = self.entries.lock();
        let mut due = Vec::new();
        while let Some(first) = entries.first_entry() {
            if first.key().0 > now {
                break;
            }
            due.push(first.remove());
        }
        self.note_first(&entries);
        due
    }

    /// Takes everything out.
    pub fn clear(&self) {
        let mut entries = self.entries.lock();
        entries.clear();
        self.note_first(&entries);
    }

    /// Whether nothing is in the schedule.
    pub fn is_empty(&self) -> bool {
        self.entries.lock().is_empty()
    }

    fn note_first(&self, entries: &BTreeMap<(u64, K), V>) {
        let first = entries.first_key_value().map_or(u64::MAX, |((at, _), _)| *at);
        self.first.store(first, Ordering::Release);
    }
}
