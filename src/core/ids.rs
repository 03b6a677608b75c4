//! Gives ids.

use std::sync::atomic::{AtomicU64, Ordering};

use crate::proto::names::id_after;
use crate::proto::time::Moment;

/// Our own number in ids; others come with a second machine.
const MACHINE: u8 = 0;

/// Gives numbers of ids, each higher than all before.
#[derive(Debug, Default)]
pub struct Ids {
    last: AtomicU64,
}

impl Ids {
    /// The one that was given last.
    pub fn last(&self) -> u64 {
        self.last.load(Ordering::Relaxed)
    }

    /// All that are given from here on are higher than `last`.
    pub fn go_on_after(&self, last: u64) {
        self.last.store(last, Ordering::Relaxed);
    }

    /// One that nothing has had.
    pub fn next(&self, now: Moment) -> u64 {
        let next = |last| Some(id_after(last, now.ms(), MACHINE));
        let last = self.last.fetch_update(Ordering::Relaxed, Ordering::Relaxed, next);
        id_after(last.unwrap_or_default(), now.ms(), MACHINE)
    }
}
