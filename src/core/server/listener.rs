//! A listener as the core knows it: its limits, and the connection permits of those it has let in.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use crate::core::server::shard_load::{Load, ShardPermit};

/// The limits of one listener, and how many connections it has.
#[derive(Debug, Default)]
pub struct ListenerQuota {
    limits: ListenerLimits,
    taken: Arc<AtomicUsize>,
}

/// What holds at one listener; what it does not say, the server's limits do.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ListenerLimits {
    /// Bytes that may wait for one client.
    pub sendq: Option<usize>,
    /// Bytes of one client that are read and held while its commands must wait.
    pub recvq: Option<usize>,
    /// Connections at once.
    pub connections: Option<usize>,
}

/// One connection of a listener and of a shard, counted until it is dropped.
#[derive(Debug)]
pub struct ConnectionPermit {
    quota: Arc<ListenerQuota>,
    _shard_permit: ShardPermit,
}

impl ListenerQuota {
    /// Nobody has come yet.
    pub fn new(limits: ListenerLimits) -> Self {
        Self { limits, taken: Arc::default() }
    }

    /// The same listener with other limits: those whom the one before has let in count on.
    pub fn after(limits: ListenerLimits, before: &Self) -> Self {
        Self { limits, taken: Arc::clone(&before.taken) }
    }

    /// A connection permit for a connection of that shard, unless as many are taken as there may be.
    pub fn permit(self: &Arc<Self>, shard_id: &Arc<Load>) -> Option<ConnectionPermit> {
        let most = self.limits.connections.unwrap_or(usize::MAX);
        let permit = ConnectionPermit { quota: Arc::clone(self), _shard_permit: shard_id.permit() };
        let taken = self.taken.fetch_add(1, Ordering::Relaxed);
        (taken < most).then_some(permit)
    }
}

impl ConnectionPermit {
    /// What holds for its connection.
    pub fn limits(&self) -> &ListenerLimits {
        &self.quota.limits
    }
}

impl Drop for ConnectionPermit {
    fn drop(&mut self) {
        self.quota.taken.fetch_sub(1, Ordering::Relaxed);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_seat_is_free_again_once_its_connection_is_gone() {
        let limits = ListenerLimits { connections: Some(2), ..ListenerLimits::default() };
        let quota = Arc::new(ListenerQuota::new(limits));
        let shard_id = Arc::default();
        let (one, other) = (quota.permit(&shard_id), quota.permit(&shard_id));
        assert!(one.is_some() && other.is_some() && quota.permit(&shard_id).is_none());
        assert_eq!(shard_id.connections(), 2);
        drop(one);
        assert_eq!(shard_id.connections(), 1);
        assert!(quota.permit(&shard_id).is_some());
    }
}
