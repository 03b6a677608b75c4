//! Commands of operators.

pub(in crate::command) mod audit;
pub(in crate::command) mod ban;
pub(in crate::command) mod operator;
pub(in crate::command) mod rehash;
pub(in crate::command) mod sa;
