//! What is logged, and how.

use serde::Deserialize;

/// What is logged, and how.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
pub struct Log {
    /// The least important that is still logged.
    pub level: Level,
    /// For whom.
    pub format: Format,
    /// Whether what operators do is logged, whatever the level.
    pub audit: bool,
}

/// How important a record is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
#[expect(missing_docs, reason = "the names are the words of the configuration")]
pub enum Level {
    Off,
    Error,
    Warn,
    Info,
    Debug,
    Trace,
}

/// How a record is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Format {
    /// For people.
    Text,
    /// A JSON object a line.
    Json,
}
