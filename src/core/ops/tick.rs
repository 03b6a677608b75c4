//! What ends by itself, when its time has come.

use std::sync::Arc;

use crate::core::network::Network;
use crate::core::router::LocalShard;
use crate::core::server::ban::Ban;
use crate::proto::event::{Audience, Body};
use crate::proto::time::Moment;

impl Network {
    /// Whether something is due: then [`Op::Tick`](crate::core::Op::Tick) comes before any other
    /// operation.
    pub fn is_due(&self, now: Moment) -> bool {
        self.expiries.is_due(now.ms()) || self.bans.is_due(now)
    }

    /// Takes off the bans whose time is over, and tells their channels; forgets caches of names that
    /// nobody asks for.  The bans of the server that have ended.
    pub(in crate::core) fn tick(&self, here: &mut dyn LocalShard, now: Moment) -> Vec<Arc<Ban>> {
        for channel in self.expiries.take_due(now.ms()) {
            let mut guard = channel.lock();
            let over = guard.lists.take_expired(now);
            guard.forget_names_cache(now);
            guard.plan_expiry(&self.expiries);
            for mask in over {
                let changes = [b"-b ", &*mask].concat().into();
                let name = guard.name().clone();
                let body = Body::Mode { channel: name, changes, ranks: Default::default() };
                let event = self.event_of_server(now, body);
                guard.publish(&self.router, here, Audience::All, event);
            }
        }
        self.bans.expire(now)
    }
}
