//! Ranges of addresses.

use std::fmt;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// Addresses whose first bits are the same (RFC 4632, section 3.1; RFC 4291, section 2.3): as in
/// `192.0.2.0/24`, or a single one.  An IPv4 address is one also where it is written as IPv6.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Cidr {
    /// Canonical; its bits behind the first `length` are 0.
    network: IpAddr,
    length: u8,
}

impl Cidr {
    /// The range of the addresses that have the first `length` bits of this one; beyond the length
    /// of an address, the address alone.
    pub fn of(address: IpAddr, length: u8) -> Self {
        let network = address.to_canonical();
        let length = length.min(width(network));
        let network = match network {
            IpAddr::V4(short) => {
                let kept = u32::MAX.checked_shl(32 - u32::from(length)).unwrap_or(0);
                Ipv4Addr::from_bits(short.to_bits() & kept).into()
            }
            IpAddr::V6(long) => {
                let kept = u128::MAX.checked_shl(128 - u32::from(length)).unwrap_or(0);
                Ipv6Addr::from_bits(long.to_bits() & kept).into()
            }
        };
        Self { network, length }
    }

    /// One address.
    pub fn single(address: IpAddr) -> Self {
        Self::of(address, u8::MAX)
    }

    /// Reads an address, or an address with `/` and how many of its bits count; those behind them
    /// are passed over.
    pub fn parse(text: &str) -> Option<Self> {
        let (address, length) = match text.split_once('/') {
            Some((address, length)) => (address, Some(length)),
            None => (text, None),
        };
        let address: IpAddr = address.parse().ok()?;
        let Some(length) = length else { return Some(Self::single(address)) };
        // `parse` alone would take a sign.
        let digits = (1..=3).contains(&length.len()) && length.bytes().all(|b| b.is_ascii_digit());
        let length = digits.then(|| length.parse::<u8>().ok()).flatten()?;
        // The first 96 bits of ::ffff:192.0.2.1 only say that it is one of IPv4.
        let spare = width(address) - width(address.to_canonical());
        let length = length.checked_sub(spare).filter(|_| length <= width(address))?;
        Some(Self::of(address, length))
    }

    /// Whether `text` is meant as a range: something like an address, also a part of one or one with
    /// wildcards, and a `/` behind it.  A host that is no address, such as a gateway's, may have a
    /// `/` too.
    pub fn is_meant(text: &str) -> bool {
        let Some((address, _)) = text.split_once('/') else { return false };
        let like_v4 = |byte: u8| byte.is_ascii_digit() || b".*?".contains(&byte);
        let like_v6 = |byte: u8| byte.is_ascii_hexdigit() || b".:*?[]".contains(&byte);
        address.bytes().all(like_v4) && address.bytes().any(|byte| byte.is_ascii_digit())
            || address.contains(':') && address.bytes().all(like_v6)
    }

    /// Whether the address is one of them.
    pub fn contains(self, address: IpAddr) -> bool {
        let address = address.to_canonical();
        address.is_ipv4() == self.network.is_ipv4() && Self::of(address, self.length) == self
    }

    /// The first of them.
    pub fn network(self) -> IpAddr {
        self.network
    }

    /// How many bits count: at most 32 for IPv4 and 128 for IPv6.
    pub fn length(self) -> u8 {
        self.length
    }
}

/// As it is parsed, and such that it can stand anywhere in a line: never a `:` first.
impl fmt::Display for Cidr {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let text = self.network.to_string();
        let first = if text.starts_with(':') { "0" } else { "" };
        write!(f, "{first}{text}")?;
        if self.length < width(self.network) { write!(f, "/{}", self.length) } else { Ok(()) }
    }
}

fn width(address: IpAddr) -> u8 {
    if address.is_ipv4() { 32 } else { 128 }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cidr(text: &str) -> Cidr {
        Cidr::parse(text).expect("a range")
    }

    #[test]
    fn a_range_is_shown_as_it_is_read_without_what_does_not_count() {
        for (text, shown) in [
            ("192.0.2.77/24", "192.0.2.0/24"),
            ("192.0.2.77", "192.0.2.77"),
            ("192.0.2.77/32", "192.0.2.77"),
            ("0.0.0.0/0", "0.0.0.0/0"),
            ("2001:db8:1:2::3/32", "2001:db8::/32"),
            ("::1", "0::1"),
            ("::/0", "0::/0"),
            ("::ffff:192.0.2.77", "192.0.2.77"),
            ("::ffff:192.0.2.77/120", "192.0.2.0/24"),
        ] {
            assert_eq!(cidr(text).to_string(), shown);
            assert_eq!(cidr(shown), cidr(text));
        }
    }

    #[test]
    fn what_is_no_range_is_none() {
        for text in [
            "",
            "/",
            "/8",
            "192.0.2",
            "192.0.2.*",
            "192.0.2.0/",
            "192.0.2.0/33",
            "192.0.2.0/+8",
            "192.0.2.0/-1",
            "192.0.2.0/0x8",
            "2001:db8::/129",
            "::ffff:192.0.2.0/95",
            "host/8",
        ] {
            assert_eq!(Cidr::parse(text), None, "{text:?}");
        }
    }

    #[test]
    fn what_looks_like_a_range_is_told_from_hosts_with_a_slash() {
        for text in [
            "192.0.2.0/24",
            "192.0.2.0/33",
            "192.0.2/24",
            "192.0.2.*/24",
            "999.1.1.1/8",
            "192.0.2.0/",
            "192.0.2.0/x",
            "10/8",
            "2001:db8::/129",
            "2001:db8:*/32",
            "::/0",
            "::1/1/1",
            "[::1]/64",
        ] {
            assert!(Cidr::is_meant(text), "{text}");
        }
        for text in ["192.0.2.1", "::1", "netchat/l2", "*/8", "/8", "user.example.org/x", "bad/24"]
        {
            assert!(!Cidr::is_meant(text), "{text}");
        }
    }

    #[test]
    fn an_address_is_in_the_ranges_that_begin_as_it_does() {
        let address = |text: &str| text.parse::<IpAddr>().expect("an address");
        for (range, inside, outside) in [
            ("192.0.2.0/24", "192.0.2.255", "192.0.3.0"),
            ("192.0.2.1", "::ffff:192.0.2.1", "192.0.2.2"),
            ("0.0.0.0/0", "255.255.255.255", "::1"),
            ("2001:db8::/33", "2001:db8:7fff::1", "2001:db8:8000::1"),
            ("::/0", "ffff::", "0.0.0.0"),
        ] {
            assert!(cidr(range).contains(address(inside)), "{range} {inside}");
            assert!(!cidr(range).contains(address(outside)), "{range} {outside}");
        }
    }
}
