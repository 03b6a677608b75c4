//! Counts the bytes of a socket under TLS, WebSocket or a PROXY header, which may make many of them
//! that are no part of any line: records and frames without content, padding, fragments.

use std::cell::Cell;
use std::io;
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll};

use tokio::io::{AsyncRead, ReadBuf};

use crate::net::stream::Stream;

/// Bytes that may arrive before the first line: more than any PROXY header, TLS handshake with a chain
/// of certificates and request for WebSocket have.
const HANDSHAKE: usize = 128 << 10;

/// Bytes that a reading takes of the network at the most, before others are served.
const READING: usize = 16 << 10;

/// Bytes that may have arrived and not become content yet: a record of TLS with a message of
/// WebSocket before it.
const UNDER_WAY: usize = 64 << 10;

/// What surrounds the content of a reading, beside as much as the content itself.
const AROUND: usize = 64;

/// What has arrived by a stream.
pub struct Meter {
    /// Since the last call of [`Meter::waste`].
    arrived: Cell<usize>,
    /// What may still arrive.
    left: Cell<usize>,
    is_served: Cell<bool>,
    /// What has arrived and is not accounted for by content.
    owed: Cell<usize>,
}

/// A stream with a meter.
pub struct Metered {
    stream: Box<dyn Stream>,
    meter: Rc<Meter>,
}

impl Metered {
    /// Nothing has arrived.
    pub fn new(stream: Box<dyn Stream>) -> (Self, Rc<Meter>) {
        let meter = Rc::new(Meter {
            arrived: Cell::new(0),
            left: Cell::new(HANDSHAKE),
            is_served: Cell::new(false),
            owed: Cell::new(0),
        });
        (Self { stream, meter: Rc::clone(&meter) }, meter)
    }
}

impl Meter {
    /// A reading begins.
    pub fn begin(&self) {
        if !self.is_served.replace(true) {
            self.arrived.set(0);
        }
        self.left.set(READING);
    }

    /// A reading has given so much content.  Bytes that have been of no use, once they are more than
    /// may be on their way to be: they are told once.
    pub fn waste(&self, content: usize) -> usize {
        let useful = if content == 0 { 0 } else { 2 * content + AROUND };
        let owed = (self.owed.get() + self.arrived.take()).saturating_sub(useful);
        let waste = if owed > UNDER_WAY { owed } else { 0 };
        self.owed.set(owed - waste);
        waste
    }
}

impl AsyncRead for Metered {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let left = self.meter.left.get();
        if left == 0 {
            if !self.meter.is_served.get() {
                return Poll::Ready(Err(io::Error::other("too long a handshake")));
            }
            cx.waker().wake_by_ref();
            return Poll::Pending;
        }
        let most = left.min(buffer.remaining());
        let mut part = ReadBuf::new(buffer.initialize_unfilled_to(most));
        std::task::ready!(Pin::new(&mut self.stream).poll_read(cx, &mut part))?;
        let count = part.filled().len();
        buffer.advance(count);
        self.meter.left.set(left - count);
        self.meter.arrived.set(self.meter.arrived.get() + count);
        Poll::Ready(Ok(()))
    }
}

writes_through!(Metered);

#[cfg(test)]
mod tests {
    use super::*;

    /// The waste of readings, each of so many bytes of the network that give so much content.
    fn waste(readings: &[(usize, usize)]) -> Vec<usize> {
        let (_, meter) = Metered::new(Box::new(tokio::io::empty()));
        let waste = |&(arrived, content): &(usize, usize)| {
            meter.begin();
            meter.arrived.set(arrived);
            meter.waste(content)
        };
        readings.iter().map(waste).collect()
    }

    #[test]
    fn what_surrounds_lines_and_what_becomes_a_line_later_is_no_waste() {
        assert_eq!(waste(&[(40, 12); 5000]), [0; 5000]);
        assert_eq!(waste(&[(16_000, 0), (16_000, 0), (500, 32_000), (16_000, 0)]), [0; 4]);
    }

    #[test]
    fn bytes_that_never_become_a_line_are_told_once() {
        let readings = [(16 << 10, 0); 10];
        let told = 5 * (16 << 10);
        assert_eq!(waste(&readings), [0, 0, 0, 0, told, 0, 0, 0, 0, told]);
        assert!(waste(&[(1000, 1); 100]).contains(&(71 * 934)));
    }
}
