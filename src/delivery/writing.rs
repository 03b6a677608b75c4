//! How what is queued comes to the sockets: a slice at a time, and first what has priority.

use std::mem;

use crate::delivery::Delivery;
use crate::delivery::outbox::{Queues, Sink, State};
use crate::delivery::tick::Chain;
use crate::proto::names::ConnId;

/// A tick with more bytes of lines for many than this is ended before more is read, which bounds its
/// memory however many connections have sent something, and what a connection is written at once.
pub const TICK_BYTES: usize = 64 << 10;

/// The same for the links to lines: one for each shard where a connection is told something.
const TICK_LINKS: usize = 32 << 10;

/// Units of work (a thing looked at, or made, or two deliveries: some 50 ns) after which the system
/// is asked again who is ready, so that nobody waits long for what others want.
pub const SLICE: usize = 2048;

/// Bytes of lines for one connection each that a tick may have in one slice; with more than
/// [`TICK_BYTES`] of them they are written when the slice ends.
const OWN_BYTES: usize = 512 << 10;

/// What a write costs, in units of work, whatever its length.
const WRITE_COST: usize = 128;

/// Bytes that cost one more.
const BYTES_A_UNIT: usize = 128;

/// Bytes kept for later that do.
const COPIED_A_UNIT: usize = 32;

impl Delivery {
    /// Whether the tick has grown so long that it is better ended now.
    pub fn tick_is_long(&self) -> bool {
        let tick = &self.queues.tick;
        tick.arena.len() > TICK_BYTES
            || tick.link_count() > TICK_LINKS
            || tick.own.len() > OWN_BYTES
    }

    /// Whether what is told from here on is written before the rest of the tick.
    pub fn set_priority(&mut self, on: bool) {
        self.queues.priority = on;
    }

    /// Writes what has priority, and wakes the other shards that have been told such a thing.
    pub fn write_priority(&mut self, sink: &mut dyn Sink) {
        if mem::take(&mut self.wakes_soon) {
            self.waking.drain(..).for_each(|shard_id| shard_id.wake());
        }
        self.queues.write_priority(sink);
    }

    /// Wakes the other shards that have been told something, and goes on writing, for a slice, each
    /// connection that has news, once; whether all is written.
    pub fn end_tick(&mut self, sink: &mut dyn Sink) -> bool {
        self.wakes_soon = true;
        self.write_priority(sink);
        self.queues.end_tick(sink)
    }

    /// Whether some of the tick is written, and some is not.
    pub fn is_writing(&self) -> bool {
        self.queues.is_writing
    }

    /// Writes what a connection did not take earlier; whether some of it still waits.
    pub fn write_backlog(&mut self, conn: ConnId, sink: &mut dyn Sink) -> bool {
        self.queues.write_backlog(conn, sink)
    }
}

impl Queues {
    /// Writes those who have priority, and, when there are many answers, as many of those who get one
    /// as a slice has room for; what others have said to them before comes with it.
    pub fn write_priority(&mut self, sink: &mut dyn Sink) {
        while let Some(slot) = self.prioritized.pop() {
            if let Some(outbox) = self.boxes.get_mut(slot as usize) {
                outbox.prioritized = false;
                self.write(slot, sink);
            }
        }
        if self.tick.own.len() <= TICK_BYTES {
            return;
        }
        let mut spent = 0;
        while spent < SLICE && !sink.is_late() {
            let Some(slot) = self.answered.pop() else {
                self.tick.own.clear();
                return;
            };
            spent += self.write(slot, sink);
        }
    }

    /// Goes on writing the tick, for a slice: each connection with news is written once; what a
    /// socket does not take is kept for [`Queues::write_backlog`].  Whether all is written.
    pub fn end_tick(&mut self, sink: &mut dyn Sink) -> bool {
        let mut spent = 0;
        while let Some(slot) = self.dirty.pop_front() {
            if let Some(outbox) = self.boxes.get_mut(slot as usize) {
                outbox.dirty = false;
                spent += self.write(slot, sink);
            }
            if spent >= SLICE || sink.is_late() {
                break;
            }
        }
        self.is_writing = !self.dirty.is_empty();
        if !self.is_writing {
            self.answered.clear();
            self.room.clear();
            self.room.shrink_to(2 * TICK_BYTES);
            self.tick.clear(2 * TICK_BYTES, TICK_LINKS);
        }
        !self.is_writing
    }

    /// Writes one connection; what that has cost.
    fn write(&mut self, slot: u32, sink: &mut dyn Sink) -> usize {
        let Some(outbox) = self.boxes.get_mut(slot as usize) else { return 0 };
        // It may have had priority.
        if outbox.chain.is_empty() {
            return 0;
        }
        let conn = ConnId { slot, generation: outbox.generation };
        let (mut taken, mut cost) = (0, 0);
        if outbox.backlog.is_empty() {
            let bytes = self.tick.whole(outbox.chain, &mut self.room);
            cost = WRITE_COST + bytes.len() / BYTES_A_UNIT;
            taken = sink.write(conn, bytes);
            outbox.queued = outbox.queued.saturating_sub(taken);
        }
        if outbox.queued > outbox.backlog.len() {
            for piece in self.tick.pieces(outbox.chain) {
                let skipped = taken.min(piece.len());
                taken -= skipped;
                let left = piece.get(skipped..).unwrap_or_default();
                outbox.backlog.extend_from_slice(left);
                self.traffic.waiting += left.len();
                cost += left.len() / COPIED_A_UNIT;
            }
        }
        outbox.chain = Chain::EMPTY;
        match (outbox.state, outbox.queued) {
            (State::Ending, 0) => sink.finished(conn),
            (State::Ending, _) => sink.ending(conn),
            _ => {}
        }
        cost
    }

    /// Writes what waits from earlier ticks; whether something still does.
    pub fn write_backlog(&mut self, conn: ConnId, sink: &mut dyn Sink) -> bool {
        let Some(outbox) = self.find(conn) else { return false };
        if outbox.backlog.is_empty() {
            return false;
        }
        let taken = sink.write(conn, &outbox.backlog).min(outbox.backlog.len());
        outbox.queued = outbox.queued.saturating_sub(taken);
        outbox.backlog.drain(..taken);
        let waits = !outbox.backlog.is_empty();
        if !waits {
            outbox.backlog = Vec::new();
            if outbox.queued == 0 && outbox.state == State::Ending {
                sink.finished(conn);
            }
        }
        self.traffic.waiting -= taken;
        waits
    }
}
