//! A user of a gateway: a session like any other, whose client we are.

use std::rc::Rc;

use tokio::sync::Notify;

use crate::core::{ClientKind, NetworkLimits, Origin};
use crate::gateway::duplex::{Held, duplex};
use crate::gateway::words;
use crate::net::ShardRuntime;
use crate::proto::{Message, truncate_utf8};

/// Bytes that may wait to be read by the server before its gateway should do something else.
const MOST_UNREAD: usize = 64 << 10;

/// Who is to come.
pub struct ClientSetup<'a> {
    /// By which rules.
    pub kind: ClientKind,
    /// The host shown.
    pub host: &'a str,
    /// What it is called elsewhere: its nick is made of it.
    pub name: &'a str,
    /// What WHOIS shows of it.
    pub realname: &'a str,
    /// The limits in force.
    pub limits: &'a NetworkLimits,
}

/// A user, from before it is registered until its session has ended.
///
/// Under a name that somebody else has, it is called otherwise, and gets its name as soon as it is
/// free.
pub struct InternalClient {
    end: Held,
    stage: Stage,
    /// Its nick, or the one that it tries to get.
    nick: String,
    wanted: String,
    name: Box<str>,
    attempt: usize,
    longest_nick: usize,
    /// Why its session has ended, as ERROR told.
    last_words: Option<String>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Stage {
    Registering,
    Registered,
    /// The server would not have it.
    Refused,
}

/// What a line was to the internal client itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Own {
    /// Nothing: it concerns whatever the internal client is there for.
    No,
    /// Something that it has dealt with.
    Done,
    /// It is registered.
    Registered,
}

impl InternalClient {
    /// Comes to the server; `waker` is notified whenever there is something new about it.
    pub fn enter(runtime: &Rc<ShardRuntime>, waker: &Rc<Notify>, person: &ClientSetup<'_>) -> Self {
        let (served, end) = duplex(Rc::clone(waker));
        runtime.serve(Box::new(served), Origin::inside(person.kind, person.host));
        let wanted = words::nick(person.name, 0, person.limits.nick);
        // Names of members come with user and host, so that one's own can be told from others; what has
        // a label has an answer; and whose host changes has not left.
        end.write(b"CAP REQ :userhost-in-names labeled-response batch chghost\r\nCAP END\r\n");
        end.write(format!("NICK {wanted}\r\n").as_bytes());
        let realname = words::clean(person.realname);
        let limits = person.limits;
        // Whatever it is, the line that says it must not be too long.
        let most = limits.realname.min(limits.line.saturating_sub(limits.nick + 20));
        let realname = String::from_utf8_lossy(truncate_utf8(realname.as_bytes(), most));
        let realname = if realname.trim().is_empty() { "(no name)" } else { &realname };
        end.write(format!("USER {wanted} 0 * :{realname}\r\n").as_bytes());
        Self {
            end,
            stage: Stage::Registering,
            nick: wanted.clone(),
            wanted,
            name: person.name.into(),
            attempt: 0,
            longest_nick: person.limits.nick,
            last_words: None,
        }
    }

    /// Its nick, or the one that it tries to get.
    pub fn nick(&self) -> &str {
        &self.nick
    }

    /// Whether it is registered and here.
    pub fn is_up(&self) -> bool {
        self.stage == Stage::Registered && !self.end.is_closed()
    }

    /// Whether its session has ended.
    pub fn is_gone(&self) -> bool {
        self.stage == Stage::Refused || self.end.is_closed()
    }

    /// Why its session has ended, once it is known.
    pub fn last_words(&self) -> Option<&str> {
        self.last_words.as_deref()
    }

    /// Whether the server has read so much of what was sent that more may be.
    pub fn has_room(&self) -> bool {
        self.end.unread() < MOST_UNREAD
    }

    /// Sends a command, without its end, which is not longer than a line may be.
    pub fn send(&self, line: &str) {
        self.end.write(line.as_bytes());
        self.end.write(b"\r\n");
    }

    /// Says something, already of the right length, to a channel or nick.
    pub fn say(&self, target: &str, text: &str) {
        for part in ["PRIVMSG ", target, " :", text, "\r\n"] {
            self.end.write(part.as_bytes());
        }
    }

    /// The lines that have come, each with its end: to be parsed, and shown to [`InternalClient::notes`].
    pub fn take_lines(&self) -> Vec<u8> {
        self.end.take_lines()
    }

    /// Notes what a line means for the internal client itself.
    pub fn notes(&mut self, message: &Message<'_>) -> Own {
        match (message.verb, self.stage) {
            (b"001", Stage::Registering) => {
                self.stage = Stage::Registered;
                if let Some(nick) = message.params.first() {
                    self.nick = String::from_utf8_lossy(nick).into_owned();
                }
                self.watch();
                Own::Registered
            }
            (b"432" | b"433" | b"437", Stage::Registering) => {
                self.attempt += 1;
                self.nick = words::nick(&self.name, self.attempt, self.longest_nick);
                self.send(&format!("NICK {}", self.nick));
                Own::Done
            }
            ([b'4' | b'5', _, _], Stage::Registering) => {
                self.stage = Stage::Refused;
                Own::Done
            }
            // MONITOR: whoever had the name has left, or is called otherwise.
            (b"731", Stage::Registered) => {
                self.send(&format!("NICK {}", self.wanted));
                Own::Done
            }
            (b"432" | b"433" | b"437" | b"447" | b"730", Stage::Registered) => Own::Done,
            (b"NICK", _) if self.is_source(message) => {
                if let Some(nick) = message.params.first() {
                    self.nick = String::from_utf8_lossy(nick).into_owned();
                }
                self.watch();
                Own::No
            }
            (b"ERROR", _) => {
                let why = message.params.last().copied().unwrap_or_default();
                self.last_words = Some(words::clean(&String::from_utf8_lossy(why)));
                Own::Done
            }
            (b"PING", _) => {
                let token = message.params.last().copied().unwrap_or_default();
                self.send(&format!("PONG :{}", String::from_utf8_lossy(token)));
                Own::Done
            }
            _ => Own::No,
        }
    }

    /// Whether it is who a line comes from.
    pub fn is_source(&self, message: &Message<'_>) -> bool {
        message.source.is_some_and(|source| nick_of(source) == self.nick.as_bytes())
    }

    /// Asks to be told when the name that it wanted is free.
    fn watch(&self) {
        let sign = if self.nick == self.wanted { '-' } else { '+' };
        if sign == '+' || self.attempt > 0 {
            self.send(&format!("MONITOR {sign} {}", self.wanted));
        }
    }
}

/// The nick in `nick!user@host`.
pub fn nick_of(source: &[u8]) -> &[u8] {
    source.split(|byte| *byte == b'!').next().unwrap_or_default()
}

/// The host in `nick!user@host`, empty if there is none.
pub fn host_of(source: &[u8]) -> &[u8] {
    memchr::memrchr(b'@', source).and_then(|at| source.get(at + 1..)).unwrap_or_default()
}
