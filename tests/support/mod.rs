//! The forms in which scenarios meet Pipewright, one file each.

pub mod binary;
pub mod in_process;
