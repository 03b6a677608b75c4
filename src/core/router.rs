//! The shards that events go to.

use std::sync::Arc;

use crate::core::dirty_channels::DirtyChannels;
use crate::core::event_counts::EventCounts;
use crate::core::inbox::Inbox;
use crate::core::observer::{InChannel, Observer};
use crate::core::server::shard_load;
use crate::core::server::shard_load::Load;
use crate::proto::event::{Event, Post};
use crate::proto::names::ShardId;

/// The shard whose thread this is: its own recipients are told at once, under the lock of what the
/// event is about; those of the other shards by their inboxes.
pub trait LocalShard {
    /// Which shard it is.
    fn shard_id(&self) -> ShardId;

    /// Delivers to its own recipients, after all that is in its inbox.
    fn deliver(&mut self, post: &Post);

    /// Pushes to the inbox of another shard, which is woken when the tick ends: it has then more to
    /// do at once.  What has priority does not wait for that, here or there.
    fn send(&mut self, inbox: &Arc<Inbox>, post: Arc<Post>);
}

/// For an operation that is applied outside of any shard: all recipients are told by inboxes.
pub struct Outside;

impl LocalShard for Outside {
    fn shard_id(&self) -> ShardId {
        ShardId(u16::MAX)
    }

    fn deliver(&mut self, _: &Post) {}

    fn send(&mut self, inbox: &Arc<Inbox>, post: Arc<Post>) {
        if inbox.push(post, false) {
            inbox.wake();
        }
    }
}

/// The inboxes of all shards, by number, what they have to do, and what the store is told.
pub struct Router {
    inboxes: Vec<Arc<Inbox>>,
    loads: Vec<Arc<Load>>,
    /// Permanent channels that are to be stored: the first of the observers.
    pub dirty_channels: Arc<DirtyChannels>,
    /// How often what has happened: the second.
    pub event_counts: Arc<EventCounts>,
    observers: Vec<Arc<dyn Observer>>,
}

impl Router {
    /// As many shards as given, numbered from 0.
    pub fn new(count: usize) -> Self {
        let inboxes = (0..count).map(|_| Arc::default()).collect();
        let loads = (0..count).map(|_| Arc::default()).collect();
        let (dirty_channels, event_counts) = (Arc::default(), Arc::default());
        let observers: Vec<Arc<dyn Observer>> =
            vec![Arc::clone(&dirty_channels) as _, Arc::clone(&event_counts) as _];
        Self { inboxes, loads, dirty_channels, event_counts, observers }
    }

    /// The inbox of a shard; `None`: there is no such shard.
    pub fn inbox(&self, shard_id: ShardId) -> Option<&Arc<Inbox>> {
        self.inboxes.get(usize::from(shard_id.0))
    }

    /// What a shard has to do; `None`: there is no such shard.
    pub fn load(&self, shard_id: ShardId) -> Option<&Arc<Load>> {
        self.loads.get(usize::from(shard_id.0))
    }

    /// The shard for one more connection, where shards are full with `most`; `None`: there is none.
    pub fn for_new_client(&self, most: usize) -> Option<(usize, &Arc<Load>)> {
        let shard_id = shard_load::for_new_client(self.loads.iter(), most)?;
        Some((shard_id, self.loads.get(shard_id)?))
    }

    /// Whether another shard's inbox is full; if so, `here` is woken when it no longer is.
    pub fn must_wait(&self, here: ShardId) -> bool {
        let Some(own) = self.inbox(here) else { return false };
        // All of them are asked, so that each full one wakes this shard.
        let full =
            self.inboxes.iter().filter(|inbox| !Arc::ptr_eq(inbox, own) && inbox.is_full_for(own));
        let full_observers = self.observers.iter().filter(|observer| observer.is_full_for(own));
        full.count() + full_observers.count() > 0
    }

    /// What each shard has to do, by its number.
    pub fn loads(&self) -> impl Iterator<Item = &Load> {
        self.loads.iter().map(|load| &**load)
    }

    /// One more observer sees every event from here on.
    pub fn add_observer(&mut self, observer: Arc<dyn Observer>) {
        self.observers.push(observer);
    }

    /// Hands an event to the observers, under the lock of what it is about.
    pub fn observe(&self, event: &Event, channel: Option<&InChannel<'_>>) {
        for observer in &self.observers {
            observer.observe(event, channel);
        }
    }

    /// Each shard once: `here`, the shard of this thread, at once; the others by their inbox.
    ///
    /// Only for those who hold what the event is about: a channel's guard, a profile's or that
    /// of the watches.
    pub(in crate::core) fn deliver(
        &self,
        shards: impl Iterator<Item = ShardId>,
        here: &mut dyn LocalShard,
        post: &Post,
    ) {
        let mut shared = None;
        for shard_id in shards {
            if shard_id == here.shard_id() {
                here.deliver(post);
            } else if let Some(inbox) = self.inbox(shard_id) {
                let post = shared.get_or_insert_with(|| Arc::new(post.clone()));
                here.send(inbox, Arc::clone(post));
            }
        }
    }
}
