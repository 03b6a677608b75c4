//! One connection: a stream, read when it has something and written at the end of turns.

use std::cell::{Cell, RefCell};
use std::io::{self, IoSlice};
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll, Waker};

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

use super::shell::Shell;
use crate::command::Close;
use crate::names::ConnId;

/// Pieces that the operating system writes at once: `IOV_MAX` on Linux.
const AT_ONCE: usize = 1024;

/// Bytes both ways: a socket, or whatever stands in for one.
pub trait Stream: AsyncRead + AsyncWrite + Unpin {}

impl<S: AsyncRead + AsyncWrite + Unpin> Stream for S {}

/// A connection of this thread, shared by its own task, which reads, and by the end of turns,
/// which writes.
pub struct Connection {
    stream: RefCell<Box<dyn Stream>>,
    /// Wakes its own task.
    waker: RefCell<Option<Waker>>,
    /// Its own task writes what waits, when the stream is ready for it.
    blocked: Cell<bool>,
    /// Nothing can be written any more.
    broken: Cell<bool>,
    /// All is written, and nothing more will be.
    finished: Cell<bool>,
    /// Since when (monotonic) its session has ended and its last lines have waited.
    pub(super) ending: Cell<Option<u64>>,
}

impl Connection {
    pub(super) fn new(stream: Box<dyn Stream>) -> Self {
        Self {
            stream: RefCell::new(stream),
            waker: RefCell::new(None),
            blocked: Cell::new(false),
            broken: Cell::new(false),
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
    pub(super) fn poll(&self, shell: &Rc<Shell>, id: ConnId, cx: &mut Context<'_>) -> Poll<()> {
        self.remember(cx.waker());
        if self.blocked.get() && !self.finished.get() {
            self.blocked.set(shell.write_backlog(id, cx));
        }
        if self.broken.get() {
            shell.closed(id, &Close::Broken);
            return Poll::Ready(());
        }
        if self.finished.get() {
            return Poll::Ready(());
        }
        while shell.wants_bytes(id) {
            let read = shell.with_read_buffer(|buffer| {
                let mut buffer = ReadBuf::new(buffer);
                let poll = Pin::new(&mut **self.stream.borrow_mut()).poll_read(cx, &mut buffer);
                poll.map_ok(|()| {
                    shell.received(id, buffer.filled());
                    (buffer.filled().len(), buffer.remaining() == 0)
                })
            });
            match read {
                Poll::Pending => break,
                Poll::Ready(Ok((0, _))) => shell.closed(id, &Close::Gone),
                // There may be more, but others are ready too.
                Poll::Ready(Ok((_, true))) => {
                    cx.waker().wake_by_ref();
                    break;
                }
                Poll::Ready(Ok(_)) => {}
                Poll::Ready(Err(_)) => {
                    shell.closed(id, &Close::Broken);
                    return Poll::Ready(());
                }
            }
        }
        Poll::Pending
    }

    fn remember(&self, waker: &Waker) {
        let mut known = self.waker.borrow_mut();
        if !known.as_ref().is_some_and(|known| known.will_wake(waker)) {
            *known = Some(waker.clone());
        }
    }

    /// Writes what the stream takes at once; the rest is for its own task, which is woken.  To a
    /// broken stream everything is written: into the void.
    pub(super) fn write_now(&self, pieces: &[IoSlice<'_>]) -> usize {
        let all: usize = pieces.iter().map(|piece| piece.len()).sum();
        let taken = self.try_write(pieces, &mut Context::from_waker(Waker::noop()));
        if taken < all {
            self.blocked.set(true);
            self.wake();
        }
        taken
    }

    /// One attempt to write: how many bytes were taken, 0 also when it must wait for `cx`.
    pub(super) fn try_write(&self, pieces: &[IoSlice<'_>], cx: &mut Context<'_>) -> usize {
        let all = pieces.iter().map(|piece| piece.len()).sum();
        if self.broken.get() {
            return all;
        }
        let mut stream = self.stream.borrow_mut();
        let stream = Pin::new(&mut **stream);
        let written = match pieces {
            [piece] => stream.poll_write(cx, piece),
            _ if stream.is_write_vectored() => {
                stream.poll_write_vectored(cx, pieces.get(..AT_ONCE).unwrap_or(pieces))
            }
            _ => stream.poll_write(cx, &flat(pieces)),
        };
        match written {
            Poll::Pending => 0,
            Poll::Ready(Ok(0)) => self.fail(all, &io::ErrorKind::WriteZero.into()),
            Poll::Ready(Err(why)) => self.fail(all, &why),
            Poll::Ready(Ok(taken)) => taken,
        }
    }

    fn fail(&self, all: usize, why: &io::Error) -> usize {
        tracing::debug!(%why, "write failed");
        self.broken.set(true);
        self.wake();
        all
    }

    /// Says that nothing more will come.
    pub(super) async fn shut_down(&self) {
        let done =
            std::future::poll_fn(|cx| Pin::new(&mut **self.stream.borrow_mut()).poll_shutdown(cx));
        // It is over in any case.
        let _ = done.await;
    }
}

fn flat(pieces: &[IoSlice<'_>]) -> Vec<u8> {
    pieces.iter().flat_map(|piece| piece.iter()).copied().collect()
}
