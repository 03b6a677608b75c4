//! From the first byte to a registered user.

pub mod admission;
pub(in crate::command) mod cap;
pub(in crate::command) mod password;
pub(in crate::command) mod ping;
pub(in crate::command) mod register;
pub(in crate::command) mod sts;
pub(in crate::command) mod webirc;
pub(in crate::command) mod wrong_protocol;
