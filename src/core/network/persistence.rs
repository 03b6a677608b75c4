//! What the network is given at the start, and what of it is to be stored again.

use std::sync::Arc;

use crate::core::channel::extban::Reading;
use crate::core::channel::stored::StoredChannel;
use crate::core::modes::Flags;
use crate::core::network::Network;
use crate::core::server::cloak::{Cloak, Cloaking};
use crate::core::store_op::{Snapshot, StoreOp};
use crate::proto::names::ChannelName;

impl Network {
    /// Puts what was kept over a restart where it was.  To be called before anybody comes.
    pub fn restore(&self, snapshot: Snapshot) {
        for ban in snapshot.bans {
            self.bans.add(ban);
        }
        if let Some(secret) = &snapshot.cloak_secret {
            // Once, at the start.
            let _ = self.stored_cloak.set(Cloak::new(secret));
        }
        let casemap = self.settings().casemap;
        // What is stored was within the limits when it was set.
        let how = Reading { casemap, max: usize::MAX, channel: usize::MAX };
        for kept in &snapshot.channels {
            self.with_channel_made(&kept.name, self.started, |channel| kept.restore(channel, how));
            self.counts.permanent.up();
        }
    }

    /// The permanent channels that have changed since the last call, as they are to be stored; first
    /// those that are to be forgotten, for one of them may be there again under another spelling.
    pub fn take_dirty(&self) -> Vec<Arc<StoreOp>> {
        let change = |name: ChannelName| {
            let channel = self.registry.channel(&name).filter(|channel| channel.name == name);
            let kept = channel.and_then(|channel| {
                let channel = channel.lock();
                channel.flags.has(Flags::PERMANENT).then(|| StoredChannel::of(&channel))
            });
            kept.map_or(StoreOp::DeleteChannel(name), |kept| StoreOp::PutChannel(Box::new(kept)))
        };
        let mut changes: Vec<_> =
            self.router.dirty_channels.take().into_iter().map(change).collect();
        changes.sort_by_key(|change| matches!(change, StoreOp::PutChannel(_)));
        changes.into_iter().map(Arc::new).collect()
    }

    /// What was taken could not be stored: it is to be taken again.
    pub fn requeue_dirty(&self, changes: &[Arc<StoreOp>]) {
        for change in changes {
            match &**change {
                StoreOp::PutChannel(kept) => self.router.dirty_channels.add(kept.name.clone()),
                StoreOp::DeleteChannel(name) => self.router.dirty_channels.add(name.clone()),
                StoreOp::PutBan(_) | StoreOp::DeleteBan(..) => {}
            }
        }
    }

    /// What cloaks hosts, if they are to be.
    pub fn cloak(&self) -> Option<Cloak> {
        match &self.settings().cloak {
            Cloaking::Off => None,
            Cloaking::Configured(cloak) => Some(cloak.clone()),
            Cloaking::Stored => self.stored_cloak.get().cloned(),
        }
    }
}
