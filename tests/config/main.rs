//! What the configuration promises: nothing misspelled, mistyped or senseless passes, and all that
//! is wrong is told at once, with its place.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test may panic")]

mod gateway;
mod keys;
mod listen;
mod operators;
mod shipped;
mod values;

use std::fs;

use pipewright::config::{Config, Fault, Key, Location, Table, load, tables};

/// Of a password that nobody knows.
const HASH: &str = "$argon2id$v=19$m=19456,t=2,p=1$c29tZXNhbHQ$aGFzaGhhc2hoYXNoaGFzaA";

/// Loads a file with this text, and this environment.
fn load_with(text: &str, env: &[(&str, &str)]) -> Result<Config, Vec<Fault>> {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("pipewright.toml");
    fs::write(&path, text).unwrap();
    load(Some(&path), env.iter().copied())
}

fn fine(text: &str) -> Config {
    load_with(text, &[]).unwrap_or_else(|faults| panic!("{text}\n{faults:#?}"))
}

fn faults_with(text: &str, env: &[(&str, &str)]) -> Vec<Fault> {
    load_with(text, env).expect_err(text)
}

/// The only fault of this text: its line, its key, and how it is shown after that.
fn fault(text: &str) -> (usize, String, String) {
    let faults = faults_with(text, &[]);
    assert_eq!(faults.len(), 1, "{text}\n{faults:#?}");
    (line(&faults[0]), faults[0].key.clone(), said(&faults[0]))
}

fn line(fault: &Fault) -> usize {
    match &fault.location {
        Location::File { line: Some(line), .. } => *line,
        place => panic!("no line in {place:?}"),
    }
}

/// A fault as it is shown, without its folder.
fn said(fault: &Fault) -> String {
    let shown = fault.to_string();
    match shown.find("pipewright.toml") {
        Some(at) => shown[at..].to_owned(),
        None => shown,
    }
}

fn every_key() -> impl Iterator<Item = (&'static Table, &'static Key)> {
    tables().iter().flat_map(|table| table.keys.iter().map(move |key| (table, key)))
}

/// A file whose third line is this one, under the heading of the table, and otherwise fine.
fn file_with(table: &Table, key: &Key, line: &str) -> String {
    let needed = table.keys.iter().filter(|other| other.is_needed() && other.name != key.name);
    let needed: String = needed
        .map(|other| {
            let value = match other.name {
                "address" => "\"127.0.0.1:0\"",
                "from" => "[\"192.0.2.1\"]",
                "channel" => "\"#helper\"",
                // No two pipes have the same path.
                "output" => "\"helper.out\"",
                _ => "\"helper\"",
            };
            format!("{} = {value}\n", other.name)
        })
        .collect();
    let class = if table.name == "operator" && key.name != "class" {
        "[[operator_class]]\nname = \"helper\""
    } else {
        ""
    };
    format!("# A file\n{}\n{line}\n{needed}{class}\n", table.heading())
}
