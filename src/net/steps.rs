//! A turn of a busy server, a step at a time.

use std::rc::Rc;
use std::time::Instant;

use super::shell::Shell;
use super::writers::{Writer, unhurried};
use crate::delivery::Sink;
use crate::names::ConnId;
use crate::session::Shard;
use crate::wire::time::Now;

impl Shell {
    /// One step of the turn; whether there is more to do.
    pub(super) fn step(self: &Rc<Self>) -> bool {
        self.read_all(|| self.turnstile.next_light());
        self.read_all(|| if self.turn_is_closed() { None } else { self.turnstile.next() });
        let is_over = self.with_writer(Shard::go_on);
        if !is_over || !self.turnstile.is_through() && !self.turn_is_closed() {
            self.shard.borrow_mut().end_step();
            return true;
        }
        let more = self.with_writer(Shard::end_turn);
        if !self.shard.borrow().is_writing() {
            self.turnstile.begin_turn();
        }
        self.do_outside();
        more || !self.turnstile.is_empty()
    }

    /// Reads one after the other as long as the step lasts, and one in any case.
    fn read_all(self: &Rc<Self>, next: impl Fn() -> Option<ConnId>) {
        while let Some(id) = next() {
            if let Some(connection) = self.connection(id) {
                unhurried(|| connection.read_in_turn(self, id));
            }
            if self.step_is_over() {
                break;
            }
        }
    }

    fn with_writer<R>(&self, work: impl FnOnce(&mut Shard, Now, &mut dyn Sink) -> R) -> R {
        let now = self.clock.now();
        self.moment.set(None);
        let (connections, mut shard) = (self.connections.borrow(), self.shard.borrow_mut());
        let mut writer = Writer { connections: &connections, now, began: Instant::now(), asked: 0 };
        unhurried(|| work(&mut shard, now, &mut writer))
    }

    /// Whether it may be read now; if not, it is read when its time comes.
    pub(super) fn may_read(&self, id: ConnId) -> bool {
        let now = self.now();
        let mut shard = self.shard.borrow_mut();
        let is_light = shard.is_light(now, id);
        let goes_first = is_light || self.turnstile.is_empty() && !shard.turn_is_closed();
        let may_read = goes_first && !shard.step_is_over();
        if !may_read {
            self.turnstile.enter(id, is_light);
            self.mark_turn();
        }
        may_read
    }

    /// More of it is read in a later step.
    pub(super) fn read_later(&self, id: ConnId) {
        self.turnstile.enter(id, false);
        self.mark_turn();
    }

    fn turn_is_closed(&self) -> bool {
        self.shard.borrow().turn_is_closed()
    }

    /// This step has been long enough.
    pub(super) fn step_is_over(&self) -> bool {
        self.shard.borrow().step_is_over()
    }
}
