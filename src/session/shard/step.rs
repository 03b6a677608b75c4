//! A turn, a step at a time: who may be read when, and what is written when.

use super::{Shard, session};
use crate::command::{Close, Mark};
use crate::delivery::{STEP, Sink};
use crate::names::ConnId;
use crate::wire::time::Now;

impl Shard {
    /// Whether the connection goes before others: it has cost little lately.
    pub fn is_light(&mut self, now: Now, conn: ConnId) -> bool {
        session(&mut self.sessions, conn).is_some_and(|session| session.standing.is_light(now))
    }

    /// Whether enough work has been done for one step.
    pub fn step_is_over(&self) -> bool {
        self.spent >= STEP
    }

    /// Whether no more is to be read for this turn, but by light clients: it is long, or being written.
    pub fn turn_is_closed(&self) -> bool {
        self.here.turn_is_long() || self.here.is_writing()
    }

    /// Whether some of the turn is written, and some is not.
    pub fn is_writing(&self) -> bool {
        self.here.is_writing()
    }

    /// Goes on within a step: with commands that were left for later, with what operators want done,
    /// and with those who leave; writes what is in a hurry.  Whether the turn is to be ended: nothing
    /// more is left for it, or it is closed.
    pub fn go_on(&mut self, now: Now, sink: &mut dyn Sink) -> bool {
        self.sweep(now);
        self.obey_some(now);
        if !self.turn_is_closed() {
            self.resume(now, sink);
            self.let_go(now);
        }
        self.here.write_hurried(sink);
        let is_through =
            self.paused.is_empty() && self.leaving.is_empty() && self.sweeps.is_empty();
        is_through || self.turn_is_closed()
    }

    /// Writes each connection that has news, once, for a step; what operators want done to users is
    /// done first, and those quit whose connection is closed, or whose queue overflowed.  Once all is
    /// written, begins the next turn with the commands that were left for it.  Whether there is more
    /// to do, so that this should be called soon again.
    pub fn end_turn(&mut self, now: Now, sink: &mut dyn Sink) -> bool {
        self.sweep(now);
        self.obey_some(now);
        if !self.turn_is_closed() {
            self.let_go(now);
        }
        let is_over = self.here.end_turn(sink);
        self.tally_traffic();
        let mut resumed = false;
        if is_over {
            self.begin_turn(now);
            resumed = self.resume(now, sink);
        }
        self.end_step();
        resumed || !is_over || self.has_more()
    }

    /// What is done from here on belongs to the next step.
    pub fn end_step(&mut self) {
        self.spent = 0;
    }

    /// Whether something is left for a later step of this turn.
    fn has_more(&self) -> bool {
        !(self.paused.is_empty()
            && self.leaving.is_empty()
            && self.sweeps.is_empty()
            && self.orders.is_empty())
    }

    /// Looks, for a slice, at the users whom a ban may mean.
    pub(super) fn sweep(&mut self, now: Now) {
        let Some(mut sweep) = self.sweeps.pop_front() else { return };
        let begun = Mark::now(&self.here);
        if !sweep.go_on(&self.world, &mut self.here, now) {
            self.sweeps.push_front(sweep);
        }
        self.spend(begun.since(&self.here) as usize);
    }

    /// Ends those who are about to be, as long as the step lasts, and one in any case.
    fn let_go(&mut self, now: Now) {
        loop {
            for conn in self.here.take_overflowed() {
                self.on_closed(conn, Close::SendQ);
            }
            let Some((conn, why)) = self.leaving.pop_front() else { return };
            let begun = Mark::now(&self.here);
            self.finish(now, conn, &why);
            self.spend(begun.since(&self.here) as usize);
            if self.step_is_over() {
                return;
            }
        }
    }
}
