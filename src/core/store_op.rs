//! What is to outlive a restart: the one thing that the store is told.

use std::sync::Arc;

use crate::core::channel::stored::StoredChannel;
use crate::core::server::ban::{Ban, BanKind, BanMask};
use crate::proto::names::ChannelName;
use crate::proto::time::Moment;

/// A change of what is kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum StoreOp {
    /// A ban, in place of one of its kind with an equal mask.
    PutBan(Arc<Ban>),
    /// A ban no longer.
    DeleteBan(BanKind, BanMask),
    /// A permanent channel as it is now, in place of what was known of it.
    PutChannel(Box<StoredChannel>),
    /// A channel that is permanent no longer.
    DeleteChannel(ChannelName),
}

/// All that is kept, as it was when the server last stopped.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Snapshot {
    /// Bans, some of which may have ended.
    pub bans: Vec<Arc<Ban>>,
    /// Permanent channels.
    pub channels: Vec<StoredChannel>,
    /// What hosts are cloaked with where the configuration has no secret; `None`: nothing is kept
    /// yet.
    pub cloak_secret: Option<Vec<u8>>,
}

impl Snapshot {
    /// The latest moment that it tells of: those of the next run are not to be before it, for ids are
    /// made of them.
    pub fn latest(&self) -> Moment {
        let bans = self.bans.iter().map(|ban| ban.set_at);
        let of_channel = |channel: &StoredChannel| {
            let masks = channel.masks.iter().map(|(_, mask)| mask.set_at).max();
            let topic = channel.topic.as_ref().map(|topic| topic.set_at);
            [Some(channel.created), masks, topic].into_iter().flatten().max()
        };
        let seconds = bans.chain(self.channels.iter().filter_map(of_channel)).max();
        Moment::from_ms(seconds.unwrap_or_default().saturating_add(1).saturating_mul(1000))
    }
}
