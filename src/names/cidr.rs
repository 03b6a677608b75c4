//! Ranges of addresses (RFC 4632, section 3.1; RFC 4291, section 2.3).

use std::net::IpAddr;
use std::str::FromStr;

/// All addresses that begin with the same bits, as in `10.0.0.0/8`; an address alone is a range of
/// one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Cidr {
    first: IpAddr,
    bits: u8,
}

/// The text is no range: not an address, more bits than it has, or bits set behind the prefix.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error("not a range of addresses")]
pub struct NoCidr;

impl Cidr {
    /// Whether the address is one of the range; an IPv4 address also when it comes as IPv6.
    pub fn contains(self, address: IpAddr) -> bool {
        match (self.first, address.to_canonical()) {
            (IpAddr::V4(first), IpAddr::V4(address)) => {
                prefix(first.to_bits().into(), 32, self.bits)
                    == prefix(address.to_bits().into(), 32, self.bits)
            }
            (IpAddr::V6(first), IpAddr::V6(address)) => {
                prefix(first.to_bits(), 128, self.bits) == prefix(address.to_bits(), 128, self.bits)
            }
            _ => false,
        }
    }
}

impl FromStr for Cidr {
    type Err = NoCidr;

    fn from_str(text: &str) -> Result<Self, NoCidr> {
        let (address, bits) = match text.split_once('/') {
            Some((address, bits)) => (address, Some(bits)),
            None => (text, None),
        };
        let first: IpAddr = address.parse().map_err(|_| NoCidr)?;
        let most: u8 = if first.is_ipv4() { 32 } else { 128 };
        let bits = match bits {
            None => most,
            Some(bits) if bits.bytes().all(|byte| byte.is_ascii_digit()) => {
                bits.parse().map_err(|_| NoCidr)?
            }
            Some(_) => return Err(NoCidr),
        };
        let all = match first {
            IpAddr::V4(first) => first.to_bits().into(),
            IpAddr::V6(first) => first.to_bits(),
        };
        let spare = u32::from(most.checked_sub(bits).ok_or(NoCidr)?);
        let behind = 1_u128.checked_shl(spare).map_or(u128::MAX, |end| end - 1);
        if all & behind != 0 {
            return Err(NoCidr);
        }
        Ok(Self { first, bits })
    }
}

/// The first `bits` of a number of `width` bits.
fn prefix(number: u128, width: u8, bits: u8) -> u128 {
    number.checked_shr(u32::from(width.saturating_sub(bits))).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn contains(range: &str, address: &str) -> bool {
        let range: Cidr = range.parse().expect("a range");
        range.contains(address.parse().expect("an address"))
    }

    #[test]
    fn a_range_has_the_addresses_that_begin_as_it_does() {
        for (range, address, is_in) in [
            ("10.0.0.0/8", "10.255.0.1", true),
            ("10.0.0.0/8", "11.0.0.1", false),
            ("10.0.0.0/8", "::ffff:10.1.2.3", true),
            ("0.0.0.0/0", "192.0.2.1", true),
            ("0.0.0.0/0", "::1", false),
            ("192.0.2.1", "192.0.2.1", true),
            ("192.0.2.1", "192.0.2.2", false),
            ("2001:db8::/32", "2001:db8:1::1", true),
            ("2001:db8::/32", "2001:db9::1", false),
            ("::1", "::1", true),
            ("::/0", "2001:db8::1", true),
        ] {
            assert_eq!(contains(range, address), is_in, "{address} in {range}");
        }
    }

    #[test]
    fn what_is_no_range_is_refused() {
        for text in
            ["", "10", "10.0.0.0/", "10.0.0.0/33", "10.0.0.1/8", "::/129", "10.0.0.0/+8", "a/8"]
        {
            assert_eq!(text.parse::<Cidr>(), Err(NoCidr), "{text}");
        }
    }
}
