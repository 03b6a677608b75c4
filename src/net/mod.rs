//! The thin shell around the core: listeners, shard threads, connections.

/// What is written to a wrapper goes to the `stream` in it as it is.
macro_rules! writes_through {
    ($wrapper:ty) => {
        impl tokio::io::AsyncWrite for $wrapper {
            fn poll_write(
                mut self: Pin<&mut Self>,
                cx: &mut Context<'_>,
                bytes: &[u8],
            ) -> Poll<io::Result<usize>> {
                Pin::new(&mut self.stream).poll_write(cx, bytes)
            }

            fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
                Pin::new(&mut self.stream).poll_flush(cx)
            }

            fn poll_shutdown(
                mut self: Pin<&mut Self>,
                cx: &mut Context<'_>,
            ) -> Poll<io::Result<()>> {
                Pin::new(&mut self.stream).poll_shutdown(cx)
            }
        }
    };
}

mod accept;
mod arrive;
mod clock;
mod connection;
mod control;
mod door;
mod ident;
mod job;
mod meter;
mod pool;
mod prefixed;
mod proxy;
mod resolve;
mod self_signed;
mod shell;
mod socket;
mod steps;
mod tls;
mod turnstile;
mod unix;
mod upgrade;
mod websocket;
mod writers;

pub use accept::{Acceptor, BindError, Listener, bind, bind_ip};
pub use clock::{Clock, nanoseconds};
pub use connection::Stream;
pub use control::{Control, Request};
pub use door::Door;
pub use ident::Ends;
pub use job::verify_password;
pub use pool::{Place, Pool};
pub use resolve::{Answer, Names, Resolver, Subject};
pub use shell::Shell;
pub use socket::{Parcel, Socket};
pub use tls::{Tls, TlsError};
pub use unix::set_mode;
