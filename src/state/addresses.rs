//! How many connections each address has.

use std::collections::HashMap;
use std::net::{IpAddr, Ipv6Addr};

use foldhash::fast::RandomState;

use crate::locks::{LEAF, Ranked};

/// Counts by address; of IPv6, by the 64 bits that one customer usually has all addresses of.
/// Loopback does not count: who is on this machine has other ways to harm it.
pub struct Addresses {
    counts: Ranked<HashMap<IpAddr, usize, RandomState>, LEAF>,
}

impl Default for Addresses {
    fn default() -> Self {
        Self { counts: Ranked::new(0, HashMap::default()) }
    }
}

impl Addresses {
    /// One more of the `most` that an address may have; `false`: that was one too many.  It counts
    /// all the same, until it leaves.
    pub fn enter(&self, address: IpAddr, most: usize) -> bool {
        let Some(key) = key(address) else { return true };
        let mut counts = self.counts.lock();
        let count = counts.entry(key).or_default();
        *count += 1;
        *count <= most
    }

    /// One less.
    pub fn leave(&self, address: IpAddr) {
        let Some(key) = key(address) else { return };
        let mut counts = self.counts.lock();
        if let Some(count) = counts.get_mut(&key) {
            *count -= 1;
            if *count == 0 {
                counts.remove(&key);
            }
        }
    }
}

fn key(address: IpAddr) -> Option<IpAddr> {
    let address = address.to_canonical();
    if address.is_loopback() {
        return None;
    }
    Some(match address {
        IpAddr::V4(_) => address,
        IpAddr::V6(long) => Ipv6Addr::from_bits(long.to_bits() >> 64 << 64).into(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn address(text: &str) -> IpAddr {
        text.parse().expect("an address")
    }

    #[test]
    fn one_too_many_is_told_until_another_leaves() {
        let addresses = Addresses::default();
        let (here, there) = (address("192.0.2.1"), address("192.0.2.2"));
        assert!(addresses.enter(here, 2) && addresses.enter(here, 2) && addresses.enter(there, 2));
        assert!(!addresses.enter(here, 2));
        addresses.leave(here);
        addresses.leave(here);
        assert!(addresses.enter(here, 2));
    }

    #[test]
    fn all_of_a_customers_addresses_count_as_one() {
        let addresses = Addresses::default();
        assert!(addresses.enter(address("2001:db8::1"), 1));
        assert!(!addresses.enter(address("2001:db8::2"), 1));
        assert!(addresses.enter(address("2001:db8:0:1::1"), 1));
        assert!(addresses.enter(address("192.0.2.1"), 1));
        assert!(!addresses.enter(address("::ffff:192.0.2.1"), 1));
    }

    #[test]
    fn loopback_may_have_any_number_and_nothing_is_kept_of_who_has_left() {
        let addresses = Addresses::default();
        for _ in 0..3 {
            assert!(addresses.enter(address("127.0.0.1"), 1) && addresses.enter(address("::1"), 1));
        }
        addresses.enter(address("192.0.2.1"), 1);
        addresses.leave(address("192.0.2.1"));
        assert!(addresses.counts.lock().is_empty());
    }
}
