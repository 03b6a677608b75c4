//! The environment: `PIPEWRIGHT_`, the table, two underscores, the key, in capitals.
//!
//! The variables of a repeated table describe one such table, which stands in place of all those
//! of the file.

use std::{env, ffi::OsString, path::PathBuf};

use crate::config::fault::{Fault, Location, Wrong};
use crate::config::layer::{Entry, Layer};
use crate::config::nearest::nearest;
use crate::config::schema::{Key, Table};
use crate::config::tables::tables;

const PREFIX: &str = "PIPEWRIGHT_";

/// The variable that sets a key, as in `PIPEWRIGHT_SERVER__NAME`.
pub fn variable(table: &Table, key: &Key) -> String {
    format!("{PREFIX}{}__{}", table.name.replace('.', "_"), key.name).to_uppercase()
}

/// Reads every variable that begins with `PIPEWRIGHT_`; one that means nothing is a fault.
pub(super) fn read<N: Into<OsString>, V: Into<OsString>>(
    variables: impl IntoIterator<Item = (N, V)>,
    faults: &mut Vec<Fault>,
) -> Layer {
    let known: Vec<_> = tables()
        .iter()
        .flat_map(|table| table.keys.iter().map(move |key| (variable(table, key), table, key)))
        .collect();
    let mut layer = Layer::default();
    let mut seen = Vec::new();
    for (name, value) in variables {
        let name = name.into().to_string_lossy().into_owned();
        if !name.starts_with(PREFIX) {
            continue;
        }
        let location = Location::Variable(name.clone());
        let Some((_, table, key)) = known.iter().find(|(variable, ..)| *variable == name) else {
            faults.push(
                unknown(&name, known.iter().map(|(name, ..)| name.as_str())).at(location, ""),
            );
            continue;
        };
        seen.push(name);
        let value = match value.into().into_string() {
            Ok(text) => key.kind.of_text(&text),
            Err(_) => Err(Wrong::new("is not UTF-8")),
        };
        match value {
            Ok(value) => layer.0.push(Entry { table, row: 0, key, value, location }),
            Err(wrong) => faults.push(wrong.at(location, key.path(table))),
        }
    }
    for (name, table, key) in &known {
        let begun = || known.iter().any(|(v, of, _)| of.name == table.name && seen.contains(v));
        if key.is_needed() && !seen.contains(name) && begun() {
            let wrong = Wrong::new(format!(
                "is missing; other variables describe a {} without it",
                table.heading()
            ));
            faults.push(wrong.at(Location::Variable(name.clone()), key.path(table)));
        }
    }
    layer
}

/// The folder for what a server keeps and nobody has chosen a place for (systemd.exec(5),
/// `StateDirectory=`; XDG Base Directory Specification, `$XDG_STATE_HOME`).
pub(super) fn state_folder(variables: &[(OsString, OsString)]) -> Option<PathBuf> {
    let variable = |wanted: &str| {
        let found = variables.iter().find(|(name, value)| name == wanted && !value.is_empty());
        found.map(|(_, value)| value)
    };
    if let Some(folders) = variable("STATE_DIRECTORY") {
        return env::split_paths(folders).next();
    }
    let absolute = |path: &PathBuf| path.is_absolute();
    let home = || variable("HOME").map(|home| PathBuf::from(home).join(".local/state"));
    let state = variable("XDG_STATE_HOME").map(PathBuf::from).filter(absolute).or_else(home);
    state.filter(absolute).map(|state| state.join("pipewright"))
}

fn unknown<'a>(name: &str, known: impl Iterator<Item = &'a str>) -> Wrong {
    let wrong = Wrong::new("unknown variable");
    let suffix = |name: &'a str| name.strip_prefix(PREFIX).unwrap_or(name);
    match nearest(name.strip_prefix(PREFIX).unwrap_or(name), known.map(suffix)) {
        Some(near) => wrong.hint(format!("did you mean {PREFIX}{near}?")),
        None => wrong.hint("`pipewright default-config` tells how they are named"),
    }
}
