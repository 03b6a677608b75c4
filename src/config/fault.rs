//! What is wrong with a configuration, told so that a person can mend it.

use std::{
    fmt,
    path::{Path, PathBuf},
};

use crate::config::nearest::nearest;

/// One thing that is wrong: where, with which key, what, and what to do about it.
///
/// Shown as one line: `pipewright.toml:12: server.nmae: unknown key; did you mean "name"?`, with
/// `warning: ` before the key where the server can do with it.  Never holds a password or its hash.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub struct Fault {
    /// Where it was read.
    pub location: Location,
    /// The key with its table, as in `server.name`; empty when no key is meant.
    pub key: String,
    /// What is wrong.
    pub what: String,
    /// The next step, if there is an obvious one.
    pub hint: Option<String>,
    /// What comes of it.
    pub severity: Severity,
}

/// What comes of something that is wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Severity {
    /// The configuration is not taken.
    Error,
    /// It is, and somebody should look after this.
    Warning,
}

/// Where a value was read.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Location {
    /// A file, and where in it.  Lines and columns count from 1; a column counts characters.
    File {
        /// The file as it was named to us.
        path: PathBuf,
        /// Absent when the whole file is meant.
        line: Option<usize>,
        /// Given only where it helps: in errors of syntax.
        column: Option<usize>,
    },
    /// An environment variable.
    Variable(String),
    /// The built-in defaults.
    Defaults,
}

/// What is wrong with a value, before it is known where that value stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Wrong {
    what: String,
    hint: Option<String>,
}

impl Wrong {
    pub fn new(what: impl Into<String>) -> Self {
        Self { what: what.into(), hint: None }
    }

    pub fn hint(self, hint: impl Into<String>) -> Self {
        Self { hint: Some(hint.into()), ..self }
    }

    /// With the nearest of the right words as the hint, if one is near.
    pub(super) fn did_you_mean<'a>(
        self,
        wrong: &str,
        right: impl Iterator<Item = &'a str>,
    ) -> Self {
        match nearest(wrong, right) {
            Some(word) => self.hint(format!("did you mean \"{word}\"?")),
            None => self,
        }
    }

    pub fn at(self, location: Location, key: impl Into<String>) -> Fault {
        let (what, hint, severity) = (self.what, self.hint, Severity::Error);
        Fault { location, key: key.into(), what, hint, severity }
    }
}

impl Fault {
    /// The same, which the server can do with.
    pub(super) fn into_warning(self) -> Self {
        Self { severity: Severity::Warning, ..self }
    }

    /// Whether the configuration is not taken for it.
    pub fn is_error(&self) -> bool {
        self.severity == Severity::Error
    }
}

impl Location {
    /// A file as a whole.
    pub(super) fn file(path: &Path) -> Self {
        Self::File { path: path.to_owned(), line: None, column: None }
    }

    /// Whether somebody wrote it, rather than nobody.
    pub(super) fn written(&self) -> bool {
        *self != Self::Defaults
    }

    /// A line of a file.
    pub(super) fn line(path: &Path, line: usize) -> Self {
        Self::File { path: path.to_owned(), line: Some(line), column: None }
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: ", self.location)?;
        if !self.is_error() {
            f.write_str("warning: ")?;
        }
        if !self.key.is_empty() {
            write!(f, "{}: ", self.key.escape_debug())?;
        }
        f.write_str(&self.what)?;
        match &self.hint {
            Some(hint) => write!(f, "; {hint}"),
            None => Ok(()),
        }
    }
}

impl fmt::Display for Location {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::File { path, line, column } => {
                write!(f, "{}", path.display())?;
                for number in [line, column].into_iter().flatten() {
                    write!(f, ":{number}")?;
                }
                Ok(())
            }
            Self::Variable(name) => write!(f, "{}", name.escape_debug()),
            Self::Defaults => f.write_str("defaults"),
        }
    }
}
