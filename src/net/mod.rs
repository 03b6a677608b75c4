//! The thin shell around the core: listeners, shard threads, connections.

mod accept;
mod clock;
mod connection;
mod control;
mod job;
mod shell;

pub use accept::{Acceptor, BindError, bind};
pub use clock::{Clock, nanoseconds};
pub use connection::Stream;
pub use control::{Control, Request};
pub use job::verify_password;
pub use shell::Shell;
