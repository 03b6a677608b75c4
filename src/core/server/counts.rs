//! How many there are, for LUSERS.

use std::sync::atomic::{AtomicUsize, Ordering};

/// A count that shards change and read without a lock.
#[derive(Debug, Default)]
pub struct Count(AtomicUsize);

impl Count {
    /// One more; the count after it.
    pub fn up(&self) -> usize {
        self.0.fetch_add(1, Ordering::Relaxed) + 1
    }

    /// One less.
    pub fn down(&self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }

    /// At least `value` from here on.
    pub fn raise_to(&self, value: usize) {
        self.0.fetch_max(value, Ordering::Relaxed);
    }

    /// This many from here on.
    pub(in crate::core) fn set(&self, value: usize) {
        self.0.store(value, Ordering::Relaxed);
    }

    /// The count now.
    pub fn now(&self) -> usize {
        self.0.load(Ordering::Relaxed)
    }
}

/// The counts that LUSERS tells.
#[derive(Debug, Default)]
pub struct Counts {
    /// Registered users.
    pub users: Count,
    /// Those of them with +i.
    pub invisible: Count,
    /// Those of them who are operators.
    pub operators: Count,
    /// The most users there have been at once.
    pub most_users: Count,
    /// Permanent channels.
    pub permanent: Count,
    /// Connections, registered or not.
    pub connections: Count,
}
