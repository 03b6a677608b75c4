//! `pipewright peer`, `ring` and `chat`, as scripts and people run them.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test may panic")]

mod chat;
#[path = "../support/netchat_checker.rs"]
mod checker;
mod ends;
mod process;
mod script;
mod terminal;
mod wire;
