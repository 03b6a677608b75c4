//! Which permanent channels have changed since the store last looked.

use std::collections::HashSet;
use std::mem;
use std::sync::OnceLock;

use foldhash::fast::FixedState;

use crate::core::inbox::Waker;
use crate::core::locks::{LEAF, Ranked};
use crate::core::modes::Flags;
use crate::core::observer::{InChannel, Observer};
use crate::proto::event::{Body, Event};
use crate::proto::names::ChannelName;

/// Channels that are not stored as they are, by name, each once however often it has changed: as
/// many as there are permanent channels and names that they were given up under, whatever the store
/// takes to write them.
pub struct DirtyChannels {
    channels: Ranked<HashSet<ChannelName, FixedState>, LEAF>,
    waker: OnceLock<Waker>,
}

impl Default for DirtyChannels {
    fn default() -> Self {
        Self { channels: Ranked::new(0, HashSet::default()), waker: OnceLock::new() }
    }
}

impl DirtyChannels {
    /// Says how to wake whoever stores them.  A second call changes nothing.
    pub fn set_waker(&self, waker: Waker) {
        // Two who store would be a fault in the wiring.
        let _ = self.waker.set(waker);
    }

    /// A channel is to be stored once more.
    pub fn add(&self, name: ChannelName) {
        let is_first = {
            let mut channels = self.channels.lock();
            channels.insert(name);
            channels.len() == 1
        };
        if let Some(waker) = self.waker.get().filter(|_| is_first) {
            waker();
        }
    }

    /// Takes all of them.
    pub fn take(&self) -> Vec<ChannelName> {
        mem::take(&mut *self.channels.lock()).into_iter().collect()
    }
}

impl Observer for DirtyChannels {
    fn observe(&self, event: &Event, channel: Option<&InChannel<'_>>) {
        let Some(channel) = channel else { return };
        let is_permanent = channel.flags.has(Flags::PERMANENT);
        let concerns = match &event.body {
            Body::Topic { .. } => is_permanent,
            // One that is no longer permanent is to be forgotten.
            Body::Mode { changes, .. } => is_permanent || changes.contains(&b'P'),
            _ => false,
        };
        if concerns {
            self.add(channel.name.clone());
        }
    }
}
