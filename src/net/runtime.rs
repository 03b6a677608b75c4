//! A shard's thread: the sockets and the clock around a [`Shard`].

use std::cell::{Cell, RefCell};
use std::future::{Future, poll_fn};
use std::net::IpAddr;
use std::pin::Pin;
use std::rc::Rc;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use tokio::sync::{Notify, Semaphore};
use tokio::task::{JoinHandle, spawn_local, yield_now};
use tokio::time::{MissedTickBehavior, interval, timeout};

use crate::command::{Close, Job, JobResult};
use crate::core::shrink::Shrink;
use crate::core::{MachineSettings, Network, Origin, StoreOp, Verdict};
use crate::net::arrivals::Arrivals;
use crate::net::clock::Clock;
use crate::net::connection::Connection;
use crate::net::control::Control;
use crate::net::job::verify_password;
use crate::net::meter::Meter;
use crate::net::read_queue::ReadQueue;
use crate::net::resolve::{Resolver, Subject};
use crate::net::stream::Stream;
use crate::net::writers::BacklogWriter;
use crate::proto::names::{ConnId, ShardId};
use crate::proto::time::Now;
use crate::shard::Shard;

/// What is read of a connection at once.
const READ_BYTES: usize = 64 << 10;

/// How often the shard is asked what is due.
const TICK: Duration = Duration::from_secs(1);

/// Changes of a shard that are being stored at once; the others wait, so that they are in force in
/// the order in which they are stored.
const STORED_AT_ONCE: usize = 1;

/// How long a closed connection is still read, for what has been sent to it to arrive.
const DRAIN: Duration = Duration::from_secs(1);

/// How long a connection whose session has ended may take to accept its last lines.
const LINGER_MS: u64 = 3000;

/// The connections of one thread.  Everything in it happens on a tokio runtime of one thread.
///
/// A tick is all that is ready at once: each connection's task reads and hands over what came,
/// and marks the tick; then, behind them in the queue, the tick's own task writes each connection
/// that has news, once.
///
/// A tick of a busy server takes slices, between which the system is asked who else is ready.  What a
/// low-cost client says (one that has cost little lately) is read and written in the same slice; the
/// others are read at the read queue, and what they have led to is written when all have been.
pub struct ShardRuntime {
    pub(super) shard: RefCell<Shard>,
    /// By the slot of their id.
    pub(super) connections: RefCell<Vec<Option<Rc<Connection>>>>,
    pub(super) clock: Clock,
    /// When the tick began, once something has happened in it: it is one moment to all of them.
    pub(super) moment: Cell<Option<Now>>,
    buffer: RefCell<Box<[u8]>>,
    /// Wakes the tick's own task; other threads wake it too.
    tick: Arc<Notify>,
    tick_is_marked: Cell<bool>,
    pub(super) read_queue: ReadQueue,
    /// For changes that are to be stored.
    storing: Semaphore,
    tasks: RefCell<Vec<JoinHandle<()>>>,
    /// Whoever governs the program.
    control: Control,
    pub(super) arrivals: Arrivals,
    pub(super) resolver: Resolver,
    /// It is shutting down.
    is_closing: Cell<bool>,
    /// Nothing is read until another shard has caught up.
    waits: Cell<bool>,
}

impl ShardRuntime {
    /// Starts the shard's own tasks on the current runtime, which is a local one.
    pub fn start(shard: Shard, clock: Clock, control: Control, resolver: Resolver) -> Rc<Self> {
        let tick = Arc::new(Notify::new());
        if let Some(inbox) = shard.inbox() {
            let tick = Arc::clone(&tick);
            inbox.set_waker(Box::new(move || tick.notify_one()));
        }
        let runtime = Rc::new(Self {
            shard: RefCell::new(shard),
            connections: RefCell::new(Vec::new()),
            clock,
            moment: Cell::new(None),
            buffer: RefCell::new(vec![0; READ_BYTES].into()),
            tick,
            tick_is_marked: Cell::new(false),
            read_queue: ReadQueue::default(),
            storing: Semaphore::new(STORED_AT_ONCE),
            tasks: RefCell::new(Vec::new()),
            control,
            arrivals: Arrivals::default(),
            resolver,
            is_closing: Cell::new(false),
            waits: Cell::new(false),
        });
        let tasks =
            [spawn_local(Rc::clone(&runtime).end_ticks()), spawn_local(Rc::clone(&runtime).tick())];
        runtime.tasks.replace(tasks.into());
        runtime
    }

    /// Returns when one of the shard's own tasks has ended, which only a fault of ours can bring
    /// about: without them nobody would be written to any more.
    pub async fn failed(&self) {
        let mut tasks = self.tasks.take();
        poll_fn(|cx| {
            let ended = tasks.iter_mut().any(|task| Pin::new(task).poll(cx).is_ready());
            if ended { Poll::Ready(()) } else { Poll::Pending }
        })
        .await;
    }

    /// The settings of this machine that hold now.
    pub(super) fn machine(&self) -> Arc<MachineSettings> {
        self.shard.borrow().machine()
    }

    /// Looks at the network and this shard there, now.
    pub fn with_network<R>(&self, look: impl FnOnce(&Network, ShardId, Now) -> R) -> R {
        let now = self.now();
        let shard = self.shard.borrow();
        look(shard.network(), shard.shard_id(), now)
    }

    /// Serves a stream, about which nobody is asked, until it is over.  Once the shard shuts down
    /// it is dropped.
    pub fn serve(self: &Rc<Self>, stream: Box<dyn Stream>, origin: impl Into<Origin>) {
        self.serve_known(stream, origin.into(), Subject::default());
    }

    /// The same; others are asked who it is, if the configuration wants that.
    pub fn serve_known(self: &Rc<Self>, stream: Box<dyn Stream>, origin: Origin, subject: Subject) {
        self.serve_metered(stream, None, origin, subject);
    }

    /// The same, of a stream that is made of another one, with the meter of that.
    pub(super) fn serve_metered(
        self: &Rc<Self>,
        stream: Box<dyn Stream>,
        meter: Option<Rc<Meter>>,
        origin: Origin,
        subject: Subject,
    ) {
        if self.is_closing.get() {
            return;
        }
        let read_bytes = origin.recvq();
        let id = self.shard.borrow_mut().open(self.now(), origin);
        let connection = Rc::new(Connection::new(stream, meter, read_bytes));
        {
            let mut connections = self.connections.borrow_mut();
            let slot = id.slot as usize;
            if connections.len() <= slot {
                connections.resize_with(slot + 1, || None);
            }
            if let Some(free) = connections.get_mut(slot) {
                *free = Some(Rc::clone(&connection));
            }
        }
        self.look_up(id, subject);
        // A full server has a line for it already.
        self.mark_tick();
        let runtime = Rc::clone(self);
        spawn_local(async move {
            poll_fn(|cx| connection.poll(&runtime, id, cx)).await;
            runtime.forget(id);
            // A task of its own: most connections wait long for the first part, and this one takes
            // as much memory as the rest of them.
            spawn_local(async move {
                let over = async {
                    connection.shut_down().await;
                    // What is unread at the close would make the system throw away what is still on
                    // its way to the client, the ERROR above all.
                    connection.drain(&runtime).await;
                };
                let _ = timeout(DRAIN, over).await;
            });
        });
    }

    /// How many connections there are, those about to be closed included.
    pub fn connection_count(&self) -> usize {
        self.connections.borrow().iter().flatten().count()
    }

    /// Tells every connection why the server stops, and returns once all are closed, which is
    /// after four seconds at the latest, whoever does not read.
    pub async fn shut_down(self: &Rc<Self>, why: &Close) {
        self.is_closing.set(true);
        self.shard.borrow_mut().shut_down(self.now(), why);
        self.mark_tick();
        let mut tick = interval(Duration::from_millis(20));
        while self.connection_count() > 0 {
            tick.tick().await;
        }
    }

    async fn end_ticks(self: Rc<Self>) {
        loop {
            self.tick.notified().await;
            self.tick_is_marked.set(false);
            self.shard.borrow_mut().on_inbox();
            if self.slice() {
                // Those who have waited go on after all that is ready now.
                self.mark_tick();
                yield_now().await;
            }
            if self.waits.get() && !self.shard.borrow().must_wait() {
                self.waits.set(false);
                self.connections.borrow().iter().flatten().for_each(|one| one.wake());
            }
        }
    }

    async fn tick(self: Rc<Self>) {
        let mut tick = interval(TICK);
        tick.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            tick.tick().await;
            let now = self.clock.now();
            self.shard.borrow_mut().on_timer(now);
            self.mark_tick();
            self.end_lingering(now.monotonic);
            self.connections.borrow_mut().shrink();
            self.read_queue.shrink();
        }
    }

    /// Closes those that have not taken their last lines in time.
    fn end_lingering(&self, now: u64) {
        for connection in self.connections.borrow().iter().flatten() {
            if connection.ending.get().is_some_and(|since| now.saturating_sub(since) >= LINGER_MS) {
                connection.finish();
            }
        }
    }

    pub(super) fn mark_tick(&self) {
        if !self.tick_is_marked.replace(true) {
            self.tick.notify_one();
        }
    }

    /// When the tick began.
    pub(super) fn now(&self) -> Now {
        let now = self.moment.get().unwrap_or_else(|| self.clock.now());
        self.moment.set(Some(now));
        now
    }

    /// What commands want done outside of the shard.
    pub(super) fn do_outside(self: &Rc<Self>) {
        let jobs = {
            let mut shard = self.shard.borrow_mut();
            if shard.wants_stop() {
                self.control.stop();
            }
            shard.take_jobs()
        };
        for (id, job) in jobs {
            spawn_local(Rc::clone(self).do_job(id, job));
        }
    }

    /// Has registration wait for what is found; whether there still is one.
    pub(super) fn expect_found(&self, id: ConnId) -> bool {
        self.shard.borrow_mut().look_up(id)
    }

    /// Each kind of work has a bound of its own, so that none waits for another.
    async fn do_job(self: Rc<Self>, id: ConnId, job: Job) {
        let answer = match job {
            Job::LookUp => Some(JobResult::LookupResult(self.resolver.found(id).await)),
            Job::VerifyPassword { hash, password, counted } => {
                let verdict = self.verify(id, hash, password, counted).await;
                verdict.map(JobResult::Password)
            }
            Job::Store(change) => self.store(id, change).await,
            Job::Reload => Some(JobResult::Reloaded(self.control.reload().await)),
            Job::Restart => Some(JobResult::Restarting(self.control.restart().await)),
        };
        let Some(answer) = answer else { return };
        self.shard.borrow_mut().on_job(self.now(), id, &answer);
        self.mark_tick();
        if let Some(connection) = self.connection(id) {
            connection.wake();
        }
    }

    /// Checks a password; `None`: nobody waits for it any more.
    async fn verify(
        &self,
        id: ConnId,
        hash: Arc<str>,
        password: Box<[u8]>,
        counted: Option<IpAddr>,
    ) -> Option<Verdict> {
        let permit = self.control.hashing().permit().await?;
        // Many may come only to leave work behind.
        if !self.is_wanted(id) {
            return None;
        }
        let (network, now) = (Arc::clone(self.shard.borrow().network()), self.clock.now());
        let guess =
            move || network.guess(counted, now.moment(), || verify_password(&hash, &password));
        // What panicked has not shown that the password is right.
        Some(permit.run(guess).await.unwrap_or(Verdict::Wrong))
    }

    /// Stores a change; `None`: it was not begun, and nobody waits for it any more.
    async fn store(&self, id: ConnId, change: Arc<StoreOp>) -> Option<JobResult> {
        // It is never closed.
        let _permit = self.storing.acquire().await.ok();
        if !self.is_wanted(id) {
            return None;
        }
        let stored = self.control.persist(Arc::clone(&change)).await;
        Some(JobResult::Stored { change, stored })
    }

    /// Whether somebody still waits for a job.
    fn is_wanted(&self, id: ConnId) -> bool {
        self.shard.borrow_mut().wants_job(id)
    }

    fn forget(&self, id: ConnId) {
        self.shard.borrow_mut().close(self.now(), id);
        self.resolver.forget(id);
        if let Some(slot) = self.connections.borrow_mut().get_mut(id.slot as usize) {
            *slot = None;
        }
        self.mark_tick();
    }

    pub(super) fn with_read_buffer<R>(&self, read: impl FnOnce(&mut [u8]) -> R) -> R {
        read(&mut self.buffer.borrow_mut())
    }

    /// Whether the connection is to be read at all.
    pub(super) fn wants_bytes(&self, id: ConnId) -> bool {
        !self.waits.get() && self.shard.borrow_mut().wants_bytes(id)
    }

    /// Bytes of the connection that wait already.
    pub(super) fn held(&self, id: ConnId) -> usize {
        self.shard.borrow_mut().held(id)
    }

    pub(super) fn received(&self, id: ConnId, data: &[u8]) {
        if data.is_empty() {
            return;
        }
        let mut shard = self.shard.borrow_mut();
        shard.on_bytes(self.now(), id, data);
        self.waits.set(shard.must_wait());
        self.mark_tick();
    }

    /// Bytes have arrived for the connection and made no content.
    pub(super) fn wasted(&self, id: ConnId, bytes: usize) {
        if bytes > 0 {
            self.shard.borrow_mut().on_waste(self.now(), id, bytes);
            self.mark_tick();
        }
    }

    /// Whether it is still to be told that its session has ended.
    pub(super) fn closed(&self, id: ConnId, why: Close) -> bool {
        self.mark_tick();
        self.shard.borrow_mut().on_closed(id, why)
    }

    /// Writes what waits until the stream takes no more; whether something still waits.
    pub(super) fn write_backlog(&self, id: ConnId, cx: &mut Context<'_>) -> bool {
        let Some(connection) = self.connection(id) else { return false };
        let mut writer = BacklogWriter { connection: &connection, cx, must_wait: false };
        loop {
            let mut shard = self.shard.borrow_mut();
            let waits = shard.write_backlog(id, &mut writer);
            if !waits || writer.must_wait {
                if shard.has_paused() {
                    self.mark_tick();
                }
                return waits;
            }
        }
    }

    pub(super) fn connection(&self, id: ConnId) -> Option<Rc<Connection>> {
        self.connections.borrow().get(id.slot as usize)?.clone()
    }
}
