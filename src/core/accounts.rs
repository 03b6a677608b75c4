//! What waits for accounts: the modes that tell those who have one from all others.

use crate::core::modes::{ChannelMode, Flags, Kind, UserMode, UserModes};

/// Whether anybody can have an account.  Until then the modes that need one cannot be set: they would
/// meet everybody.
const fn has_accounts() -> bool {
    false
}

/// Why such a mode is refused.
pub const NO_ACCOUNTS: &str = "Nobody has an account on this server: this would keep out everybody";

/// The channel modes that need accounts.
const OF_CHANNELS: [Kind; 2] =
    [Kind::Flag(Flags::REGISTERED_SPEAK), Kind::Flag(Flags::REGISTERED_JOIN)];

/// The user modes that need accounts.
const OF_USERS: [UserModes; 1] = [UserModes::REGISTERED_ONLY];

impl ChannelMode {
    /// Whether it can be set, and is told of in 004 and 005.
    pub fn is_offered(&self) -> bool {
        has_accounts() || !OF_CHANNELS.contains(&self.kind)
    }
}

impl UserMode {
    /// Whether it can be set, and is told of in 004.
    pub fn is_offered(&self) -> bool {
        has_accounts() || !OF_USERS.contains(&self.mode)
    }
}
