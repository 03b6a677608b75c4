//! The netchat protocol: what a node writes is what real peers understand, whatever it reads and
//! however the pipes are laid.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test may panic")]

#[path = "../support/netchat_checker.rs"]
mod checker;
mod network;
mod node;
mod recorded;
mod topologies;

use pipewright::gateway::netchat::Link;

fn link(number: usize) -> Link {
    Link::new(number).unwrap()
}
