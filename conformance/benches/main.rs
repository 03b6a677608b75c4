//! What the hot paths cost: `cargo bench`, or `cargo bench -- mask` for those with that name.

#![allow(clippy::indexing_slicing, reason = "a slip should stop the run")]
#![allow(missing_docs, reason = "a program")]

mod crowd;
mod delivery;
mod modes;
mod names;
mod wire;

fn main() {
    divan::main();
}
