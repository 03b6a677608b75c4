//! A listener as the core knows it: its limits, and the seats of those it has let in.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use super::load::{Berth, Load};

/// The limits of one listener, and how many connections it has.
#[derive(Debug, Default)]
pub struct Entrance {
    limits: EntranceLimits,
    taken: Arc<AtomicUsize>,
}

/// What holds at one listener; what it does not say, the server's limits do.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct EntranceLimits {
    /// Bytes that may wait for one client.
    pub sendq: Option<usize>,
    /// Bytes of one client that are read and held while its commands must wait.
    pub recvq: Option<usize>,
    /// Connections at once.
    pub connections: Option<usize>,
}

/// One connection of a listener and of a place, counted until it is dropped.
#[derive(Debug)]
pub struct Seat {
    entrance: Arc<Entrance>,
    _berth: Berth,
}

impl Entrance {
    /// Nobody has come yet.
    pub fn new(limits: EntranceLimits) -> Self {
        Self { limits, taken: Arc::default() }
    }

    /// The same listener with other limits: those whom the one before has let in count on.
    pub fn after(limits: EntranceLimits, before: &Self) -> Self {
        Self { limits, taken: Arc::clone(&before.taken) }
    }

    /// A seat for a connection of that place, unless as many are taken as there may be.
    pub fn seat(self: &Arc<Self>, place: &Arc<Load>) -> Option<Seat> {
        let most = self.limits.connections.unwrap_or(usize::MAX);
        let seat = Seat { entrance: Arc::clone(self), _berth: place.berth() };
        let taken = self.taken.fetch_add(1, Ordering::Relaxed);
        (taken < most).then_some(seat)
    }
}

impl Seat {
    /// What holds for its connection.
    pub fn limits(&self) -> &EntranceLimits {
        &self.entrance.limits
    }
}

impl Drop for Seat {
    fn drop(&mut self) {
        self.entrance.taken.fetch_sub(1, Ordering::Relaxed);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_seat_is_free_again_once_its_connection_is_gone() {
        let limits = EntranceLimits { connections: Some(2), ..EntranceLimits::default() };
        let entrance = Arc::new(Entrance::new(limits));
        let place = Arc::default();
        let (one, other) = (entrance.seat(&place), entrance.seat(&place));
        assert!(one.is_some() && other.is_some() && entrance.seat(&place).is_none());
        assert_eq!(place.connections(), 2);
        drop(one);
        assert_eq!(place.connections(), 1);
        assert!(entrance.seat(&place).is_some());
    }
}
