//! Listening sockets, and what comes in by them.

use std::io;
use std::net::SocketAddr;
use std::time::Duration;

use socket2::{Domain, Protocol, Socket as RawSocket, Type};
use tokio::net::{TcpListener, UnixListener};
use tokio::time::sleep;

use crate::config::{Address, Listen};
use crate::net::socket::Socket;
use crate::net::unix;
use crate::net::unix::SocketFile;

/// Connections that the kernel holds until they are accepted.
const BACKLOG: i32 = 4096;

/// How long accepting rests when it cannot go on (no file descriptors, no memory): those who
/// leave meanwhile make room.
const REST: Duration = Duration::from_millis(200);

/// Why a listener could not be opened.
#[derive(Debug, thiserror::Error)]
#[error("cannot listen on {address}: {why}{}", hint(why, key))]
pub struct BindError {
    /// Of the configuration.
    key: &'static str,
    address: Address,
    why: io::Error,
}

fn hint(why: &io::Error, key: &str) -> String {
    match why.kind() {
        io::ErrorKind::AddrInUse => format!(
            "; is another server running, or this one at an address that this covers (then restart it)? \
             Set another address in {key}"
        ),
        io::ErrorKind::PermissionDenied => {
            "; ports below 1024 need a privilege, 6667 does not".into()
        }
        io::ErrorKind::AddrNotAvailable => "; this machine does not have that address".into(),
        _ => String::new(),
    }
}

/// An open listener that nobody accepts from yet.  Dropping it takes its socket out of the file
/// system.
#[derive(Debug)]
pub enum Listener {
    /// Of an IP address.
    Tcp(std::net::TcpListener),
    /// Of the file system.
    Unix(std::os::unix::net::UnixListener, SocketFile),
}

impl Listener {
    /// Where it listens: the port that the system chose, where it was to choose one.
    pub fn address(&self) -> io::Result<Address> {
        match self {
            Self::Tcp(listener) => listener.local_addr().map(Address::Ip),
            Self::Unix(_, file) => Ok(file.address()),
        }
    }
}

/// Opens a listener.
pub fn bind(listen: &Listen) -> Result<Listener, BindError> {
    const KEY: &str = "listen.address";
    match &listen.address {
        Address::Ip(address) => bind_ip(KEY, *address),
        Address::Path(path) => unix::bind(path, listen.mode, BACKLOG)
            .map(|(listener, file)| Listener::Unix(listener, file))
            .map_err(|why| BindError { key: KEY, address: listen.address.clone(), why }),
    }
}

/// Opens a listener of an IP address, for clients or for something else, as this key of the
/// configuration has it.
pub fn bind_ip(key: &'static str, address: SocketAddr) -> Result<Listener, BindError> {
    let failed = |why| BindError { key, address: Address::Ip(address), why };
    open(address).map(Listener::Tcp).map_err(failed)
}

/// IPv6 only where the address is: the same port of IPv4 is another listener.
fn open(address: SocketAddr) -> io::Result<std::net::TcpListener> {
    let socket = RawSocket::new(Domain::for_address(address), Type::STREAM, Some(Protocol::TCP))?;
    if address.is_ipv6() {
        socket.set_only_v6(true)?;
    }
    socket.set_reuse_address(true)?;
    socket.set_nonblocking(true)?;
    socket.bind(&address.into())?;
    socket.listen(BACKLOG)?;
    Ok(socket.into())
}

/// Accepts from one listener.
pub struct Acceptor {
    listener: Accepting,
    resting: bool,
}

enum Accepting {
    Tcp(TcpListener),
    Unix(UnixListener, #[expect(dead_code, reason = "dropped with it")] SocketFile),
}

impl Acceptor {
    /// Of a listener that [`bind`] has opened.
    pub fn new(listener: Listener) -> io::Result<Self> {
        let listener = match listener {
            Listener::Tcp(listener) => Accepting::Tcp(TcpListener::from_std(listener)?),
            Listener::Unix(listener, file) => {
                Accepting::Unix(UnixListener::from_std(listener)?, file)
            }
        };
        Ok(Self { listener, resting: false })
    }

    /// The next connection.  An error of one connection concerns only that one; when there is
    /// nothing to accept with, rests, says so once, and goes on.
    pub async fn next(&mut self) -> Socket {
        loop {
            match self.listener.accept().await {
                Ok(socket) => {
                    if std::mem::take(&mut self.resting) {
                        tracing::info!("accepting again");
                    }
                    return socket;
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

impl Accepting {
    async fn accept(&self) -> io::Result<Socket> {
        match self {
            Self::Tcp(listener) => {
                let (stream, address) = listener.accept().await?;
                // No Nagle: a tick's lines are one write already.  It fails only for a connection
                // that is lost.
                let lost = |_| io::Error::from(io::ErrorKind::ConnectionReset);
                stream.set_nodelay(true).map_err(lost)?;
                Ok(Socket::Tcp(stream, address.ip()))
            }
            Self::Unix(listener, _) => Ok(Socket::Unix(listener.accept().await?.0)),
        }
    }
}

fn concerns_one(why: &io::Error) -> bool {
    use io::ErrorKind::{ConnectionAborted, ConnectionReset, Interrupted, PermissionDenied};
    matches!(why.kind(), ConnectionAborted | ConnectionReset | Interrupted | PermissionDenied)
}
