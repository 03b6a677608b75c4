//! What the configuration promises: nothing misspelled, mistyped or senseless passes, and all that
//! is wrong is told at once, with its place.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test may panic")]

mod keys;
mod shipped;
mod values;

use std::fs;

use pipewright::config::{Config, Fault, Initial, Key, Place, Table, load, tables};

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
    match &fault.place {
        Place::File { line: Some(line), .. } => *line,
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
    let needed = match table.keys.iter().find(|key| matches!(key.default, Initial::Each(_))) {
        Some(other) if other.name != key.name => format!("{} = \"127.0.0.1:0\"", other.name),
        _ => String::new(),
    };
    format!("# A file\n{}\n{line}\n{needed}\n", table.heading())
}
