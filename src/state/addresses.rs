//! How many connections each address has, how fast they come, and how often they guess.

use std::collections::HashMap;
use std::net::IpAddr;

use foldhash::fast::RandomState;

use super::buckets::{Buckets, Rate};
use super::settings::Limits;
use crate::locks::{LEAF, Ranked};
use crate::memory::GiveBack;
use crate::names::Cidr;
use crate::wire::time::Now;

/// Counts by address (of IPv6, by the 64 bits that one customer usually has all addresses of), and
/// by the range around it that the configuration names.  Loopback does not count: who is on this
/// machine has other ways to harm it.
pub struct Addresses {
    counts: Ranked<[Counts; 2], LEAF>,
    arrivals: [Buckets; 2],
    guesses: Buckets,
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
    pub fn enter(&self, address: IpAddr, limits: &Limits) -> bool {
        let Some(keys) = keys(address, limits) else { return true };
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
    pub fn give_back(&self) {
        self.counts.lock().iter_mut().for_each(GiveBack::give_back);
    }

    /// One less.
    pub fn leave(&self, address: IpAddr, limits: &Limits) {
        let Some(keys) = keys(address, limits) else { return };
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
    pub fn may_come(&self, address: IpAddr, limits: &Limits, now: Now) -> bool {
        let Some(keys) = keys(address, limits) else { return true };
        let rates = [
            per_minute(limits.connect_burst, limits.connect_rate),
            per_minute(limits.range_connect_burst, limits.range_connect_rate),
        ];
        let mut of_each = self.arrivals.iter().zip(keys).zip(rates);
        of_each.all(|((buckets, key), rate)| buckets.take(key, rate, now))
    }

    /// Whether another password may be tried from the address.
    pub fn may_guess(&self, address: IpAddr, limits: &Limits, now: Now) -> bool {
        let rate = guesses(limits);
        keys(address, limits).is_none_or(|[key, _]| self.guesses.has_one(key, rate, now))
    }

    /// A password from the address was wrong.
    pub fn guessed_wrong(&self, address: IpAddr, limits: &Limits, now: Now) {
        if let Some([key, _]) = keys(address, limits) {
            self.guesses.take(key, guesses(limits), now);
        }
    }
}

/// The address, and the range it is in; `None`: it does not count.
fn keys(address: IpAddr, limits: &Limits) -> Option<[Cidr; 2]> {
    let address = address.to_canonical();
    let range = if address.is_ipv4() { limits.ipv4_range } else { limits.ipv6_range };
    let single = if address.is_ipv4() { 32 } else { 64 };
    (!address.is_loopback()).then(|| [Cidr::of(address, single), Cidr::of(address, range)])
}

fn per_minute(burst: usize, rate: usize) -> Rate {
    // A rate of nothing is no limit.
    Rate { burst, every_ms: 60_000_u64.checked_div(rate as u64).unwrap_or(0) }
}

fn guesses(limits: &Limits) -> Rate {
    Rate { burst: limits.wrong_passwords, every_ms: limits.wrong_password_every_ms }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn address(text: &str) -> IpAddr {
        text.parse().expect("an address")
    }

    fn limits(connections_per_address: usize, connections_per_range: usize) -> Limits {
        Limits { connections_per_address, connections_per_range, ..Limits::default() }
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
    fn loopback_may_have_any_number_and_nothing_is_kept_of_who_has_left() {
        let (addresses, limits) = (Addresses::default(), limits(1, 1));
        for _ in 0..3 {
            assert!(addresses.enter(address("127.0.0.1"), &limits));
            assert!(addresses.enter(address("::1"), &limits));
        }
        addresses.enter(address("192.0.2.1"), &limits);
        addresses.leave(address("192.0.2.1"), &limits);
        assert!(addresses.counts.lock().iter().all(HashMap::is_empty));
    }

    #[test]
    fn who_comes_too_fast_waits_and_loopback_does_not() {
        let addresses = Addresses::default();
        let limits = Limits { connect_burst: 2, connect_rate: 60, ..Limits::default() };
        let may_come =
            |text, ms| addresses.may_come(address(text), &limits, Now { monotonic: ms, unix: 0 });
        assert!(may_come("192.0.2.1", 0) && may_come("192.0.2.1", 0));
        assert!(!may_come("192.0.2.1", 999));
        assert!(may_come("192.0.2.2", 0));
        assert!(may_come("192.0.2.1", 1000));
        assert!((0..99).all(|_| may_come("127.0.0.1", 0)));
    }
}
