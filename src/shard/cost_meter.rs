//! Who goes first: a client that has cost little lately.

use crate::proto::time::Now;

/// What a client may have cost lately and still go before others, in units of work (see
/// [`SLICE`](crate::delivery::SLICE)): a burst of twenty lines in a channel of a hundred.
const LOW_COST: u32 = 2048;

/// With what a client begins: three seconds more than is light.  A crowd that has just come has
/// cost much together, though each of them has asked for nothing yet.
const NEW_CLIENT: u32 = LOW_COST + 3000;

/// The most that is held against anybody: ten seconds.
const MOST: u32 = 10_000;

/// What a client has cost lately: in each millisecond a unit of it is forgotten.
pub struct CostMeter {
    cost: u32,
    /// When `cost` was last right (monotonic).
    at: u64,
    /// What it has asked for in `tick`.
    asked: u32,
    tick: u32,
}

impl CostMeter {
    /// Of a client that has just come.
    pub fn new(now: Now) -> Self {
        Self { cost: NEW_CLIENT, at: now.monotonic, asked: 0, tick: 0 }
    }

    /// It has cost that much more.
    pub fn charge(&mut self, cost: usize, now: Now) {
        self.forget(now);
        let cost = cost.try_into().unwrap_or(MOST);
        self.cost = self.cost.saturating_add(cost).min(MOST);
    }

    /// It has asked for that much in that tick; what that makes in all of the tick.
    pub fn asked(&mut self, cost: usize, tick: u32) -> usize {
        if tick != self.tick {
            (self.asked, self.tick) = (0, tick);
        }
        self.asked = self.asked.saturating_add(cost.try_into().unwrap_or(u32::MAX));
        self.asked as usize
    }

    /// Whether it goes before others.
    pub fn is_low_cost(&mut self, now: Now) -> bool {
        self.forget(now);
        self.cost < LOW_COST
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
        let mut cost_meter = CostMeter::new(at(5));
        assert!(!cost_meter.is_low_cost(at(3005)));
        assert!(cost_meter.is_low_cost(at(3006)));
    }

    #[test]
    fn who_costs_much_stands_behind_until_that_is_forgotten() {
        let mut cost_meter = CostMeter::new(at(0));
        assert!(cost_meter.is_low_cost(at(10_000)));
        cost_meter.charge(LOW_COST as usize + 100, at(10_000));
        assert!(!cost_meter.is_low_cost(at(10_100)));
        assert!(cost_meter.is_low_cost(at(10_101)));
    }

    #[test]
    fn nothing_is_held_against_anybody_for_more_than_ten_seconds() {
        let mut cost_meter = CostMeter::new(at(0));
        cost_meter.charge(usize::MAX, at(0));
        cost_meter.charge(usize::MAX, at(0));
        assert!(cost_meter.is_low_cost(at(10_000)));
    }
}
