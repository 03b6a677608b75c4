//! What a connection has sent, a command at a time, as long as its turn lasts.

use std::mem;

use super::{Shard, guarded, session};
use crate::command::{self, Cx, Flow};
use crate::delivery::Sink;
use crate::names::ConnId;
use crate::session::Pace;
use crate::wire::numerics::Numeric;
use crate::wire::time::Now;
use crate::wire::{Frame, FrameLimits};

/// What one client may cost in a turn, in things looked at or lines made; what it has sent beyond
/// that waits for the next one, after all others.
const SHARE: usize = 4096;

/// What any line costs.
const LINE_COST: usize = 32;

/// Things looked at for which flood control takes a token more.
const THINGS_A_TOKEN: usize = 100;

impl Shard {
    pub(super) fn feed(&mut self, now: Now, conn: ConnId, mut data: &[u8]) {
        let settings = self.world.settings();
        let limits = &settings.limits;
        let frames = FrameLimits { line: limits.line, tags: limits.client_tags };
        let Some(session) = session(&mut self.sessions, conn) else { return };
        let enough_room = session.client.origin.sendq(limits) / 2;
        let span = session.span.clone();
        let _in = span.enter();
        let mut spent = 0;
        let mut begun = (self.world.stopwatch)();
        while let Some(frame) = session.framing.next(&mut data, frames) {
            let (world, here) = (&*self.world, &mut self.here);
            let mut cx = Cx::new(world, &settings, here, &mut session.client, now);
            let length = if let Frame::Line(line) = frame { line.len() } else { 0 };
            let run = || match frame {
                Frame::Line(line) => command::run(&mut cx, line),
                Frame::TooLong => {
                    cx.reply(&Numeric::InputTooLong {});
                    Flow::Continue
                }
            };
            let flow = guarded(run);
            self.tally.lines_in.add(1);
            if let Some(row) = cx.row {
                let ended = (self.world.stopwatch)();
                self.tally.command(row, length, ended - begun);
                begun = ended;
            }
            spent += LINE_COST + cx.spent;
            let own = cx.row.and_then(|row| command::TABLE.get(row)).map_or(1, |spec| spec.cost);
            let cost = own + cx.spent / THINGS_A_TOKEN;
            let is_limited = session.client.origin.door.is_limited();
            let may_go_on = !is_limited || session.throttle.pay(cost, now, limits);
            if !may_go_on {
                self.tally.throttled.add(1);
            }
            match flow {
                Flow::Continue => {}
                Flow::Close(why) => return self.finish(now, conn, &why),
                Flow::Stop => self.wants_stop = true,
                Flow::Job(job) => {
                    session.pace = Pace::Job;
                    session.held = data.to_vec();
                    self.jobs.push((conn, job));
                    return;
                }
            }
            // Past its SendQ: it quits when the turn ends, and nothing more of it counts.
            if !self.here.is_open(conn) {
                return;
            }
            let had_its_share = spent >= SHARE || self.here.turn_is_long();
            if had_its_share || !may_go_on || self.here.room(conn) < enough_room {
                session.pace = Pace::LaterTurn;
                session.held = data.to_vec();
                self.paused.push(conn);
                return;
            }
        }
    }

    /// Goes on with those whose commands were left for a later turn, unless they have no token yet
    /// or have not taken their answers; whether there were any.
    pub(super) fn resume(&mut self, now: Now, sink: &mut dyn Sink) -> bool {
        let settings = self.world.settings();
        let mut resumed = false;
        for conn in mem::take(&mut self.paused) {
            let Some(session) = session(&mut self.sessions, conn) else { continue };
            let enough_room = session.client.origin.sendq(&settings.limits) / 2;
            if !session.throttle.may_go_on(now, &settings.limits)
                || self.here.room(conn) < enough_room
            {
                self.paused.push(conn);
                continue;
            }
            session.pace = Pace::Running;
            // What it has sent has waited for us: that was no silence of its own.
            session.liveness.heard(now);
            let held = mem::take(&mut session.held);
            self.feed(now, conn, &held);
            resumed = true;
            if self.wants_bytes(conn) {
                sink.resumed(conn);
            }
        }
        resumed
    }
}
