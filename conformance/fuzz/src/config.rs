//! Configuration files: fine, or refused with at least one fault that says what to do.

use std::fs;
use std::path::PathBuf;

use pipewright::config;

pub fn run(text: &[u8]) {
    // What is read besides is not ours to choose: a device never ends.
    if text.windows(5).any(|word| word == b"_file") {
        return;
    }
    let file = path();
    fs::write(&file, text).expect("a place for the file");
    let loaded = config::load(Some(&file), [("", ""); 0]);
    fs::remove_file(&file).expect("it was just written");
    if let Err(faults) = loaded {
        assert!(!faults.is_empty(), "refused without a reason");
        for fault in faults {
            let shown = fault.to_string();
            assert!(shown.len() < 4096, "a fault that nobody reads to its end");
        }
    }
}

/// Each thread of each process has its own.
fn path() -> PathBuf {
    let name =
        format!("pipewright-fuzz-{}-{:?}.toml", std::process::id(), std::thread::current().id());
    std::env::temp_dir().join(name)
}
