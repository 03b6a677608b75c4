//! Users, channels and what they are found by: what all shards share.
//!
//! State changes are check, change, tell, in that order.  Locks: `crate::locks`.

mod channel;
mod counts;
pub mod isupport;
pub mod lists;
pub mod modes;
pub mod operators;
mod places;
mod registry;
mod settings;
mod user;
mod whowas;
mod world;

pub use channel::{Channel, ChannelGuard, ChannelState, Member, Topic};
pub use counts::{Count, Counts};
pub use places::Places;
pub use registry::Registry;
pub use settings::{Limits, Settings};
pub use user::{Profile, User};
pub use whowas::{Past, Whowas};
pub use world::World;
