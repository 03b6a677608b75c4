//! A stream within a thread: the shard runtime serves one end like a socket, a gateway holds the other.

use std::cell::RefCell;
use std::collections::VecDeque;
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll, Waker};
use std::{io, mem};

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::sync::Notify;

/// Bytes that may wait for the gateway; past it the server keeps what it has to say in the
/// session's SendQ.
const MOST_FOR_US: usize = 64 << 10;

/// Two ends of a new stream.  `waker` is notified when there is news for whoever holds the second.
pub fn duplex(waker: Rc<Notify>) -> (Served, Held) {
    let shared = Rc::new(RefCell::new(Shared::default()));
    (Served { shared: Rc::clone(&shared), waker }, Held { shared })
}

#[derive(Default)]
struct Shared {
    for_server: VecDeque<u8>,
    for_us: Vec<u8>,
    reader: Option<Waker>,
    writer: Option<Waker>,
    /// The gateway has let go.
    close_leaving: bool,
    /// The server has closed it.
    closed: bool,
}

/// The server's end.
pub struct Served {
    shared: Rc<RefCell<Shared>>,
    waker: Rc<Notify>,
}

/// The gateway's end.  Dropping it closes the stream once all that was written has been read.
pub struct Held {
    shared: Rc<RefCell<Shared>>,
}

impl Held {
    /// Adds bytes for the server.  Whoever writes much looks at [`Held::unread`] first.
    pub fn write(&self, bytes: &[u8]) {
        let mut shared = self.shared.borrow_mut();
        shared.for_server.extend(bytes);
        wake(shared.reader.take());
    }

    /// Bytes that the server has not read yet.
    pub fn unread(&self) -> usize {
        self.shared.borrow().for_server.len()
    }

    /// The lines that have come since the last call, each with its end.
    pub fn take_lines(&self) -> Vec<u8> {
        let mut shared = self.shared.borrow_mut();
        let whole = memchr::memrchr(b'\n', &shared.for_us).map_or(0, |at| at + 1);
        let rest = shared.for_us.split_off(whole);
        wake(shared.writer.take());
        mem::replace(&mut shared.for_us, rest)
    }

    /// Whether the server has closed it; what it said before can still be taken.
    pub fn is_closed(&self) -> bool {
        self.shared.borrow().closed
    }
}

impl Drop for Held {
    fn drop(&mut self) {
        let mut shared = self.shared.borrow_mut();
        shared.close_leaving = true;
        wake(shared.reader.take());
        wake(shared.writer.take());
    }
}

impl Drop for Served {
    fn drop(&mut self) {
        self.shared.borrow_mut().closed = true;
        self.waker.notify_one();
    }
}

impl AsyncRead for Served {
    fn poll_read(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let mut shared = self.shared.borrow_mut();
        if shared.for_server.is_empty() && !shared.close_leaving {
            shared.reader = Some(cx.waker().clone());
            return Poll::Pending;
        }
        let count = shared.for_server.len().min(buffer.remaining());
        let (first, second) = shared.for_server.as_slices();
        let (first, rest) = first.split_at(first.len().min(count));
        debug_assert!(rest.is_empty() || first.len() == count);
        buffer.put_slice(first);
        buffer.put_slice(second.get(..count - first.len()).unwrap_or_default());
        shared.for_server.drain(..count);
        // There is room again.
        self.waker.notify_one();
        Poll::Ready(Ok(()))
    }
}

impl AsyncWrite for Served {
    fn poll_write(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        let mut shared = self.shared.borrow_mut();
        if shared.close_leaving {
            return Poll::Ready(Err(io::ErrorKind::BrokenPipe.into()));
        }
        let room = MOST_FOR_US.saturating_sub(shared.for_us.len());
        let (taken, _) = bytes.split_at(bytes.len().min(room));
        if taken.is_empty() && !bytes.is_empty() {
            shared.writer = Some(cx.waker().clone());
            return Poll::Pending;
        }
        shared.for_us.extend_from_slice(taken);
        self.waker.notify_one();
        Poll::Ready(Ok(taken.len()))
    }

    fn poll_flush(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }

    fn poll_shutdown(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        let mut shared = self.shared.borrow_mut();
        shared.closed = true;
        // Nothing of what we may still write is of use.
        shared.close_leaving = true;
        self.waker.notify_one();
        Poll::Ready(Ok(()))
    }
}

fn wake(waker: Option<Waker>) {
    if let Some(waker) = waker {
        waker.wake();
    }
}

#[cfg(test)]
mod tests {
    use tokio::io::{AsyncReadExt, AsyncWriteExt};

    use super::*;

    #[tokio::test]
    async fn what_one_end_writes_the_other_reads_in_order() {
        let (mut served, held) = duplex(Rc::default());
        held.write(b"NICK a\r\n");
        held.write(b"USER a\r\n");
        let mut buffer = [0; 12];
        served.read_exact(&mut buffer).await.expect("twelve bytes");
        assert_eq!((&buffer[..], held.unread()), (&b"NICK a\r\nUSER"[..], 4));
        served.write_all(b"one\r\ntwo\r\nth").await.expect("room");
        assert_eq!(held.take_lines(), b"one\r\ntwo\r\n");
        served.write_all(b"ree\r\n").await.expect("room");
        assert_eq!(held.take_lines(), b"three\r\n");
        drop(held);
        let mut rest = Vec::new();
        served.read_to_end(&mut rest).await.expect("the end");
        assert_eq!(rest, b" a\r\n");
    }

    #[tokio::test]
    async fn what_nobody_takes_is_bounded() {
        let (mut served, held) = duplex(Rc::default());
        let taken = served.write(&[b'\n'; 2 * MOST_FOR_US]).await.expect("room");
        assert_eq!(taken, MOST_FOR_US);
        let mut cx = Context::from_waker(Waker::noop());
        assert!(Pin::new(&mut served).poll_write(&mut cx, b"x").is_pending());
        assert_eq!(held.take_lines().len(), MOST_FOR_US);
        assert!(Pin::new(&mut served).poll_write(&mut cx, b"x").is_ready());
        drop(served);
        assert!(held.is_closed());
    }
}
