//! Server notices to the operators who have asked for them.

use std::fmt;
use std::sync::Arc;

use crate::core::network::Network;
use crate::core::router::LocalShard;
use crate::core::server::notice_mask::{KINDS, Kinds};
use crate::proto::event::{Direct, DirectBody, Post, Scope};
use crate::proto::names::UserId;
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
    let server = Arc::clone(&network.machine().server_name);
    let direct = Direct { time: now, body: DirectBody::Notice { server, text } };
    let mut shards: Vec<_> = wanted().map(|listener| listener.home).collect();
    shards.sort_unstable();
    shards.dedup();
    let post = Post { scope: Scope::Users(users), payload: direct.into() };
    network.router.deliver(shards.into_iter(), here, &post);
}
