//! Lines: framing of bytes, messages, tags, and texts that fit.

mod filler;
mod framing;
mod message;
pub mod tags;
mod text;

pub use filler::fill;
pub use framing::{Frame, FrameLimits, Framing};
pub use message::{Message, ParseError};
pub use text::truncate_utf8;
