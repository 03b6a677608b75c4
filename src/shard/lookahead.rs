//! PING and PONG ahead of commands that flood control holds back; bytes that make no command.

use crate::command;
use crate::command::{Cx, Flow};
use crate::core::MachineLimits;
use crate::proto::names::ConnId;
use crate::proto::time::Now;
use crate::shard::feed::{BYTES_A_UNIT, LINE_COST};
use crate::shard::session::{Pace, Session};
use crate::shard::throttle::{Bucket, TOKEN};
use crate::shard::{Shard, guarded, session};

/// How many bytes may wait for a token while the connection is still read.
const LOOK_AHEAD: usize = 16 << 10;

/// What an empty line costs, in thousandths of a token.  A WebSocket ping is one.
const EMPTY_LINE: usize = TOKEN / 20;

/// Bytes that cost a token and are of no use: of lines over the limits, or around all lines.
const WASTE_A_TOKEN: usize = 500;

/// What a read costs that ends no line, in thousandths of a token.
const FRAGMENT: usize = TOKEN / 50;

/// What an empty line costs in units of work, and what a read that ends no line does.
const EMPTY_LINE_WORK: usize = 2;
const FRAGMENT_WORK: usize = 32;

impl Session {
    /// Whether the connection is read although its commands wait for a token.
    pub(in crate::shard) fn reads_ahead(&self) -> bool {
        let most = self.client.origin.recvq().unwrap_or(LOOK_AHEAD).min(LOOK_AHEAD);
        self.held.len() < most && !self.hung_up
    }

    /// Charges what has arrived since the last call and made no line; `is_fragment`: a read has
    /// ended none.  The units of work that it has cost, and whether the next command may be run.
    pub(in crate::shard) fn charge_idle(
        &mut self,
        is_fragment: bool,
        now: Now,
        limits: &MachineLimits,
    ) -> (usize, bool) {
        let idle = self.framing.take_idle();
        let (empty, dropped) = (idle.empty_lines as usize, idle.dropped as usize);
        let fragments = usize::from(is_fragment);
        let cost = empty * EMPTY_LINE + dropped * TOKEN / WASTE_A_TOKEN + fragments * FRAGMENT;
        let work = empty * EMPTY_LINE_WORK + dropped / BYTES_A_UNIT + fragments * FRAGMENT_WORK;
        (work, self.pay(Bucket::Commands, cost, now, limits))
    }

    /// Takes thousandths of a token from the client, if flood control concerns it; whether its next
    /// command may be run.
    pub(in crate::shard) fn pay(
        &mut self,
        bucket: Bucket,
        cost: usize,
        now: Now,
        limits: &MachineLimits,
    ) -> bool {
        let is_limited = self.client.origin.kind.is_limited();
        !is_limited || cost == 0 || self.throttle.pay(bucket, cost, now, limits)
    }
}

impl Shard {
    /// Bytes of a client whose commands wait for a token.
    pub(in crate::shard) fn read_ahead(&mut self, now: Now, conn: ConnId, data: &[u8]) {
        let machine = self.network.machine();
        let Some(session) = session(&mut self.sessions, conn) else { return };
        session.held.push(data);
        let is_fragment = !data.iter().any(|byte| b"\r\n".contains(byte));
        let cost = usize::from(is_fragment) * FRAGMENT;
        session.pay(Bucket::Commands, cost, now, &machine.limits);
        self.charge(now, conn, FRAGMENT_WORK);
        self.look_ahead(now, conn);
    }

    /// Bytes have arrived that are no content of the connection's stream: records of TLS or frames of
    /// WebSocket without any.
    pub fn on_waste(&mut self, now: Now, conn: ConnId, bytes: usize) {
        let machine = self.network.machine();
        let Some(session) = session(&mut self.sessions, conn) else { return };
        let cost = bytes * TOKEN / WASTE_A_TOKEN;
        let may_go_on = session.pay(Bucket::Commands, cost, now, &machine.limits);
        if !may_go_on && session.pace == Pace::Running {
            session.pace = Pace::Braked;
            self.braked.push_back(conn);
        }
        self.charge(now, conn, bytes / BYTES_A_UNIT);
    }

    /// Answers at once what goes ahead of the client's other commands.  These wait for a token, and
    /// what asks for a sign of life must not wait as long as they do.
    pub(in crate::shard) fn look_ahead(&mut self, now: Now, conn: ConnId) {
        let (settings, machine) = (self.network.settings(), self.network.machine());
        let Some(session) = session(&mut self.sessions, conn) else { return };
        if session.pace != Pace::Braked {
            return;
        }
        let (network, here, counters) = (&*self.network, &mut self.here, &self.counters);
        let (client, throttle) = (&mut session.client, &mut session.throttle);
        let (mut work, mut flow) = (0, Flow::Continue);
        session.held.take_out(session.framing.is_skipping(), |line| {
            work += 1;
            if !command::goes_ahead(line) || !throttle.may_go_ahead(now, &machine.limits) {
                return false;
            }
            let mut cx = Cx::new(network, &settings, &machine, here, client, now.moment());
            flow = guarded(|| command::run(&mut cx, line));
            counters.lines_in.add(1);
            if let Some(row) = cx.row {
                counters.command(row, line.len(), 0);
            }
            work += LINE_COST;
            true
        });
        self.charge(now, conn, work);
        if let Flow::Close(why) = flow {
            self.finish(now, conn, &why);
        }
    }

    /// Notes work that was done for the client.
    pub(in crate::shard) fn charge(&mut self, now: Now, conn: ConnId, work: usize) {
        self.spend(work);
        if let Some(session) = session(&mut self.sessions, conn) {
            session.cost_meter.charge(work, now);
        }
    }
}
