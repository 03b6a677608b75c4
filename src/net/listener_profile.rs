//! From a socket that a listener has accepted to a stream of lines and where it comes from.

use std::cell::Cell;
use std::io;
use std::net::IpAddr;
use std::rc::Rc;
use std::sync::Arc;
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::time::timeout;

use crate::command::Close;
use crate::config::{Address, Listen};
use crate::core::{ConnectionPermit, ListenerQuota, Load, Origin};
use crate::net::meter::{Meter, Metered};
use crate::net::prefixed::Prefixed;
use crate::net::proxy;
use crate::net::proxy::Header;
use crate::net::socket::Socket;
use crate::net::stream::Stream;
use crate::net::tls::Tls;
use crate::net::upgrade::{UpgradeError, upgrade};
use crate::net::websocket::WebSocket;

/// The first byte of a TLS handshake (RFC 8446, section 5.1).
const HANDSHAKE: u8 = 22;

/// How long a refused client may take to read why.
const FAREWELL: Duration = Duration::from_secs(1);

/// A listener, as those who come in by it meet it.
pub struct ListenerProfile {
    listen: Listen,
    quota: Arc<ListenerQuota>,
    /// Of all listeners; present where this one is TLS.
    tls: Option<Arc<Tls>>,
}

/// Why a socket became no connection; it was told so where it could be.
#[derive(Debug, thiserror::Error)]
pub enum Refused {
    /// It broke, or the TLS handshake failed.
    #[error(transparent)]
    Io(#[from] io::Error),
    /// Plaintext where TLS is spoken.
    #[error("it spoke plaintext to a TLS port")]
    Plaintext,
    /// No PROXY header, or a bad one, from where one must come.
    #[error("it sent no PROXY header")]
    NoProxyHeader,
    /// No upgrade to WebSocket.
    #[error(transparent)]
    Upgrade(#[from] UpgradeError),
}

impl ListenerProfile {
    /// Nobody has come in yet.  `tls` must be there where the listener wants it.
    pub fn new(listen: Listen, tls: Option<Arc<Tls>>) -> Self {
        let tls = tls.filter(|_| listen.tls);
        let quota = Arc::new(ListenerQuota::new(listen.limits.clone()));
        Self { listen, quota, tls }
    }

    /// The same as a later profile of the same listener: the connections that it has accepted count on.
    pub fn after(self, before: &Self) -> Self {
        let quota = ListenerQuota::after(self.listen.limits.clone(), &before.quota);
        Self { quota: Arc::new(quota), ..self }
    }

    /// Where its listener is, as the configuration has it.
    pub fn address(&self) -> &Address {
        &self.listen.address
    }

    /// A connection permit for one more connection of that shard, if it has one.
    pub fn permit(&self, shard: &Arc<Load>) -> Option<ConnectionPermit> {
        self.quota.permit(shard)
    }

    /// Whether the socket is the stream as it is.
    pub(super) fn is_open(&self, socket: &Socket) -> bool {
        let is_plain = !self.listen.tls && self.listen.websocket.is_none();
        is_plain && !self.wants_proxy_header(socket)
    }

    /// Whether others come by this socket's address.
    pub(super) fn wants_proxy_header(&self, socket: &Socket) -> bool {
        match socket {
            Socket::Tcp(_, address) => {
                self.listen.proxy.iter().any(|range| range.contains(*address))
            }
            Socket::Unix(_) => !self.listen.proxy.is_empty(),
        }
    }

    /// Says why to a socket that is not taken, in so far as it can be understood.
    pub(super) async fn reject(&self, socket: Socket, why: &Close) {
        if self.is_open(&socket) {
            let why = why.text();
            refuse(&mut Prefixed::new(socket.boxed()), &String::from_utf8_lossy(&why)).await;
        }
    }

    /// Makes a stream of lines out of a socket: PROXY header, TLS, WebSocket, as the listener wants
    /// them.  How long that may take is for the caller to say.  `user` is the socket's address, and
    /// that of the user once a proxy has told it.
    pub(super) async fn enter(
        &self,
        socket: Socket,
        permit: ConnectionPermit,
        user: &Cell<IpAddr>,
    ) -> Result<(Box<dyn Stream>, Rc<Meter>, Origin), Refused> {
        let mut claimed = None;
        let wants_header = self.wants_proxy_header(&socket);
        let (metered, meter) = Metered::new(socket.boxed());
        let mut stream = Prefixed::new(Box::new(metered));
        if wants_header {
            claimed = proxied(&mut stream).await?;
            user.set(claimed.unwrap_or(user.get()));
        }
        let origin = claimed.map_or_else(|| Origin::of(user.get()), Origin::claimed);
        let mut origin = origin.with_permit(permit);
        if let Some(tls) = &self.tls {
            if stream.seen().is_empty() {
                stream.look(1).await?;
            }
            if stream.seen().first().is_some_and(|first| *first != HANDSHAKE) {
                let why = "This port is for TLS: turn TLS on, or use the port for plaintext";
                refuse(&mut stream, why).await;
                return Err(Refused::Plaintext);
            }
            let secured = tls.accept(stream.boxed(), self.listen.websocket.is_some()).await?;
            origin.secure = true;
            origin.certificate = secured.certificate;
            stream = Prefixed::new(secured.stream);
        }
        let Some(origins) = &self.listen.websocket else {
            return Ok((stream.boxed(), meter, origin));
        };
        match upgrade(&mut stream, origins).await {
            Ok(kind) => Ok((Box::new(WebSocket::new(stream, kind)), meter, origin)),
            Err(why) => {
                farewell(&mut stream).await;
                Err(why.into())
            }
        }
    }
}

/// Reads a PROXY header: who has connected to the proxy, if it says so.
async fn proxied(stream: &mut Prefixed) -> Result<Option<IpAddr>, Refused> {
    loop {
        match proxy::parse(stream.seen()) {
            Header::Whole { length, source } => {
                stream.skip(length);
                return Ok(source);
            }
            Header::Incomplete if stream.look(proxy::MOST_BYTES).await? => {}
            Header::Incomplete => return Err(io::Error::from(io::ErrorKind::UnexpectedEof).into()),
            Header::Bad => {
                refuse(stream, "From your address a PROXY header must come first").await;
                return Err(Refused::NoProxyHeader);
            }
        }
    }
}

async fn refuse(stream: &mut Prefixed, why: &str) {
    let text = format!("ERROR :Closing Link: {why}\r\n");
    let _ = timeout(FAREWELL, stream.write_all(text.as_bytes())).await;
    farewell(stream).await;
}

/// Closes it, so that what was said last arrives: what is unread at the close would make the system
/// throw it away.
async fn farewell(stream: &mut Prefixed) {
    /// What may be under way: more than that is not worth waiting for.
    const MOST_READS: usize = 64;
    let over = async {
        stream.shutdown().await?;
        let mut bytes = [0; 1024];
        for _ in 0..MOST_READS {
            if stream.read(&mut bytes).await? == 0 {
                break;
            }
        }
        Ok::<_, io::Error>(())
    };
    let _ = timeout(FAREWELL, over).await;
}
