//! Somebody with a socket.

use std::{
    io::{BufRead, BufReader, ErrorKind, Write},
    net::{SocketAddr, TcpStream},
    time::Duration,
};

use crate::support::program::Program;

/// How long the server may take for anything that it is going to do.
pub const PATIENCE: Duration = Duration::from_secs(10);

/// What the protocol allows a line, with its CR LF.
const LINE: usize = 512;

pub struct Person {
    pub nick: &'static str,
    pub stream: BufReader<TcpStream>,
    barriers: usize,
    /// Lines and bytes that it has sent, and that it has read.
    pub sent: [usize; 2],
    pub read: [usize; 2],
}

impl Person {
    /// Connected, silent so far.
    pub fn connect(server: &Program) -> Self {
        Self::at(server.address)
    }

    /// Connected to this address.
    pub fn at(address: SocketAddr) -> Self {
        Self::of(TcpStream::connect(address).expect("the server listens"))
    }

    /// At the other end of a connection.
    pub fn of(stream: TcpStream) -> Self {
        stream.set_read_timeout(Some(PATIENCE)).expect("a deadline for reading");
        stream.set_write_timeout(Some(PATIENCE)).expect("a deadline for writing");
        stream.set_nodelay(true).expect("no Nagle");
        Self { nick: "*", stream: BufReader::new(stream), barriers: 0, sent: [0; 2], read: [0; 2] }
    }

    /// Welcomed as `nick`.
    pub fn register(server: &Program, nick: &'static str) -> Self {
        let mut person = Self::connect(server);
        person.registers(nick);
        person
    }

    /// Welcomed, and the operator of `boss` in `support`.
    pub fn operator(server: &Program) -> Self {
        let mut boss = Self::register(server, "boss");
        assert!(boss.asks("OPER boss xyzzy")[0].contains(" 381 "));
        boss
    }

    pub fn registers(&mut self, nick: &'static str) {
        self.nick = nick;
        self.sends(&format!("NICK {nick}\r\nUSER {nick} 0 * :{nick}"));
        let welcome = self.catches_up();
        assert!(welcome[0].contains(" 001 "), "{welcome:?}");
    }

    pub fn sends(&mut self, lines: &str) {
        self.writes(format!("{lines}\r\n").as_bytes());
    }

    /// Bytes as they are.
    pub fn writes(&mut self, bytes: &[u8]) {
        self.sent[0] += bytes.iter().filter(|byte| **byte == b'\n').count();
        self.sent[1] += bytes.len();
        self.stream.get_mut().write_all(bytes).expect("the server reads");
    }

    /// The next line without its end, what is not UTF-8 shown as such; `None` when the connection
    /// is closed.  Every line is held to the protocol's limit.
    pub fn line(&mut self) -> Option<String> {
        self.bytes().map(|line| String::from_utf8_lossy(&line).into_owned())
    }

    /// The next line without its end.
    pub fn bytes(&mut self) -> Option<Vec<u8>> {
        let mut line = Vec::new();
        match self.stream.read_until(b'\n', &mut line) {
            Ok(_) => {}
            // Closed before all that was sent was read: what had been said to it may be lost.
            Err(why) if why.kind() == ErrorKind::ConnectionReset => return None,
            Err(why) => panic!("{} waits for a line: {why}", self.nick),
        }
        assert!(line.len() <= LINE, "{} bytes: {}", line.len(), String::from_utf8_lossy(&line));
        self.read[0] += usize::from(!line.is_empty());
        self.read[1] += line.len();
        line.strip_suffix(b"\r\n").map(<[u8]>::to_vec)
    }

    /// All that was said to this person up to the answer to a PING.
    pub fn catches_up(&mut self) -> Vec<String> {
        self.barriers += 1;
        let token = format!("barrier-{}", self.barriers);
        self.sends(&format!("PING {token}"));
        let end = format!("PONG pipewright.localhost :{token}");
        let mut lines = Vec::new();
        loop {
            let line = self.line().unwrap_or_else(|| panic!("closed after {lines:?}"));
            if line.ends_with(&end) {
                return lines;
            }
            lines.push(line);
        }
    }

    /// Sends, and returns what the server answers.
    pub fn asks(&mut self, lines: &str) -> Vec<String> {
        self.sends(lines);
        self.catches_up()
    }

    /// All that is said up to the end of the connection.
    pub fn rest(&mut self) -> Vec<String> {
        let mut lines = Vec::new();
        while let Some(line) = self.line() {
            lines.push(line);
        }
        lines
    }

    /// What the server's numeric `code` about this person, `rest` behind it, looks like.
    pub fn numeric(&self, code: &str, rest: &str) -> String {
        format!(":pipewright.localhost {code} {} {rest}", self.nick)
    }
}
