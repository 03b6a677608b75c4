//! The file: TOML, with the line of everything in it.

use std::{fs::File, io::Read, ops::Range, path::Path};

use memchr::memchr_iter;
use toml_edit::{Document, Item, TableLike};

use crate::config::fault::{Fault, Location, Wrong};
use crate::config::layer::{Entry, Layer};
use crate::config::nearest::nearest;
use crate::config::schema::{Key, Table};
use crate::config::tables::tables;

/// A text past this is not a configuration, nor a message of the day.
const MOST_BYTES: u64 = 1 << 20;

/// Reads a file.  `None` when it cannot be read or is not TOML, so that nothing in it is known.
pub(super) fn read(path: &Path, faults: &mut Vec<Fault>) -> Option<Layer> {
    match text_of(path) {
        Ok(text) => parse(path, &text, faults),
        Err(why) => {
            faults.push(Wrong::new(why).at(Location::file(path), ""));
            None
        }
    }
}

/// A whole file as text, or the reason why not.
pub(super) fn text_of(path: &Path) -> Result<String, String> {
    let mut bytes = Vec::new();
    File::open(path)
        .and_then(|file| file.take(MOST_BYTES + 1).read_to_end(&mut bytes))
        .map_err(|why| format!("cannot be read: {why}"))?;
    if bytes.len() as u64 > MOST_BYTES {
        return Err("is longer than 1 MiB".into());
    }
    String::from_utf8(bytes).map_err(|why| {
        let (good, _) = why.as_bytes().split_at(why.utf8_error().valid_up_to());
        format!("is not UTF-8 in line {}", lines_before(good) + 1)
    })
}

/// Reads the text of a file.  Values of a wrong kind and unknown keys become faults, and the rest
/// is kept.
pub(super) fn parse(path: &Path, text: &str, faults: &mut Vec<Fault>) -> Option<Layer> {
    let document = match Document::parse(text) {
        Ok(document) => document,
        Err(why) => {
            faults.push(syntax(path, text, &why));
            return None;
        }
    };
    let ends = memchr_iter(b'\n', text.as_bytes()).collect();
    let mut reader = Reader { path, ends, faults, layer: Layer::default() };
    reader.all("", document.as_table());
    Some(reader.layer)
}

/// A table's keys, and where it stands.
type Row<'a> = (&'a dyn TableLike, Option<Range<usize>>);

struct Reader<'a> {
    path: &'a Path,
    /// Where each line ends: there are as many places to look for as keys.
    ends: Vec<usize>,
    faults: &'a mut Vec<Fault>,
    layer: Layer,
}

impl Reader<'_> {
    /// The tables below the one that `prefix` names, as in `gateway.`; the whole file's for `""`.
    fn all(&mut self, prefix: &str, items: &dyn TableLike) {
        for (name, item) in items.iter() {
            let location = self.location(key_span(items, name).or(item.span()));
            let name = format!("{prefix}{name}");
            let inner = format!("{name}.");
            let holds_tables = tables().iter().any(|table| table.name.starts_with(&inner));
            match (tables().iter().find(|table| table.name == name), item.as_table_like()) {
                (Some(table), _) => self.tables(table, item, location),
                (None, Some(items)) if holds_tables => self.all(&inner, items),
                (None, _) => self.faults.push(unknown_table(&name, item).at(location, name)),
            }
        }
    }

    /// All tables under one name.
    fn tables(&mut self, table: &'static Table, item: &Item, location: Location) {
        let rows: Option<Vec<Row<'_>>> = match item {
            Item::ArrayOfTables(rows) if table.many => {
                Some(rows.iter().map(|row| (row as &dyn TableLike, row.span())).collect())
            }
            Item::Value(toml_edit::Value::Array(rows)) if table.many && !rows.is_empty() => rows
                .iter()
                .map(|row| Some((row.as_inline_table()? as &dyn TableLike, row.span())))
                .collect(),
            _ if table.many => None,
            item => item.as_table_like().map(|row| vec![(row, item.span())]),
        };
        let Some(rows) = rows else {
            let wrong = Wrong::new(format!("must be a table, written {}", table.heading()));
            self.faults.push(wrong.at(location, table.name));
            return;
        };
        for (number, (row, span)) in rows.into_iter().enumerate() {
            let head = span.map_or_else(|| location.clone(), |span| self.location(Some(span)));
            self.keys(table, number, row, head);
        }
    }

    /// The keys of one table, whose heading is at `head`.
    fn keys(&mut self, table: &'static Table, row: usize, items: &dyn TableLike, head: Location) {
        let mut meant = Vec::new();
        for (name, item) in items.iter() {
            let location = self.location(key_span(items, name).or(item.span()));
            let Some(key) = table.key(name) else {
                let near = nearest(name, table.keys.iter().map(|key| key.name));
                meant.extend(near);
                let wrong = unknown_key(table, name, near);
                self.faults.push(wrong.at(location, format!("{}.{name}", table.name)));
                continue;
            };
            let value = match item.as_value() {
                Some(value) => key.kind.of_toml(value),
                None => Err(Wrong::new(format!("is a table; must be {}", key.kind.describe()))),
            };
            match value {
                Ok(value) => self.layer.0.push(Entry { table, row, key, value, location }),
                Err(wrong) => self.faults.push(wrong.at(location, key.path(table))),
            }
        }
        let missing = |key: &&Key| {
            key.is_needed() && !items.contains_key(key.name) && !meant.contains(&key.name)
        };
        for key in table.keys.iter().filter(missing) {
            let wrong = Wrong::new(format!("is missing under {}", table.heading()));
            self.faults.push(wrong.at(head.clone(), key.path(table)));
        }
    }

    fn location(&self, span: Option<Range<usize>>) -> Location {
        let Some(span) = span else { return Location::file(self.path) };
        Location::line(self.path, self.ends.partition_point(|end| *end < span.start) + 1)
    }
}

fn unknown_key(table: &Table, name: &str, near: Option<&str>) -> Wrong {
    let wrong = Wrong::new("unknown key");
    let elsewhere = || tables().iter().find(|other| other.key(name).is_some());
    match (near, elsewhere()) {
        (_, Some(other)) => wrong.hint(format!("it belongs under {}", other.heading())),
        (Some(near), None) => wrong.hint(format!("did you mean \"{near}\"?")),
        (None, None) => {
            let keys: Vec<_> = table.keys.iter().map(|key| key.name).collect();
            wrong.hint(format!("{} has {}", table.heading(), keys.join(", ")))
        }
    }
}

fn unknown_table(name: &str, item: &Item) -> Wrong {
    let home = tables().iter().find(|table| table.key(name).is_some());
    match (home, nearest(name, tables().iter().map(|table| table.name))) {
        (Some(home), _) if !item.is_table_like() => {
            Wrong::new("unknown key").hint(format!("it belongs under {}", home.heading()))
        }
        (_, Some(near)) => Wrong::new("unknown table").hint(format!("did you mean \"{near}\"?")),
        _ => {
            let headings: Vec<_> = tables().iter().map(Table::heading).collect();
            Wrong::new("unknown table").hint(format!("there are {}", headings.join(", ")))
        }
    }
}

fn syntax(path: &Path, text: &str, why: &toml_edit::TomlError) -> Fault {
    let before = why.span().and_then(|span| text.get(..span.start));
    let location = Location::File {
        path: path.to_owned(),
        line: before.map(|before| lines_before(before.as_bytes()) + 1),
        column: before.map(|before| before.chars().rev().take_while(|c| *c != '\n').count() + 1),
    };
    let line = before.and_then(|before| text.lines().nth(lines_before(before.as_bytes())));
    let wrong = line.and_then(|line| twice(text, line).or_else(|| unquoted(line)));
    let wrong = wrong.unwrap_or_else(|| {
        let why = why.message().lines().collect::<Vec<_>>().join(", ");
        Wrong::new(format!("not TOML: {why}"))
    });
    wrong.at(location, "")
}

/// Tells of a line whose value is text without quotes, which is the most that is wrong with most files.
fn unquoted(line: &str) -> Option<Wrong> {
    let (key, value) = line.split_once('=')?;
    let value = value.split(" #").next()?.trim();
    let key = key.trim();
    if value.is_empty() || value.contains(['"', '\'', '{', '#']) || key.contains(['"', '\'', '#']) {
        return None;
    }
    let texts = value.strip_prefix('[').and_then(|rest| rest.strip_suffix(']'));
    let meant = match (texts, &*value.to_lowercase()) {
        (None, "true" | "yes" | "on") => "true".to_owned(),
        (None, "false" | "no" | "off") => "false".to_owned(),
        (None, _) if value.starts_with('[') => return None,
        (None, _) => quoted(value),
        (Some(texts), _) => {
            let texts: Vec<_> = texts.split(',').map(|text| quoted(text.trim())).collect();
            format!("[{}]", texts.join(", "))
        }
    };
    let wrong = Wrong::new(format!("not TOML: {value} is no value by itself"));
    // It may be right already, and the fault another one.
    (meant != value).then(|| wrong.hint(format!("write {key} = {meant}")))
}

fn quoted(text: &str) -> String {
    format!("\"{}\"", text.replace('\\', "\\\\"))
}

/// Tells of a line that begins a table, or gives a key, that an earlier line has.
fn twice(text: &str, line: &str) -> Option<Wrong> {
    let name = |line: &str| Some(line.split('=').next()?.split('#').next()?.trim().to_owned());
    let is_heading = |line: &str| line.trim_start().starts_with('[');
    let heading = |line: &str| {
        let name = name(line)?;
        let inside = |open, close| Some(name.strip_prefix(open)?.strip_suffix(close)?.to_owned());
        inside("[[", "]]").or_else(|| inside("[", "]")).map(|inside| inside.trim().to_owned())
    };
    let wanted = name(line).filter(|name| !name.is_empty())?;
    let lines: Vec<_> = text.lines().collect();
    let at = lines.iter().position(|other| std::ptr::eq(*other, line))?;
    let mut before = lines.iter().enumerate().take(at);
    let found = if is_heading(line) {
        let own = heading(line)?;
        before.find(|(_, other)| is_heading(other) && heading(other).as_ref() == Some(&own))
    } else {
        let mut own = before.rev().take_while(|(_, other)| !is_heading(other));
        own.find(|(_, other)| other.contains('=') && name(other).as_ref() == Some(&wanted))
    };
    let (first, other) = found?;
    let first = first + 1;
    if is_heading(line)
        && other.trim_start().starts_with("[[") != line.trim_start().starts_with("[[")
    {
        let wrong = Wrong::new(format!(
            "not TOML: {wanted} is not written as in line {first}, where it is {}",
            other.trim()
        ));
        return Some(wrong.hint("write both in the same way"));
    }
    let wrong = Wrong::new(format!("not TOML: {wanted} is there twice: first in line {first}"));
    Some(wrong.hint("put what belongs together in one place"))
}

fn key_span(table: &dyn TableLike, name: &str) -> Option<Range<usize>> {
    table.get_key_value(name).and_then(|(key, _)| key.span())
}

fn lines_before(bytes: &[u8]) -> usize {
    bytes.iter().filter(|byte| **byte == b'\n').count()
}
