//! The line protocol of the async chat workshop: a first line that is a name, then a message a line.
//!
//! Its clients are sessions like any other, behind a stream that puts their lines into IRC's words
//! and IRC's lines into theirs.

mod talk;

use std::io;
use std::net::{IpAddr, SocketAddr};
use std::pin::Pin;
use std::task::{Context, Poll, Waker, ready};

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

use crate::core::NetworkLimits;
use crate::net::Stream;
use crate::proto::names::ChannelName;
use talk::Talk;

/// A line without an end is taken to end here.
const LONGEST_LINE: usize = 64 << 10;

/// What is read of a client at once.
const READ_BYTES: usize = 4096;

/// What is put into the client's words at once.
const WRITE_BYTES: usize = 16 << 10;

/// A client's stream as the server sees it.
pub struct Workshop<S> {
    socket: S,
    talk: Talk,
    /// What has been read and not yet dealt with: at most one read and the beginning of a line.
    unread: Vec<u8>,
    to_server: Vec<u8>,
    /// The beginning of a line of the server's.
    answer: Vec<u8>,
    to_client: Vec<u8>,
    ended: bool,
    reader: Option<Waker>,
}

impl<S: Stream> Workshop<S> {
    /// For a client at `peer`, who is to be in `room`.
    pub fn new(socket: S, peer: SocketAddr, room: &ChannelName, limits: &NetworkLimits) -> Self {
        Self {
            socket,
            talk: Talk::new(peer, room.as_str(), limits),
            unread: Vec::new(),
            to_server: Vec::new(),
            answer: Vec::new(),
            to_client: Vec::new(),
            ended: false,
            reader: None,
        }
    }

    /// Takes the next line that the client has sent, as soon as it can be dealt with; `false`: there
    /// is none.  A last one need not have an end.
    fn take_line(&mut self) -> bool {
        if !self.talk.wants_lines() {
            return false;
        }
        let end = match memchr::memchr(b'\n', &self.unread) {
            Some(end) => end + 1,
            None if self.unread.len() >= LONGEST_LINE || self.ended => self.unread.len(),
            None => 0,
        };
        let line: Vec<u8> = self.unread.drain(..end).collect();
        if !line.is_empty() {
            let text = String::from_utf8_lossy(&line);
            let text = text.trim_end_matches(['\r', '\n']);
            self.talk.says(text, &mut self.to_server, &mut self.to_client);
        }
        !line.is_empty()
    }

    fn heard(&mut self, bytes: &[u8]) {
        for piece in bytes.split_inclusive(|byte| *byte == b'\n') {
            self.answer.extend_from_slice(piece);
            if self.answer.ends_with(b"\n") {
                let line = std::mem::take(&mut self.answer);
                self.talk.hears(line.trim_ascii_end(), &mut self.to_server, &mut self.to_client);
            }
        }
        // It may have something to answer, or read on now.
        if let Some(reader) = self.reader.take() {
            reader.wake();
        }
    }

    /// Ready when nothing waits for the client any more.
    fn flush_to_client(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        while !self.to_client.is_empty() {
            let taken = ready!(Pin::new(&mut self.socket).poll_write(cx, &self.to_client))?;
            if taken == 0 {
                return Poll::Ready(Err(io::ErrorKind::WriteZero.into()));
            }
            self.to_client.drain(..taken);
        }
        Poll::Ready(Ok(()))
    }
}

impl<S: Stream> AsyncRead for Workshop<S> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        loop {
            if !self.to_server.is_empty() {
                let count = self.to_server.len().min(buffer.remaining());
                buffer.put_slice(self.to_server.get(..count).unwrap_or_default());
                self.to_server.drain(..count);
                return Poll::Ready(Ok(()));
            }
            // Who does not take the answers is not asked for more.
            let flushed = self.flush_to_client(cx)?;
            if flushed.is_ready() && self.take_line() {
                continue;
            }
            if self.ended && self.unread.is_empty() {
                return Poll::Ready(Ok(()));
            }
            self.reader = Some(cx.waker().clone());
            if flushed.is_pending() || self.ended || !self.talk.wants_lines() {
                return Poll::Pending;
            }
            let mut bytes = [0; READ_BYTES];
            let mut read = ReadBuf::new(&mut bytes);
            ready!(Pin::new(&mut self.socket).poll_read(cx, &mut read))?;
            self.ended = read.filled().is_empty();
            self.unread.extend_from_slice(read.filled());
        }
    }
}

impl<S: Stream> AsyncWrite for Workshop<S> {
    fn poll_write(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        ready!(self.flush_to_client(cx))?;
        let (bytes, _) = bytes.split_at(bytes.len().min(WRITE_BYTES));
        self.heard(bytes);
        // What the socket does not take now it takes before anything else is read or written.
        let _ = self.flush_to_client(cx)?;
        Poll::Ready(Ok(bytes.len()))
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        ready!(self.flush_to_client(cx))?;
        Pin::new(&mut self.socket).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        ready!(self.flush_to_client(cx))?;
        Pin::new(&mut self.socket).poll_shutdown(cx)
    }
}

/// An address as the protocol shows it, and the port in the place of a user name, by which those who
/// join and leave later can be shown with theirs.
fn shown_address(user: &str, host: &str) -> String {
    let port = user.strip_prefix('~').filter(|port| port.parse::<u16>().is_ok());
    match port {
        Some(port) if host.contains(':') => format!("[{host}]:{port}"),
        Some(port) if host.parse::<IpAddr>().is_ok() => format!("{host}:{port}"),
        _ => host.to_owned(),
    }
}
