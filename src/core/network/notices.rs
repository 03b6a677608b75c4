//! Server notices to the operators who have asked for them.

use std::fmt;
use std::sync::Arc;

use crate::core::network::Network;
use crate::core::router::LocalShard;
use crate::core::server::notice_mask::{KINDS, Kinds};
use crate::proto::event::{Body, Event, Post, Scope, Source};
use crate::proto::names::{Identity, UserId};
use crate::proto::time::Moment;
use crate::work;

/// Units of work that a listener costs: its line has its nick in it, so that it is written for it alone.
const LISTENER_WORK: usize = 8;

/// Tells the operators who want to hear of this kind what has happened.  May be called under any
/// lock.  What strangers can provoke without limit is counted by [`Incidents`](crate::core::Incidents)
/// first: whoever floods must not flood the operators too.
pub fn notify(
    network: &Network,
    here: &mut dyn LocalShard,
    now: Moment,
    kind: Kinds,
    text: fmt::Arguments<'_>,
) {
    let listeners = network.notices.listeners();
    let wanted = || listeners.iter().filter(|listener| listener.kinds.has(kind));
    let Some(row) = KINDS.iter().find(|row| row.kind == kind && wanted().next().is_some()) else {
        return;
    };
    let users: Arc<[UserId]> = wanted().map(|listener| listener.user).collect();
    work::charge(LISTENER_WORK * users.len());
    let text = format!("*** {}: {text}", row.label).into_bytes().into();
    let server = Arc::new(Identity::of_server(&network.machine().server_name));
    let source = Source { user: UserId::SERVER, identity: server };
    let event = Event { source, time: now, body: Body::ServerNotice { text } };
    let mut shards: Vec<_> = wanted().map(|listener| listener.home).collect();
    shards.sort_unstable();
    shards.dedup();
    network.router.deliver(shards.into_iter(), here, &Post { scope: Scope::Users(users), event });
}
