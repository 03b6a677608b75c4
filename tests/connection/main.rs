//! The shell around the core, over pipes in memory and with time that jumps to the next timer as
//! soon as nobody has anything to do: minutes of silence pass at once, and a test that had to
//! wait shows it by the time that has passed.

#![allow(clippy::indexing_slicing, reason = "a panic here is a test that fails")]

mod ending;
mod flood;
mod liveness;
mod password;
mod pipe;
mod pools;
mod resolve;
mod sendq;
