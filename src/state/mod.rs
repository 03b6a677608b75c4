//! The shared world.

mod settings;

pub use settings::{Limits, Settings};
