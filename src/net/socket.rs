//! Accepted sockets, of whatever kind.

use std::io;
use std::net::{IpAddr, Ipv4Addr};

use tokio::net::{TcpStream, UnixStream};

use crate::net::ident::Ends;
use crate::net::stream::Stream;

/// A socket that was accepted, of this thread.
pub enum Socket {
    /// With the address of the other side.
    Tcp(TcpStream, IpAddr),
    /// Of a socket in the file system.
    Unix(UnixStream),
}

/// A socket that was accepted, on its way to another thread.
pub enum DetachedSocket {
    /// As [`Socket::Tcp`].
    Tcp(std::net::TcpStream, IpAddr),
    /// As [`Socket::Unix`].
    Unix(std::os::unix::net::UnixStream),
}

impl Socket {
    /// The address of the other side; whoever comes by the file system is of this machine.
    pub fn address(&self) -> IpAddr {
        match self {
            Self::Tcp(_, address) => *address,
            Self::Unix(_) => Ipv4Addr::LOCALHOST.into(),
        }
    }

    /// Its two ends, if both are addresses and it has not broken yet.
    pub fn ends(&self) -> Option<Ends> {
        match self {
            Self::Tcp(stream, _) => {
                let (local, remote) = (stream.local_addr().ok()?, stream.peer_addr().ok()?);
                Some(Ends { local, remote })
            }
            Self::Unix(_) => None,
        }
    }

    /// Takes it off this thread.
    pub fn pack(self) -> io::Result<DetachedSocket> {
        Ok(match self {
            Self::Tcp(stream, address) => DetachedSocket::Tcp(stream.into_std()?, address),
            Self::Unix(stream) => DetachedSocket::Unix(stream.into_std()?),
        })
    }

    /// The stream itself.
    pub fn boxed(self) -> Box<dyn Stream> {
        match self {
            Self::Tcp(stream, _) => Box::new(stream),
            Self::Unix(stream) => Box::new(stream),
        }
    }
}

impl DetachedSocket {
    /// Makes it a socket of this thread.
    pub fn unpack(self) -> io::Result<Socket> {
        Ok(match self {
            Self::Tcp(stream, address) => Socket::Tcp(TcpStream::from_std(stream)?, address),
            Self::Unix(stream) => Socket::Unix(UnixStream::from_std(stream)?),
        })
    }
}
