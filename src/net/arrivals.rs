//! Sockets whose handshakes go on, by address.

use crate::core::Addresses;

/// Those of one address whose handshakes go on count as its connections do, on each shard.
#[derive(Default)]
pub struct Arrivals {
    pub(super) addresses: Addresses,
}
