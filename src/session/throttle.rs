//! Flood control: a bucket of tokens for each connection.

use crate::state::Limits;
use crate::wire::time::Now;

/// What a client may still ask for.  Every command costs tokens, which come back with time; a
/// client whose bucket is empty is not refused anything and not closed, but waits: its next
/// command is left until there is a token again.
pub struct Throttle {
    /// Thousandths of a token; below 0 after a command that cost more than there was.
    tokens: i64,
    /// When `tokens` was last right (monotonic).
    at: u64,
}

impl Throttle {
    /// A full bucket.
    pub fn new(now: Now, limits: &Limits) -> Self {
        Self { tokens: full(limits), at: now.monotonic }
    }

    /// Pays for a command that was run; whether the next one may be.
    pub fn pay(&mut self, cost: usize, now: Now, limits: &Limits) -> bool {
        self.fill(now, limits);
        self.tokens = self.tokens.saturating_sub_unsigned(cost as u64 * 1000);
        self.may_go_on(now, limits)
    }

    /// Whether the next command may be run.
    pub fn may_go_on(&mut self, now: Now, limits: &Limits) -> bool {
        self.fill(now, limits);
        self.tokens > 0 || limits.flood_rate == 0
    }

    fn fill(&mut self, now: Now, limits: &Limits) {
        let passed = now.monotonic.saturating_sub(self.at);
        self.at = now.monotonic;
        // Milliseconds times tokens a second are thousandths of tokens.
        let gained = passed.saturating_mul(limits.flood_rate as u64);
        self.tokens = self.tokens.saturating_add_unsigned(gained).min(full(limits));
    }
}

fn full(limits: &Limits) -> i64 {
    limits.flood_burst as i64 * 1000
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(ms: u64) -> Now {
        Now { monotonic: ms, unix: 0 }
    }

    fn limits() -> Limits {
        Limits { flood_burst: 5, flood_rate: 2, ..Limits::default() }
    }

    #[test]
    fn a_burst_goes_through_and_then_as_many_as_the_rate_allows() {
        let limits = limits();
        let mut throttle = Throttle::new(at(0), &limits);
        let mut run = 0;
        for ms in (0..3000).step_by(100) {
            while throttle.may_go_on(at(ms), &limits) {
                throttle.pay(1, at(ms), &limits);
                run += 1;
            }
        }
        assert_eq!(run, 5 + 2 * 3);
    }

    #[test]
    fn what_costs_more_than_there_was_is_waited_for_longer() {
        let limits = limits();
        let mut throttle = Throttle::new(at(0), &limits);
        throttle.pay(9, at(0), &limits);
        assert!(!throttle.may_go_on(at(2000), &limits));
        assert!(throttle.may_go_on(at(2500), &limits));
    }

    #[test]
    fn silence_fills_the_bucket_to_its_size_and_no_further() {
        let limits = limits();
        let mut throttle = Throttle::new(at(0), &limits);
        assert!(throttle.may_go_on(at(u64::MAX), &limits));
        assert!(!throttle.pay(5, at(u64::MAX), &limits));
    }

    #[test]
    fn a_rate_of_nothing_is_no_flood_control() {
        let limits = Limits { flood_rate: 0, ..limits() };
        let mut throttle = Throttle::new(at(0), &limits);
        assert!(throttle.pay(1_000_000, at(0), &limits));
    }
}
