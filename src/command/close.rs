//! Why a connection ends.

use std::borrow::Cow;
use std::io;

use crate::command::WrongProtocol;
use crate::proto::names::Nick;

/// Why a connection ends: what others are told, and what is logged.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Close {
    /// QUIT, with the reason as others will see it.
    Quit(Vec<u8>),
    /// An operator wants it.
    Killed {
        /// The operator.
        by: Nick,
        /// Why.
        reason: Vec<u8>,
    },
    /// A ban of the server means it.
    Banned {
        /// Why.
        reason: Vec<u8>,
    },
    /// PASS did not give the server's password, or nothing did; or OPER was wrong too often.
    Password,
    /// What WEBIRC said is not taken.
    Webirc(BadWebirc),
    /// What came first is another protocol's.
    WrongProtocol(WrongProtocol),
    /// Not registered within the limit.
    RegistrationTimeout,
    /// Silent for this many seconds.
    PingTimeout(u64),
    /// More waited for the client than may.
    SendQ,
    /// The server has as many connections as it may.
    Full,
    /// Its address has as many connections as it may.
    TooMany,
    /// Too many connections have come from its address, or the range around it, of late.
    TooFast,
    /// No more passwords are tried from its address for now.
    TooManyGuesses,
    /// The port has as many connections as it may.
    PortFull,
    /// What was to come before the first line did not: PROXY header, TLS or WebSocket.
    Handshake,
    /// That took too long.
    HandshakeTimeout,
    /// The server stops.
    Shutdown,
    /// The server stops, to start again.
    Restart,
    /// A command met a fault of ours.
    Fault,
    /// The other side closed the connection.
    Gone,
    /// The connection broke.
    Broken(io::ErrorKind),
}

/// What is wrong with a WEBIRC.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BadWebirc {
    /// The configuration has no gateway at the address of the connection.
    Address,
    /// It has, and none by the certificate of the connection.
    Certificate,
    /// The password is not the gateway's.
    Password,
    /// Something else was said before.
    Late,
    /// There are too few parameters, or the last is no address.
    Parameters,
}

impl BadWebirc {
    const fn text(self) -> &'static str {
        match self {
            Self::Address => "WEBIRC is not allowed from your address",
            Self::Certificate => "WEBIRC is not allowed without the gateway's certificate",
            Self::Password => "Invalid WebIRC password",
            Self::Late => "WEBIRC must be the first command, and come once",
            Self::Parameters => {
                "WEBIRC needs a password, a gateway, a host and an IP address, which must not begin with a colon: \
                 write 0::1 for ::1"
            }
        }
    }
}

impl Close {
    /// What QUIT and ERROR say.
    pub fn text(&self) -> Cow<'_, [u8]> {
        let text: &str = match self {
            Self::Quit(reason) => return reason.into(),
            Self::Killed { by, reason } => {
                let by = by.as_str().as_bytes();
                return [b"Killed (", by, b" (", reason, b"))"].concat().into();
            }
            Self::Banned { reason } => return [b"Banned: ", &**reason].concat().into(),
            Self::Password => "Password incorrect",
            Self::Webirc(why) => why.text(),
            Self::WrongProtocol(protocol) => protocol.text(),
            Self::RegistrationTimeout => "Registration timed out",
            Self::PingTimeout(seconds) => {
                return format!("Ping timeout: {seconds} seconds").into_bytes().into();
            }
            Self::SendQ => "SendQ exceeded",
            Self::Full => "The server is full, try again later",
            Self::TooMany => "Too many connections from your address",
            Self::TooFast => "Connecting too fast, try again later",
            Self::TooManyGuesses => "Too many wrong passwords, try again later",
            Self::PortFull => "This port is full, try again later",
            Self::Handshake => "Handshake failed",
            Self::HandshakeTimeout => "Handshake timed out",
            Self::Shutdown => "Server shutting down",
            Self::Restart => "Server restarting",
            Self::Fault => "Internal error",
            Self::Gone => "Connection closed",
            Self::Broken(_) => "Connection lost",
        };
        text.as_bytes().into()
    }

    /// Every name there is.
    pub const NAMES: &[&str] = &[
        "quit",
        "killed",
        "banned",
        "password",
        "webirc",
        "another protocol",
        "registration timeout",
        "ping timeout",
        "sendq exceeded",
        "server full",
        "too many of address",
        "too fast",
        "too many guesses",
        "port full",
        "handshake failed",
        "handshake timeout",
        "shutdown",
        "restart",
        "fault",
        "closed by peer",
        "connection lost",
    ];

    /// What the log calls it: never what a user has written.
    pub const fn name(&self) -> &'static str {
        match self {
            Self::Quit(_) => "quit",
            Self::Killed { .. } => "killed",
            Self::Banned { .. } => "banned",
            Self::Password => "password",
            Self::Webirc(_) => "webirc",
            Self::WrongProtocol(_) => "another protocol",
            Self::RegistrationTimeout => "registration timeout",
            Self::PingTimeout(_) => "ping timeout",
            Self::SendQ => "sendq exceeded",
            Self::Full => "server full",
            Self::TooMany => "too many of address",
            Self::TooFast => "too fast",
            Self::TooManyGuesses => "too many guesses",
            Self::PortFull => "port full",
            Self::Handshake => "handshake failed",
            Self::HandshakeTimeout => "handshake timeout",
            Self::Shutdown => "shutdown",
            Self::Restart => "restart",
            Self::Fault => "fault",
            Self::Gone => "closed by peer",
            Self::Broken(_) => "connection lost",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The reason that comes after this one: a new one cannot be left out.
    fn after(close: &Close) -> Option<Close> {
        let by = Nick::parse(b"boss", 30).expect("a nick");
        Some(match close {
            Close::Quit(_) => Close::Killed { by, reason: Vec::new() },
            Close::Killed { .. } => Close::Banned { reason: Vec::new() },
            Close::Banned { .. } => Close::Password,
            Close::Password => Close::Webirc(BadWebirc::Password),
            Close::Webirc(_) => Close::WrongProtocol(WrongProtocol::Tls),
            Close::WrongProtocol(_) => Close::RegistrationTimeout,
            Close::RegistrationTimeout => Close::PingTimeout(1),
            Close::PingTimeout(_) => Close::SendQ,
            Close::SendQ => Close::Full,
            Close::Full => Close::TooMany,
            Close::TooMany => Close::TooFast,
            Close::TooFast => Close::TooManyGuesses,
            Close::TooManyGuesses => Close::PortFull,
            Close::PortFull => Close::Handshake,
            Close::Handshake => Close::HandshakeTimeout,
            Close::HandshakeTimeout => Close::Shutdown,
            Close::Shutdown => Close::Restart,
            Close::Restart => Close::Fault,
            Close::Fault => Close::Gone,
            Close::Gone => Close::Broken(io::ErrorKind::ConnectionReset),
            Close::Broken(_) => return None,
        })
    }

    #[test]
    fn what_is_counted_by_name_is_every_reason_once() {
        let all = std::iter::successors(Some(Close::Quit(Vec::new())), after);
        assert_eq!(all.map(|close| close.name()).collect::<Vec<_>>(), Close::NAMES);
    }
}
