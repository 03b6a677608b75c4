//! What is to outlive a restart: the one thing that the store is told.

use std::sync::Arc;

use super::ban::{Ban, BanKind, BanMask};
use super::kept::Kept;
use crate::names::ChannelName;

/// A change of what is kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Change {
    /// A ban, in place of one of its kind with an equal mask.
    Ban(Arc<Ban>),
    /// A ban no longer.
    Unban(BanKind, BanMask),
    /// A permanent channel as it is now, in place of what was known of it.
    Keep(Box<Kept>),
    /// A channel that is permanent no longer.
    Forget(ChannelName),
}

/// All that is kept, as it was when the server last stopped.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Snapshot {
    /// Bans, some of which may have ended.
    pub bans: Vec<Arc<Ban>>,
    /// Permanent channels.
    pub channels: Vec<Kept>,
    /// What hosts are cloaked with where the configuration has no secret; `None`: nothing is kept
    /// yet.
    pub cloak_secret: Option<Vec<u8>>,
}
