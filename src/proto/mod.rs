//! Lines: framing of bytes, messages and tags that arrive; capabilities, numerics, events and the
//! lines made of them.

pub mod caps;
pub mod chghost_fallback;
mod content;
pub mod duration;
pub mod event;
mod event_id;
mod fill;
pub mod formatting;
mod framing;
mod message;
pub mod names;
pub mod numerics;
pub mod prefix;
pub mod rename_fallback;
pub mod render;
pub mod tags;
pub mod template;
mod text;
pub mod time;
pub mod visibility;

pub use fill::fill;
pub use framing::{Frame, FrameLimits, Framing, Idle, split_line};
pub use message::{Message, ParseError};
pub use text::{truncate_utf8, words};
