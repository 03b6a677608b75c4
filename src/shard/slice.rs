//! A tick, a slice at a time: who may be read when, and what is written when.

use crate::command::{Close, Mark};
use crate::delivery::{SLICE, Sink};
use crate::proto::names::ConnId;
use crate::proto::time::Now;
use crate::shard::{Shard, session};

impl Shard {
    /// Whether the connection goes before others: it has cost little lately.
    pub fn is_low_cost(&mut self, now: Now, conn: ConnId) -> bool {
        session(&mut self.sessions, conn).is_some_and(|session| session.cost_meter.is_low_cost(now))
    }

    /// Whether enough work has been done for one slice.
    pub fn slice_is_over(&self) -> bool {
        self.spent >= SLICE
    }

    /// Whether no more is to be read for this tick, but by low-cost clients: it is long, or being written.
    pub fn tick_is_closed(&self) -> bool {
        self.here.tick_is_long() || self.here.is_writing()
    }

    /// Whether some of the tick is written, and some is not.
    pub fn is_writing(&self) -> bool {
        self.here.is_writing()
    }

    /// Goes on within a slice: with commands that were left for later, with what operators want done,
    /// and with those who leave; writes what has priority.  Whether the tick is to be ended: nothing
    /// more is left for it, or it is closed.
    pub fn go_on(&mut self, now: Now, sink: &mut dyn Sink) -> bool {
        self.sweep(now);
        self.execute_some(now);
        if !self.tick_is_closed() {
            self.resume(now, sink);
            self.close_leaving(now);
        }
        self.here.write_priority(sink);
        let is_through =
            self.paused.is_empty() && self.leaving.is_empty() && self.sweeps.is_empty();
        is_through || self.tick_is_closed()
    }

    /// Writes each connection that has news, once, for a slice; what operators want done to users is
    /// done first, and those quit whose connection is closed, or whose queue overflowed.  Once all is
    /// written, begins the next tick with the commands that were left for it.  Whether there is more
    /// to do, so that this should be called soon again.
    pub fn end_tick(&mut self, now: Now, sink: &mut dyn Sink) -> bool {
        self.sweep(now);
        self.execute_some(now);
        if !self.tick_is_closed() {
            self.close_leaving(now);
        }
        let is_over = self.here.end_tick(sink);
        self.count_traffic();
        let mut resumed = false;
        if is_over {
            self.begin_tick(now);
            resumed = self.resume(now, sink);
        }
        self.end_slice();
        resumed || !is_over || self.has_more()
    }

    /// What is done from here on belongs to the next slice.
    pub fn end_slice(&mut self) {
        self.spent = 0;
    }

    /// Whether something is left for a later slice of this tick.
    fn has_more(&self) -> bool {
        !(self.paused.is_empty()
            && self.leaving.is_empty()
            && self.sweeps.is_empty()
            && self.remote_commands.is_empty())
    }

    /// Looks, for a slice, at the users whom a ban may mean.
    pub(in crate::shard) fn sweep(&mut self, now: Now) {
        let Some(mut sweep) = self.sweeps.pop_front() else { return };
        let begun = Mark::now(&self.here);
        if !sweep.go_on(&self.network, &mut self.here, now.moment()) {
            self.sweeps.push_front(sweep);
        }
        self.spend(begun.since(&self.here) as usize);
    }

    /// Ends those who are about to be, as long as the slice lasts, and one in any case.
    fn close_leaving(&mut self, now: Now) {
        loop {
            for conn in self.here.take_overflowed() {
                self.on_closed(conn, Close::SendQ);
            }
            let Some((conn, why)) = self.leaving.pop_front() else { return };
            let begun = Mark::now(&self.here);
            self.finish(now, conn, &why);
            self.spend(begun.since(&self.here) as usize);
            if self.slice_is_over() {
                return;
            }
        }
    }
}
