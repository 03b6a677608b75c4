//! Where a connection has come from.

use std::net::{IpAddr, Ipv4Addr};
use std::sync::Arc;

use crate::core::server::limits::MachineLimits;
use crate::core::server::listener::ConnectionPermit;
use crate::core::server::webirc::Webirc;
use crate::core::user::client_kind::ClientKind;

/// What is known of a connection before its first byte, or is vouched for by a gateway.
#[derive(Debug)]
pub struct Origin {
    /// Its address, for limits, bans and the log.  What has none, such as a socket in the file
    /// system, is of this machine: 127.0.0.1.
    pub address: IpAddr,
    /// Its host, as others are shown it.
    pub host: Box<str>,
    /// Whether all of its way is encrypted, as far as we know.
    pub secure: bool,
    /// The SHA-256 fingerprint of its certificate, which it has proved to hold the key of: 64
    /// digits of lower-case hex.
    pub certificate: Option<Box<str>>,
    /// Its connection permit at the listener, whose limits hold for it.
    pub permit: Option<ConnectionPermit>,
    /// Which rules hold for it because of how it takes part.
    pub kind: ClientKind,
    /// Whether a proxy or a gateway has told the address: it is not that of the socket's peer.
    pub is_claimed: bool,
}

impl Origin {
    /// A connection from an address, by which it is also shown.
    pub fn of(address: IpAddr) -> Self {
        let (host, kind) = (host(address).into(), ClientKind::Client);
        let (secure, certificate, permit, is_claimed) = (false, None, None, false);
        Self { address, host, secure, certificate, permit, kind, is_claimed }
    }

    /// A connection from an address that a proxy has told.
    pub fn claimed(address: IpAddr) -> Self {
        Self { is_claimed: true, ..Self::of(address) }
    }

    /// A connection of this machine.
    pub fn local() -> Self {
        Self::of(Ipv4Addr::LOCALHOST.into())
    }

    /// Somebody who takes part through a gateway of this machine, shown by this host.
    pub fn inside(kind: ClientKind, host: &str) -> Self {
        Self { host: host.into(), kind, ..Self::local() }
    }

    /// The same, as another kind of client.
    pub fn by(self, kind: ClientKind) -> Self {
        Self { kind, ..self }
    }

    /// The same, at a listener.
    pub fn with_permit(self, permit: ConnectionPermit) -> Self {
        Self { permit: Some(permit), ..self }
    }

    /// Bytes that may wait for it.
    pub fn sendq(&self, limits: &MachineLimits) -> usize {
        self.permit.as_ref().and_then(|permit| permit.limits().sendq).unwrap_or(limits.sendq)
    }

    /// Bytes of it that may be held while its commands wait, where its listener says so.
    pub fn recvq(&self) -> Option<usize> {
        self.permit.as_ref().and_then(|permit| permit.limits().recvq)
    }

    /// Whether it has shown the certificate with this fingerprint.
    pub fn has_certificate(&self, fingerprint: Option<&Arc<str>>) -> bool {
        fingerprint.is_some() && self.certificate.as_deref() == fingerprint.map(|print| &**print)
    }

    /// The address that its connections, arrivals and guesses count for.  `None`: they are not
    /// counted, for its socket's own peer is on this machine, and has other ways to harm it.  An
    /// address that somebody else has told is always counted.
    pub fn counted(&self) -> Option<IpAddr> {
        let address = self.address.to_canonical();
        (self.is_claimed || !address.is_loopback()).then_some(address)
    }

    /// Whether it may be a gateway at this address: a proxy that says that somebody is on this machine
    /// makes nobody a gateway on this machine.
    pub fn may_be_gateway(&self) -> bool {
        !(self.is_claimed && self.address.to_canonical().is_loopback())
    }

    /// Whether it comes from where this gateway does.
    pub fn comes_from(&self, gateway: &Webirc) -> bool {
        self.may_be_gateway() && gateway.is_at(self.address)
    }

    /// Its address, as a parameter of a line.
    pub fn shown_address(&self) -> String {
        host(self.address)
    }

    /// Moves it to another address, which a gateway has told, and by which it is also shown.
    pub fn move_to(&mut self, address: IpAddr) {
        self.address = address;
        self.is_claimed = true;
        self.host = host(address).into();
    }
}

/// Writes a log record about a connection: its id, its address and its host come first, and text
/// fields are quoted, in every one of them.
macro_rules! connection_record {
    ($level:ident, target: $target:expr, $id:expr, $origin:expr, $($rest:tt)+) => {{
        let origin: &$crate::core::Origin = $origin;
        tracing::$level!(
            target: $target,
            conn = $id.as_u64(),
            address = &*origin.address.to_canonical().to_string(),
            host = &*origin.host,
            $($rest)+
        )
    }};
    ($level:ident, $id:expr, $origin:expr, $($rest:tt)+) => {
        $crate::core::connection_record!($level, target: module_path!(), $id, $origin, $($rest)+)
    };
}

pub(crate) use connection_record;

impl From<IpAddr> for Origin {
    fn from(address: IpAddr) -> Self {
        Self::of(address)
    }
}

/// An address as a host in `nick!user@host`: an IPv4 address also when it came as IPv6, and never
/// a first `:`, which would end the parameters of a line.
fn host(address: IpAddr) -> String {
    let host = address.to_canonical().to_string();
    if host.starts_with(':') { format!("0{host}") } else { host }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_sockets_own_peer_on_this_machine_is_not_counted() {
        for text in ["127.0.0.1", "127.9.9.9", "::1", "::ffff:127.0.0.1"] {
            let address = text.parse().expect("an address");
            assert_eq!(Origin::of(address).counted(), None, "{text}");
            assert_eq!(Origin::claimed(address).counted(), Some(address.to_canonical()), "{text}");
            assert!(!Origin::claimed(address).may_be_gateway(), "{text}");
            let mut moved = Origin::local();
            moved.move_to(address);
            assert_eq!(moved.counted(), Some(address.to_canonical()), "{text}");
        }
        let other = "192.0.2.1".parse().expect("an address");
        assert_eq!(Origin::of(other).counted(), Some(other));
    }

    #[test]
    fn a_host_can_stand_in_any_place_of_a_line() {
        let shown = |address: &str| host(address.parse().expect("an address"));
        assert_eq!(shown("127.0.0.1"), "127.0.0.1");
        assert_eq!(shown("::ffff:10.0.0.1"), "10.0.0.1");
        assert_eq!(shown("::1"), "0::1");
        assert_eq!(shown("2001:db8::1"), "2001:db8::1");
    }
}
