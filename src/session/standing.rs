//! Who goes first: a client that has cost little lately.

use crate::wire::time::Now;

/// What a client may have cost lately and still go before others, in units of work (see
/// [`STEP`](crate::delivery::STEP)): a burst of twenty lines in a channel of a hundred.
const LIGHT: u32 = 2048;

/// With what a client begins: three seconds more than is light.  A crowd that has just come has
/// cost much together, though each of them has asked for nothing yet.
const NEWCOMER: u32 = LIGHT + 3000;

/// The most that is held against anybody: ten seconds.
const MOST: u32 = 10_000;

/// What a client has cost lately: in each millisecond a unit of it is forgotten.
pub struct Standing {
    cost: u32,
    /// When `cost` was last right (monotonic).
    at: u64,
    /// What it has asked for in `turn`.
    asked: u32,
    turn: u32,
}

impl Standing {
    /// Of a client that has just come.
    pub fn new(now: Now) -> Self {
        Self { cost: NEWCOMER, at: now.monotonic, asked: 0, turn: 0 }
    }

    /// It has cost that much more.
    pub fn charge(&mut self, cost: usize, now: Now) {
        self.forget(now);
        let cost = cost.try_into().unwrap_or(MOST);
        self.cost = self.cost.saturating_add(cost).min(MOST);
    }

    /// It has asked for that much in that turn; what that makes in all of the turn.
    pub fn asked(&mut self, cost: usize, turn: u32) -> usize {
        if turn != self.turn {
            (self.asked, self.turn) = (0, turn);
        }
        self.asked = self.asked.saturating_add(cost.try_into().unwrap_or(u32::MAX));
        self.asked as usize
    }

    /// Whether it goes before others.
    pub fn is_light(&mut self, now: Now) -> bool {
        self.forget(now);
        self.cost < LIGHT
    }

    fn forget(&mut self, now: Now) {
        let passed = now.monotonic.saturating_sub(self.at);
        self.at = now.monotonic;
        self.cost = self.cost.saturating_sub(passed.try_into().unwrap_or(u32::MAX));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(ms: u64) -> Now {
        Now { monotonic: ms, unix: 0 }
    }

    #[test]
    fn a_newcomer_goes_before_others_once_it_has_been_here_for_three_seconds() {
        let mut standing = Standing::new(at(5));
        assert!(!standing.is_light(at(3005)));
        assert!(standing.is_light(at(3006)));
    }

    #[test]
    fn who_costs_much_stands_behind_until_that_is_forgotten() {
        let mut standing = Standing::new(at(0));
        assert!(standing.is_light(at(10_000)));
        standing.charge(LIGHT as usize + 100, at(10_000));
        assert!(!standing.is_light(at(10_100)));
        assert!(standing.is_light(at(10_101)));
    }

    #[test]
    fn nothing_is_held_against_anybody_for_more_than_ten_seconds() {
        let mut standing = Standing::new(at(0));
        standing.charge(usize::MAX, at(0));
        standing.charge(usize::MAX, at(0));
        assert!(standing.is_light(at(10_000)));
    }
}
