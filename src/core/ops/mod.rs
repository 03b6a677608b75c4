//! Operations: what changes the network, as values.
//!
//! An operation carries its moment and all that it needs from outside, so that the same operations
//! make the same network.

mod op;
mod tick;

pub use op::{Done, Op};
