//! Ids: numbers for what has a name that may change, or none.
//!
//! An id of a user, a channel or an event is made of the moment at which it was given: milliseconds
//! since 1970 in the upper 42 bits, which last until 2109, then a number among those of that
//! moment, then the number of the machine.  So ids are in order of time, and none is given twice, also
//! not after a restart.

use serde::{Deserialize, Serialize};

/// Bits below the milliseconds.
const BELOW_MS: u32 = 22;

/// Bits of the number of the machine, the lowest ones.
const MACHINE_BITS: u32 = 6;

macro_rules! ids {
    ($($(#[$doc:meta])* $name:ident;)*) => {$(
        $(#[$doc])*
        #[derive(
            Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
        )]
        pub struct $name(u64);

        impl $name {
            /// The id with that number as a whole.
            pub const fn from_u64(number: u64) -> Self {
                Self(number)
            }

            /// The number as a whole.
            pub const fn as_u64(self) -> u64 {
                self.0
            }
        }
    )*};
}

ids! {
    /// A user, from registration to its end, on whichever machine it came in.
    UserId;
    /// A channel, from its first joiner to its last leaver.  Several channels at once are locked in
    /// ascending order of this.
    ChannelId;
    /// Something that has happened; as text (IRCv3 message-ids) the id of a message.
    EventId;
}

impl UserId {
    /// The server itself, where it is the one who does something: no user has this id.
    pub const SERVER: Self = Self(0);
}

impl EventId {
    /// Of what has not happened, but is told to those who do not know what has.
    pub const NONE: Self = Self(0);
}

/// The number of an id that is given at `ms` by this machine, where `last` was given last.
pub const fn id_after(last: u64, ms: u64, machine: u8) -> u64 {
    let machine = machine as u64 & ((1 << MACHINE_BITS) - 1);
    let first = ms << BELOW_MS;
    // More in a moment than there are numbers are of the next moment.
    let next = (last | ((1 << MACHINE_BITS) - 1)).saturating_add(1);
    (if first > next { first } else { next }) | machine
}

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
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct ShardId(pub u16);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_ascend_with_time_and_within_a_moment_and_no_two_machines_share_one() {
        let mut last = 0;
        for ms in [5, 5, 5, 6, 4, 4, 1000] {
            let next = id_after(last, ms, 3);
            assert!(next > last && next >> BELOW_MS >= ms);
            assert_ne!(next, id_after(last, ms, 4));
            last = next;
        }
        assert_eq!(id_after(last, 2000, 0), 2000 << BELOW_MS);
    }

    #[test]
    fn a_moment_with_too_many_goes_over_into_the_next() {
        let full = (8 << BELOW_MS) - 1;
        assert_eq!(id_after(full, 7, 1), (8 << BELOW_MS) + 1);
    }
}
