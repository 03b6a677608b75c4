//! A stream some of whose bytes have been read already.

use std::io;
use std::pin::Pin;
use std::task::{Context, Poll};

use tokio::io::{AsyncRead, AsyncReadExt, ReadBuf};

use crate::net::stream::Stream;

/// A stream that begins with bytes of ours; once they are read, nothing of them is kept.
pub struct Prefixed {
    prefix: Vec<u8>,
    at: usize,
    stream: Box<dyn Stream>,
}

impl Prefixed {
    /// Nothing has been read.
    pub fn new(stream: Box<dyn Stream>) -> Self {
        Self { prefix: Vec::new(), at: 0, stream }
    }

    /// What has been looked at and not read.
    pub fn seen(&self) -> &[u8] {
        self.prefix.get(self.at..).unwrap_or_default()
    }

    /// Looks at more, at most `most` bytes in all; whether there was any.
    pub async fn look(&mut self, most: usize) -> io::Result<bool> {
        /// What is asked for at once.
        const SLICE: usize = 1024;
        let seen = self.seen().len();
        let mut bytes = [0; SLICE];
        let room = bytes.get_mut(..SLICE.min(most.saturating_sub(seen))).unwrap_or_default();
        let read = self.stream.read(room).await?;
        self.prefix.extend_from_slice(room.get(..read).unwrap_or_default());
        Ok(read > 0)
    }

    /// Reads `count` bytes of what has been seen.
    pub fn skip(&mut self, count: usize) {
        self.at += count.min(self.seen().len());
        self.tidy();
    }

    /// The stream alone where all that was seen has been read.
    pub fn boxed(self) -> Box<dyn Stream> {
        if self.seen().is_empty() { self.stream } else { Box::new(self) }
    }

    fn tidy(&mut self) {
        if self.seen().is_empty() {
            self.prefix = Vec::new();
            self.at = 0;
        }
    }
}

impl AsyncRead for Prefixed {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        if self.seen().is_empty() {
            return Pin::new(&mut self.stream).poll_read(cx, buffer);
        }
        let count = self.seen().len().min(buffer.remaining());
        buffer.put_slice(self.seen().get(..count).unwrap_or_default());
        self.skip(count);
        Poll::Ready(Ok(()))
    }
}

writes_through!(Prefixed);
