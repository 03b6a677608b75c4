//! Keeps the shape of the tree: the order in which modules may use one another, a core that
//! knows no sockets, clock or randomness, one home for the shared maps, short files.

#![allow(clippy::indexing_slicing, reason = "a panic here is a test that fails")]

mod lexer;
mod rules;
mod source;

use std::{fs, io, path::Path};

use rules::faults;
use source::Source;

#[test]
fn every_file_keeps_the_rules_of_its_row() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut files = Vec::new();
    collect(root, &root.join("src"), &mut files).expect("src can be read");
    assert!(files.iter().any(|(path, _)| path == "src/lib.rs"), "these are not our sources");
    let sources: Vec<Source<'_>> = files.iter().map(|(path, text)| Source { path, text }).collect();
    let faults = faults(&sources);
    assert!(faults.is_empty(), "{} broken rules\n{}", faults.len(), faults.join("\n"));
}

fn collect(root: &Path, folder: &Path, files: &mut Vec<(String, String)>) -> io::Result<()> {
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        if path.is_dir() {
            collect(root, &path, files)?;
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            let inside = path.strip_prefix(root).expect("found below the root");
            files.push((inside.display().to_string(), fs::read_to_string(&path)?));
        }
    }
    Ok(())
}

/// The faults of a made-up file.
fn faults_in(path: &str, text: &str) -> Vec<String> {
    faults(&[Source { path, text }])
}

#[track_caller]
fn refused(path: &str, text: &str, reason: &str) {
    let found = faults_in(path, text);
    assert!(found.len() == 1 && found[0].contains(reason), "{path}: {text}\n{found:?}");
}

#[track_caller]
fn allowed(path: &str, text: &str) {
    assert_eq!(faults_in(path, text), [""; 0], "{path}: {text}");
}

#[test]
fn a_file_imports_from_its_own_row_and_those_above() {
    for text in [
        "use crate::session::Shard;",
        "use crate::{names::{Nick, Mask as M}, session::{Shard as S}};",
        "fn f() { crate::session::g() }",
        "use super::super::session::Shard;",
        "mod inner { use super::super::super::session::Shard; }",
        "use self::super::super::session;",
        "macro_rules! m { () => { $crate::session::g() } }",
        "pub use pipewright::session;",
    ] {
        refused("src/wire/event.rs", text, "session is below wire");
    }
    refused("src/wire/mod.rs", "use super::session::Shard;", "session is below wire");
    refused("src/locks.rs", "use super::state::World;", "state is below locks");
    allowed("src/wire/event.rs", "use super::{caps::CapSet, super::names}; use self::x::y;");
    allowed("src/session/mod.rs", "use crate::{command::TABLE, names::*, wire};");
    allowed("src/main.rs", "use pipewright::{cli, runtime};");
}

#[test]
fn the_whole_crate_is_not_imported_and_every_module_has_a_row() {
    refused("src/wire/event.rs", "use crate::*;", "whole crate");
    refused("src/wire/mod.rs", "use super::*;", "whole crate");
    refused("src/wire/event.rs", "use crate::gossip::X;", "gossip belongs to no row");
    refused("src/gossip/mod.rs", "", "belongs to no row");
}

#[test]
fn the_core_knows_no_runtime_sockets_clock_or_randomness() {
    for (text, reason) in [
        ("use tokio::sync::mpsc;", "a runtime"),
        ("use tokio;", "a runtime"),
        ("#[tokio::main] fn f() {}", "a runtime"),
        ("use std::net::{IpAddr, TcpStream};", "sockets"),
        ("use std::{fmt, net};", "sockets"),
        ("fn f(s: std::os::unix::net::UnixStream) {}", "sockets"),
        ("use socket2::Socket;", "sockets"),
        ("use std::time::{Duration, Instant};", "a clock"),
        ("use std::time::SystemTime;", "a clock"),
        ("use std::time::*;", "a clock"),
        ("fn f() { Instant::now() }", "a clock"),
        ("fn f() { time::OffsetDateTime::now_utc() }", "a clock"),
        ("fn f() { rand::random() }", "randomness"),
        ("use argon2::password_hash::rand_core::OsRng;", "randomness"),
    ] {
        refused("src/session/mod.rs", text, reason);
        allowed("src/net/mod.rs", text);
    }
    refused("src/gateway/netchat/node.rs", "use std::time::Instant;", "a clock");
    allowed("src/session/mod.rs", "use std::{net::{IpAddr, SocketAddr}, time::Duration};");
    allowed("src/config/mod.rs", "use argon2::password_hash::rand_core::OsRng;");
    allowed("src/wire/time.rs", "use time::OffsetDateTime; // not std::time::Instant");
}

#[test]
fn shared_maps_live_in_the_registry_alone() {
    for path in ["src/state/world.rs", "src/net/mod.rs"] {
        refused(path, "use dashmap::DashMap;", "only src/state/registry.rs");
        refused(path, "fn f(m: &dashmap::DashMap<u8, u8>) {}", "only src/state/registry.rs");
    }
    allowed("src/state/registry.rs", "use dashmap::DashMap;");
}

#[test]
fn unsafe_code_is_found_in_tests_too() {
    refused("src/net/mod.rs", "fn f() { unsafe {} }", "unsafe");
    refused("src/net/mod.rs", "#[cfg(test)] mod t { fn f() { unsafe {} } }", "unsafe");
    allowed("src/net/mod.rs", "#![forbid(unsafe_code)] // unsafe\nconst A: &str = \"unsafe\";");
}

#[test]
fn test_modules_may_break_the_other_rules() {
    allowed("src/wire/event.rs", "#[cfg(test)]\nmod tests { use crate::session::Shard; }");
    let far = "use crate::session::Shard; use tokio::time;";
    let sources = [
        Source { path: "src/wire/mod.rs", text: "#[cfg(test)]\nmod far;" },
        Source { path: "src/wire/far.rs", text: far },
    ];
    assert_eq!(faults(&sources), [""; 0]);
    refused("src/wire/event.rs", "#[cfg(not(test))] use crate::session::Shard;", "below wire");
}
