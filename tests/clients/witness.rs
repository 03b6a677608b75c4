//! A plain connection in the channel, which sees the bytes that the programs only show.

use std::{
    io::{BufRead, BufReader, Write},
    net::{SocketAddr, TcpStream},
};

use crate::wait::PATIENCE;

/// What the protocol allows a line, with its CR LF.
const LINE: usize = 512;

pub struct Witness {
    channel: &'static str,
    reader: BufReader<TcpStream>,
}

impl Witness {
    /// Returns once in the channel.
    pub fn join(nick: &str, channel: &'static str, server: SocketAddr) -> Self {
        let stream = TcpStream::connect(server).expect("the server accepts");
        stream.set_read_timeout(Some(PATIENCE)).expect("a deadline for reading");
        let mut witness = Self { channel, reader: BufReader::new(stream) };
        witness.sends(&format!("NICK {nick}\r\nUSER {nick} 0 * :{nick}"));
        while !witness.reads().contains(" 001 ") {}
        witness.sends(&format!("JOIN {channel}"));
        while !witness.reads().contains(" 366 ") {}
        witness
    }

    pub fn says(&mut self, text: &str) {
        self.sends(&format!("PRIVMSG {} :{text}", self.channel));
    }

    /// The text of this person's next message to the channel.
    pub fn hears_from(&mut self, nick: &str) -> String {
        let (source, middle) = (format!(":{nick}!"), format!(" PRIVMSG {} :", self.channel));
        loop {
            let line = self.reads();
            if let Some((before, text)) = line.split_once(&middle)
                && before.starts_with(&source)
            {
                return text.to_owned();
            }
        }
    }

    /// The person's next messages put together, until one ends in a full stop.
    pub fn hears_in_pieces(&mut self, nick: &str) -> String {
        let mut all = String::new();
        while !all.ends_with('.') {
            all.push_str(&self.hears_from(nick));
        }
        all
    }

    fn sends(&mut self, line: &str) {
        self.reader.get_mut().write_all(format!("{line}\r\n").as_bytes()).expect("sent");
    }

    /// The next line without its end, PINGs answered on the way.  Every line that the server
    /// sends here is held to the protocol's limit.
    fn reads(&mut self) -> String {
        loop {
            let mut bytes = Vec::new();
            let read = self.reader.read_until(b'\n', &mut bytes).expect("a line in time");
            assert!(read > 0, "the server has closed the witness's connection");
            assert!(read <= LINE, "{read} bytes: {}", String::from_utf8_lossy(&bytes));
            let line = String::from_utf8(bytes).expect("whole characters");
            let line = line.strip_suffix("\r\n").expect("CR LF");
            match line.strip_prefix("PING ") {
                Some(token) => self.sends(&format!("PONG {token}")),
                None => return line.to_owned(),
            }
        }
    }
}
