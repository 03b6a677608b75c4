//! One connection: a stream, read when it has something and written at the end of ticks.

use std::cell::{Cell, RefCell};
use std::future::poll_fn;
use std::io;
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll, Waker};

use tokio::io::ReadBuf;

use crate::command::Close;
use crate::net::meter::Meter;
use crate::net::runtime::ShardRuntime;
use crate::net::stream::Stream;
use crate::proto::names::ConnId;

/// A connection of this thread, shared by its own task, which reads, and by the end of ticks,
/// which writes.
pub struct Connection {
    stream: RefCell<Box<dyn Stream>>,
    /// Of what its stream is made of, where that is not the socket itself.
    meter: Option<Rc<Meter>>,
    /// Wakes its own task.
    waker: RefCell<Option<Waker>>,
    /// Its own task writes what waits, when the stream is ready for it.
    blocked: Cell<bool>,
    /// The stream has taken bytes that it has not passed on.
    unflushed: Cell<bool>,
    /// Why nothing can be written any more.
    broken: Cell<Option<io::ErrorKind>>,
    /// All is written, and nothing more will be.
    finished: Cell<bool>,
    /// Waits at the read queue to be read.
    is_waiting: Cell<bool>,
    /// How much is read at once, at the most.
    read_bytes: u32,
    /// Since when (monotonic) its session has ended and its last lines have waited.
    pub(super) ending: Cell<Option<u64>>,
}

impl Connection {
    /// `read_bytes`: how much of it is read at once, and held while it must wait.
    pub(super) fn new(
        stream: Box<dyn Stream>,
        meter: Option<Rc<Meter>>,
        read_bytes: Option<usize>,
    ) -> Self {
        let read_bytes = read_bytes.and_then(|most| most.try_into().ok()).unwrap_or(u32::MAX);
        Self {
            stream: RefCell::new(stream),
            meter,
            waker: RefCell::new(None),
            blocked: Cell::new(false),
            unflushed: Cell::new(false),
            is_waiting: Cell::new(false),
            read_bytes,
            broken: Cell::new(None),
            finished: Cell::new(false),
            ending: Cell::new(None),
        }
    }

    pub(super) fn wake(&self) {
        if let Some(waker) = &*self.waker.borrow() {
            waker.wake_by_ref();
        }
    }

    /// Closes it as soon as its task runs, whatever waits.
    pub(super) fn finish(&self) {
        self.finished.set(true);
        self.wake();
    }

    /// Ready when the connection is over.
    pub(super) fn poll(
        &self,
        runtime: &Rc<ShardRuntime>,
        id: ConnId,
        cx: &mut Context<'_>,
    ) -> Poll<()> {
        self.remember(cx.waker());
        if self.blocked.get() && !self.finished.get() {
            self.blocked.set(runtime.write_backlog(id, cx));
        }
        if self.unflushed.get() {
            self.flush(cx);
        }
        // Its session ends before it does, when the others have been told.
        let broken = self.broken.get();
        if self.finished.get() || broken.is_some_and(|why| !runtime.closed(id, Close::Broken(why)))
        {
            return Poll::Ready(());
        }
        if runtime.wants_bytes(id) && !self.is_waiting.get() {
            if runtime.may_read(id) {
                self.read(runtime, id, cx);
            } else {
                self.is_waiting.set(true);
            }
        }
        Poll::Pending
    }

    /// Its time has come to be read.
    pub(super) fn read_queued(&self, runtime: &Rc<ShardRuntime>, id: ConnId) {
        self.is_waiting.set(false);
        let waker = self.waker.borrow();
        if let Some(waker) = &*waker
            && !self.finished.get()
            && runtime.wants_bytes(id)
        {
            self.read(runtime, id, &mut Context::from_waker(waker));
        }
    }

    /// Reads all there is, as long as the slice lasts.
    fn read(&self, runtime: &Rc<ShardRuntime>, id: ConnId, cx: &mut Context<'_>) {
        loop {
            let held = runtime.held(id);
            let read = runtime.with_read_buffer(|buffer| {
                let most = buffer.len().min(self.read_bytes as usize).saturating_sub(held);
                let mut buffer = ReadBuf::new(buffer.get_mut(..most).unwrap_or_default());
                let poll = self.poll_read(cx, &mut buffer);
                runtime.received(id, buffer.filled());
                if let Some(meter) = &self.meter {
                    runtime.wasted(id, meter.waste(buffer.filled().len()));
                }
                poll.map_ok(|()| (buffer.filled().len(), buffer.remaining() == 0))
            });
            match read {
                Poll::Pending => return,
                Poll::Ready(Ok((0, _))) => _ = runtime.closed(id, Close::Gone),
                // There may be more, but others are ready too.
                Poll::Ready(Ok((_, true))) => return cx.waker().wake_by_ref(),
                Poll::Ready(Ok(_)) => {}
                Poll::Ready(Err(why)) => _ = self.fail(0, why.kind()),
            }
            if self.broken.get().is_some() || !runtime.wants_bytes(id) {
                return;
            }
            if runtime.slice_is_over() {
                self.is_waiting.set(true);
                return runtime.read_later(id);
            }
        }
    }

    fn poll_read(&self, cx: &mut Context<'_>, buffer: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        if let Some(meter) = &self.meter {
            meter.begin();
        }
        Pin::new(&mut **self.stream.borrow_mut()).poll_read(cx, buffer)
    }

    fn remember(&self, waker: &Waker) {
        let mut known = self.waker.borrow_mut();
        if !known.as_ref().is_some_and(|known| known.will_wake(waker)) {
            *known = Some(waker.clone());
        }
    }

    /// Writes what the stream takes at once; the rest is for its own task, which is woken.  To a
    /// broken stream everything is written: into the void.
    pub(super) fn write_now(&self, bytes: &[u8]) -> usize {
        let taken = self.try_write(bytes, &mut Context::from_waker(Waker::noop()));
        if taken < bytes.len() {
            self.blocked.set(true);
            self.wake();
        }
        taken
    }

    /// One attempt to write: how many bytes were taken, 0 also when it must wait for `cx`.
    pub(super) fn try_write(&self, bytes: &[u8], cx: &mut Context<'_>) -> usize {
        if self.broken.get().is_some() {
            return bytes.len();
        }
        let written = Pin::new(&mut **self.stream.borrow_mut()).poll_write(cx, bytes);
        match written {
            Poll::Pending => 0,
            Poll::Ready(Ok(0)) => self.fail(bytes.len(), io::ErrorKind::WriteZero),
            Poll::Ready(Err(why)) => self.fail(bytes.len(), why.kind()),
            Poll::Ready(Ok(taken)) => {
                if self.flush(cx) {
                    self.wake();
                }
                taken
            }
        }
    }

    /// Has the stream pass on what it has taken; whether some of it must wait for `cx`.
    fn flush(&self, cx: &mut Context<'_>) -> bool {
        let flushed = Pin::new(&mut **self.stream.borrow_mut()).poll_flush(cx);
        self.unflushed.set(flushed.is_pending());
        if let Poll::Ready(Err(why)) = flushed {
            self.fail(0, why.kind());
        }
        self.unflushed.get()
    }

    fn fail(&self, all: usize, why: io::ErrorKind) -> usize {
        self.broken.set(Some(why));
        self.wake();
        all
    }

    /// Reads what still comes, up to a bound, and forgets it.
    pub(super) async fn drain(&self, runtime: &ShardRuntime) {
        /// What a client may have under way: more than that is not worth waiting for.
        const MOST_BYTES: usize = 1 << 20;
        let mut left = MOST_BYTES;
        poll_fn(|cx| {
            while left > 0 {
                let read = runtime.with_read_buffer(|buffer| {
                    let mut buffer = ReadBuf::new(buffer);
                    self.poll_read(cx, &mut buffer).map_ok(|()| buffer.filled().len())
                });
                match read {
                    Poll::Pending => return Poll::Pending,
                    Poll::Ready(Ok(read)) if read > 0 => left = left.saturating_sub(read),
                    Poll::Ready(_) => break,
                }
            }
            Poll::Ready(())
        })
        .await;
    }

    /// Says that nothing more will come.
    pub(super) async fn shut_down(&self) {
        let done = poll_fn(|cx| Pin::new(&mut **self.stream.borrow_mut()).poll_shutdown(cx));
        // It is over in any case.
        let _ = done.await;
    }
}
