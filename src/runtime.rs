//! Starts, wires and stops.

use crate::config::Config;

/// Why the server could not start or go on.
#[derive(Debug, thiserror::Error)]
pub enum RunError {}

/// Runs the server until it is told to stop.
pub fn run(_config: Config) -> Result<(), RunError> {
    Ok(())
}
