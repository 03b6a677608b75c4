//! Other protocols on an IRC port, known by what they begin with.

/// Another protocol, of a client that has come to the wrong listener.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum WrongProtocol {
    /// A TLS handshake (RFC 8446, section 5.1: content type 22).
    Tls,
    /// A header of the PROXY protocol, version 1 or 2, which is taken from configured addresses
    /// alone.
    Proxy,
    /// A web browser, or what a page in one has been made to send.
    Http,
}

/// What each begins with; no command of IRC does.
const BEGINNINGS: &[(&[u8], WrongProtocol)] = &[
    (b"\x16", WrongProtocol::Tls),
    (b"PROXY ", WrongProtocol::Proxy),
    (b"\r\n\r\n\0\r\nQUIT\n", WrongProtocol::Proxy),
    (b"GET /", WrongProtocol::Http),
    (b"POST /", WrongProtocol::Http),
    (b"HEAD /", WrongProtocol::Http),
    (b"OPTIONS ", WrongProtocol::Http),
];

impl WrongProtocol {
    /// The protocol of which these are the first bytes, if they are not IRC's.
    pub fn of(first: &[u8]) -> Option<Self> {
        let begins = |(beginning, _): &&(&[u8], Self)| first.starts_with(beginning);
        BEGINNINGS.iter().find(begins).map(|(_, protocol)| *protocol)
    }

    /// What such a client is told.
    pub const fn text(self) -> &'static str {
        match self {
            Self::Tls => "This port is not encrypted: turn TLS off, or use the port for TLS",
            Self::Proxy => "No PROXY header is taken from your address",
            Self::Http => "This is an IRC server, not a web server",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_is_another_protocol_is_taken_for_one() {
        let hello = [0x16, 3, 1, 2, 0];
        assert_eq!(WrongProtocol::of(&hello), Some(WrongProtocol::Tls));
        assert_eq!(WrongProtocol::of(b"PROXY TCP4 192.0.2.1 "), Some(WrongProtocol::Proxy));
        assert_eq!(WrongProtocol::of(b"GET / HTTP/1.1\r\n"), Some(WrongProtocol::Http));
        for irc in [&b"CAP LS 302\r\n"[..], b"\r\nNICK a\r\n", b"PROXYING", b"POST", b""] {
            assert_eq!(WrongProtocol::of(irc), None, "{irc:?}");
        }
    }
}
