//! How many connections each address has, how fast they come, and how often they guess.

use std::collections::HashMap;
use std::net::IpAddr;

use foldhash::fast::RandomState;

use crate::core::locks::{LEAF, Ranked};
use crate::core::server::limits::MachineLimits;
use crate::core::server::rate_limit::{Buckets, Rate};
use crate::core::shrink::Shrink;
use crate::proto::names::Cidr;
use crate::proto::time::Moment;

/// Counts by address (of IPv6, by the 64 bits that one customer usually has all addresses of), and
/// by the range around it that the configuration names.  Who is not counted
/// ([`crate::core::Origin::counted`]) has no limits here.
pub struct Addresses {
    counts: Ranked<[Counts; 2], LEAF>,
    arrivals: [Buckets; 2],
    guesses: Buckets,
}

/// What has become of a try at a secret.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// It was right.
    Right,
    /// It was wrong, and is counted.
    Wrong,
    /// It was not looked at: too many were wrong.
    TooMany,
}

type Counts = HashMap<Cidr, usize, RandomState>;

impl Default for Addresses {
    fn default() -> Self {
        Self {
            counts: Ranked::new(0, Default::default()),
            arrivals: Default::default(),
            guesses: Buckets::default(),
        }
    }
}

impl Addresses {
    /// One more connection; `false`: one more than its address, or its range, may have.  It counts
    /// all the same, until it leaves.
    pub fn enter(&self, counted: Option<IpAddr>, limits: &MachineLimits) -> bool {
        let Some(keys) = keys(counted, limits) else { return true };
        let most = [limits.connections_per_address, limits.connections_per_range];
        let mut within = true;
        for ((counts, key), most) in self.counts.lock().iter_mut().zip(keys).zip(most) {
            let count = counts.entry(key).or_default();
            *count += 1;
            within &= *count <= most;
        }
        within
    }

    /// Gives back what a crowd has left.
    pub fn shrink(&self) {
        self.counts.lock().iter_mut().for_each(Shrink::shrink);
    }

    /// One less.
    pub fn leave(&self, counted: Option<IpAddr>, limits: &MachineLimits) {
        let Some(keys) = keys(counted, limits) else { return };
        for (counts, key) in self.counts.lock().iter_mut().zip(keys) {
            let Some(count) = counts.get_mut(&key) else { continue };
            *count -= 1;
            if *count == 0 {
                counts.remove(&key);
            }
        }
    }

    /// Whether a connection may come already, after those that have come before.  One that may not
    /// is not counted against those that come later.
    pub fn may_come(&self, counted: Option<IpAddr>, limits: &MachineLimits, now: Moment) -> bool {
        let Some(keys) = keys(counted, limits) else { return true };
        let rates = [
            per_minute(limits.connect_burst, limits.connect_rate),
            per_minute(limits.range_connect_burst, limits.range_connect_rate),
        ];
        let mut of_each = self.arrivals.iter().zip(keys).zip(rates);
        of_each.all(|((buckets, key), rate)| buckets.take(key, rate, now))
    }

    /// Tries a secret by `check`, which may take long.  A token of the address is taken before and
    /// given back when the secret is right, so that tries at the same time do not share one.
    pub fn guess(
        &self,
        counted: Option<IpAddr>,
        limits: &MachineLimits,
        now: Moment,
        check: impl FnOnce() -> bool,
    ) -> Verdict {
        let (rate, key) = (guesses(limits), keys(counted, limits).map(|[key, _]| key));
        if key.is_some_and(|key| !self.guesses.take(key, rate, now)) {
            return Verdict::TooMany;
        }
        if !check() {
            return Verdict::Wrong;
        }
        if let Some(key) = key {
            self.guesses.put_back(key, rate);
        }
        Verdict::Right
    }
}

/// The address, and the range it is in; `None`: it does not count.
fn keys(counted: Option<IpAddr>, limits: &MachineLimits) -> Option<[Cidr; 2]> {
    let address = counted?.to_canonical();
    let range = if address.is_ipv4() { limits.ipv4_range } else { limits.ipv6_range };
    let single = if address.is_ipv4() { 32 } else { 64 };
    Some([Cidr::of(address, single), Cidr::of(address, range)])
}

fn per_minute(burst: usize, rate: usize) -> Rate {
    // A rate of nothing is no limit.
    Rate { burst, every_ms: 60_000_u64.checked_div(rate as u64).unwrap_or(0) }
}

fn guesses(limits: &MachineLimits) -> Rate {
    Rate { burst: limits.wrong_passwords, every_ms: limits.wrong_password_every_ms }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn address(text: &str) -> Option<IpAddr> {
        Some(text.parse().expect("an address"))
    }

    fn limits(connections_per_address: usize, connections_per_range: usize) -> MachineLimits {
        MachineLimits { connections_per_address, connections_per_range, ..MachineLimits::default() }
    }

    #[test]
    fn one_too_many_is_told_until_another_leaves() {
        let (addresses, limits) = (Addresses::default(), limits(2, 9));
        let (here, there) = (address("192.0.2.1"), address("192.0.2.2"));
        let enter = |address| addresses.enter(address, &limits);
        assert!(enter(here) && enter(here) && enter(there));
        assert!(!enter(here));
        addresses.leave(here, &limits);
        addresses.leave(here, &limits);
        assert!(enter(here));
    }

    #[test]
    fn all_of_a_customers_addresses_count_as_one() {
        let (addresses, limits) = (Addresses::default(), limits(1, 9));
        let enter = |text| addresses.enter(address(text), &limits);
        assert!(enter("2001:db8::1"));
        assert!(!enter("2001:db8::2"));
        assert!(enter("2001:db8:0:1::1"));
        assert!(enter("192.0.2.1"));
        assert!(!enter("::ffff:192.0.2.1"));
    }

    #[test]
    fn a_range_has_a_limit_of_its_own() {
        let (addresses, limits) = (Addresses::default(), limits(9, 2));
        let enter = |text| addresses.enter(address(text), &limits);
        assert!(enter("192.0.2.1") && enter("192.0.2.2"));
        assert!(!enter("192.0.2.3"));
        assert!(enter("192.0.3.1"));
        assert!(enter("2001:db8:1:1::1") && enter("2001:db8:1:2::1"));
        assert!(!enter("2001:db8:1:3::1"));
        assert!(enter("2001:db8:2:1::1"));
    }

    #[test]
    fn who_is_not_counted_may_have_any_number_and_nothing_is_kept_of_who_has_left() {
        let (addresses, limits) = (Addresses::default(), limits(1, 1));
        assert!((0..3).all(|_| addresses.enter(None, &limits)));
        // Somebody has told this address of loopback, so it counts.
        assert!(addresses.enter(address("127.0.0.1"), &limits));
        assert!(!addresses.enter(address("127.0.0.1"), &limits));
        addresses.leave(address("127.0.0.1"), &limits);
        addresses.leave(address("127.0.0.1"), &limits);
        assert!(addresses.counts.lock().iter().all(HashMap::is_empty));
    }

    #[test]
    fn who_comes_too_fast_waits_and_who_is_not_counted_does_not() {
        let addresses = Addresses::default();
        let limits =
            MachineLimits { connect_burst: 2, connect_rate: 60, ..MachineLimits::default() };
        let may_come = |counted, ms| addresses.may_come(counted, &limits, Moment::from_ms(ms));
        let (one, other) = (address("192.0.2.1"), address("192.0.2.2"));
        assert!(may_come(one, 0) && may_come(one, 0));
        assert!(!may_come(one, 999));
        assert!(may_come(other, 0));
        assert!(may_come(one, 1000));
        assert!((0..99).all(|_| may_come(None, 0)));
    }

    #[test]
    fn tries_at_the_same_time_do_not_share_a_token_and_a_right_one_costs_none() {
        let addresses = Addresses::default();
        let limits = MachineLimits {
            wrong_passwords: 1,
            wrong_password_every_ms: 60_000,
            ..MachineLimits::default()
        };
        let one = address("192.0.2.1");
        let guess =
            |check: &dyn Fn() -> bool| addresses.guess(one, &limits, Moment::from_ms(0), check);
        let meanwhile = || {
            assert_eq!(guess(&|| panic!("it is not looked at")), Verdict::TooMany);
            true
        };
        assert_eq!(guess(&meanwhile), Verdict::Right);
        assert_eq!(guess(&|| true), Verdict::Right);
        assert_eq!(guess(&|| false), Verdict::Wrong);
        assert_eq!(guess(&|| true), Verdict::TooMany);
    }
}
