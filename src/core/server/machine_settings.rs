//! Settings of this machine: listeners, queues, flood control.
//!
//! Here belongs what each machine of a network may have for itself: its name and what it tells of
//! itself, who is let in, who is an operator here, and how its connections are bounded.  Nothing of
//! it may enter what the machines share; some of it is secret.

use std::sync::Arc;

use crate::core::server::limits::MachineLimits;
use crate::core::server::operators::Operator;
use crate::core::server::webirc::Webirc;

/// What concerns this machine alone.
#[derive(Clone, Debug)]
pub struct MachineSettings {
    /// The server's name: has a dot, so that no client takes it for a nick.
    pub server_name: Arc<str>,
    /// Shown by WHOIS and LINKS.
    pub description: Arc<str>,
    /// Who runs it, for ADMIN.
    pub admin: Admin,
    /// The message of the day; empty: 422.
    pub motd: Vec<String>,
    /// What PASS must match: an Argon2 hash in PHC format.
    pub password_hash: Option<Arc<str>>,
    /// Who may become an operator.
    pub operators: Vec<Arc<Operator>>,
    /// Which gateways may use WEBIRC.
    pub webirc: Vec<Arc<Webirc>>,
    /// What clients are told of encryption by the capability `sts`, if they are.
    pub sts: Option<Sts>,
    /// What is asked of others about who connects.
    pub resolve: Resolve,
    /// Every bound of its connections.
    pub limits: MachineLimits,
}

/// What ADMIN tells; nothing at all: 423.
#[derive(Clone, Debug, Default)]
pub struct Admin {
    /// Where the server is (257).
    pub location: Option<Arc<str>>,
    /// Whose it is (258).
    pub organisation: Option<Arc<str>>,
    /// How to reach its people (259).
    pub email: Option<Arc<str>>,
}

/// The policy that clients are to keep (IRCv3 strict transport security).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Sts {
    /// Where they come in by TLS.
    pub port: u16,
    /// For how many seconds they are to come in by TLS alone; 0: no longer.
    pub duration: u64,
}

/// What is asked of others about who connects, while it registers.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Resolve {
    /// DNS: the name of its address.
    pub hostnames: bool,
    /// Its own machine: the name of its user (RFC 1413).
    pub ident: bool,
    /// How long registration waits for the answers at the most, from when it connected.
    pub timeout_ms: u64,
}

impl Resolve {
    /// Whether anybody is asked.
    pub fn is_on(&self) -> bool {
        self.hostnames || self.ident
    }
}
