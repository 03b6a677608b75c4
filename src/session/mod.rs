//! One connection's stages, and the shard that holds them: bytes in, bytes out.

mod liveness;
mod shard;
mod throttle;

use std::net::IpAddr;

use tracing::Span;

use crate::command::{Client, Oper, Registering, Stage};
use crate::names::{ConnId, UserId};
use crate::state::Limits;
use crate::wire::Framing;
use crate::wire::caps::CapSet;
use crate::wire::time::Now;

use liveness::Liveness;
use throttle::Throttle;

pub use shard::Shard;

/// One stream of bytes, and how far it has come.
struct Session {
    client: Client,
    address: IpAddr,
    framing: Framing,
    liveness: Liveness,
    throttle: Throttle,
    /// Whether commands are run as they arrive.
    pace: Pace,
    /// What came after the last command that was run, while none are: at most what the shell reads
    /// at once, for it does not read on.
    held: Vec<u8>,
    /// Where the log puts what happens to it.
    span: Span,
}

/// Whether a client's commands are run as they arrive.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Pace {
    /// They are.
    Running,
    /// Not until its job is done.
    Job,
    /// Not before a later turn: it has had its share of this one, has no token left, or does not
    /// take its answers.
    LaterTurn,
}

impl Session {
    fn new(conn: ConnId, id: UserId, address: IpAddr, now: Now, limits: &Limits) -> Self {
        let host = host(address);
        let span = tracing::info_span!("connection", conn = conn.slot, %host);
        let registering =
            Registering { id, password: None, nick: None, user: None, negotiating: false };
        let stage = Stage::Registering(Box::new(registering));
        Self {
            address,
            client: Client {
                conn,
                host: host.into(),
                caps: CapSet::NONE,
                keeps_cap_notify: false,
                stage,
                oper: Oper::default(),
            },
            framing: Framing::new(),
            liveness: Liveness::new(now),
            throttle: Throttle::new(now, limits),
            pace: Pace::Running,
            held: Vec::new(),
            span,
        }
    }

    fn is_registered(&self) -> bool {
        self.client.user().is_some()
    }
}

/// An address as a host in `nick!user@host`: an IPv4 address also when it came as IPv6, and never
/// a first `:`, which would end the parameters of a line.
fn host(address: IpAddr) -> String {
    let host = address.to_canonical().to_string();
    if host.starts_with(':') { format!("0{host}") } else { host }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_host_can_stand_in_any_place_of_a_line() {
        let shown = |address: &str| host(address.parse().expect("an address"));
        assert_eq!(shown("127.0.0.1"), "127.0.0.1");
        assert_eq!(shown("::ffff:10.0.0.1"), "10.0.0.1");
        assert_eq!(shown("::1"), "0::1");
        assert_eq!(shown("2001:db8::1"), "2001:db8::1");
    }
}
