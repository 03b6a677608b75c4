//! What a connection has sent, a command at a time, as long as its tick lasts.

use std::mem;

use crate::command::{Close, Cx, DELIVERIES_A_UNIT, Flow};
use crate::delivery::{Delivery, SLICE, Sink};
use crate::proto::names::ConnId;
use crate::proto::numerics::Numeric;
use crate::proto::time::Now;
use crate::proto::{Frame, FrameLimits};
use crate::shard::session::Pace;
use crate::shard::throttle::{Bucket, TOKEN};
use crate::shard::{Shard, guarded, session};
use crate::{command, work};

/// What one client may ask for in a tick, in things looked at or lines made; what it has sent beyond
/// that waits for the next one, after all others.
const SHARE: usize = 6144;

/// What any line costs.
pub(in crate::shard) const LINE_COST: usize = 32;

/// Bytes of a line that cost one more.
pub(in crate::shard) const BYTES_A_UNIT: usize = 8;

/// Units of work for which flood control takes a token more: some 20 us.
const WORK_A_TOKEN: usize = 400;

/// How often those who have no token are asked whether they have one again, in milliseconds.
const TOKENS_EVERY: u64 = 10;

impl Shard {
    /// Runs the commands in what has just been read; what is left for later is kept.
    pub(in crate::shard) fn feed(&mut self, now: Now, conn: ConnId, data: &[u8]) {
        let left = self.eat(now, conn, data);
        if let Some(session) = session(&mut self.sessions, conn) {
            session.held.push(left);
        }
        self.look_ahead(now, conn);
    }

    /// Goes on with what was left.
    pub(in crate::shard) fn feed_held(&mut self, now: Now, conn: ConnId) {
        let Some(session) = session(&mut self.sessions, conn) else { return };
        let held = session.held.take();
        let left = self.eat(now, conn, &held).len();
        if let Some(session) = crate::shard::session(&mut self.sessions, conn) {
            session.held.put_back(held, left);
            if session.hung_up && session.pace == Pace::Running {
                self.on_closed(conn, Close::Gone);
            }
        }
        self.look_ahead(now, conn);
    }

    /// Returns what is left for later.
    fn eat<'a>(&mut self, now: Now, conn: ConnId, data: &'a [u8]) -> &'a [u8] {
        let Some(session) = session(&mut self.sessions, conn) else { return &[] };
        let is_low_cost = session.cost_meter.is_low_cost(now);
        let before = self.here.traffic().lines;
        self.here.set_priority(is_low_cost);
        let (spent, left) = self.run(now, conn, data, is_low_cost, before);
        self.here.set_priority(false);
        let cost = spent + delivery_cost(&self.here, before);
        self.spend(cost);
        if let Some(session) = crate::shard::session(&mut self.sessions, conn) {
            session.cost_meter.charge(cost, now);
        }
        left
    }

    /// What that has cost, but for what has been told, and what is left for later.
    fn run<'a>(
        &mut self,
        now: Now,
        conn: ConnId,
        mut data: &'a [u8],
        is_low_cost: bool,
        before: u64,
    ) -> (usize, &'a [u8]) {
        let (settings, machine) = (self.network.settings(), self.network.machine());
        let limits = &machine.limits;
        let frames = FrameLimits { line: settings.limits.line, tags: limits.client_tags };
        let Some(session) = session(&mut self.sessions, conn) else { return (0, &[]) };
        let enough_room = session.client.origin.sendq(limits) / 2;
        let mut spent = 0;
        let mut ends_no_line = !data.is_empty();
        let mut begun = (self.network.nanoseconds)();
        loop {
            let rest = session.client.extra.as_mut().and_then(|extra| extra.rest.take());
            let is_next = rest.is_none();
            let frame = if is_next { session.framing.next(&mut data, frames) } else { None };
            if is_next && frame.is_none() {
                break;
            }
            let charged = work::spent();
            let (network, here) = (&*self.network, &mut self.here);
            let mut cx =
                Cx::new(network, &settings, &machine, here, &mut session.client, now.moment());
            let length = if let Some(Frame::Line(line)) = frame { line.len() } else { 0 };
            let run = || match (frame, rest) {
                (Some(Frame::Line(line)), _) => command::run(&mut cx, line),
                (Some(Frame::TooLong), _) => {
                    cx.reply(&Numeric::InputTooLong {});
                    Flow::Continue
                }
                (None, Some(rest)) => command::go_on(&mut cx, *rest),
                (None, None) => Flow::Continue,
            };
            let flow = guarded(run);
            ends_no_line = false;
            let row = cx.row;
            let bucket = if cx.is_question { Bucket::Questions } else { Bucket::Commands };
            let worked = (work::spent() - charged) as usize;
            let ended = (self.network.nanoseconds)();
            let mut cost = worked / WORK_A_TOKEN;
            if is_next {
                self.counters.lines_in.add(1);
                match row {
                    Some(row) => self.counters.command(row, length, ended - begun),
                    None => self.counters.strays.add(1),
                }
                cost += row.and_then(|row| command::TABLE.get(row)).map_or(1, |spec| spec.cost);
            }
            begun = ended;
            let asked = LINE_COST + length / BYTES_A_UNIT + worked;
            spent += asked;
            let share = session.cost_meter.asked(asked, self.tick);
            let (idle_work, _) = session.charge_idle(false, now, limits);
            spent += idle_work;
            let may_go_on = session.pay(bucket, cost * TOKEN, now, limits);
            self.charged.tokens += cost as u64;
            let mut is_done = true;
            match flow {
                Flow::Continue => {}
                Flow::Close(why) => {
                    let charged = work::spent();
                    self.finish(now, conn, &why);
                    return (spent + (work::spent() - charged) as usize, &[]);
                }
                Flow::Stop => self.wants_stop = true,
                // What is begun is brought to its end; who has no token waits after that.
                Flow::More(rest) => {
                    session.client.extra().rest = Some(rest);
                    is_done = false;
                }
                Flow::Job(job) => {
                    session.pace = Pace::Job;
                    self.jobs.push((conn, job));
                    return (spent, data);
                }
            }
            // Past its SendQ: it quits when the tick ends, and nothing more of it counts.
            if !self.here.is_open(conn) {
                return (spent, &[]);
            }
            let takes = self.here.room(conn) >= enough_room;
            let waiting = match () {
                () if is_done && !may_go_on => {
                    self.counters.throttled.add(1);
                    return (spent, self.brake(conn, data));
                }
                () if share >= SHARE || !takes || !is_low_cost && self.here.tick_is_long() => {
                    &mut self.later
                }
                () if !is_done || spent + delivery_cost(&self.here, before) >= SLICE => {
                    &mut self.paused
                }
                () => continue,
            };
            waiting.push_back(conn);
            session.pace = Pace::Later;
            return (spent, data);
        }
        let (idle_work, may_go_on) = session.charge_idle(ends_no_line, now, limits);
        if !may_go_on {
            self.counters.throttled.add(1);
            self.brake(conn, data);
        }
        (spent + idle_work, &[])
    }

    /// Leaves what the client has sent until it has a token again.
    fn brake<'a>(&mut self, conn: ConnId, left: &'a [u8]) -> &'a [u8] {
        if let Some(session) = session(&mut self.sessions, conn) {
            session.pace = Pace::Braked;
            self.braked.push_back(conn);
        }
        left
    }

    /// Goes on, for a slice, with those whose commands were left for later in this tick; whether there
    /// were any.
    pub(in crate::shard) fn resume(&mut self, now: Now, sink: &mut dyn Sink) -> bool {
        let mut resumed = false;
        while let Some(conn) = self.paused.pop_front() {
            let Some(session) = session(&mut self.sessions, conn) else { continue };
            if session.pace != Pace::Later {
                continue;
            }
            session.pace = Pace::Running;
            // What it has sent has waited for us: that was no silence of its own.
            session.liveness.heard(now);
            self.feed_held(now, conn);
            resumed = true;
            if self.wants_bytes(conn) {
                sink.resumed(conn);
            }
            if self.slice_is_over() {
                break;
            }
        }
        resumed
    }

    /// A tick is over: those who have waited for the next one, and have taken their answers or have
    /// a token again, may go on.
    pub(in crate::shard) fn begin_tick(&mut self, now: Now) {
        self.tick = self.tick.wrapping_add(1);
        let machine = self.network.machine();
        let limits = &machine.limits;
        if now.monotonic.saturating_sub(self.released) >= TOKENS_EVERY {
            self.released = now.monotonic;
            for conn in mem::take(&mut self.braked) {
                let Some(session) = session(&mut self.sessions, conn) else { continue };
                match session.throttle.may_go_on(now, limits) {
                    true if session.pace == Pace::Braked => {
                        session.pace = Pace::Later;
                        self.later.push_back(conn);
                    }
                    true => {}
                    false => self.braked.push_back(conn),
                }
            }
        }
        for conn in mem::take(&mut self.later) {
            let Some(session) = session(&mut self.sessions, conn) else { continue };
            match self.here.room(conn) >= session.client.origin.sendq(limits) / 2 {
                true => self.paused.push_back(conn),
                false => self.later.push_back(conn),
            }
        }
    }
}

/// What it has cost to tell all that was told since there were `before` lines.
pub(in crate::shard) fn delivery_cost(here: &Delivery, before: u64) -> usize {
    ((here.traffic().lines - before) / DELIVERIES_A_UNIT) as usize
}
