//! What the world is given at the start, and what of it is to be stored again.

use std::sync::Arc;

use super::change::{Change, Snapshot};
use super::cloak::{Cloak, Cloaking};
use super::extban::Reading;
use super::kept::Kept;
use super::modes::Flags;
use super::world::World;
use crate::names::ChannelName;

impl World {
    /// Puts what was kept over a restart where it was.  To be called before anybody comes.
    pub fn restore(&self, snapshot: Snapshot) {
        for ban in snapshot.bans {
            self.bans.add(ban);
        }
        if let Some(secret) = &snapshot.cloak_secret {
            // Once, at the start.
            let _ = self.kept_cloak.set(Cloak::new(secret));
        }
        let casemap = self.settings().casemap;
        // What is stored was within the limits when it was set.
        let how = Reading { casemap, max: usize::MAX, channel: usize::MAX };
        for kept in &snapshot.channels {
            self.with_channel_made(&kept.name, |channel| kept.restore(channel, how));
            self.counts.permanent.up();
        }
    }

    /// The permanent channels that have changed since the last call, as they are to be stored; first
    /// those that are to be forgotten, for one of them may be there again under another spelling.
    pub fn take_changed(&self) -> Vec<Arc<Change>> {
        let change = |name: ChannelName| {
            let channel = self.registry.channel(&name).filter(|channel| channel.name == name);
            let kept = channel.and_then(|channel| {
                let channel = channel.lock();
                channel.flags.has(Flags::PERMANENT).then(|| Kept::of(&channel))
            });
            kept.map_or(Change::Forget(name), |kept| Change::Keep(Box::new(kept)))
        };
        let mut changes: Vec<_> = self.places.changed.take().into_iter().map(change).collect();
        changes.sort_by_key(|change| matches!(change, Change::Keep(_)));
        changes.into_iter().map(Arc::new).collect()
    }

    /// What was taken could not be stored: it is to be taken again.
    pub fn give_back_changed(&self, changes: &[Arc<Change>]) {
        for change in changes {
            match &**change {
                Change::Keep(kept) => self.places.changed.add(kept.name.clone()),
                Change::Forget(name) => self.places.changed.add(name.clone()),
                Change::Ban(_) | Change::Unban(..) => {}
            }
        }
    }

    /// What cloaks hosts, if they are to be.
    pub fn cloak(&self) -> Option<Cloak> {
        match &self.settings().cloak {
            Cloaking::Off => None,
            Cloaking::With(cloak) => Some(cloak.clone()),
            Cloaking::Kept => self.kept_cloak.get().cloned(),
        }
    }
}
