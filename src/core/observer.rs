//! Observers: who is handed every event beside the shards, such as the store and the metrics.

use std::sync::Arc;

use crate::core::inbox::Inbox;
use crate::core::modes::Flags;
use crate::proto::event::Event;
use crate::proto::names::{ChannelId, ChannelName};

/// The channel in which something has happened, as it was then.
#[derive(Clone, Copy, Debug)]
pub struct InChannel<'a> {
    /// Which.
    pub id: ChannelId,
    /// Its name.
    pub name: &'a ChannelName,
    /// Its modes that are on.
    pub flags: Flags,
    /// The place of the event in the order of the channel's events, counted from 1 and without gaps.
    pub sequence: u64,
}

/// Who is handed every event.
///
/// An event is observed once for each channel that it concerns (QUIT and NICK: each channel of the
/// user), in the channel's order, and once without a channel where it concerns none.
pub trait Observer: Send + Sync {
    /// Something has happened.  Called under the lock of what it is about: must not wait, and takes no
    /// lock but a leaf of its own.
    fn observe(&self, event: &Event, channel: Option<&InChannel<'_>>);

    /// Whether it has no room for more.  If so, shards read no further of their clients until it has
    /// woken `who`.
    fn is_full_for(&self, who: &Arc<Inbox>) -> bool {
        let _ = who;
        false
    }
}
