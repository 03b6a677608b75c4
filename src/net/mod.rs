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
mod arrivals;
mod clock;
mod connection;
mod control;
mod handshake;
mod ident;
mod job;
mod listener_profile;
mod lookups;
mod meter;
mod pool;
mod prefixed;
mod proxy;
mod read_queue;
mod resolve;
mod runtime;
mod self_signed;
mod slices;
mod socket;
mod stream;
mod tls;
mod tls_error;
mod unix;
mod upgrade;
mod websocket;
mod writers;

pub use accept::{Acceptor, BindError, Listener, bind, bind_ip};
pub use clock::{Clock, nanoseconds};
pub use control::{Control, Request};
pub use ident::Ends;
pub use job::verify_password;
pub use listener_profile::ListenerProfile;
pub use pool::{Pool, PoolPermit};
pub use resolve::{LookupFuture, Names, Resolver, Subject};
pub use runtime::ShardRuntime;
pub use socket::{DetachedSocket, Socket};
pub use stream::Stream;
pub use tls::Tls;
pub use tls_error::TlsError;
pub use unix::set_mode;
