//! What several suites need: a server of our own.

pub mod program;
