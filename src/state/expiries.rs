//! What of channels ends by itself: which channel has a ban, or a list of names kept ready, that ends
//! next.
//!
//! Each channel stands here once, with the moment of its next end, so that there are never more
//! entries than channels.  Whichever shard's timer comes first takes a channel from here, and so
//! each end is told once.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use super::channel::Channel;
use super::world::World;
use crate::delivery::Delivery;
use crate::locks::{LEAF, Ranked};
use crate::names::{ChannelId, Identity, UserId};
use crate::wire::event::{Audience, Body, Event, Source};
use crate::wire::time::Now;

/// The channels that have something with an end, by the moment of the next one, in milliseconds on
/// the clock that never goes back.
pub struct Expiries {
    channels: Ranked<BTreeMap<(u64, ChannelId), Arc<Channel>>, LEAF>,
    /// The first of those moments: read without the lock, once for each tick of each shard.
    next: AtomicU64,
}

impl Default for Expiries {
    fn default() -> Self {
        Self { channels: Ranked::new(0, BTreeMap::new()), next: AtomicU64::new(u64::MAX) }
    }
}

impl Expiries {
    /// The channel, which stood here with `before`, now stands with `next`; `None`: it does not.
    pub(super) fn plan(&self, channel: &Arc<Channel>, before: Option<u64>, next: Option<u64>) {
        let mut channels = self.channels.lock();
        if let Some(before) = before {
            channels.remove(&(before, channel.id));
        }
        if let Some(next) = next {
            channels.insert((next, channel.id), Arc::clone(channel));
        }
        self.note_first(&channels);
    }

    fn take_due(&self, now: Now) -> Vec<Arc<Channel>> {
        if self.next.load(Ordering::Acquire) > now.monotonic {
            return Vec::new();
        }
        let mut channels = self.channels.lock();
        let mut due = Vec::new();
        while let Some(first) = channels.first_entry() {
            if first.key().0 > now.monotonic {
                break;
            }
            due.push(first.remove());
        }
        self.note_first(&channels);
        due
    }

    fn note_first(&self, channels: &BTreeMap<(u64, ChannelId), Arc<Channel>>) {
        let first = channels.first_key_value().map_or(u64::MAX, |((at, _), _)| *at);
        self.next.store(first, Ordering::Release);
    }

    /// Whether no channel stands here.
    pub fn is_empty(&self) -> bool {
        self.channels.lock().is_empty()
    }
}

/// Takes off the bans whose time is over, and tells their channels; forgets lists nobody asks for.
pub fn expire(world: &World, here: &mut Delivery, now: Now) {
    for channel in world.expiries.take_due(now) {
        let mut guard = channel.lock();
        let over = guard.lists.take_expired(now);
        guard.forget_listing(now);
        guard.plan_expiry(&world.expiries);
        for mask in over {
            let server = Arc::new(Identity::of_server(&world.settings().server_name));
            let source = Source { user: UserId::SERVER, identity: Cow::Owned(server) };
            let changes = [b"-b ", &*mask].concat().into();
            let name = guard.name().clone();
            let body = Body::Mode { channel: name, changes, ranks: Default::default() };
            let event = Event { source, time: now, body };
            guard.publish(&world.places, here, Audience::All, event);
        }
    }
}
