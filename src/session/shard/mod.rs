//! A shard: the connections of one thread, with everything about them but their sockets.

mod ahead;
mod feed;
mod incidents;
mod orders;
mod step;

use std::collections::VecDeque;
use std::io;
use std::mem;
use std::net::IpAddr;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

use self::incidents::Others;
use super::liveness::Due;
use super::{Held, Pace, Session};
use crate::command::{
    self, Answer, Client, Close, Cx, Flow, Foreign, Job, Mark, Stage, Sweep, door,
};
use crate::delivery::{Delivery, Inbox, Ordered, Sink};
use crate::memory::GiveBack;
use crate::names::{ConnId, PlaceId};
use crate::state::notices::{self, Kinds};
use crate::state::tally::Tally;
use crate::state::{Origin, Settings, World, connection_record, expire};
use crate::wire::time::Now;
use crate::work;

/// What it costs to hear that a connection is closed, in units of work.
const CLOSED_COST: usize = 64;

/// What the end of a session costs, in units of work.
const END_COST: usize = 400;

/// What connections have been charged for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Charged {
    /// Units of work, by which turns are shared (see [`STEP`](crate::delivery::STEP)).
    pub units: u64,
    /// Tokens of flood control.
    pub tokens: u64,
}

/// Connections, bytes in and bytes out.  Knows no sockets, no clock and no randomness: the same
/// calls give the same bytes.
///
/// Whoever calls it ends each turn with [`Shard::end_turn`], after all that was ready was handled.
pub struct Shard {
    world: Arc<World>,
    /// Those that its people know of.
    settings: Arc<Settings>,
    here: Delivery,
    tally: Arc<Tally>,
    /// By the slot of their connection.
    sessions: Vec<Option<Session>>,
    jobs: Vec<(ConnId, Job)>,
    /// Those with commands left for a later step of this turn,
    paused: VecDeque<ConnId>,
    /// for the next turn,
    later: VecDeque<ConnId>,
    /// and for when they have a token again.
    braked: VecDeque<ConnId>,
    /// When it was last asked whether they have (monotonic).
    released: u64,
    /// What operators want done to its users.
    orders: VecDeque<Ordered>,
    /// Bans that have been set, with the users that are still to be looked at.
    sweeps: VecDeque<Sweep>,
    /// Those about to be ended.
    leaving: VecDeque<(ConnId, Close)>,
    /// Counts the turns.
    turn: u32,
    /// Units of work done in this step.
    spent: usize,
    /// What its connections were charged for since the start.
    charged: Charged,
    /// A command wants the server to stop.
    wants_stop: bool,
}

impl Shard {
    /// The shard that is place `place` of the world.  `None`: the world has no such place.
    pub fn new(world: Arc<World>, place: PlaceId) -> Option<Self> {
        let inbox = Arc::clone(world.places.inbox(place)?);
        let settings = Arc::clone(&world.settings());
        let here = Delivery::new(place, inbox, settings.limits.line, world.run);
        let tally = Arc::new(command::tally());
        world.tallies.add(Arc::clone(&tally));
        Some(Self {
            tally,
            world,
            settings,
            here,
            sessions: Vec::new(),
            jobs: Vec::new(),
            paused: VecDeque::new(),
            later: VecDeque::new(),
            braked: VecDeque::new(),
            released: 0,
            orders: VecDeque::new(),
            sweeps: VecDeque::new(),
            leaving: VecDeque::new(),
            turn: 0,
            spent: 0,
            charged: Charged::default(),
            wants_stop: false,
        })
    }

    /// The inbox that other places push to.
    pub fn inbox(&self) -> Option<&Arc<Inbox>> {
        self.world.places.inbox(self.here.place())
    }

    /// What all shards share.
    pub fn world(&self) -> &Arc<World> {
        &self.world
    }

    /// The place that it is.
    pub fn place(&self) -> PlaceId {
        self.here.place()
    }

    /// What holds now.
    pub fn settings(&self) -> Arc<Settings> {
        Arc::clone(&self.world.settings())
    }

    /// A connection.  One too many is told so, and finished.
    pub fn open(&mut self, now: Now, origin: impl Into<Origin>) -> ConnId {
        let (settings, origin) = (self.world.settings(), origin.into());
        let (limits, address, by) = (&settings.limits, origin.address, origin.door);
        let conn = self.here.open(origin.sendq(limits));
        let refusal = door::refusal(&self.world, &settings, &origin, now);
        let session = Session::new(conn, self.world.next_user_id(), origin, now, limits);
        connection_record!(debug, session.client.id(), &session.client.origin, "opened");
        self.tally.accepted.add(1);
        let slot = conn.slot as usize;
        if self.sessions.len() <= slot {
            self.sessions.resize_with(slot + 1, || None);
        }
        if let Some(free) = self.sessions.get_mut(slot) {
            *free = Some(session);
        }
        if let Some(why) = refusal.filter(|_| by.is_limited()) {
            let count = self.finish(now, conn, &why);
            if let Some((count, kind)) = count.zip(door::kind(why.name())) {
                let text = format_args!("{address} refused: {}{}", why.name(), Others(count - 1));
                notices::tell(&self.world, &mut self.here, now, kind, text);
            }
        }
        conn
    }

    /// Counts a connection that was turned away before its first line.  `Some`: a record is to be
    /// written of so many.
    pub fn turned_away(&self, why: &Close, address: IpAddr, now: Now) -> Option<u64> {
        self.tally.accepted.add(1);
        self.tally.close(why.name());
        self.world.incidents.count(why.name(), address, now)
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
        // What an operator wanted before this was said is done before it.
        self.here.catch_up();
        self.obey_before(now, conn);
        let Some(session) = session(&mut self.sessions, conn) else { return };
        session.liveness.heard(now);
        let is_first = !mem::replace(&mut session.begun, true);
        if let Some(protocol) = is_first.then(|| Foreign::of(data)).flatten() {
            self.finish(now, conn, &Close::Foreign(protocol));
            return;
        }
        self.tally.bytes_in.add(data.len() as u64);
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
    pub fn on_job(&mut self, now: Now, conn: ConnId, answer: &Answer) {
        if let Answer::Stored { change, stored: true } = answer {
            self.sweeps.extend(command::apply(&self.world, change));
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
    fn answer(&mut self, now: Now, conn: ConnId, answer: &Answer) -> bool {
        let Some(session) = session(&mut self.sessions, conn) else { return false };
        session.pace = Pace::Running;
        let (world, settings, here) = (&*self.world, self.world.settings(), &mut self.here);
        let mut cx = Cx::new(world, &settings, here, &mut session.client, now);
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
            Flow::More(rest) => session.client.rare().rest = Some(rest),
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
        expire(&self.world, &mut self.here, now);
        for ban in self.world.bans.expire(now) {
            let text = format_args!("{} of {} has ended", ban.kind.verb(), ban.mask.text());
            notices::tell(&self.world, &mut self.here, now, Kinds::BANS, text);
        }
        self.record_incidents(now);
        self.on_settings(now);
        self.end_late_batches(now);
        let settings = Arc::clone(&self.settings);
        let mut closing = Vec::new();
        let limited = |session: &&mut Session| session.client.origin.door.is_limited();
        for session in self.sessions.iter_mut().flatten().filter(limited) {
            let registered = session.is_registered();
            // It has sent something, which waits for a token: that is no silence.
            if session.pace == Pace::Braked && !session.throttle.may_go_on(now, &settings.limits) {
                session.liveness.heard(now);
            }
            match session.liveness.due(now, registered, &settings.limits) {
                Due::Nothing => {}
                Due::Ping => {
                    let server = settings.server_name.as_bytes();
                    self.here.reply(session.client.conn, now, |out| {
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
        self.sessions.give_back();
        self.leaving.give_back();
        for waiting in [&mut self.paused, &mut self.later, &mut self.braked] {
            waiting.give_back();
        }
        self.here.give_back();
        self.world.give_back();
    }

    /// Other places have pushed to the inbox.
    pub fn on_inbox(&mut self) {
        self.here.catch_up();
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
    /// Its inbox rings this shard's bell when that has changed.
    pub fn must_wait(&self) -> bool {
        self.world.places.must_wait(self.here.place())
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

    /// Whether commands have been left for a later turn.
    pub fn has_paused(&self) -> bool {
        let waits = [&self.paused, &self.later, &self.braked].iter().any(|some| !some.is_empty());
        waits || !self.sweeps.is_empty() || !self.orders.is_empty()
    }

    /// Writes what a connection did not take earlier; whether some of it still waits.
    pub fn write_backlog(&mut self, conn: ConnId, sink: &mut dyn Sink) -> bool {
        self.here.write_backlog(conn, sink)
    }

    fn tally_traffic(&self) {
        let traffic = self.here.traffic();
        self.tally.lines_out.set(traffic.lines);
        self.tally.bytes_out.set(traffic.bytes);
        self.tally.deliveries.set(traffic.lines - traffic.replies);
        self.tally.waiting.set(traffic.waiting as u64);
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
            Stage::Registering(registering) => command::refuse_nick(&self.world, registering),
            Stage::Registered { user, .. } => {
                self.world.quit(&mut self.here, user, &text, now);
                self.here.detach(user.id, conn);
                let (mask, reason) = (user.identity(), String::from_utf8_lossy(&text));
                let text = format_args!("{} ({reason})", mask.mask());
                notices::tell(&self.world, &mut self.here, now, Kinds::QUITS, text);
            }
        }
        let settings = self.world.settings();
        door::leave(&self.world, &session.client.origin, &settings.limits);
        self.tally.close(why.name());
        last_line(&mut self.here, now, &session.client, why);
        let (id, origin) = (session.client.id(), &*session.client.origin);
        let is_user = session.is_registered();
        let count = (!is_user).then(|| self.world.incidents.count(why.name(), origin.address, now));
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
    here.end(client.conn, now, |out| {
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
