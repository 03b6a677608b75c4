//! What the configuration is made of: tables, keys, and what holds when nobody says anything.

use std::borrow::Cow;

use crate::config::value::Kind;

/// A table of the configuration.
pub struct Table {
    /// As in `[name]`.
    pub name: &'static str,
    /// Whether it is written `[[name]]`, as often as wanted.
    pub many: bool,
    /// What it is about.
    pub doc: &'static str,
    /// Its keys.
    pub keys: Vec<Key>,
}

/// A key of a table.
pub struct Key {
    /// As in `name = ...`.
    pub name: &'static str,
    /// What it takes.
    pub kind: Kind,
    /// What holds when nobody says anything.
    pub default: Initial,
    /// What it means, for whoever runs the server.
    pub doc: &'static str,
}

/// What holds when nobody says anything; values are written as in the environment.
pub enum Initial {
    /// This value.
    Is(Cow<'static, str>),
    /// Nothing; the text is an example of a value.
    Absent(&'static str),
    /// The key must be given.  When its table does not occur at all, it occurs once with each of
    /// these.
    Each(&'static [&'static str]),
    /// This value, but in the tables of which each has one of the values of [`Initial::Each`], the
    /// value of the same place here.
    Copies(&'static str, &'static [&'static str]),
    /// The key must be given in each of its tables, of which there need be none; the text is an
    /// example of a value.
    Needed(&'static str),
}

impl Table {
    /// Its heading in a file.
    pub fn heading(&self) -> String {
        if self.many { format!("[[{}]]", self.name) } else { format!("[{}]", self.name) }
    }

    /// Whether there is none unless somebody writes one.
    pub fn is_absent(&self) -> bool {
        self.keys.iter().any(|key| matches!(key.default, Initial::Needed(_)))
    }

    /// Its key of this name.
    pub fn key(&self, name: &str) -> Option<&Key> {
        self.keys.iter().find(|key| key.name == name)
    }
}

impl Key {
    /// Whether a table without it is faulty.
    pub fn is_needed(&self) -> bool {
        matches!(self.default, Initial::Each(_) | Initial::Needed(_))
    }

    /// With its table, as faults name it.
    pub fn path(&self, table: &Table) -> String {
        format!("{}.{}", table.name, self.name)
    }
}
