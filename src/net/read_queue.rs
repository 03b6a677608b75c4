//! Those who wait to be read, in order.

use std::cell::{Cell, RefCell};
use std::collections::VecDeque;

use crate::core::shrink::Shrink;
use crate::proto::names::ConnId;

/// Connections that have something to read and could not be read at once.  Light clients are read in
/// the next slice; the others once a tick, and who comes while a tick lasts waits for the next one.
#[derive(Default)]
pub struct ReadQueue {
    low_cost: RefCell<VecDeque<ConnId>>,
    waiting: RefCell<VecDeque<ConnId>>,
    /// How many of them belong to this tick.
    round: Cell<usize>,
}

impl ReadQueue {
    /// Behind all others, or all other low-cost clients.
    pub fn enter(&self, conn: ConnId, is_low_cost: bool) {
        let queue = if is_low_cost { &self.low_cost } else { &self.waiting };
        queue.borrow_mut().push_back(conn);
    }

    /// The next low-cost client.
    pub fn next_low_cost(&self) -> Option<ConnId> {
        self.low_cost.borrow_mut().pop_front()
    }

    /// The next one of this tick, of the others.
    pub fn next(&self) -> Option<ConnId> {
        let left = self.round.get().checked_sub(1)?;
        self.round.set(left);
        self.waiting.borrow_mut().pop_front()
    }

    /// All who wait now belong to this tick.
    pub fn begin_tick(&self) {
        self.round.set(self.waiting.borrow().len());
    }

    /// Whether all of this tick have been read.
    pub fn is_through(&self) -> bool {
        self.round.get() == 0
    }

    /// Gives back what a crowd has left.
    pub fn shrink(&self) {
        self.low_cost.borrow_mut().shrink();
        self.waiting.borrow_mut().shrink();
    }

    /// Whether nobody waits.
    pub fn is_empty(&self) -> bool {
        self.low_cost.borrow().is_empty() && self.waiting.borrow().is_empty()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn conn(slot: u32) -> ConnId {
        ConnId { slot, generation: 1 }
    }

    #[test]
    fn who_comes_while_a_tick_lasts_waits_for_the_next_one() {
        let read_queue = ReadQueue::default();
        read_queue.enter(conn(1), false);
        read_queue.enter(conn(2), false);
        assert!(read_queue.next().is_none() && read_queue.is_through());
        read_queue.begin_tick();
        assert_eq!(read_queue.next(), Some(conn(1)));
        read_queue.enter(conn(3), false);
        assert_eq!(read_queue.next(), Some(conn(2)));
        assert!(read_queue.next().is_none() && read_queue.is_through());
        assert!(!read_queue.is_empty());
        read_queue.begin_tick();
        assert_eq!(read_queue.next(), Some(conn(3)));
        assert!(read_queue.is_empty());
    }

    #[test]
    fn low_cost_clients_wait_for_no_tick() {
        let read_queue = ReadQueue::default();
        read_queue.enter(conn(1), false);
        read_queue.enter(conn(2), true);
        assert_eq!(read_queue.next_low_cost(), Some(conn(2)));
        assert!(read_queue.next_low_cost().is_none() && !read_queue.is_empty());
    }
}
