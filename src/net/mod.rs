//! The thin shell around the core: listeners, shard threads, connections.

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
