//! What concerns users of this shard without their having sent anything.

use std::mem;
use std::sync::Arc;

use crate::command;
use crate::command::{Cx, Flow, Mark};
use crate::core::server::capabilities::CapChanges;
use crate::core::server::isupport;
use crate::delivery::PendingCommand;
use crate::proto::names::ConnId;
use crate::proto::time::Now;
use crate::shard::feed::LINE_COST;
use crate::shard::{Shard, guarded};

impl Shard {
    /// Does what operators want done to users of this shard, as long as the slice lasts.
    pub(in crate::shard) fn execute_some(&mut self, now: Now) {
        self.remote_commands.extend(self.here.take_remote_commands());
        while !self.slice_is_over()
            && let Some(order) = self.remote_commands.pop_front()
        {
            self.execute(now, &order);
        }
    }

    /// Does all that operators want done to the user of that connection.
    pub(in crate::shard) fn execute_before(&mut self, now: Now, conn: ConnId) {
        self.execute_some(now);
        let is_about_it = |order: &mut PendingCommand| order.slots.contains(&conn.slot);
        while let Some(at) = self.remote_commands.iter_mut().position(is_about_it)
            && let Some(order) = self.remote_commands.remove(at)
        {
            self.execute(now, &order);
        }
    }

    /// Does what an operator wants done to a user, if it is still there.
    fn execute(&mut self, now: Now, ordered: &PendingCommand) {
        let begun = Mark::now(&self.here);
        self.execute_now(now, ordered);
        self.spend(LINE_COST + begun.since(&self.here) as usize);
    }

    fn execute_now(&mut self, now: Now, ordered: &PendingCommand) {
        let (settings, machine) = (self.network.settings(), self.network.machine());
        for &slot in &ordered.slots {
            let Some(Some(session)) = self.sessions.get_mut(slot as usize) else { continue };
            if session.client.user().is_none_or(|user| user.id != ordered.user) {
                continue;
            }
            let conn = session.client.conn;
            let (network, here) = (&*self.network, &mut self.here);
            let mut cx =
                Cx::new(network, &settings, &machine, here, &mut session.client, now.moment());
            let flow = guarded(|| command::execute(&mut cx, &ordered.by, &ordered.order));
            if let Flow::Close(why) = flow {
                self.finish(now, conn, &why);
            }
        }
    }

    /// Tells everyone what other settings mean for it, once they are in force.
    pub(in crate::shard) fn on_settings(&mut self, now: Now) {
        let settings = Arc::clone(&self.network.settings());
        let machine = Arc::clone(&self.network.machine());
        let old = mem::replace(&mut self.settings, Arc::clone(&settings));
        let old_machine = mem::replace(&mut self.machine, Arc::clone(&machine));
        if Arc::ptr_eq(&old, &settings) && Arc::ptr_eq(&old_machine, &machine) {
            return;
        }
        let offer = CapChanges::between(&old, &settings);
        let changes = isupport::changes(&old, &settings);
        for session in self.sessions.iter_mut().flatten() {
            let (network, here) = (&*self.network, &mut self.here);
            let client = &mut session.client;
            let mut cx = Cx::new(network, &settings, &machine, here, client, now.moment());
            command::in_force(&mut cx, &changes);
            command::offer_changed(&mut cx, &offer);
        }
    }

    /// Refuses batches that clients have left open.
    pub(in crate::shard) fn end_late_batches(&mut self, now: Now) {
        let (settings, machine) = (self.network.settings(), self.network.machine());
        for session in self.sessions.iter_mut().flatten() {
            let extra = session.client.extra.as_ref();
            if extra.is_some_and(|extra| extra.batches.is_late(now.moment())) {
                let (network, here) = (&*self.network, &mut self.here);
                let mut cx =
                    Cx::new(network, &settings, &machine, here, &mut session.client, now.moment());
                command::time_out(&mut cx);
            }
        }
    }
}
