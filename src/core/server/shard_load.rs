//! How much each shard has to do: where a new client goes.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, AtomicUsize, Ordering};

/// Thousandths of a shard's time from which on it has none to spare for new clients.
const BUSY: u32 = 500;

/// What a shard has to do.
#[derive(Debug, Default)]
pub struct Load {
    connections: AtomicUsize,
    busy: AtomicU32,
}

/// One connection of a shard, counted until it is dropped.
#[derive(Debug)]
pub struct ShardPermit(Arc<Load>);

impl Load {
    /// One more connection.
    pub fn permit(self: &Arc<Self>) -> ShardPermit {
        self.connections.fetch_add(1, Ordering::Relaxed);
        ShardPermit(Arc::clone(self))
    }

    /// How many thousandths of its time the shard's thread has been busy lately.
    pub fn set_busy(&self, thousandths: u32) {
        self.busy.store(thousandths, Ordering::Relaxed);
    }

    /// Connections, those on their way to it included.
    pub fn connections(&self) -> usize {
        self.connections.load(Ordering::Relaxed)
    }

    fn has_room(&self, most: usize) -> bool {
        self.connections() < most && self.busy.load(Ordering::Relaxed) < BUSY
    }
}

impl Drop for ShardPermit {
    fn drop(&mut self) {
        self.0.connections.fetch_sub(1, Ordering::Relaxed);
    }
}

/// Where a new client goes: to the first shard that has fewer than `most` connections and time to
/// spare; if none has, to the one with the fewest.
///
/// What goes on in one shard costs least: one thread has more to write to each connection at once,
/// and wakes no other.
pub fn for_new_client<'l>(
    loads: impl Iterator<Item = &'l Arc<Load>> + Clone,
    most: usize,
) -> Option<usize> {
    let mut with_room = loads.clone();
    let first = with_room.position(|load| load.has_room(most));
    first.or_else(|| {
        let fewest = loads.enumerate().min_by_key(|(_, load)| load.connections());
        fewest.map(|(shard_id, _)| shard_id)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn come(loads: &[Arc<Load>], most: usize) -> (usize, ShardPermit) {
        let shard_id = for_new_client(loads.iter(), most).expect("there are shards");
        (shard_id, loads[shard_id].permit())
    }

    #[test]
    fn places_are_filled_one_after_the_other_and_then_evenly() {
        let loads: [Arc<Load>; 3] = Default::default();
        let (shards, permits): (Vec<_>, Vec<_>) = (0..9).map(|_| come(&loads, 2)).unzip();
        assert_eq!(shards, [0, 0, 1, 1, 2, 2, 0, 1, 2]);
        drop(permits);
        assert_eq!(come(&loads, 2).0, 0);
    }

    #[test]
    fn a_busy_place_gets_no_newcomers_while_another_one_has_room() {
        let loads: [Arc<Load>; 2] = Default::default();
        loads[0].set_busy(BUSY);
        let (shard_id, _one) = come(&loads, 1);
        assert_eq!(shard_id, 1);
        // Neither has room now.
        let (shard_id, _other) = come(&loads, 1);
        assert_eq!(shard_id, 0);
        loads[0].set_busy(BUSY - 1);
        assert_eq!(come(&loads, 2).0, 0);
    }
}
