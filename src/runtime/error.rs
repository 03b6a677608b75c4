//! Why the program ends.

use std::io;

use crate::gateway;
use crate::net::{BindError, TlsError};
use crate::store::OpenError;

/// Why the server could not start or go on.
#[derive(Debug, thiserror::Error)]
pub enum RunError {
    /// A listener could not be opened.
    #[error(transparent)]
    Bind(#[from] BindError),
    /// A gateway's pipe or listener cannot be used.
    #[error("cannot start: {0}")]
    Gateway(#[from] gateway::StartError),
    /// What outlives a restart cannot be read or written.
    #[error(transparent)]
    Store(#[from] OpenError),
    /// A shard's thread has ended before its time: a fault of ours.
    #[error("a shard has failed; the log has more")]
    Shard,
    /// TLS cannot be had.
    #[error(transparent)]
    Tls(#[from] TlsError),
    /// The operating system refused something that a server needs.
    #[error("cannot start: {0}")]
    Start(#[from] io::Error),
}
