//! A server reached over TCP, in plaintext, by TLS or by WebSocket.

use std::io::ErrorKind;
use std::net::SocketAddr;
use std::time::{Duration, Instant};

use crate::server::{Conn, Error, Received, Server, Unsupported};
use crate::transport::{Socket, Transport};

/// A server at an address. Every wait has a deadline, 5 seconds unless told otherwise.
pub struct Tcp {
    addr: SocketAddr,
    transport: Transport,
    deadline: Duration,
    streams: Vec<Option<Stream>>,
}

struct Stream {
    socket: Box<dyn Socket>,
    unread: Vec<u8>,
    ended: bool,
}

impl Tcp {
    /// Connects to nothing yet.
    pub fn new(addr: SocketAddr) -> Self {
        let transport = Transport::default();
        Tcp { addr, transport, deadline: Duration::from_secs(5), streams: Vec::new() }
    }

    /// What stands between TCP and the lines.
    pub fn by(mut self, transport: Transport) -> Self {
        self.transport = transport;
        self
    }

    /// How long to wait for a line before saying [`Received::Nothing`].
    pub fn with_deadline(mut self, deadline: Duration) -> Self {
        self.deadline = deadline;
        self
    }

    fn stream(&mut self, conn: Conn) -> Option<&mut Stream> {
        self.streams.get_mut(conn.0)?.as_mut()
    }
}

impl Server for Tcp {
    fn connect(&mut self) -> Result<Conn, Error> {
        let socket = self.transport.connect(self.addr, self.deadline)?;
        let stream = Stream { socket, unread: Vec::new(), ended: false };
        let place = self.streams.iter().position(Option::is_none).unwrap_or(self.streams.len());
        match self.streams.get_mut(place) {
            Some(free) => *free = Some(stream),
            None => self.streams.push(Some(stream)),
        }
        Ok(Conn(place))
    }

    fn send(&mut self, conn: Conn, bytes: &[u8]) -> Result<(), Error> {
        match self.stream(conn) {
            Some(stream) => Ok(stream.socket.send(bytes)?),
            None => Err(Error::Io(ErrorKind::NotConnected.into())),
        }
    }

    fn receive(&mut self, conn: Conn) -> Result<Received, Error> {
        let until = Instant::now() + self.deadline;
        match self.stream(conn) {
            Some(stream) => stream.receive(until),
            None => Ok(Received::Closed),
        }
    }

    fn close(&mut self, conn: Conn) {
        let until = Instant::now() + self.deadline;
        let Some(mut stream) = self.streams.get_mut(conn.0).and_then(Option::take) else { return };
        // Only our half: the server's own end then tells that it has noticed.
        if stream.socket.finish().is_ok() {
            while matches!(stream.receive(until), Ok(Received::Line(_))) {}
        }
    }

    fn is_secure(&self) -> bool {
        self.transport.tls.is_some()
    }

    fn advance(&mut self, _by: Duration) -> Result<(), Unsupported> {
        Err(Unsupported)
    }
}

impl Stream {
    fn receive(&mut self, until: Instant) -> Result<Received, Error> {
        let mut bytes = [0; 4096];
        loop {
            if let Some(end) = self.unread.iter().position(|&b| b == b'\n') {
                let mut line: Vec<u8> = self.unread.drain(..=end).collect();
                line.pop();
                if line.last() == Some(&b'\r') {
                    line.pop();
                }
                return Ok(Received::Line(line));
            }
            let left = until.saturating_duration_since(Instant::now());
            if self.ended {
                return Ok(Received::Closed);
            }
            if left.is_zero() {
                return Ok(Received::Nothing);
            }
            match self.socket.receive(&mut bytes, left) {
                Ok(0) => self.ended = true,
                Ok(n) => self.unread.extend(bytes.iter().take(n)),
                Err(e) => match e.kind() {
                    ErrorKind::WouldBlock | ErrorKind::TimedOut | ErrorKind::Interrupted => {}
                    // A peer that is gone without having said so by TLS is gone all the same.
                    ErrorKind::ConnectionReset
                    | ErrorKind::BrokenPipe
                    | ErrorKind::UnexpectedEof => self.ended = true,
                    _ => return Err(e.into()),
                },
            }
        }
    }
}
