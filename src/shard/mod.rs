//! A shard: the connections of one thread, with everything about them but their sockets.

mod cost_meter;
mod feed;
mod held;
mod incidents;
mod liveness;
mod lookahead;
mod remote_commands;
mod session;
mod slice;
mod throttle;

use std::collections::VecDeque;
use std::net::IpAddr;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::{io, mem};

use self::incidents::Others;
use crate::command::registration::admission;
use crate::command::{Client, Close, Cx, Flow, Job, JobResult, Mark, Stage, Sweep, WrongProtocol};
use crate::core::server::counters::ShardCounters;
use crate::core::server::notice_mask::Kinds;
use crate::core::shrink::Shrink;
use crate::core::{
    Done, Inbox, LocalShard, MachineSettings, Network, NetworkSettings, Op, Origin,
    connection_record, notify_operators,
};
use crate::delivery::{Delivery, PendingCommand, Sink};
use crate::proto::names::{ConnId, ShardId};
use crate::proto::time::Now;
use crate::shard::held::Held;
use crate::shard::liveness::Due;
use crate::shard::session::{Pace, Session};
use crate::{command, work};

/// What it costs to hear that a connection is closed, in units of work.
const CLOSED_COST: usize = 64;

/// What the end of a session costs, in units of work.
const END_COST: usize = 400;

/// What connections have been charged for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Charged {
    /// Units of work, by which ticks are shared (see [`SLICE`](crate::delivery::SLICE)).
    pub units: u64,
    /// Tokens of flood control.
    pub tokens: u64,
}

/// Connections, bytes in and bytes out.  Knows no sockets, no clock and no randomness: the same
/// calls give the same bytes.
///
/// Whoever calls it ends each tick with [`Shard::end_tick`], after all that was ready was handled.
pub struct Shard {
    network: Arc<Network>,
    /// Those that its people know of,
    settings: Arc<NetworkSettings>,
    /// and those of the machine.
    machine: Arc<MachineSettings>,
    here: Delivery,
    counters: Arc<ShardCounters>,
    /// By the slot of their connection.
    sessions: Vec<Option<Session>>,
    jobs: Vec<(ConnId, Job)>,
    /// Those with commands left for a later slice of this tick,
    paused: VecDeque<ConnId>,
    /// for the next tick,
    later: VecDeque<ConnId>,
    /// and for when they have a token again.
    braked: VecDeque<ConnId>,
    /// When it was last asked whether they have (monotonic).
    released: u64,
    /// What operators want done to its users.
    remote_commands: VecDeque<PendingCommand>,
    /// Bans that have been set, with the users that are still to be looked at.
    sweeps: VecDeque<Sweep>,
    /// Those about to be ended.
    leaving: VecDeque<(ConnId, Close)>,
    /// Counts the ticks.
    tick: u32,
    /// Units of work done in this slice.
    spent: usize,
    /// What its connections were charged for since the start.
    charged: Charged,
    /// A command wants the server to stop.
    wants_stop: bool,
}

impl Shard {
    /// Shard `shard_id` of the network.  `None`: the network has no such shard.
    pub fn new(network: Arc<Network>, shard_id: ShardId) -> Option<Self> {
        let inbox = Arc::clone(network.router.inbox(shard_id)?);
        let settings = Arc::clone(&network.settings());
        let machine = Arc::clone(&network.machine());
        let here = Delivery::new(shard_id, inbox, settings.limits.line);
        let counters = Arc::new(command::counters());
        network.counters.add(Arc::clone(&counters));
        Some(Self {
            counters,
            network,
            settings,
            machine,
            here,
            sessions: Vec::new(),
            jobs: Vec::new(),
            paused: VecDeque::new(),
            later: VecDeque::new(),
            braked: VecDeque::new(),
            released: 0,
            remote_commands: VecDeque::new(),
            sweeps: VecDeque::new(),
            leaving: VecDeque::new(),
            tick: 0,
            spent: 0,
            charged: Charged::default(),
            wants_stop: false,
        })
    }

    /// The inbox that other shards push to.
    pub fn inbox(&self) -> Option<&Arc<Inbox>> {
        self.network.router.inbox(self.here.shard_id())
    }

    /// What all shards share.
    pub fn network(&self) -> &Arc<Network> {
        &self.network
    }

    /// Its number.
    pub fn shard_id(&self) -> ShardId {
        self.here.shard_id()
    }

    /// The settings of this machine that hold now.
    pub fn machine(&self) -> Arc<MachineSettings> {
        Arc::clone(&self.network.machine())
    }

    /// A connection.  One too many is told so, and finished.
    pub fn open(&mut self, now: Now, origin: impl Into<Origin>) -> ConnId {
        let (machine, origin) = (self.network.machine(), origin.into());
        let (limits, address, by) = (&machine.limits, origin.address, origin.kind);
        let conn = self.here.open(origin.sendq(limits));
        let refusal = admission::refusal(&self.network, &machine, &origin, now.moment());
        let session =
            Session::new(conn, self.network.next_user_id(now.moment()), origin, now, limits);
        connection_record!(debug, session.client.id(), &session.client.origin, "opened");
        self.counters.accepted.add(1);
        let slot = conn.slot as usize;
        if self.sessions.len() <= slot {
            self.sessions.resize_with(slot + 1, || None);
        }
        if let Some(free) = self.sessions.get_mut(slot) {
            *free = Some(session);
        }
        if let Some(why) = refusal.filter(|_| by.is_limited()) {
            let count = self.finish(now, conn, &why);
            if let Some((count, kind)) = count.zip(admission::kind(why.name())) {
                let text = format_args!("{address} refused: {}{}", why.name(), Others(count - 1));
                notify_operators(&self.network, &mut self.here, now.moment(), kind, text);
            }
        }
        conn
    }

    /// Counts a connection that was turned away before its first line.  `Some`: a record is to be
    /// written of so many.
    pub fn rejected(&self, why: &Close, address: IpAddr, now: Now) -> Option<u64> {
        self.counters.accepted.add(1);
        self.counters.close(why.name());
        self.network.incidents.count(why.name(), address, now.moment())
    }

    /// Has the connection's registration end with [`Job::LookUp`]; whether it still goes on.
    pub fn look_up(&mut self, conn: ConnId) -> bool {
        match session(&mut self.sessions, conn).map(|session| &mut session.client.stage) {
            Some(Stage::Registering(now)) => {
                now.looks_up = true;
                true
            }
            _ => false,
        }
    }

    /// Bytes that have arrived.
    pub fn on_bytes(&mut self, now: Now, conn: ConnId, data: &[u8]) {
        self.tick(now);
        // What an operator wanted before this was said is done before it.
        self.here.catch_up();
        self.execute_before(now, conn);
        let Some(session) = session(&mut self.sessions, conn) else { return };
        session.liveness.heard(now);
        let is_first = !mem::replace(&mut session.begun, true);
        if let Some(protocol) = is_first.then(|| WrongProtocol::of(data)).flatten() {
            self.finish(now, conn, &Close::WrongProtocol(protocol));
            return;
        }
        self.counters.bytes_in.add(data.len() as u64);
        match session.pace {
            Pace::Running => self.feed(now, conn, data),
            Pace::Job | Pace::Later => session.held.push(data),
            Pace::Braked => self.read_ahead(now, conn, data),
            Pace::Leaving => {}
        }
    }

    /// Whether the connection should be read: not while its commands wait, but for a little when
    /// they wait for flood control; nor once it ends.
    pub fn wants_bytes(&mut self, conn: ConnId) -> bool {
        session(&mut self.sessions, conn).is_some_and(|session| match session.pace {
            Pace::Running => true,
            Pace::Braked => session.reads_ahead(),
            Pace::Job | Pace::Later | Pace::Leaving => false,
        })
    }

    /// Bytes of the connection that wait already, so that so much less is to be read of it.
    pub fn held(&mut self, conn: ConnId) -> usize {
        session(&mut self.sessions, conn).map_or(0, |session| session.held.len())
    }

    /// Whether a job for the connection still matters.
    pub fn wants_job(&mut self, conn: ConnId) -> bool {
        session(&mut self.sessions, conn).is_some_and(|session| session.pace == Pace::Job)
    }

    /// What a job for the connection has come to.
    pub fn on_job(&mut self, now: Now, conn: ConnId, answer: &JobResult) {
        self.tick(now);
        if let JobResult::Stored { change, stored: true } = answer {
            self.sweeps.extend(command::apply(&self.network, change));
            self.sweep(now);
        }
        let begun = Mark::now(&self.here);
        let goes_on = self.answer(now, conn, answer);
        self.spend(begun.since(&self.here) as usize);
        if goes_on {
            self.feed_held(now, conn);
        }
    }

    /// Whether what the client has sent since is to be done now.
    fn answer(&mut self, now: Now, conn: ConnId, answer: &JobResult) -> bool {
        let Some(session) = session(&mut self.sessions, conn) else { return false };
        session.pace = Pace::Running;
        let (settings, machine) = (self.network.settings(), self.network.machine());
        let (network, here) = (&*self.network, &mut self.here);
        let mut cx = Cx::new(network, &settings, &machine, here, &mut session.client, now.moment());
        match guarded(|| command::answered(&mut cx, answer)) {
            Flow::Close(why) => {
                self.finish(now, conn, &why);
                return false;
            }
            Flow::Job(job) => {
                session.pace = Pace::Job;
                self.jobs.push((conn, job));
                return false;
            }
            Flow::More(rest) => session.client.extra().rest = Some(rest),
            Flow::Continue | Flow::Stop => {}
        }
        true
    }

    /// The other side has closed the connection, or it broke: it is ended soon.  `false`: it has
    /// been ended already.
    pub fn on_closed(&mut self, conn: ConnId, why: Close) -> bool {
        let Some(session) = session(&mut self.sessions, conn) else { return false };
        // What it has said before it hung up is done first; then that is read again.
        if session.pace == Pace::Braked && why == Close::Gone && session.held.len() > 0 {
            session.hung_up = true;
            return true;
        }
        if session.pace != Pace::Leaving {
            session.pace = Pace::Leaving;
            session.held = Held::default();
            self.leaving.push_back((conn, why));
            self.spend(CLOSED_COST);
        }
        true
    }

    /// Something may be due; to be called about once a second.
    pub fn on_timer(&mut self, now: Now) {
        self.tick(now);
        self.record_incidents(now);
        self.on_settings(now);
        self.end_late_batches(now);
        let machine = Arc::clone(&self.machine);
        let mut closing = Vec::new();
        let limited = |session: &&mut Session| session.client.origin.kind.is_limited();
        for session in self.sessions.iter_mut().flatten().filter(limited) {
            let registered = session.is_registered();
            // It has sent something, which waits for a token: that is no silence.
            if session.pace == Pace::Braked && !session.throttle.may_go_on(now, &machine.limits) {
                session.liveness.heard(now);
            }
            match session.liveness.due(now, registered, &machine.limits) {
                Due::Nothing => {}
                Due::Ping => {
                    let server = machine.server_name.as_bytes();
                    self.here.reply(session.client.conn, now.moment(), |out| {
                        out.extend_from_slice(b"PING :");
                        out.extend_from_slice(server);
                    });
                }
                Due::Close(why) => closing.push((session.client.conn, why)),
            }
        }
        for (conn, why) in closing {
            self.on_closed(conn, why);
        }
        self.sessions.shrink();
        self.leaving.shrink();
        for waiting in [&mut self.paused, &mut self.later, &mut self.braked] {
            waiting.shrink();
        }
        self.here.shrink();
        self.network.shrink();
    }

    /// Lets expire what is due.
    fn tick(&mut self, now: Now) {
        let now = now.moment();
        if !self.network.is_due(now) {
            return;
        }
        if let Done::Ended(bans) = self.network.apply(&mut self.here, now, Op::Tick) {
            for ban in bans {
                let text = format_args!("{} of {} has ended", ban.kind.verb(), ban.mask.text());
                notify_operators(&self.network, &mut self.here, now, Kinds::BANS, text);
            }
        }
    }

    /// Other shards have pushed to the inbox.
    pub fn on_inbox(&mut self) {
        self.here.catch_up();
    }

    /// The network has been restored ([`Network::load`]): its users are looked up again.
    pub fn find_users(&mut self) {
        let users = self.network.registry.users();
        for session in self.sessions.iter_mut().flatten() {
            let Stage::Registered { user, identity } = &mut session.client.stage else { continue };
            if let Ok(at) = users.binary_search_by_key(&user.id, |user| user.id)
                && let Some(known) = users.get(at)
            {
                (*user, *identity) = (Arc::clone(known), known.identity());
            }
        }
    }

    /// The server stops: every connection is told why, and finished.
    pub fn shut_down(&mut self, now: Now, why: &Close) {
        let open: Vec<_> =
            self.sessions.iter().flatten().map(|session| session.client.conn).collect();
        // First all of them take nothing more: nobody is told of everybody's QUIT.
        for session in self.sessions.iter().flatten() {
            last_line(&mut self.here, now, &session.client, why);
        }
        for conn in open {
            self.finish(now, conn, why);
        }
    }

    /// Whether to read no connection for now: another shard has not yet told what was said here.
    /// Its inbox wakes this shard when that has changed.
    pub fn must_wait(&self) -> bool {
        self.network.router.must_wait(self.here.shard_id())
    }

    /// What is to be done outside, since the last call; to be answered by [`Shard::on_job`].
    pub fn take_jobs(&mut self) -> Vec<(ConnId, Job)> {
        mem::take(&mut self.jobs)
    }

    /// What its connections were charged for since the start, so that it can be compared with what
    /// their lines have cost.
    pub fn charged(&self) -> Charged {
        self.charged
    }

    fn spend(&mut self, units: usize) {
        self.spent += units;
        self.charged.units += units as u64;
    }

    /// Whether a command wants the server to stop.
    pub fn wants_stop(&self) -> bool {
        self.wants_stop
    }

    /// Whether commands have been left for a later tick.
    pub fn has_paused(&self) -> bool {
        let waits = [&self.paused, &self.later, &self.braked].iter().any(|some| !some.is_empty());
        waits || !self.sweeps.is_empty() || !self.remote_commands.is_empty()
    }

    /// Writes what a connection did not take earlier; whether some of it still waits.
    pub fn write_backlog(&mut self, conn: ConnId, sink: &mut dyn Sink) -> bool {
        self.here.write_backlog(conn, sink)
    }

    fn count_traffic(&self) {
        let traffic = self.here.traffic();
        self.counters.lines_out.set(traffic.lines);
        self.counters.bytes_out.set(traffic.bytes);
        self.counters.deliveries.set(traffic.lines - traffic.replies);
        self.counters.waiting.set(traffic.waiting as u64);
    }

    /// The socket is closed: whatever still waited is dropped, and the id is never valid again.
    pub fn close(&mut self, now: Now, conn: ConnId) {
        self.finish(now, conn, &Close::Broken(io::ErrorKind::ConnectionAborted));
        self.here.close(conn);
    }

    /// Whether it holds no connection, user or channel.
    pub fn is_empty(&self) -> bool {
        self.sessions.iter().all(Option::is_none) && self.here.is_empty()
    }

    /// Ends a session: its user quits, the connection gets its ERROR and takes nothing more.
    /// `Some`: it was no user, and so many of those have ended for this reason since the last record.
    fn finish(&mut self, now: Now, conn: ConnId, why: &Close) -> Option<u64> {
        let slot = self.sessions.get_mut(conn.slot as usize)?;
        let session = slot.take_if(|session| session.client.conn == conn)?;
        work::charge(END_COST);
        let text = why.text();
        match &session.client.stage {
            Stage::Registering(registering) => command::refuse_nick(&self.network, registering),
            Stage::Registered { user, .. } => {
                self.network.quit(&mut self.here, user, &text, now.moment());
                self.here.detach(user.id, conn);
                let (mask, reason) = (user.identity(), String::from_utf8_lossy(&text));
                let text = format_args!("{} ({reason})", mask.mask());
                notify_operators(&self.network, &mut self.here, now.moment(), Kinds::QUITS, text);
            }
        }
        let machine = self.network.machine();
        admission::leave(&self.network, &session.client.origin, &machine.limits);
        self.counters.close(why.name());
        last_line(&mut self.here, now, &session.client, why);
        let (id, origin) = (session.client.id(), &*session.client.origin);
        let is_user = session.is_registered();
        let count = (!is_user)
            .then(|| self.network.incidents.count(why.name(), origin.address, now.moment()));
        let count = count.flatten();
        if is_user || count.is_some() {
            let cause = if let Close::Broken(cause) = why { Some(cause.to_string()) } else { None };
            let (reason, cause) = (why.name(), cause.as_deref());
            connection_record!(info, id, origin, reason, why = cause, count, "closed");
        }
        count
    }
}

/// A fault of ours ends the session that met it and no other.  Nothing is half done: a command
/// changes something only once all its checks have passed.
fn guarded(run: impl FnOnce() -> Flow) -> Flow {
    catch_unwind(AssertUnwindSafe(run)).unwrap_or(Flow::Close(Close::Fault))
}

fn last_line(here: &mut Delivery, now: Now, client: &Client, why: &Close) {
    here.end(client.conn, now.moment(), |out| {
        for part in
            [b"ERROR :Closing Link: ", client.origin.host.as_bytes(), b" (", &why.text(), b")"]
        {
            out.extend_from_slice(part);
        }
    });
}

fn session(sessions: &mut [Option<Session>], conn: ConnId) -> Option<&mut Session> {
    let session = sessions.get_mut(conn.slot as usize)?.as_mut();
    session.filter(|session| session.client.conn == conn)
}
