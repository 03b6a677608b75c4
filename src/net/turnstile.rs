//! Those who wait to be read, in order.

use std::cell::{Cell, RefCell};
use std::collections::VecDeque;

use crate::memory::GiveBack;
use crate::names::ConnId;

/// Connections that have something to read and could not be read at once.  Light clients are read in
/// the next step; the others once a turn, and who comes while a turn lasts waits for the next one.
#[derive(Default)]
pub struct Turnstile {
    light: RefCell<VecDeque<ConnId>>,
    waiting: RefCell<VecDeque<ConnId>>,
    /// How many of them belong to this turn.
    round: Cell<usize>,
}

impl Turnstile {
    /// Behind all others, or all other light clients.
    pub fn enter(&self, conn: ConnId, is_light: bool) {
        let queue = if is_light { &self.light } else { &self.waiting };
        queue.borrow_mut().push_back(conn);
    }

    /// The next light client.
    pub fn next_light(&self) -> Option<ConnId> {
        self.light.borrow_mut().pop_front()
    }

    /// The next one of this turn, of the others.
    pub fn next(&self) -> Option<ConnId> {
        let left = self.round.get().checked_sub(1)?;
        self.round.set(left);
        self.waiting.borrow_mut().pop_front()
    }

    /// All who wait now belong to this turn.
    pub fn begin_turn(&self) {
        self.round.set(self.waiting.borrow().len());
    }

    /// Whether all of this turn have been read.
    pub fn is_through(&self) -> bool {
        self.round.get() == 0
    }

    /// Gives back what a crowd has left.
    pub fn give_back(&self) {
        self.light.borrow_mut().give_back();
        self.waiting.borrow_mut().give_back();
    }

    /// Whether nobody waits.
    pub fn is_empty(&self) -> bool {
        self.light.borrow().is_empty() && self.waiting.borrow().is_empty()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn conn(slot: u32) -> ConnId {
        ConnId { slot, generation: 1 }
    }

    #[test]
    fn who_comes_while_a_turn_lasts_waits_for_the_next_one() {
        let turnstile = Turnstile::default();
        turnstile.enter(conn(1), false);
        turnstile.enter(conn(2), false);
        assert!(turnstile.next().is_none() && turnstile.is_through());
        turnstile.begin_turn();
        assert_eq!(turnstile.next(), Some(conn(1)));
        turnstile.enter(conn(3), false);
        assert_eq!(turnstile.next(), Some(conn(2)));
        assert!(turnstile.next().is_none() && turnstile.is_through());
        assert!(!turnstile.is_empty());
        turnstile.begin_turn();
        assert_eq!(turnstile.next(), Some(conn(3)));
        assert!(turnstile.is_empty());
    }

    #[test]
    fn light_clients_wait_for_no_turn() {
        let turnstile = Turnstile::default();
        turnstile.enter(conn(1), false);
        turnstile.enter(conn(2), true);
        assert_eq!(turnstile.next_light(), Some(conn(2)));
        assert!(turnstile.next_light().is_none() && !turnstile.is_empty());
    }
}
