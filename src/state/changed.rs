//! The store as a place: it is told which permanent channels have changed, and looks at them itself.

use std::collections::HashSet;
use std::mem;
use std::sync::OnceLock;

use foldhash::fast::FixedState;

use super::channel::ChannelState;
use super::modes::Flags;
use crate::delivery::Bell;
use crate::locks::{LEAF, Ranked};
use crate::names::ChannelName;
use crate::wire::event::Body;

/// Channels that are not stored as they are, by name, each once however often it has changed: as
/// many as there are permanent channels and names that they were given up under, whatever the store
/// takes to write them.
pub struct Changed {
    channels: Ranked<HashSet<ChannelName, FixedState>, LEAF>,
    bell: OnceLock<Bell>,
}

impl Default for Changed {
    fn default() -> Self {
        Self { channels: Ranked::new(0, HashSet::default()), bell: OnceLock::new() }
    }
}

impl Changed {
    /// Says how to wake whoever stores them.  A second call changes nothing.
    pub fn ring_with(&self, bell: Bell) {
        // Two who store would be a fault in the wiring.
        let _ = self.bell.set(bell);
    }

    /// Something has happened in a channel.
    pub(super) fn note(&self, name: &ChannelName, state: &ChannelState, body: &Body<'_>) {
        let is_kept = state.flags.has(Flags::PERMANENT);
        let concerns = match body {
            Body::Topic { .. } => is_kept,
            // One that is no longer permanent is to be forgotten.
            Body::Mode { changes, .. } => is_kept || changes.contains(&b'P'),
            _ => false,
        };
        if concerns {
            self.add(name.clone());
        }
    }

    /// A channel is to be stored once more.
    pub fn add(&self, name: ChannelName) {
        let is_first = {
            let mut channels = self.channels.lock();
            channels.insert(name);
            channels.len() == 1
        };
        if let Some(bell) = self.bell.get().filter(|_| is_first) {
            bell();
        }
    }

    /// Takes all of them.
    pub fn take(&self) -> Vec<ChannelName> {
        mem::take(&mut *self.channels.lock()).into_iter().collect()
    }
}
