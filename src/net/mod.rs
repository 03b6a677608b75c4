//! The thin shell around the core: listeners, shard threads, connections.

mod accept;
mod clock;
mod connection;
mod job;
mod shell;

pub use accept::{Acceptor, BindError, bind};
pub use clock::Clock;
pub use connection::Stream;
pub use job::run as do_job;
pub use shell::Shell;
