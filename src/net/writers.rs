//! How the lines of a tick come to the streams.

use std::future::Future;
use std::pin::pin;
use std::rc::Rc;
use std::task::{Context, Poll, Waker};
use std::time::{Duration, Instant};

use tokio::task::unconstrained;

use crate::delivery::Sink;
use crate::net::connection::Connection;
use crate::proto::names::ConnId;
use crate::proto::time::Now;

/// Runs `work` without the share of a task (tokio's, of 128 readings and writings) running out in
/// it: a stream asked after that takes nothing, so that what was to be written at once to a
/// thousand would be copied, and each of them woken to write its own.
pub(super) fn without_coop_budget<R>(work: impl FnOnce() -> R) -> R {
    let work = pin!(unconstrained(async { work() }));
    match work.poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(result) => result,
        Poll::Pending => unreachable!("it waits for nothing"),
    }
}

/// How long it is written in a slice: what a write costs depends on who reads, and is not known before.
const SLICE_LASTS: Duration = Duration::from_micros(150);

/// Of so many times that it is asked whether it is late, the clock is looked at once: that costs a
/// hundredth of a write.
const LOOKS_EVERY: u32 = 4;

/// Writes at the end of a tick.
pub(super) struct Writer<'a> {
    pub(super) connections: &'a [Option<Rc<Connection>>],
    pub(super) now: Now,
    pub(super) began: Instant,
    /// How often it was asked whether it is late.
    pub(super) asked: u32,
}

impl Sink for Writer<'_> {
    fn write(&mut self, conn: ConnId, bytes: &[u8]) -> usize {
        match self.connections.get(conn.slot as usize) {
            Some(Some(connection)) => connection.write_now(bytes),
            _ => bytes.len(),
        }
    }

    fn is_late(&mut self) -> bool {
        self.asked += 1;
        self.asked.is_multiple_of(LOOKS_EVERY) && self.began.elapsed() >= SLICE_LASTS
    }

    fn ending(&mut self, conn: ConnId) {
        if let Some(Some(connection)) = self.connections.get(conn.slot as usize) {
            connection.ending.set(Some(self.now.monotonic));
        }
    }

    fn finished(&mut self, conn: ConnId) {
        if let Some(Some(connection)) = self.connections.get(conn.slot as usize) {
            connection.finish();
        }
    }

    fn resumed(&mut self, conn: ConnId) {
        if let Some(Some(connection)) = self.connections.get(conn.slot as usize) {
            connection.wake();
        }
    }
}

/// Writes from a connection's own task.
pub(super) struct BacklogWriter<'a, 'b, 'c> {
    pub(super) connection: &'a Connection,
    pub(super) cx: &'b mut Context<'c>,
    /// It takes nothing more.
    pub(super) must_wait: bool,
}

impl Sink for BacklogWriter<'_, '_, '_> {
    fn write(&mut self, _: ConnId, bytes: &[u8]) -> usize {
        let taken = self.connection.try_write(bytes, self.cx);
        self.must_wait = taken == 0;
        taken
    }

    fn finished(&mut self, _: ConnId) {
        self.connection.finish();
    }
}
