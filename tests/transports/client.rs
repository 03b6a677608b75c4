//! Somebody who comes in by one way or another.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::time::{Duration, Instant};

use conformance::transport::{Socket, Tls, Transport};

/// How long the server may take for anything that it is going to do.
pub const PATIENCE: Duration = Duration::from_secs(10);

pub struct Client {
    socket: Box<dyn Socket>,
    unread: Vec<u8>,
    barriers: usize,
}

impl Client {
    pub fn by(transport: &Transport, address: SocketAddr) -> Self {
        let socket = transport.connect(address, PATIENCE).expect("the server lets it in");
        Self { socket, unread: Vec::new(), barriers: 0 }
    }

    pub fn plain(address: SocketAddr) -> Self {
        Self::by(&Transport::default(), address)
    }

    pub fn tls(tls: Tls, address: SocketAddr) -> Self {
        Self::by(&Transport { tls: Some(tls), websocket: false }, address)
    }

    pub fn registered(mut self, nick: &str) -> Self {
        self.sends(&format!("NICK {nick}\r\nUSER {nick} 0 * :{nick}"));
        assert!(self.catches_up()[0].contains(" 001 "));
        self
    }

    pub fn sends(&mut self, lines: &str) {
        self.socket.send(format!("{lines}\r\n").as_bytes()).expect("the server reads");
    }

    /// The next line without its end; `None` at the end of the connection.
    pub fn line(&mut self) -> Option<Vec<u8>> {
        let until = Instant::now() + PATIENCE;
        let mut bytes = [0; 4096];
        loop {
            if let Some(end) = self.unread.iter().position(|byte| *byte == b'\n') {
                let line: Vec<u8> = self.unread.drain(..=end).collect();
                return Some(line.strip_suffix(b"\r\n").expect("CR LF").to_vec());
            }
            let left = until.saturating_duration_since(Instant::now());
            assert!(!left.is_zero(), "what was waited for does not come");
            match self.socket.receive(&mut bytes, left) {
                Ok(0) => return None,
                Ok(count) => self.unread.extend_from_slice(&bytes[..count]),
                Err(_) => return None,
            }
        }
    }

    /// Reads up to a line that ends so.
    pub fn hears(&mut self, end: &str) {
        while let Some(line) = self.line() {
            if line.ends_with(end.as_bytes()) {
                return;
            }
        }
        panic!("closed before {end:?}");
    }

    /// All that was said up to the answer to a PING.
    pub fn catches_up(&mut self) -> Vec<String> {
        self.barriers += 1;
        let token = format!("barrier-{}", self.barriers);
        self.sends(&format!("PING {token}"));
        let mut lines = Vec::new();
        while let Some(line) = self.line() {
            let line = String::from_utf8_lossy(&line).into_owned();
            if line.ends_with(&token) {
                return lines;
            }
            lines.push(line);
        }
        panic!("closed after {lines:?}");
    }

    pub fn asks(&mut self, lines: &str) -> Vec<String> {
        self.sends(lines);
        self.catches_up()
    }
}

/// What the server says to these bytes until it closes the connection, and how long that took.
pub fn told(address: SocketAddr, bytes: &[u8]) -> (String, Duration) {
    let start = Instant::now();
    let mut stream = TcpStream::connect(address).expect("the server listens");
    stream.set_read_timeout(Some(PATIENCE)).expect("a deadline");
    stream.write_all(bytes).expect("the server reads");
    let text = rest(&mut stream);
    (text, start.elapsed())
}

/// All that comes up to the end.
pub fn rest(stream: &mut impl Read) -> String {
    let mut text = Vec::new();
    stream.read_to_end(&mut text).expect("the server closes it");
    String::from_utf8_lossy(&text).into_owned()
}
