//! The default configuration as a file: every key with its comment.

use crate::config::schema::{Initial, Key, Table};
use crate::config::tables::tables;
use crate::config::value::Kind;

const HEAD: &str = "\
# Pipewright's configuration. All values here are the defaults: a line that is left out
# changes nothing. Print this file with `pipewright default-config`, try yours with
# `pipewright check --config FILE`.
#
# An environment variable wins over this file: PIPEWRIGHT_, the table, two underscores,
# the key, all in capitals, as in PIPEWRIGHT_SERVER__NAME=irc.example.org. Values there are
# written without quotes. PIPEWRIGHT_LISTEN__ADDRESS and its like describe one listener,
# which stands in place of all [[listen]] tables.
";

/// The text of the default configuration.  It loads as it is, and loading it is loading nothing.
pub fn default_config() -> String {
    let mut text = HEAD.to_owned();
    for table in tables() {
        text.push('\n');
        comment(&mut text, table.doc);
        let copies = match table.keys.iter().find_map(each) {
            Some(values) => values.len(),
            None => 1,
        };
        let mark = if table.is_absent() { "#" } else { "" };
        for copy in 0..copies {
            if copy > 0 {
                text.push('\n');
            }
            text.push_str(&format!("{mark}{}\n", table.heading()));
            if copy == 0 {
                entries(&mut text, table);
            } else {
                differences(&mut text, table, copy);
            }
        }
    }
    text
}

/// What the further tables of a name say otherwise than the first.
fn differences(text: &mut String, table: &Table, copy: usize) {
    for key in &table.keys {
        match key.default {
            Initial::Each(values) | Initial::Copies(_, values) => {
                let value = values.get(copy).copied().unwrap_or_default();
                text.push_str(&entry(key, "", value));
            }
            _ => {}
        }
    }
}

fn entries(text: &mut String, table: &Table) {
    for (at, key) in table.keys.iter().enumerate() {
        if at > 0 {
            text.push('\n');
        }
        comment(text, &format!("{} {}", key.doc, allowed(key.kind)));
        let (mark, value) = match &key.default {
            Initial::Is(value) if table.is_absent() => ("#", value.as_ref()),
            Initial::Is(value) => ("", value.as_ref()),
            Initial::Absent(example) | Initial::Needed(example) => ("#", *example),
            Initial::Copies(value, _) => ("", *value),
            Initial::Each(values) => ("", values.first().copied().unwrap_or_default()),
        };
        text.push_str(&entry(key, mark, value));
    }
}

fn entry(key: &Key, mark: &str, value: &str) -> String {
    let bare = matches!(key.kind, Kind::Count(..) | Kind::Flag | Kind::Texts(_) | Kind::Words(_));
    let quote = if bare { "" } else { "\"" };
    format!("{mark}{} = {quote}{value}{quote}\n", key.name)
}

fn each(key: &Key) -> Option<&'static [&'static str]> {
    match key.default {
        Initial::Each(values) => Some(values),
        _ => None,
    }
}

/// A sentence about what the kind takes, where that is not plain from the value.
fn allowed(kind: Kind) -> String {
    match kind {
        Kind::Text(_) | Kind::Texts(_) | Kind::Flag => String::new(),
        Kind::Words(words) => format!("Out of {}.", words.join(", ")),
        Kind::Word(words) => format!("One of {}.", words.join(", ")),
        Kind::Count(min, max) => format!("{min} to {max}."),
        Kind::Size(min, max) => format!("{} to {}; B, KiB or MiB.", kind.show(min), kind.show(max)),
        Kind::Time(min, max) => {
            format!("{} to {}; ms, s, m, h, d or w.", kind.show(min), kind.show(max))
        }
    }
}

/// Adds the words as lines of comment of at most 90 characters.
fn comment(text: &mut String, words: &str) {
    let mut line = String::from("#");
    for word in words.split_whitespace() {
        if line.len() + 1 + word.len() > 90 {
            text.push_str(&line);
            text.push('\n');
            line = String::from("#");
        }
        line.push(' ');
        line.push_str(word);
    }
    text.push_str(&line);
    text.push('\n');
}
