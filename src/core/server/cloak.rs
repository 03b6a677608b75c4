//! Cloaked hosts: what others are shown in place of an address.

use std::fmt;
use std::net::IpAddr;
use std::sync::Arc;

use blake2::digest::consts::U16;
use blake2::digest::{FixedOutput, KeyInit, Update};
use blake2::{Blake2s256, Blake2sMac};

use crate::proto::names::Cidr;

/// Digits of a hash: 5 bits each, none of which can be taken for another.
const DIGITS: &[u8; 32] = b"abcdefghijkmnpqrstuvwxyz23456789";

/// Digits that stand for one range: 40 bits, so that two ranges seldom share them.
const LENGTH: usize = 8;

/// The ranges that a cloak tells, narrowest first.  Of IPv6 the narrowest is what one customer
/// usually has all addresses of.
const OF_IPV4: [u8; 3] = [32, 24, 16];
const OF_IPV6: [u8; 3] = [64, 48, 32];

/// Whether hosts are cloaked, as the configuration has it.
#[derive(Clone, Debug, Default)]
pub enum Cloaking {
    /// They are not.
    #[default]
    Off,
    /// With a secret of the configuration.
    Configured(Cloak),
    /// With the secret that is kept over a restart.
    Stored,
}

/// What hashes addresses (BLAKE2s with a key: RFC 7693, section 2.9).
#[derive(Clone)]
pub struct Cloak {
    /// 32 bytes.
    key: Arc<[u8]>,
}

impl Cloak {
    /// With a secret of any length.
    pub fn new(secret: &[u8]) -> Self {
        Self { key: <Blake2s256 as blake2::Digest>::digest(secret).to_vec().into() }
    }

    /// `narrow.wider.widest.cloak`: the hash of an address, and those of the ranges around it.  A
    /// ban on `*!*@*.wider.widest.cloak` means all addresses of that range, whoever has them.
    pub fn of(&self, address: IpAddr) -> String {
        let address = address.to_canonical();
        let lengths = if address.is_ipv4() { OF_IPV4 } else { OF_IPV6 };
        let parts = lengths.map(|length| self.hash(Cidr::of(address, length)));
        format!("{}.cloak", parts.join("."))
    }

    fn hash(&self, range: Cidr) -> String {
        // The key has the length that BLAKE2s wants at the most.
        let Ok(mut mac) = Blake2sMac::<U16>::new_from_slice(&self.key) else {
            return String::new();
        };
        mac.update(range.to_string().as_bytes());
        // Neither range stands for the other, also where both are single addresses.
        mac.update(&[0, range.length()]);
        let digit = |byte: &u8| DIGITS.get(usize::from(byte & 31)).copied().map(char::from);
        mac.finalize_fixed().iter().take(LENGTH).filter_map(digit).collect()
    }
}

impl fmt::Debug for Cloak {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Cloak(..)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cloak(secret: &str, address: &str) -> Vec<String> {
        let host = Cloak::new(secret.as_bytes()).of(address.parse().expect("an address"));
        host.split('.').map(str::to_owned).collect()
    }

    #[test]
    fn addresses_of_a_range_share_the_end_of_their_cloaks() {
        for (one, other, same) in [
            ("192.0.2.1", "192.0.2.1", 4),
            ("192.0.2.1", "192.0.2.2", 3),
            ("192.0.2.1", "192.0.3.1", 2),
            ("192.0.2.1", "192.1.2.1", 1),
            ("2001:db8:1:2::1", "2001:db8:1:2::2", 4),
            ("2001:db8:1:2::1", "2001:db8:1:3::1", 3),
            ("2001:db8:1:2::1", "2001:db8:2:2::1", 2),
            ("2001:db8:1:2::1", "2001:db9:1:2::1", 1),
            ("::ffff:192.0.2.1", "192.0.2.1", 4),
        ] {
            let (one, other) = (cloak("s", one), cloak("s", other));
            let shared = one.iter().rev().zip(other.iter().rev()).take_while(|(a, b)| a == b);
            assert_eq!(shared.count(), same);
        }
    }

    #[test]
    fn another_secret_gives_another_cloak_that_tells_nothing_of_the_address() {
        let (one, other) = (cloak("s", "192.0.2.1"), cloak("t", "192.0.2.1"));
        assert_eq!(one.len(), 4);
        for (one, other) in one.iter().zip(&other).take(3) {
            assert_ne!(one, other);
            assert_eq!(one.len(), LENGTH);
        }
        assert!(!format!("{:?}", Cloak::new(b"secret")).contains("secret"));
    }

    #[test]
    fn the_digits_are_all_different_and_may_stand_in_a_host() {
        for (at, digit) in DIGITS.iter().enumerate() {
            assert!(digit.is_ascii_alphanumeric() && !DIGITS[..at].contains(digit));
        }
    }
}
