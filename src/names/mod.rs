//! Checked strings: nicks, channel names, masks.  The only way to one is its `parse`.

mod casemap;

pub use casemap::Casemap;
