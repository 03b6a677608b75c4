//! What a scenario file says, and reading it.

use std::path::{Path, PathBuf};
use std::time::Duration;

use crate::pattern::Pattern;
use crate::text::Text;

mod read;

pub use read::read;

/// One dialogue: clients, what they send, and all that they hear.
#[derive(Debug, Clone)]
pub struct Scenario {
    /// A sentence: what the server promises here.
    pub title: String,
    /// The file it stands in, as given to [`load`].
    pub file: PathBuf,
    /// The line of the title.
    pub line: usize,
    /// The commands it covers.
    pub commands: Vec<String>,
    /// Which document says so.
    pub source: Option<String>,
    /// Without these it is skipped.
    pub needs: Vec<Need>,
    /// The one server it is meant for.
    pub only: Option<String>,
    /// In order.
    pub steps: Vec<Step>,
}

/// What a server must offer for a scenario to make sense.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Need {
    /// A clock that can be moved.
    VirtualTime,
    /// A capability in CAP LS.
    Cap(String),
    /// A token of 005: `NAME` with any value, or `NAME=value` exactly.
    Isupport(String),
    /// `OPER oper operpass` works.
    Operator,
    /// Connections that are encrypted (`true`), or that are not.
    Tls(bool),
}

/// One line of a scenario.
#[derive(Debug, Clone)]
pub struct Step {
    /// Its line in the file.
    pub line: usize,
    /// The line as written.
    pub written: String,
    /// What it means.
    pub does: Does,
}

/// What a step does, or expects.
#[derive(Debug, Clone)]
pub enum Does {
    /// Opens a connection and sends nothing.
    Connects(Vec<String>),
    /// Opens a connection and registers, dropping all that is said up to the end of the MOTD.
    Joins {
        /// The client.
        who: Vec<String>,
        /// The nick, where it is not the client's own name.
        nick: Option<String>,
    },
    /// Joins channels; what everybody hears of it is dropped.
    Enters(Vec<String>, Vec<String>),
    /// Sends bytes: a line with its CR LF, or raw bytes.
    Sends(String, Text),
    /// Sends a line; what everybody hears of it is dropped.
    Arranges(String, Text),
    /// Drops the connection.
    Closes(String),
    /// Moves the clock.
    Waits(Duration),
    /// Lines that must come, may come, or may come several times.
    Hears(String, Expect),
    /// The server must close, after at most one ERROR.
    HearsClose(String),
    /// Nothing must have come.
    HearsNothing(Vec<String>),
    /// Drops what has come; empty means everybody.
    Ignores(Vec<String>),
}

/// An expected line, and how often.
#[derive(Debug, Clone)]
pub struct Expect {
    /// What the line is.
    pub pattern: Pattern,
    /// How often it comes.
    pub times: Times,
    /// Whether it may change places with its users with common channels of which this is true too.
    pub any_order: bool,
}

/// How often an expected line comes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Times {
    /// Exactly once.
    Once,
    /// Once or not at all.
    Maybe,
    /// Any number in a row, none included.
    Any,
    /// One or more in a row.
    Some,
}

/// A file that cannot be read as scenarios.
#[derive(Debug, thiserror::Error)]
pub enum Fault {
    /// The operating system said no.
    #[error("{file}: {why}")]
    Unreadable {
        /// The file or folder.
        file: String,
        /// What it said.
        why: std::io::Error,
    },
    /// A line says nothing this language knows.
    #[error("{file}:{line}: {why}")]
    Line {
        /// The file.
        file: String,
        /// Its line.
        line: usize,
        /// What is wrong with it.
        why: String,
    },
}

/// Reads a file, or every `.irc` file of a folder in the order of their names.
pub fn load(path: &Path) -> Result<Vec<Scenario>, Fault> {
    let fault = |why| Fault::Unreadable { file: path.display().to_string(), why };
    if !path.is_dir() {
        let text = std::fs::read_to_string(path).map_err(fault)?;
        return read(path, &text);
    }
    let mut files = Vec::new();
    for entry in std::fs::read_dir(path).map_err(fault)? {
        let file = entry.map_err(fault)?.path();
        if file.extension().is_some_and(|e| e == "irc") {
            files.push(file);
        }
    }
    files.sort();
    let mut scenarios = Vec::new();
    for file in files {
        scenarios.extend(load(&file)?);
    }
    Ok(scenarios)
}

/// The scenarios of this crate.
pub fn shipped() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("scenarios")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_shipped_scenario_can_be_read_and_has_a_title_of_its_own() {
        let scenarios = load(&shipped()).unwrap();
        assert!(!scenarios.is_empty());
        for (i, scenario) in scenarios.iter().enumerate() {
            assert!(!scenario.steps.is_empty(), "{}", scenario.title);
            let again = scenarios.iter().skip(i + 1).find(|s| s.title == scenario.title);
            assert!(again.is_none(), "{} twice", scenario.title);
        }
    }
}
