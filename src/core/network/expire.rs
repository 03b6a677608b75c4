//! What of channels ends by itself.

use std::sync::Arc;

use crate::core::network::Network;
use crate::core::router::LocalShard;
use crate::proto::event::{Audience, Body, Event, Source};
use crate::proto::names::{Identity, UserId};
use crate::proto::time::Moment;

/// Takes off the bans whose time is over, and tells their channels; forgets lists nobody asks for.
pub fn expire(network: &Network, here: &mut dyn LocalShard, now: Moment) {
    for channel in network.expiries.take_due(now.ms()) {
        let mut guard = channel.lock();
        let over = guard.lists.take_expired(now);
        guard.forget_names_cache(now);
        guard.plan_expiry(&network.expiries);
        for mask in over {
            let server = Arc::new(Identity::of_server(&network.machine().server_name));
            let source = Source { user: UserId::SERVER, identity: server };
            let changes = [b"-b ", &*mask].concat().into();
            let name = guard.name().clone();
            let body = Body::Mode { channel: name, changes, ranks: Default::default() };
            let event = Event { source, time: now, body };
            guard.publish(&network.router, here, Audience::All, event);
        }
    }
}
