//! The `pipewright` program.

fn main() {}
