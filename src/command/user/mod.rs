//! Commands on oneself, and on whom one watches.

pub(in crate::command) mod away;
pub(in crate::command) mod cloak;
pub(in crate::command) mod monitor;
pub(in crate::command) mod nick;
pub(in crate::command) mod quit;
pub(in crate::command) mod setname;
pub(in crate::command) mod user_mode;
pub(in crate::command) mod watch;
