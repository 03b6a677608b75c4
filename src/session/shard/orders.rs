//! What concerns users of this shard without their having sent anything.

use std::mem;
use std::sync::Arc;

use super::feed::LINE_COST;
use super::{Shard, guarded};
use crate::command::{self, Cx, Flow, Mark};
use crate::delivery::Ordered;
use crate::names::ConnId;
use crate::state::capabilities::Changes;
use crate::state::isupport;
use crate::wire::time::Now;

impl Shard {
    /// Does what operators want done to users of this shard, as long as the step lasts.
    pub(super) fn obey_some(&mut self, now: Now) {
        self.orders.extend(self.here.take_orders());
        while !self.step_is_over()
            && let Some(order) = self.orders.pop_front()
        {
            self.obey(now, &order);
        }
    }

    /// Does all that operators want done to the user of that connection.
    pub(super) fn obey_before(&mut self, now: Now, conn: ConnId) {
        self.obey_some(now);
        let is_about_it = |order: &mut Ordered| order.slots.contains(&conn.slot);
        while let Some(at) = self.orders.iter_mut().position(is_about_it)
            && let Some(order) = self.orders.remove(at)
        {
            self.obey(now, &order);
        }
    }

    /// Does what an operator wants done to a user, if it is still there.
    fn obey(&mut self, now: Now, ordered: &Ordered) {
        let begun = Mark::now(&self.here);
        self.obey_now(now, ordered);
        self.spend(LINE_COST + begun.since(&self.here) as usize);
    }

    fn obey_now(&mut self, now: Now, ordered: &Ordered) {
        let settings = self.world.settings();
        for &slot in &ordered.slots {
            let Some(Some(session)) = self.sessions.get_mut(slot as usize) else { continue };
            if session.client.user().is_none_or(|user| user.id != ordered.user) {
                continue;
            }
            let conn = session.client.conn;
            let (world, here) = (&*self.world, &mut self.here);
            let mut cx = Cx::new(world, &settings, here, &mut session.client, now);
            let flow = guarded(|| command::obey(&mut cx, &ordered.by, &ordered.order));
            if let Flow::Close(why) = flow {
                self.finish(now, conn, &why);
            }
        }
    }

    /// Tells everyone what other settings mean for it, once they are in force.
    pub(super) fn on_settings(&mut self, now: Now) {
        let settings = Arc::clone(&self.world.settings());
        let old = mem::replace(&mut self.settings, Arc::clone(&settings));
        if Arc::ptr_eq(&old, &settings) {
            return;
        }
        let offer = Changes::between(&old, &settings);
        let changes = isupport::changes(&old, &settings);
        for session in self.sessions.iter_mut().flatten() {
            let (world, here) = (&*self.world, &mut self.here);
            let client = &mut session.client;
            let mut cx = Cx::new(world, &settings, here, client, now);
            command::in_force(&mut cx, &changes);
            command::offer_changed(&mut cx, &offer);
        }
    }

    /// Refuses batches that clients have left open.
    pub(super) fn end_late_batches(&mut self, now: Now) {
        let settings = self.world.settings();
        for session in self.sessions.iter_mut().flatten() {
            let rare = session.client.rare.as_ref();
            if rare.is_some_and(|rare| rare.batches.is_late(now.monotonic)) {
                let (world, here) = (&*self.world, &mut self.here);
                let mut cx = Cx::new(world, &settings, here, &mut session.client, now);
                command::time_out(&mut cx);
            }
        }
    }
}
