//! What several suites need: a server of our own.

#[allow(dead_code, reason = "each suite needs its own part of it")]
pub mod peer;
#[allow(dead_code, reason = "each suite needs its own part of it")]
pub mod program;
