//! Keeps the shape of the tree: the order in which its folders may use one another, a core that
//! knows no sockets, clock or randomness, one home for the shared maps, no circles in a folder.

#![allow(clippy::indexing_slicing, reason = "a panic here is a test that fails")]

mod imports;

use std::collections::{BTreeMap, BTreeSet};
use std::{fs, io, path::Path};

use imports::Imports;

/// Top to bottom: a file imports from its own row and those above.
const ROWS: &[&[&str]] = &[
    &["work"],
    &["proto"],
    &["core"],
    &["delivery"],
    &["command"],
    &["shard"],
    &["config"],
    &["store"],
    &["net"],
    &["metrics"],
    &["gateway"],
    &["peer"],
    &["runtime", "telemetry", "cli", "main", "lib"],
];

/// The rows above this one are told the time and given their randomness.
const FIRST_WITH_IO: &str = "config";

/// Below that row, and yet without a clock or sockets.
const PURE: &str = "src/gateway/netchat/";

/// The one home of the shared maps, which never hands out a map's guard.
const REGISTRY: &str = "src/core/registry.rs";

/// How many files of a folder may import one another in a circle.
const LONGEST_CIRCLE: usize = 3;

/// A file below `src/`, and what it names.
struct Source {
    path: String,
    module: Vec<String>,
    imports: Imports,
}

#[test]
fn every_file_keeps_the_rules_of_its_row() {
    let faults = faults(&tree());
    assert!(faults.is_empty(), "{} broken rules\n{}", faults.len(), faults.join("\n"));
}

#[test]
fn no_more_than_three_files_of_a_folder_import_one_another_in_a_circle() {
    let circles = circles(&tree());
    let long: Vec<_> = circles.iter().filter(|circle| circle.len() > LONGEST_CIRCLE).collect();
    assert!(long.is_empty(), "{long:#?}");
}

fn tree() -> Vec<Source> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut files = Vec::new();
    collect(root, &root.join("src"), &mut files).expect("src can be read");
    assert!(files.iter().any(|(path, _)| path == "src/lib.rs"), "these are not our sources");
    sources(&files.iter().map(|(path, text)| (path.as_str(), text.as_str())).collect::<Vec<_>>())
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

/// Those of the files that are not for tests alone.
fn sources(files: &[(&str, &str)]) -> Vec<Source> {
    let source = |&(path, text): &(&str, &str)| {
        let module = module_of(path);
        let imports = Imports::of(text, &module).unwrap_or_else(|why| panic!("{path}: {why}"));
        Source { path: path.to_owned(), module, imports }
    };
    let sources: Vec<Source> = files.iter().map(source).collect();
    let for_tests: Vec<Vec<String>> = sources
        .iter()
        .flat_map(|source| {
            let modules = source.imports.test_modules.iter();
            modules.map(|name| [source.module.as_slice(), std::slice::from_ref(name)].concat())
        })
        .collect();
    sources.into_iter().filter(|source| !for_tests.contains(&source.module)).collect()
}

/// `src/a/b.rs` is `a::b`, `src/a/mod.rs` is `a`, and the two roots are the crate itself.
fn module_of(path: &str) -> Vec<String> {
    let inside = path.strip_prefix("src/").unwrap_or(path).trim_end_matches(".rs");
    let mut module: Vec<String> = inside.split('/').map(str::to_owned).collect();
    if matches!(module.last().map(String::as_str), Some("mod" | "lib" | "main")) {
        module.pop();
    }
    module
}

fn row_of(module: &str) -> Option<usize> {
    ROWS.iter().position(|row| row.contains(&module))
}

/// Every broken rule, as `file:line: what is wrong`.
fn faults(sources: &[Source]) -> Vec<String> {
    let mut faults = Vec::new();
    for source in sources {
        let top = source.path.trim_start_matches("src/").split('/').next().unwrap_or_default();
        let Some(row) = row_of(top.trim_end_matches(".rs")) else {
            faults.push(format!("{}: belongs to no row; give it one in ROWS", source.path));
            continue;
        };
        let is_core = Some(row) < row_of(FIRST_WITH_IO) || source.path.starts_with(PURE);
        for named in &source.imports.named {
            let path: Vec<&str> = named.segments.iter().map(String::as_str).collect();
            let io = is_core.then(|| io_only(&path)).flatten();
            let map = (source.path != REGISTRY).then(|| shared_map(&path)).flatten();
            for what in [downward(&path, row), io, map].into_iter().flatten() {
                faults.push(format!("{}:{}: {}: {what}", source.path, named.line, path.join("::")));
            }
        }
    }
    faults.dedup();
    faults
}

fn downward(path: &[&str], row: usize) -> Option<String> {
    match path {
        ["crate", "*"] => Some("is the whole crate; name the module".to_owned()),
        ["crate", module, ..] => match row_of(module) {
            None => Some(format!("{module} belongs to no row; give it one in ROWS")),
            Some(theirs) if theirs > row => {
                Some(format!("{module} is below {}; a file imports upwards", ROWS[row].join(", ")))
            }
            Some(_) => None,
        },
        _ => None,
    }
}

fn io_only(path: &[&str]) -> Option<String> {
    let is_address = |kind: &str| {
        kind.ends_with("Addr") || kind.contains("SocketAddrV") || kind == "AddrParseError"
    };
    let what = match path {
        ["tokio" | "mio" | "async_std" | "smol", ..] => "a runtime",
        ["socket2", ..] | ["std", "os", "unix", "net", ..] => "sockets",
        ["std" | "core", "net", kind, ..] if is_address(kind) => return None,
        ["std" | "core", "net", ..] => "sockets",
        ["std" | "core", "time", "Duration", ..] => return None,
        ["std" | "core", "time", ..] => "a clock",
        ["rand" | "rand_core" | "getrandom" | "fastrand", ..] => "randomness",
        path if path.iter().any(|it| matches!(*it, "OsRng" | "thread_rng")) => "randomness",
        path if path.windows(2).any(reads_the_clock) => "a clock",
        _ => return None,
    };
    Some(format!("{what} is for {FIRST_WITH_IO} and the rows below; here it is an argument"))
}

fn reads_the_clock(pair: &[&str]) -> bool {
    matches!(
        pair,
        ["Instant" | "SystemTime", "now"]
            | ["OffsetDateTime" | "UtcDateTime", "now" | "now_utc" | "now_local"]
    )
}

fn shared_map(path: &[&str]) -> Option<String> {
    let is_map = |segment: &&str| matches!(*segment, "dashmap" | "DashMap" | "DashSet");
    path.iter().any(is_map).then(|| format!("only {REGISTRY} may hold one"))
}

/// Files of one folder of which each leads to each other by imports, past what only passes names on.
fn circles(sources: &[Source]) -> Vec<Vec<String>> {
    let modules: BTreeSet<&[String]> = sources.iter().map(|it| it.module.as_slice()).collect();
    let mut passed_on: BTreeMap<Vec<String>, &[String]> = BTreeMap::new();
    for source in sources {
        for (name, full) in &source.imports.passed_on {
            passed_on.insert(
                [source.module.as_slice(), std::slice::from_ref(name)].concat(),
                &full[1..],
            );
        }
    }
    let target = |path: &[String]| {
        let mut path = path.to_vec();
        // A name is passed on a few times at most.
        for _ in 0..8 {
            let longest = (1..=path.len()).rev().find(|end| modules.contains(&path[..*end]))?;
            let next = path.get(..longest + 1).and_then(|name| passed_on.get(name));
            let Some(next) = next else { return Some(path[..longest].to_vec()) };
            path = [next, &path[longest + 1..]].concat();
        }
        None
    };
    let folder = |path: &str| path.rsplit_once('/').map_or(String::new(), |(it, _)| it.to_owned());
    let folders: BTreeMap<&[String], String> =
        sources.iter().map(|it| (it.module.as_slice(), folder(&it.path))).collect();
    let mut edges: BTreeMap<Vec<String>, BTreeSet<Vec<String>>> = BTreeMap::new();
    for source in sources {
        let inside = source.imports.named.iter().filter(|named| named.segments[0] == "crate");
        let to = inside.filter_map(|named| target(&named.segments[1..]));
        let same = |to: &Vec<String>| folders.get(to.as_slice()) == Some(&folder(&source.path));
        edges.insert(source.module.clone(), to.filter(same).collect());
    }
    let reached = |from: &Vec<String>| {
        let (mut seen, mut next) = (BTreeSet::new(), vec![from.clone()]);
        while let Some(module) = next.pop() {
            for to in edges.get(&module).into_iter().flatten() {
                if *to != module && seen.insert(to.clone()) {
                    next.push(to.clone());
                }
            }
        }
        seen
    };
    let reach: BTreeMap<&Vec<String>, BTreeSet<Vec<String>>> =
        edges.keys().map(|from| (from, reached(from))).collect();
    let mut circles: Vec<Vec<String>> = Vec::new();
    for (from, seen) in &reach {
        if seen.contains(*from) {
            let both = seen.iter().filter(|to| reach[to].contains(*from));
            let circle: Vec<String> = both.map(|module| module.join("::")).collect();
            if !circles.contains(&circle) {
                circles.push(circle);
            }
        }
    }
    circles
}

/// The faults of a made-up file.
fn faults_in(path: &str, text: &str) -> Vec<String> {
    faults(&sources(&[(path, text)]))
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
        "use crate::shard::Shard;",
        "use crate::{proto::names::{Nick, Mask as M}, shard::{Shard as S}};",
        "fn f() { crate::shard::g() }",
        "use super::super::shard::Shard;",
        "mod inner { use super::super::super::shard::Shard; }",
        "use self::super::super::shard;",
        "macro_rules! m { () => { $crate::shard::g() } }",
        "pub use pipewright::shard;",
    ] {
        refused("src/proto/event.rs", text, "shard is below proto");
    }
    refused("src/proto/mod.rs", "use super::shard::Shard;", "shard is below proto");
    refused("src/core/locks.rs", "use crate::delivery::Delivery;", "delivery is below core");
    allowed("src/proto/event.rs", "use super::{caps::CapSet, names}; use self::x::y;");
    allowed("src/shard/mod.rs", "use crate::{command::TABLE, proto::names::*, core};");
    allowed("src/main.rs", "use pipewright::{cli, runtime};");
}

#[test]
fn the_whole_crate_is_not_imported_and_every_module_has_a_row() {
    refused("src/proto/event.rs", "use crate::*;", "whole crate");
    refused("src/proto/mod.rs", "use super::*;", "whole crate");
    refused("src/proto/event.rs", "use crate::gossip::X;", "gossip belongs to no row");
    refused("src/gossip/mod.rs", "", "belongs to no row");
}

#[test]
fn the_core_knows_no_runtime_sockets_clock_or_randomness() {
    for (text, reason) in [
        ("use tokio::sync::mpsc;", "a runtime"),
        ("#[tokio::main] fn f() {}", "a runtime"),
        ("use std::net::{IpAddr, TcpStream};", "sockets"),
        ("use std::{fmt, net};", "sockets"),
        ("fn f(s: std::os::unix::net::UnixStream) {}", "sockets"),
        ("use socket2::Socket;", "sockets"),
        ("use std::time::{Duration, Instant};", "a clock"),
        ("use std::time::SystemTime;", "a clock"),
        ("use std::time::*;", "a clock"),
        ("fn f() { Instant::now() }", "a clock"),
        ("fn f() { g!(Instant::now()) }", "a clock"),
        ("fn f() { time::OffsetDateTime::now_utc() }", "a clock"),
        ("fn f() { rand::random() }", "randomness"),
        ("use argon2::password_hash::rand_core::OsRng;", "randomness"),
    ] {
        refused("src/shard/mod.rs", text, reason);
        allowed("src/net/mod.rs", text);
    }
    refused("src/gateway/netchat/node.rs", "use std::time::Instant;", "a clock");
    allowed("src/shard/mod.rs", "use std::{net::{IpAddr, SocketAddr}, time::Duration};");
    allowed("src/config/mod.rs", "use argon2::password_hash::rand_core::OsRng;");
    allowed("src/proto/time.rs", "use time::OffsetDateTime; // not std::time::Instant");
}

#[test]
fn shared_maps_live_in_the_registry_alone() {
    for path in ["src/core/network/mod.rs", "src/net/mod.rs"] {
        refused(path, "use dashmap::DashMap;", "only src/core/registry.rs");
        refused(path, "fn f(m: &dashmap::DashMap<u8, u8>) {}", "only src/core/registry.rs");
    }
    allowed("src/core/registry.rs", "use dashmap::DashMap;");
}

#[test]
fn test_modules_may_break_the_rules() {
    allowed("src/proto/event.rs", "#[cfg(test)]\nmod tests { use crate::shard::Shard; }");
    let far = "use crate::shard::Shard; use tokio::time;";
    let files = [("src/proto/mod.rs", "#[cfg(test)]\nmod far;"), ("src/proto/far.rs", far)];
    assert_eq!(faults(&sources(&files)), [""; 0]);
    refused("src/proto/event.rs", "#[cfg(not(test))] use crate::shard::Shard;", "below proto");
}

#[test]
fn a_circle_is_found_through_names_that_are_passed_on() {
    let files = [
        ("src/core/mod.rs", "pub use a::A; mod a; mod b; mod c; mod d;"),
        ("src/core/a.rs", "use super::b::B;"),
        ("src/core/b.rs", "use super::c::C; use crate::core::d;"),
        ("src/core/c.rs", "use crate::core::A;"),
        ("src/core/d.rs", ""),
    ];
    let expected = vec!["core::a".to_owned(), "core::b".into(), "core::c".into()];
    assert_eq!(circles(&sources(&files)), [expected]);
}
