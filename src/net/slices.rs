//! A tick of a busy server, a slice at a time.

use std::rc::Rc;
use std::time::Instant;

use crate::delivery::Sink;
use crate::net::runtime::ShardRuntime;
use crate::net::writers::{Writer, without_coop_budget};
use crate::proto::names::ConnId;
use crate::proto::time::Now;
use crate::shard::Shard;

impl ShardRuntime {
    /// One slice of the tick; whether there is more to do.
    pub(super) fn slice(self: &Rc<Self>) -> bool {
        self.read_all(|| self.read_queue.next_low_cost());
        self.read_all(|| if self.tick_is_closed() { None } else { self.read_queue.next() });
        let is_over = self.with_writer(Shard::go_on);
        if !is_over || !self.read_queue.is_through() && !self.tick_is_closed() {
            self.shard.borrow_mut().end_slice();
            return true;
        }
        let more = self.with_writer(Shard::end_tick);
        if !self.shard.borrow().is_writing() {
            self.read_queue.begin_tick();
        }
        self.do_outside();
        more || !self.read_queue.is_empty()
    }

    /// Reads one after the other as long as the slice lasts, and one in any case.
    fn read_all(self: &Rc<Self>, next: impl Fn() -> Option<ConnId>) {
        while let Some(id) = next() {
            if let Some(connection) = self.connection(id) {
                without_coop_budget(|| connection.read_queued(self, id));
            }
            if self.slice_is_over() {
                break;
            }
        }
    }

    fn with_writer<R>(&self, work: impl FnOnce(&mut Shard, Now, &mut dyn Sink) -> R) -> R {
        let now = self.clock.now();
        self.moment.set(None);
        let (connections, mut shard) = (self.connections.borrow(), self.shard.borrow_mut());
        let mut writer = Writer { connections: &connections, now, began: Instant::now(), asked: 0 };
        without_coop_budget(|| work(&mut shard, now, &mut writer))
    }

    /// Whether it may be read now; if not, it is read when its time comes.
    pub(super) fn may_read(&self, id: ConnId) -> bool {
        let now = self.now();
        let mut shard = self.shard.borrow_mut();
        let is_low_cost = shard.is_low_cost(now, id);
        let goes_first = is_low_cost || self.read_queue.is_empty() && !shard.tick_is_closed();
        let may_read = goes_first && !shard.slice_is_over();
        if !may_read {
            self.read_queue.enter(id, is_low_cost);
            self.mark_tick();
        }
        may_read
    }

    /// More of it is read in a later slice.
    pub(super) fn read_later(&self, id: ConnId) {
        self.read_queue.enter(id, false);
        self.mark_tick();
    }

    fn tick_is_closed(&self) -> bool {
        self.shard.borrow().tick_is_closed()
    }

    /// This slice has been long enough.
    pub(super) fn slice_is_over(&self) -> bool {
        self.shard.borrow().slice_is_over()
    }
}
