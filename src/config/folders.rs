//! Where paths begin.

use std::path::Path;

/// Where paths begin.
#[derive(Clone, Copy)]
pub struct Folders<'a> {
    /// That of the configuration: for paths that it names.
    pub file: &'a Path,
    /// For what it names no place for, if there is such a folder.
    pub state: Option<&'a Path>,
}
