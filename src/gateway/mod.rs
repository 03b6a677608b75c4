//! Programs on named pipes take part as people do.
//!
//! | module | what it is |
//! |---|---|
//! | [`fifo`] | named pipes that outlive whoever is at the other end |
//! | [`netchat`] | the protocol of netchat peers: lines in, lines out, no I/O, no clock |

pub mod fifo;
pub mod netchat;
