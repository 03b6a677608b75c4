//! What is fuzzed: a body each, which takes any bytes and panics where a promise is broken.
//!
//! `fuzz_targets` hands them to libFuzzer; `tests/fuzz.rs` of the project builds the same bodies
//! with a stable toolchain and feeds them a bounded number of seeds and mutations.

#![allow(clippy::indexing_slicing, reason = "a slip in an oracle should stop the run")]
#![allow(clippy::unwrap_used, reason = "so should a promise that is broken")]
#![allow(dead_code, reason = "the model clients are the simulation's, which uses more of them")]
#![allow(missing_docs, reason = "they are not a library for others")]

pub mod config;
pub mod cost;
pub mod framing;
pub mod masks;
pub mod message;
pub mod modes;
pub mod pipe;
pub mod seeds;
pub mod session;
pub mod tags;

#[path = "../../../tests/simulation/agree.rs"]
mod agree;
#[path = "../../../tests/simulation/belief.rs"]
mod belief;
#[path = "../../../tests/simulation/form.rs"]
mod form;
#[path = "../../../tests/simulation/harness.rs"]
mod harness;
#[path = "../../../tests/simulation/line.rs"]
mod line;
#[path = "../../../tests/cost/lines.rs"]
mod lines;
#[path = "../../../tests/cost/meter.rs"]
mod meter;
#[path = "../../../tests/simulation/model.rs"]
mod model;
#[path = "../../../tests/support/netchat_checker.rs"]
mod netchat_checker;
#[path = "../../../tests/simulation/operator.rs"]
mod operator;
#[path = "../../../tests/cost/prepared.rs"]
mod prepared;
#[path = "../../../tests/simulation/rng.rs"]
pub mod rng;
#[path = "../../../tests/cost/search.rs"]
mod search;
#[path = "../../../tests/simulation/tagged.rs"]
pub mod tagged;
#[path = "../../../tests/simulation/test_shard.rs"]
mod test_shard;

/// A body, and the name of its target.
pub struct Target {
    pub name: &'static str,
    pub run: fn(&[u8]),
}

const fn row(name: &'static str, run: fn(&[u8])) -> Target {
    Target { name, run }
}

/// Every target: each is also a file of `fuzz_targets` and a `[[bin]]` of `Cargo.toml`.
pub const TARGETS: &[Target] = &[
    row("config", config::run),
    row("cost", cost::run),
    row("framing", framing::run),
    row("masks", masks::run),
    row("message", message::run),
    row("modes", modes::run),
    row("pipe", pipe::run),
    row("session", session::run),
    row("tags", tags::run),
];
