//! Questions: users, channels, the server.

pub(in crate::command) mod admin;
pub(in crate::command) mod disabled;
pub(in crate::command) mod help;
pub(in crate::command) mod ison;
pub(in crate::command) mod links;
pub(in crate::command) mod motd;
pub(in crate::command) mod server;
pub(in crate::command) mod stats;
pub(in crate::command) mod who;
pub(in crate::command) mod whois;
pub(in crate::command) mod whowas;
pub(in crate::command) mod whox;
