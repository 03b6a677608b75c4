//! WebSocket as a stream of lines (IRCv3 WebSocket; RFC 6455): each message is a line without its
//! end.

use std::io::{self, Read, Write};
use std::pin::Pin;
use std::task::{Context, Poll, Waker};

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tungstenite::error::{CapacityError, Error};
use tungstenite::protocol::frame::coding::CloseCode;
use tungstenite::protocol::{CloseFrame, Message, Role, WebSocketConfig};

use crate::net::prefixed::Prefixed;

/// Much more than any line with its tags, so that who sends too long a line is told so (417); past
/// it the connection is closed.
const MOST_BYTES: usize = 32 << 10;

/// Bytes of frames that are made before the network has taken them.
const MOST_UNSENT: usize = 16 << 10;

/// What is read of the network at once.
const READ_BYTES: usize = 1 << 10;

/// How messages are typed (section "WebSocket features and encoding").
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// `text.ircv3.net`, and where nothing was agreed on: what is not UTF-8 is shown as U+FFFD.
    Text,
    /// `binary.ircv3.net`: any bytes.
    Binary,
}

/// A stream of lines over WebSocket, the upgrade done.
pub struct WebSocket {
    socket: tungstenite::WebSocket<Bridge>,
    kind: Kind,
    /// No message comes any more.
    is_over: bool,
    /// What has arrived and was not read.
    arrived: Vec<u8>,
    /// The start of a line that is being written.
    line: Vec<u8>,
}

/// A stream as the library wants it: what cannot be done now is `WouldBlock`, and wakes whoever
/// asked last.
struct Bridge {
    stream: Prefixed,
    waker: Waker,
}

impl WebSocket {
    /// Over a stream from which the upgrade has been read.
    pub fn new(stream: Prefixed, kind: Kind) -> Self {
        let config = WebSocketConfig::default()
            .read_buffer_size(READ_BYTES)
            // It writes when it is flushed.
            .write_buffer_size(4 * MOST_UNSENT)
            .max_write_buffer_size(8 * MOST_UNSENT)
            .max_message_size(Some(MOST_BYTES))
            .max_frame_size(Some(MOST_BYTES));
        let bridge = Bridge { stream, waker: Waker::noop().clone() };
        let socket = tungstenite::WebSocket::from_raw_socket(bridge, Role::Server, Some(config));
        Self { socket, kind, is_over: false, arrived: Vec::new(), line: Vec::new() }
    }

    fn wakes(&mut self, cx: &Context<'_>) {
        let known = &mut self.socket.get_mut().waker;
        if !known.will_wake(cx.waker()) {
            known.clone_from(cx.waker());
        }
    }

    /// A message as a line.  What would end a line elsewhere ends it here too.
    fn take(&mut self, bytes: &[u8]) {
        self.arrived.extend_from_slice(bytes);
        self.arrived.extend_from_slice(b"\r\n");
    }

    /// Says why it is over, and that it is.
    fn close(&mut self, code: CloseCode, reason: &'static str) {
        self.is_over = true;
        // It is over in any case.
        let _ = self.socket.close(Some(CloseFrame { code, reason: reason.into() }));
        let _ = self.socket.flush();
    }

    fn send(&mut self) -> io::Result<()> {
        let line = std::mem::take(&mut self.line);
        let end = line.strip_suffix(b"\r\n").unwrap_or(&line).len();
        let mut line = line;
        line.truncate(end);
        let message = match self.kind {
            Kind::Binary => Message::Binary(line.into()),
            Kind::Text => match String::from_utf8(line) {
                Ok(text) => Message::Text(text.into()),
                Err(why) => Message::Text(String::from_utf8_lossy(why.as_bytes()).as_ref().into()),
            },
        };
        match self.socket.write(message) {
            Ok(()) => Ok(()),
            Err(Error::Io(why)) if why.kind() == io::ErrorKind::WouldBlock => Ok(()),
            Err(why) => Err(broken(why)),
        }
    }
}

impl AsyncRead for WebSocket {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let this = &mut *self;
        this.wakes(cx);
        // What still comes is no message; it is read so that our last one arrives.
        if this.is_over {
            return Pin::new(&mut this.socket.get_mut().stream).poll_read(cx, buffer);
        }
        while this.arrived.is_empty() {
            match this.socket.read() {
                Ok(Message::Text(text)) => this.take(text.as_bytes()),
                Ok(Message::Binary(bytes)) => this.take(&bytes),
                // The answers to these are made by the library; they go out with the next flush.
                // Each arrives as an empty line, and is paid for as one.
                Ok(_) => {
                    let _ = this.socket.flush();
                    this.take(b"");
                }
                Err(Error::Io(why)) if why.kind() == io::ErrorKind::WouldBlock => {
                    return Poll::Pending;
                }
                Err(Error::ConnectionClosed | Error::AlreadyClosed) => {
                    this.is_over = true;
                    return Poll::Ready(Ok(()));
                }
                Err(Error::Capacity(CapacityError::MessageTooLong { .. })) => {
                    this.close(CloseCode::Size, "a message is at most 32 KiB");
                    return Poll::Ready(Ok(()));
                }
                Err(Error::Utf8(_)) => {
                    this.close(CloseCode::Invalid, "a text message is UTF-8");
                    return Poll::Ready(Ok(()));
                }
                Err(Error::Protocol(_)) => {
                    this.close(CloseCode::Protocol, "not as RFC 6455 has it");
                    return Poll::Ready(Ok(()));
                }
                Err(why) => return Poll::Ready(Err(broken(why))),
            }
        }
        let count = this.arrived.len().min(buffer.remaining());
        buffer.put_slice(this.arrived.get(..count).unwrap_or_default());
        this.arrived.drain(..count);
        if this.arrived.is_empty() {
            this.arrived = Vec::new();
        }
        Poll::Ready(Ok(()))
    }
}

impl AsyncWrite for WebSocket {
    fn poll_write(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        // What was made earlier goes first, so that no more than one lot waits here.
        std::task::ready!(self.as_mut().poll_flush(cx))?;
        let this = &mut *self;
        let taken = bytes.get(..MOST_UNSENT).unwrap_or(bytes);
        for piece in taken.split_inclusive(|byte| *byte == b'\n') {
            this.line.extend_from_slice(piece);
            if piece.ends_with(b"\n") {
                this.send()?;
            }
        }
        // What does not go now goes with the next flush.
        let _ = self.poll_flush(cx)?;
        Poll::Ready(Ok(taken.len()))
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.wakes(cx);
        match self.socket.flush() {
            Ok(()) | Err(Error::ConnectionClosed) => Poll::Ready(Ok(())),
            Err(Error::Io(why)) if why.kind() == io::ErrorKind::WouldBlock => Poll::Pending,
            Err(why) => Poll::Ready(Err(broken(why))),
        }
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.wakes(cx);
        if self.socket.can_write() {
            let over = CloseFrame { code: CloseCode::Normal, reason: "".into() };
            let _ = self.socket.close(Some(over));
        }
        std::task::ready!(self.as_mut().poll_flush(cx))?;
        Pin::new(&mut self.socket.get_mut().stream).poll_shutdown(cx)
    }
}

impl Read for Bridge {
    fn read(&mut self, bytes: &mut [u8]) -> io::Result<usize> {
        let mut buffer = ReadBuf::new(bytes);
        let mut cx = Context::from_waker(&self.waker);
        match Pin::new(&mut self.stream).poll_read(&mut cx, &mut buffer) {
            Poll::Ready(done) => done.map(|()| buffer.filled().len()),
            Poll::Pending => Err(io::ErrorKind::WouldBlock.into()),
        }
    }
}

impl Write for Bridge {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let mut cx = Context::from_waker(&self.waker);
        match Pin::new(&mut self.stream).poll_write(&mut cx, bytes) {
            Poll::Ready(done) => done,
            Poll::Pending => Err(io::ErrorKind::WouldBlock.into()),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        let mut cx = Context::from_waker(&self.waker);
        match Pin::new(&mut self.stream).poll_flush(&mut cx) {
            Poll::Ready(done) => done,
            Poll::Pending => Err(io::ErrorKind::WouldBlock.into()),
        }
    }
}

fn broken(why: Error) -> io::Error {
    match why {
        Error::Io(why) => why,
        why => io::Error::other(why),
    }
}
