//! What commands have done outside, and what comes of it.

use std::net::IpAddr;
use std::sync::Arc;

use crate::core::{StoreOp, Verdict};

/// What takes too long for a shard's thread.
#[derive(Debug, PartialEq, Eq)]
pub enum Job {
    /// Whether `password` is what `hash` (Argon2, PHC format) was made of.
    VerifyPassword {
        /// The hash.
        hash: Arc<str>,
        /// What PASS, OPER or WEBIRC gave.
        password: Box<[u8]>,
        /// For which address it counts if it is wrong: see [`crate::core::Network::guess`].
        counted: Option<IpAddr>,
    },
    /// To wait for what others know of the client, who have been asked since it connected, as long
    /// as that may take.
    LookUp,
    /// To store a change, so that it outlives a restart.
    Store(Arc<StoreOp>),
    /// Reads the configuration again and puts it in force.
    Reload,
    /// Checks the configuration, and if the program can be started with it starts it again.
    Restart,
}

/// What a job has come to.
#[derive(Debug, PartialEq, Eq)]
pub enum JobResult {
    /// Whether the password was right.
    Password(Verdict),
    /// What [`Job::LookUp`] has found.
    LookupResult(LookupResult),
    /// Whether the change of [`Job::Store`] is stored.
    Stored {
        /// The change.
        change: Arc<StoreOp>,
        /// Whether it is.
        stored: bool,
    },
    /// What has come of [`Job::Reload`].
    Reloaded(Reloaded),
    /// What has come of [`Job::Restart`].
    Restarting(Restarting),
}

/// The keys that only a restart puts in force; or all that is wrong with the configuration, of
/// which nothing was taken.
pub type Reloaded = Result<Vec<String>, Vec<String>>;

/// The server is stopping, to start again; or why it could not start with the configuration.
pub type Restarting = Result<(), Vec<String>>;

/// What others know of a client.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct LookupResult {
    /// The name of its address, which leads back to it.
    pub host: Option<Box<str>>,
    /// The name of its user, as its own machine gives it.
    pub user: Option<Box<[u8]>>,
}
