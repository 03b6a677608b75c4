//! Buckets of tokens for addresses: how often something may be tried from each.

use std::collections::HashMap;

use foldhash::fast::RandomState;

use crate::core::locks::{LEAF, Ranked};
use crate::proto::names::Cidr;
use crate::proto::time::Moment;

/// Addresses that are remembered.  When there are more, those whose buckets are full again are
/// forgotten, which changes nothing for them; if that is not enough, all begin anew.
const MOST: usize = 1 << 16;

/// What a bucket holds, and how it fills.
#[derive(Clone, Copy, Debug)]
pub struct Rate {
    /// Tokens in a full bucket.
    pub burst: usize,
    /// Milliseconds in which one comes back; 0: nothing is counted.
    pub every_ms: u64,
}

/// A bucket for each address or range that has used a token of late.
pub struct Buckets {
    buckets: Ranked<HashMap<Cidr, Bucket, RandomState>, LEAF>,
}

/// Times are milliseconds since 1970.
#[derive(Clone, Copy)]
struct Bucket {
    /// When it will be full again: each token that is taken moves this by the time it needs.
    full_at: u64,
}

impl Default for Buckets {
    fn default() -> Self {
        Self { buckets: Ranked::new(0, HashMap::default()) }
    }
}

impl Buckets {
    /// Takes a token; `false`: there is none.
    pub fn take(&self, key: Cidr, rate: Rate, now: Moment) -> bool {
        if rate.every_ms == 0 {
            return true;
        }
        let mut buckets = self.buckets.lock();
        if buckets.len() >= MOST && !buckets.contains_key(&key) {
            buckets.retain(|_, bucket| bucket.full_at > now.ms());
            if buckets.len() >= MOST {
                buckets.clear();
            }
        }
        let bucket = buckets.entry(key).or_insert(Bucket { full_at: 0 });
        let full_at = bucket.full_at.max(now.ms()).saturating_add(rate.every_ms);
        let has_one = full_at - now.ms() <= rate.most();
        if has_one {
            bucket.full_at = full_at;
        }
        has_one
    }

    /// Puts a token back that was taken.
    pub fn put_back(&self, key: Cidr, rate: Rate) {
        if let Some(bucket) = self.buckets.lock().get_mut(&key) {
            bucket.full_at = bucket.full_at.saturating_sub(rate.every_ms);
        }
    }
}

impl Rate {
    /// How long an empty bucket takes to be full.
    fn most(self) -> u64 {
        self.every_ms.saturating_mul(self.burst as u64)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const RATE: Rate = Rate { burst: 3, every_ms: 1000 };

    fn at(ms: u64) -> Moment {
        Moment::from_ms(ms)
    }

    fn key(text: &str) -> Cidr {
        Cidr::parse(text).expect("an address")
    }

    #[test]
    fn a_burst_goes_through_and_then_as_many_as_come_back() {
        let (buckets, key) = (Buckets::default(), key("192.0.2.1"));
        let taken = |ms: u64| (0..9).filter(|_| buckets.take(key, RATE, at(ms))).count();
        assert_eq!(
            [taken(0), taken(999), taken(1000), taken(3500), taken(90_000)],
            [3, 0, 1, 2, 3]
        );
    }

    #[test]
    fn each_address_has_its_own_and_what_is_put_back_can_be_taken_again() {
        let buckets = Buckets::default();
        let (one, other) = (key("192.0.2.1"), key("192.0.2.2"));
        assert!((0..3).all(|_| buckets.take(one, RATE, at(5))));
        assert!(!buckets.take(one, RATE, at(5)) && buckets.take(other, RATE, at(5)));
        buckets.put_back(one, RATE);
        assert!(buckets.take(one, RATE, at(5)) && !buckets.take(one, RATE, at(5)));
    }

    #[test]
    fn a_rate_of_nothing_counts_nothing() {
        let buckets = Buckets::default();
        let none = Rate { burst: 1, every_ms: 0 };
        assert!((0..9).all(|_| buckets.take(key("192.0.2.1"), none, at(0))));
        assert!(buckets.buckets.lock().is_empty());
    }

    #[test]
    fn no_more_addresses_are_remembered_than_may_be() {
        let buckets = Buckets::default();
        for number in 0..MOST as u32 + 9 {
            let address = std::net::Ipv4Addr::from_bits(number).into();
            assert!(buckets.take(Cidr::single(address), RATE, at(0)));
        }
        assert!(buckets.buckets.lock().len() <= MOST);
    }
}
