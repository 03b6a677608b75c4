//! Commands on channels: membership, modes, topics, names.

pub(in crate::command) mod channel_list;
pub(in crate::command) mod channel_mode;
pub(in crate::command) mod invite;
pub(in crate::command) mod join;
pub(in crate::command) mod kick;
pub(in crate::command) mod knock;
pub(in crate::command) mod list;
pub(in crate::command) mod mode;
pub(in crate::command) mod names;
pub(in crate::command) mod part;
pub(in crate::command) mod rename;
pub(in crate::command) mod tban;
pub(in crate::command) mod topic;
