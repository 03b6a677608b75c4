//! What is said: messages, tags, batches, redaction, and who may say it.

pub(in crate::command) mod accept;
pub(in crate::command) mod batch;
pub(in crate::command) mod open_batch;
pub(in crate::command) mod private;
pub(in crate::command) mod privmsg;
pub(in crate::command) mod redact;
pub(in crate::command) mod relaymsg;
pub(in crate::command) mod silence;
pub(in crate::command) mod speech;
