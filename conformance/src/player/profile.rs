//! What a server is like, asked once before the first scenario.

use std::collections::BTreeSet;

use super::clients::Trouble;
use crate::message::Message;
use crate::server::{Received, Server};
use crate::text::{Names, Star, Text};

/// What a server offers.
#[derive(Debug, Clone, Default)]
pub struct Profile {
    /// Whether a PING before registration gets its PONG.
    pub answers_early_ping: bool,
    /// The names of its capabilities.
    pub caps: BTreeSet<String>,
    /// Whether `OPER oper operpass` works.
    pub has_operator: bool,
    isupport: BTreeSet<String>,
}

impl Profile {
    /// Asks, on two connections of its own.
    pub fn of(server: &mut dyn Server) -> Result<Self, Trouble> {
        let mut profile = Profile::default();
        profile.ask_for_ping(server)?;
        profile.ask_for_rest(server)?;
        Ok(profile)
    }

    /// `NAME` with any value, or `NAME=value` with `*` for anything.
    pub fn supports(&self, token: &str) -> bool {
        let wanted = Text::parse(token, Star::Anything).unwrap_or_default();
        self.isupport.iter().any(|t| {
            let name = t.split_once('=').map_or(t.as_str(), |(name, _)| name);
            name == token || wanted.matches(t.as_bytes(), &mut Names::new())
        })
    }

    fn ask_for_ping(&mut self, server: &mut dyn Server) -> Result<(), Trouble> {
        let conn = server.connect()?;
        server.send(conn, b"PING early\r\n")?;
        if let Received::Line(line) = server.receive(conn)? {
            let answer = Message::parse(&line);
            self.answers_early_ping =
                answer.verb == b"PONG" && answer.params.last() == Some(&b"early".as_slice());
        }
        server.close(conn);
        Ok(())
    }

    fn ask_for_rest(&mut self, server: &mut dyn Server) -> Result<(), Trouble> {
        let conn = server.connect()?;
        server.send(conn, b"CAP LS 302\r\nNICK profile\r\nUSER profile 0 * :profile\r\n")?;
        server.send(conn, b"CAP END\r\n")?;
        while let Received::Line(line) = server.receive(conn)? {
            let message = Message::parse(&line);
            let words = |p: &&[u8]| String::from_utf8_lossy(p).into_owned();
            match (message.verb, message.params.as_slice()) {
                (b"CAP", [_, b"LS", .., caps]) => {
                    let names = caps.split(|&b| b == b' ').filter(|n| !n.is_empty());
                    let name = |n: &[u8]| words(&n.split(|&b| b == b'=').next().unwrap_or(n));
                    self.caps.extend(names.map(name));
                }
                (b"005", [_, tokens @ ..]) => self.isupport.extend(tokens.iter().map(words)),
                (b"376" | b"422", _) => {
                    server.send(conn, b"OPER oper operpass\r\n")?;
                    server.send(conn, b"QUIT\r\n")?;
                    while let Received::Line(line) = server.receive(conn)? {
                        self.has_operator |= Message::parse(&line).verb == b"381";
                    }
                    server.close(conn);
                    return Ok(());
                }
                _ => {}
            }
        }
        server.close(conn);
        Err(Trouble::new("the server does not let a client register; is it an IRC server?"))
    }
}
