//! Programs on named pipes take part as people do.
//!
//! | module | what it is |
//! |---|---|
//! | [`netchat`] | the protocol of netchat peers: lines in, lines out, no I/O, no clock |

pub mod netchat;
