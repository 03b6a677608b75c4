//! Readable IRC dialogues, and a player that runs them against any IRC server.
//!
//! The language is described in `conformance/README.md`. Top-down:
//!
//! - [`scenario`]: what a scenario file says, and [`scenario::load`], which reads it
//! - [`player`]: plays a scenario against a [`server::Server`] and judges what comes back
//! - [`server`]: what a server must offer to be played against; [`tcp`] is its form over TCP
//! - [`process`]: starts a server program for a test and always stops it
//! - [`suite`]: plays many scenarios and sums up; [`known`] lists expected failures;
//!   [`differential`] plays against ngIRCd
//! - [`abuse`]: what those who behave notice of those who do not
//! - [`growth`]: how the cost of a delivery grows, measured and drawn
//! - [`pattern`], [`text`], [`message`]: expectations, texts with gaps, IRC lines

#![cfg_attr(test, allow(clippy::unwrap_used, clippy::indexing_slicing))]

pub mod abuse;
pub mod differential;
pub mod growth;
pub mod known;
pub mod message;
pub mod pattern;
pub mod player;
pub mod process;
pub mod report;
pub mod scenario;
pub mod server;
pub mod suite;
pub mod tcp;
pub mod text;
pub mod transport;
