//! Lines: framing of bytes, messages and tags that arrive; capabilities, numerics, events and the
//! lines made of them.

pub mod caps;
pub mod duration;
pub mod event;
mod filler;
pub mod formatting;
mod framing;
mod message;
pub mod moved;
pub mod msgid;
pub mod numerics;
pub mod prefix;
pub mod renamed;
pub mod rendered;
mod said;
pub mod sight;
pub mod tags;
pub mod template;
mod text;
pub mod time;

pub use filler::fill;
pub use framing::{Frame, FrameLimits, Framing, Idle, split_line};
pub use message::{Message, ParseError};
pub use text::{truncate_utf8, words};
