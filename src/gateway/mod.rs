//! Programs on named pipes take part as people do.
//!
//! Whoever takes part through a gateway is a session like any other: a user with nick and host,
//! under the same modes, bans and rights.  Only the stream is another: not a socket with an IRC
//! client behind it, but one within the thread, or one that translates.  What rules differ stands
//! in [`ClientKind`](crate::core::ClientKind).
//!
//! | module | what it is |
//! |---|---|
//! | [`fifo`] | named pipes that outlive whoever is at the other end |
//! | [`netchat`] | the protocol of netchat peers: lines in, lines out, no I/O, no clock |
//! | [`files`] | files that only their owner may read |
//! | `duplex`, `internal_client` | a stream within a thread, and a user whose client we are |
//! | `bridge` | a channel and the netchat peers on its links |
//! | `lines` | a script's pipes of plain lines |
//! | `workshop` | the line protocol of the workshop chat |
//! | [`words`] | text between IRC and pipes |
//! | [`text`] | foreign text on a terminal and in output for scripts |

mod bridge;
mod duplex;
pub mod fifo;
pub mod files;
mod internal_client;
mod lines;
pub mod netchat;
mod start;
pub mod text;
pub mod words;
mod workshop;

pub use start::{Gateways, StartError, inspect_pipes, prepare};
