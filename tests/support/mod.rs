//! The forms in which scenarios meet Pipewright, one file each.

pub mod binary;
