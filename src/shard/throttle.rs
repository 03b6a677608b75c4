//! Flood control: token buckets for each connection.

use crate::core::MachineLimits;
use crate::proto::time::Now;

/// Thousandths of a token, in which everything here is counted.
pub const TOKEN: usize = 1000;

/// How many times as much as of other commands a client may ask for at once in questions (see
/// [`Bucket::Questions`]): 100 times JOIN, MODE and WHO, with which clients restore their channels
/// after connecting, at the default `limits.flood_burst`.
const QUESTIONS: usize = 12;

/// PING and PONG that are answered ahead of waiting commands at once, and a second: a client that
/// measures its lag does so every 10 to 60 seconds.
const AHEAD_BURST: usize = 10;
const AHEAD_RATE: usize = 1;

/// Which bucket a command takes its tokens from.  Each is as large and fills as fast as [`Throttle`]
/// says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Bucket {
    /// For whatever is not below: `limits.flood_burst` tokens, and `limits.flood_rate` a second.
    Commands,
    /// For questions and channel entries (`Spec::asks`): twelve times as large, filled at the same
    /// rate.  So a client gets back into many channels at once, and asks on and on no faster than
    /// it may say anything else.
    Questions,
    /// For what is answered ahead of commands that wait: 10 tokens, and one a second.
    Ahead,
}

/// What a client may still ask for.  Every command costs tokens, which come back with time; a
/// client is not refused anything and not closed when a bucket is empty, but waits: its next
/// command, whatever it is, is left until no bucket but that of [`Bucket::Ahead`] is empty.
pub struct Throttle {
    /// Thousandths of a token in each bucket; below 0 after a command that cost more than there was.
    tokens: [i64; 3],
    /// When `tokens` was last right (monotonic).
    at: u64,
}

impl Throttle {
    /// Full buckets.
    pub fn new(now: Now, limits: &MachineLimits) -> Self {
        Self { tokens: buckets(limits).map(|(size, _)| size), at: now.monotonic }
    }

    /// Takes thousandths of a token for what was done; whether the next command may be run.
    pub fn pay(&mut self, bucket: Bucket, cost: usize, now: Now, limits: &MachineLimits) -> bool {
        self.fill(now, limits);
        self.take(bucket, cost);
        self.may_go_on(now, limits)
    }

    /// Whether the next command may be run.
    pub fn may_go_on(&mut self, now: Now, limits: &MachineLimits) -> bool {
        self.fill(now, limits);
        let [commands, questions, _] = self.tokens;
        commands > 0 && questions > 0 || limits.flood_rate == 0
    }

    /// Whether a command of the client may be run ahead of those that wait; if so, it has been paid
    /// for, in its own bucket and in that of other commands, so that a flood of them is as slow as
    /// any other.
    pub fn may_go_ahead(&mut self, now: Now, limits: &MachineLimits) -> bool {
        self.fill(now, limits);
        let [.., ahead] = self.tokens;
        let may = ahead > 0;
        if may {
            self.take(Bucket::Ahead, TOKEN);
            self.take(Bucket::Commands, TOKEN);
        }
        may
    }

    fn take(&mut self, bucket: Bucket, cost: usize) {
        let [commands, questions, ahead] = &mut self.tokens;
        let tokens = match bucket {
            Bucket::Commands => commands,
            Bucket::Questions => questions,
            Bucket::Ahead => ahead,
        };
        *tokens = tokens.saturating_sub_unsigned(cost as u64);
    }

    fn fill(&mut self, now: Now, limits: &MachineLimits) {
        let passed = now.monotonic.saturating_sub(self.at);
        self.at = now.monotonic;
        for (tokens, (size, rate)) in self.tokens.iter_mut().zip(buckets(limits)) {
            // Milliseconds times tokens a second are thousandths of tokens.
            let gained = passed.saturating_mul(rate as u64);
            *tokens = tokens.saturating_add_unsigned(gained).min(size);
        }
    }
}

/// The size of each bucket in thousandths of a token, and the tokens that it gains in a second.
fn buckets(limits: &MachineLimits) -> [(i64, usize); 3] {
    let (burst, rate) = (limits.flood_burst, limits.flood_rate);
    let sizes = [(burst, rate), (burst * QUESTIONS, rate), (AHEAD_BURST, AHEAD_RATE)];
    sizes.map(|(size, rate)| ((size * TOKEN) as i64, rate))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(ms: u64) -> Now {
        Now { monotonic: ms, unix: 0 }
    }

    fn limits() -> MachineLimits {
        MachineLimits { flood_burst: 5, flood_rate: 2, ..MachineLimits::default() }
    }

    /// How many that cost a token are run in three seconds, whenever they may be.
    fn run_in_three_seconds(bucket: Bucket) -> usize {
        let limits = limits();
        let mut throttle = Throttle::new(at(0), &limits);
        let mut run = 0;
        for ms in (0..3000).step_by(100) {
            while throttle.may_go_on(at(ms), &limits) {
                throttle.pay(bucket, TOKEN, at(ms), &limits);
                run += 1;
            }
        }
        run
    }

    #[test]
    fn a_burst_goes_through_and_then_as_many_as_the_rate_allows() {
        assert_eq!(run_in_three_seconds(Bucket::Commands), 5 + 2 * 3);
    }

    #[test]
    fn twelve_times_as_many_questions_go_through_and_then_no_more_than_of_the_rest() {
        assert_eq!(run_in_three_seconds(Bucket::Questions), 12 * 5 + 2 * 3);
    }

    #[test]
    fn what_costs_more_than_there_was_is_waited_for_longer() {
        let limits = limits();
        let mut throttle = Throttle::new(at(0), &limits);
        throttle.pay(Bucket::Commands, 9 * TOKEN, at(0), &limits);
        assert!(!throttle.may_go_on(at(2000), &limits));
        assert!(throttle.may_go_on(at(2500), &limits));
    }

    #[test]
    fn silence_fills_the_bucket_to_its_size_and_no_further() {
        let limits = limits();
        let mut throttle = Throttle::new(at(0), &limits);
        assert!(throttle.may_go_on(at(u64::MAX), &limits));
        assert!(!throttle.pay(Bucket::Commands, 5 * TOKEN, at(u64::MAX), &limits));
    }

    #[test]
    fn a_few_go_ahead_of_those_that_wait_and_delay_them_by_what_they_cost() {
        let limits = limits();
        let mut throttle = Throttle::new(at(0), &limits);
        throttle.pay(Bucket::Commands, 5 * TOKEN, at(0), &limits);
        let ahead = (0..99).filter(|_| throttle.may_go_ahead(at(0), &limits)).count();
        assert_eq!(ahead, AHEAD_BURST);
        assert!(!throttle.may_go_on(at(5000), &limits));
        assert!(throttle.may_go_on(at(5001), &limits));
    }

    #[test]
    fn a_rate_of_nothing_is_no_flood_control() {
        let limits = MachineLimits { flood_rate: 0, ..limits() };
        let mut throttle = Throttle::new(at(0), &limits);
        assert!(throttle.pay(Bucket::Commands, 1_000_000 * TOKEN, at(0), &limits));
    }
}
