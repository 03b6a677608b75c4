//! The abuse suite in short: what those who behave have heard is counted, never timed.

use std::path::Path;

use conformance::abuse::{self, Size};

/// Beyond this the memory was not given back by something that grows with the abuse.
const MOST_KIB: u64 = 64 << 10;

#[test]
fn whatever_others_do_those_who_behave_lose_nothing() {
    let program = Path::new(env!("CARGO_BIN_EXE_pipewright"));
    let outcomes = abuse::run(program, Size::Short, "", |_| {}).expect("the server goes on");
    println!("{}", abuse::table(&outcomes));
    for outcome in outcomes {
        let name = outcome.name;
        assert!(!outcome.has_ended, "{name}: the server has ended");
        assert!(outcome.due > 0, "{name}: nobody has said anything");
        assert_eq!(outcome.heard, outcome.due, "{name}: lines heard, and lines due");
        let [before, _, after] = outcome.memory;
        assert!(after < before + MOST_KIB, "{name}: {before} KiB before, {after} KiB after");
    }
}
