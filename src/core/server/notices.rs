//! Server notices: what operators with `+s` are told of, each of the kinds that they have asked for.
//!
//! Told to nobody, a
//! notice costs one atomic read and its text is never made.

use std::sync::Arc;

use arc_swap::ArcSwap;

use crate::core::server::notice_mask::Kinds;
use crate::core::user::User;
use crate::proto::names::{ShardId, UserId};

/// Who is told of what.
#[derive(Default)]
pub struct Notices {
    listeners: ArcSwap<Vec<Listener>>,
}

/// An operator who is told of something.
#[derive(Clone)]
pub(in crate::core) struct Listener {
    pub(in crate::core) user: UserId,
    pub(in crate::core) home: ShardId,
    pub(in crate::core) kinds: Kinds,
}

impl Notices {
    /// Those who are told of something at this moment.
    pub(in crate::core) fn listeners(&self) -> arc_swap::Guard<Arc<Vec<Listener>>> {
        self.listeners.load()
    }

    /// The user is told of these kinds from now on.  To be called by the thread of its home shard.
    pub fn set(&self, user: &User, kinds: Kinds) {
        self.listeners.rcu(|before| {
            let mut listeners = Vec::clone(before);
            listeners.retain(|listener| listener.user != user.id);
            if kinds != Kinds::NONE {
                listeners.push(Listener { user: user.id, home: user.home, kinds });
            }
            listeners
        });
    }
}
