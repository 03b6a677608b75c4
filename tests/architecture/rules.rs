//! What a file under `src/` may do, by its row.

use crate::{
    lexer::{Token, tokens},
    source::{Path, Source, paths, without_tests},
};

/// Top to bottom: a file imports from its own row and those above.
const ROWS: &[&[&str]] = &[
    &["work"],
    &["names"],
    &["wire"],
    &["locks"],
    &["memory"],
    &["delivery"],
    &["state"],
    &["command"],
    &["session"],
    &["config"],
    &["store"],
    &["net"],
    &["metrics"],
    &["gateway"],
    &["peer"],
    &["runtime", "telemetry", "cli", "main", "lib"],
];

/// The rows above this one are the core, which is told the time and given its randomness.
const FIRST_OF_THE_SHELL: &str = "config";

/// Stands with the shell, and yet is told the time and given its randomness.
const PURE: &str = "src/gateway/netchat/";

/// The one home of the shared maps, which never hands out a map's guard.
const REGISTRY: &str = "src/state/registry.rs";

const ADDRESSES: &[&str] = &[
    "AddrParseError",
    "IpAddr",
    "Ipv4Addr",
    "Ipv6Addr",
    "SocketAddr",
    "SocketAddrV4",
    "SocketAddrV6",
];

/// Every broken rule, as `file:line: what is wrong`.
pub fn faults(sources: &[Source<'_>]) -> Vec<String> {
    let test_files: Vec<String> = sources.iter().flat_map(test_files).collect();
    sources
        .iter()
        .filter(|source| !test_files.iter().any(|file| file == source.path))
        .flat_map(faults_of)
        .chain(sources.iter().flat_map(unsafe_code))
        .collect()
}

fn faults_of(source: &Source<'_>) -> Vec<String> {
    let tokens = tokens(source.text);
    let tested = without_tests(&tokens);
    let mut faults = Vec::new();
    let Some(row) = row_of(top_module(source.path)) else {
        faults.push(format!("{}: belongs to no row; give it one in ROWS", source.path));
        return faults;
    };
    let is_core = Some(row) < row_of(FIRST_OF_THE_SHELL) || source.path.starts_with(PURE);
    for path in paths(&tested.code).iter().filter(|path| path.segments.len() > 1 || path.in_use) {
        let edge = upward_edge(path, &module_of(source.path), row);
        let shell = is_core.then(|| shell_only(path)).flatten();
        let map = (source.path != REGISTRY).then(|| shared_map(path)).flatten();
        for what in [edge, shell, map].into_iter().flatten() {
            let written = path.segments.join("::");
            faults.push(format!("{}:{}: {written}: {what}", source.path, path.line));
        }
    }
    faults
}

/// Tests may break every rule but this one.
fn unsafe_code(source: &Source<'_>) -> Vec<String> {
    let is_unsafe = |token: &Token<'_>| token.text == "unsafe";
    let found = tokens(source.text).into_iter().filter(is_unsafe);
    found.map(|token| format!("{}:{}: unsafe code", source.path, token.line)).collect()
}

fn upward_edge(path: &Path<'_>, file: &[&str], row: usize) -> Option<String> {
    let target = inside_the_crate(path, file)?;
    match target.first() {
        None | Some(&"*") => Some("is the whole crate; name the module".to_owned()),
        Some(module) => match row_of(module) {
            None => Some(format!("{module} belongs to no row; give it one in ROWS")),
            Some(theirs) if theirs > row => {
                Some(format!("{module} is below {}; a file imports upwards", ROWS[row].join(", ")))
            }
            Some(_) => None,
        },
    }
}

/// The path from the crate's root, `None` if it starts elsewhere.
fn inside_the_crate<'a>(path: &Path<'a>, file: &[&'a str]) -> Option<Vec<&'a str>> {
    let mut here: Vec<&str> = file.iter().chain(&path.modules).copied().collect();
    let (first, mut rest) = path.segments.split_first()?;
    match *first {
        "crate" | "pipewright" => here.clear(),
        "self" => {}
        "super" => {
            here.pop();
        }
        _ => return None,
    }
    while let Some((&"super", after)) = rest.split_first() {
        here.pop();
        rest = after;
    }
    here.extend(rest);
    Some(here)
}

fn shell_only(path: &Path<'_>) -> Option<String> {
    let what = match path.segments.as_slice() {
        ["tokio" | "mio" | "async_std" | "smol", ..] => "a runtime",
        ["socket2", ..] | ["std", "os", "unix", "net", ..] => "sockets",
        ["std" | "core", "net", kind, ..] if ADDRESSES.contains(kind) => return None,
        ["std" | "core", "net", ..] => "sockets",
        ["std" | "core", "time", "Duration", ..] => return None,
        ["std" | "core", "time", ..] => "a clock",
        ["rand" | "rand_core" | "getrandom" | "fastrand", ..] => "randomness",
        segments if segments.iter().any(|it| matches!(*it, "OsRng" | "thread_rng")) => "randomness",
        segments if segments.windows(2).any(reads_the_clock) => "a clock",
        _ => return None,
    };
    Some(format!("{what} is for {FIRST_OF_THE_SHELL} and the rows below; here it is an argument"))
}

fn reads_the_clock(pair: &[&str]) -> bool {
    matches!(
        pair,
        ["Instant" | "SystemTime", "now"]
            | ["OffsetDateTime" | "UtcDateTime", "now" | "now_utc" | "now_local"]
    )
}

fn shared_map(path: &Path<'_>) -> Option<String> {
    let is_map = |segment: &&str| matches!(*segment, "dashmap" | "DashMap" | "DashSet");
    path.segments.iter().any(is_map).then(|| format!("only {REGISTRY} may hold one"))
}

fn row_of(module: &str) -> Option<usize> {
    ROWS.iter().position(|row| row.contains(&module))
}

fn top_module(path: &str) -> &str {
    let inside = path.strip_prefix("src/").unwrap_or(path);
    inside.split('/').next().unwrap_or(inside).trim_end_matches(".rs")
}

/// `src/a/b.rs` is `a::b`, `src/a/mod.rs` is `a`, and the two roots are the crate itself.
fn module_of(path: &str) -> Vec<&str> {
    let inside = path.strip_prefix("src/").unwrap_or(path).trim_end_matches(".rs");
    let mut module: Vec<&str> = inside.split('/').collect();
    if matches!(module.last(), Some(&("mod" | "lib" | "main"))) {
        module.pop();
    }
    module
}

/// The files of modules that this one declares for tests only.
fn test_files(source: &Source<'_>) -> Vec<String> {
    let tokens = tokens(source.text);
    let mut folder = module_of(source.path);
    folder.insert(0, "src");
    let folder = folder.join("/");
    let modules = without_tests(&tokens).modules;
    modules
        .iter()
        .flat_map(|name| [format!("{folder}/{name}.rs"), format!("{folder}/{name}/mod.rs")])
        .collect()
}
