//! Listening sockets, and what comes in by them.

use std::io;
use std::net::{IpAddr, SocketAddr};
use std::time::Duration;

use socket2::{Domain, Protocol, Socket, Type};
use tokio::net::{TcpListener, TcpStream};
use tokio::time::sleep;

/// Connections that the kernel holds until they are accepted.
const BACKLOG: i32 = 4096;

/// How long accepting rests when it cannot go on (no file descriptors, no memory): those who
/// leave meanwhile make room.
const REST: Duration = Duration::from_millis(200);

/// Why a listener could not be opened.
#[derive(Debug, thiserror::Error)]
#[error("cannot listen on {address}: {why}{}", hint(why))]
pub struct BindError {
    address: SocketAddr,
    why: io::Error,
}

fn hint(why: &io::Error) -> &'static str {
    match why.kind() {
        io::ErrorKind::AddrInUse => {
            "; is another server running? Set another address in [[listen]]"
        }
        io::ErrorKind::PermissionDenied => "; ports below 1024 need a privilege, 6667 does not",
        io::ErrorKind::AddrNotAvailable => "; this machine does not have that address",
        _ => "",
    }
}

/// Opens a listener.  IPv6 only where the address is: the same port of IPv4 is another listener.
pub fn bind(address: SocketAddr) -> Result<std::net::TcpListener, BindError> {
    let open = || {
        let socket = Socket::new(Domain::for_address(address), Type::STREAM, Some(Protocol::TCP))?;
        if address.is_ipv6() {
            socket.set_only_v6(true)?;
        }
        socket.set_reuse_address(true)?;
        socket.set_nonblocking(true)?;
        socket.bind(&address.into())?;
        socket.listen(BACKLOG)?;
        Ok(socket.into())
    };
    open().map_err(|why| BindError { address, why })
}

/// Accepts from one listener.
pub struct Acceptor {
    listener: TcpListener,
    resting: bool,
}

impl Acceptor {
    /// Of a listener that [`bind`] has opened.
    pub fn new(listener: std::net::TcpListener) -> io::Result<Self> {
        Ok(Self { listener: TcpListener::from_std(listener)?, resting: false })
    }

    /// The next connection.  An error of one connection concerns only that one; when there is
    /// nothing to accept with, rests, says so once, and goes on.
    pub async fn next(&mut self) -> (TcpStream, IpAddr) {
        loop {
            match self.listener.accept().await {
                Ok((stream, address)) => {
                    if std::mem::take(&mut self.resting) {
                        tracing::info!("accepting again");
                    }
                    // No Nagle: a turn's lines are one write already.
                    match stream.set_nodelay(true) {
                        Ok(()) => return (stream, address.ip()),
                        Err(why) => tracing::debug!(%why, "connection lost before it was served"),
                    }
                }
                Err(why) if concerns_one(&why) => {
                    tracing::debug!(%why, "connection lost before it was accepted");
                }
                Err(why) => {
                    if !std::mem::replace(&mut self.resting, true) {
                        tracing::warn!(%why, "cannot accept, trying again until it works");
                    }
                    sleep(REST).await;
                }
            }
        }
    }
}

fn concerns_one(why: &io::Error) -> bool {
    use io::ErrorKind::{ConnectionAborted, ConnectionReset, Interrupted, PermissionDenied};
    matches!(why.kind(), ConnectionAborted | ConnectionReset | Interrupted | PermissionDenied)
}
