//! Gateways that say where their users have come from (IRCv3 WebIRC).

use std::net::IpAddr;
use std::sync::Arc;

use crate::proto::names::Cidr;

/// A gateway that may use WEBIRC.  It shows a password or a certificate, and if both are wanted,
/// both.
#[derive(Clone, Debug)]
pub struct Webirc {
    /// What the log calls it.
    pub name: Arc<str>,
    /// What its password must match: an Argon2 hash in PHC format.
    pub password_hash: Option<Arc<str>>,
    /// The fingerprint of its certificate, as in [`crate::core::Origin::certificate`].
    pub certificate: Option<Arc<str>>,
    /// From where it connects; never empty.
    pub from: Vec<Cidr>,
}

impl Webirc {
    /// Whether it connects from there.
    pub fn is_at(&self, address: IpAddr) -> bool {
        self.from.iter().any(|range| range.contains(address))
    }
}
