//! Ids: small numbers for what has a name that may change.

/// Bits of an id below the server's number.
const SERIAL_BITS: u32 = 48;

/// A user, from registration to its end, on whichever server it came in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct UserId(u64);

/// A channel, from its first joiner to its last leaver.  Several channels at once are locked in
/// ascending order of this.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ChannelId(u64);

/// A connection of one shard.  A slot is used again with another generation, so an id kept past
/// the connection's end finds nobody.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ConnId {
    /// The index in the shard's table of connections.
    pub slot: u32,
    /// How often the slot had been used before.
    pub generation: u32,
}

/// One thread with its own connections and its own inbox of events.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ShardId(pub u16);

impl UserId {
    /// The server itself, where it is the one who does something: no user has this id.
    pub const SERVER: Self = Self(0);

    /// The `serial`th user (48 bits count) of `server`, whose number fills the upper 16 bits.
    pub const fn new(server: u16, serial: u64) -> Self {
        Self(compose(server, serial))
    }

    /// The number as a whole.
    pub const fn as_u64(self) -> u64 {
        self.0
    }
}

impl ChannelId {
    /// The `serial`th channel (48 bits count) of `server`, whose number fills the upper 16 bits.
    pub const fn new(server: u16, serial: u64) -> Self {
        Self(compose(server, serial))
    }

    /// The number as a whole, which orders the locks of channels.
    pub const fn as_u64(self) -> u64 {
        self.0
    }
}

const fn compose(server: u16, serial: u64) -> u64 {
    debug_assert!(serial >> SERIAL_BITS == 0, "a million ids a second last nine years");
    // `as`: widening, and `From` is not const.
    (server as u64) << SERIAL_BITS | serial & ((1 << SERIAL_BITS) - 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_of_two_servers_never_meet() {
        let last = (1 << SERIAL_BITS) - 1;
        assert_ne!(UserId::new(0, last), UserId::new(1, last));
        assert!(UserId::new(0, last) < UserId::new(1, 0));
        assert!(ChannelId::new(1, last) < ChannelId::new(2, 0));
    }

    #[test]
    fn ids_of_one_server_rise_with_the_serial() {
        assert!(ChannelId::new(7, 1) < ChannelId::new(7, 2));
        assert_eq!(UserId::new(7, 1), UserId::new(7, 1));
    }
}
