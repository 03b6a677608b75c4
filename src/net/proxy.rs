//! The PROXY protocol, versions 1 and 2: a proxy's header says who has connected to it ("The PROXY
//! protocol", HAProxy, sections 2.1 and 2.2).

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// More than any header has, extensions (TLVs) included.
pub const MOST_BYTES: usize = 4096;

/// Section 2.2.
const SIGNATURE: &[u8] = b"\r\n\r\n\0\r\nQUIT\n";

/// The longest of version 1 (section 2.1), CR LF included.
const LONGEST_LINE: usize = 107;

/// What bytes come to.
#[derive(Debug, PartialEq, Eq)]
pub enum Header {
    /// It may become a header.
    Incomplete,
    /// It is none.
    Bad,
    /// A whole one.
    Whole {
        /// How long it is.
        length: usize,
        /// Who has connected to the proxy; `None` for the proxy itself (LOCAL), for what has no
        /// address (UNKNOWN, a socket in the file system), and for what we do not know.
        source: Option<IpAddr>,
    },
}

/// Reads the header at the start of `bytes`.
pub fn parse(bytes: &[u8]) -> Header {
    if begins(bytes, SIGNATURE) {
        version_2(bytes)
    } else if begins(bytes, b"PROXY ") {
        version_1(bytes)
    } else {
        Header::Bad
    }
}

/// Whether `bytes`, which may go on, begin with `start`.
fn begins(bytes: &[u8], start: &[u8]) -> bool {
    bytes.iter().zip(start).all(|(one, other)| one == other)
}

fn version_1(bytes: &[u8]) -> Header {
    let Some(end) = bytes.windows(2).position(|two| two == b"\r\n") else {
        return if bytes.len() < LONGEST_LINE { Header::Incomplete } else { Header::Bad };
    };
    let line = bytes.get(..end).and_then(|line| std::str::from_utf8(line).ok());
    let words: Vec<_> = line.unwrap_or_default().split(' ').collect();
    let source = match words.as_slice() {
        _ if end + 2 > LONGEST_LINE => return Header::Bad,
        ["PROXY", "UNKNOWN", ..] => None,
        ["PROXY", family, source, destination, from, to] => {
            let right = |address: &IpAddr| match *family {
                "TCP4" => address.is_ipv4(),
                "TCP6" => address.is_ipv6(),
                _ => false,
            };
            let address = |text: &str| text.parse().ok().filter(right);
            let ports = from.parse::<u16>().is_ok() && to.parse::<u16>().is_ok();
            match address(source) {
                Some(source) if ports && address(destination).is_some() => Some(source),
                _ => return Header::Bad,
            }
        }
        _ => return Header::Bad,
    };
    Header::Whole { length: end + 2, source }
}

fn version_2(bytes: &[u8]) -> Header {
    let Some((head, rest)) = bytes.split_at_checked(SIGNATURE.len() + 4) else {
        return Header::Incomplete;
    };
    let &[.., command, family, high, low] = head else { return Header::Bad };
    let body = usize::from(u16::from_be_bytes([high, low]));
    if head.len() + body > MOST_BYTES {
        return Header::Bad;
    }
    let Some(addresses) = rest.get(..body) else { return Header::Incomplete };
    // Version 2, then LOCAL or PROXY; the family, then STREAM.
    let source = match (command, family) {
        (0x20, _) | (0x21, 0x00) => None,
        (0x21, 0x11) if body >= 12 => first::<4>(addresses).map(|of| Ipv4Addr::from(of).into()),
        (0x21, 0x21) if body >= 36 => first::<16>(addresses).map(|of| Ipv6Addr::from(of).into()),
        (0x21, 0x31) if body >= 216 => None,
        _ => return Header::Bad,
    };
    Header::Whole { length: head.len() + body, source }
}

fn first<const N: usize>(bytes: &[u8]) -> Option<[u8; N]> {
    bytes.first_chunk().copied()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn whole(length: usize, source: &str) -> Header {
        Header::Whole { length, source: source.parse().ok() }
    }

    fn binary(command: u8, family: u8, body: &[u8]) -> Vec<u8> {
        let length = (body.len() as u16).to_be_bytes();
        [SIGNATURE, &[command, family], &length, body].concat()
    }

    #[test]
    fn a_header_of_either_version_tells_the_address() {
        let line = b"PROXY TCP4 192.0.2.1 192.0.2.2 40000 6667\r\n";
        assert_eq!(parse(&[line, &b"NICK a\r\n"[..]].concat()), whole(line.len(), "192.0.2.1"));
        let line = b"PROXY TCP6 2001:db8::1 2001:db8::2 40000 6667\r\n";
        assert_eq!(parse(line), whole(line.len(), "2001:db8::1"));
        let v4 = binary(0x21, 0x11, &[192, 0, 2, 1, 192, 0, 2, 2, 1, 2, 3, 4]);
        assert_eq!(parse(&[&v4, &b"NICK a\r\n"[..]].concat()), whole(28, "192.0.2.1"));
        let long: Ipv6Addr = "2001:db8::1".parse().expect("an address");
        let v6 = binary(0x21, 0x21, &[&long.octets()[..], &[0; 20]].concat());
        assert_eq!(parse(&v6), whole(52, "2001:db8::1"));
    }

    #[test]
    fn what_has_no_address_leaves_the_connections_own() {
        assert_eq!(parse(b"PROXY UNKNOWN\r\n"), whole(15, ""));
        assert_eq!(parse(b"PROXY UNKNOWN ffff::1 ::2 1 2\r\n"), whole(31, ""));
        assert_eq!(parse(&binary(0x20, 0x00, b"")), whole(16, ""));
        assert_eq!(parse(&binary(0x20, 0x11, &[1; 12])), whole(28, ""));
        assert_eq!(parse(&binary(0x21, 0x31, &[0; 216])), whole(232, ""));
    }

    #[test]
    fn extensions_are_passed_over() {
        let body = [&[192, 0, 2, 1, 192, 0, 2, 2, 1, 2, 3, 4][..], &[4, 0, 2, 0, 0]].concat();
        assert_eq!(parse(&binary(0x21, 0x11, &body)), whole(33, "192.0.2.1"));
    }

    #[test]
    fn every_beginning_of_a_header_may_become_one() {
        let v4 = binary(0x21, 0x11, &[192, 0, 2, 1, 192, 0, 2, 2, 1, 2, 3, 4]);
        for header in [&b"PROXY TCP4 192.0.2.1 192.0.2.2 40000 6667\r\n"[..], &v4] {
            for end in 0..header.len() {
                assert_eq!(parse(&header[..end]), Header::Incomplete, "{end}");
            }
        }
    }

    #[test]
    fn what_is_no_header_is_refused_at_once() {
        let long = [b"PROXY UNKNOWN ", &[b'a'; 100][..]].concat();
        let huge = [SIGNATURE, &[0x21, 0x11, 0xff, 0xff]].concat();
        for bytes in [
            &b"NICK a\r\n"[..],
            b"PROXY TCP4 2001:db8::1 2001:db8::2 1 2\r\n",
            b"PROXY TCP4 192.0.2.1 192.0.2.2 1\r\n",
            b"PROXY TCP4 192.0.2.1 192.0.2.2 1 70000\r\n",
            b"PROXY UDP4 192.0.2.1 192.0.2.2 1 2\r\n",
            &long,
            &huge,
            &binary(0x11, 0x11, &[0; 12]),
            &binary(0x22, 0x11, &[0; 12]),
            &binary(0x21, 0x12, &[0; 12]),
            &binary(0x21, 0x11, &[0; 11]),
        ] {
            assert_eq!(parse(bytes), Header::Bad, "{bytes:?}");
        }
    }
}
