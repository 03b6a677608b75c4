//! Users, channels and what they are found by: what all shards share.
//!
//! State changes are check, change, tell, in that order.  Locks: `crate::locks`.

mod addresses;
mod channel;
mod counts;
mod door;
mod expiries;
pub mod extban;
pub mod isupport;
pub mod lists;
pub mod modes;
pub mod notices;
pub mod operators;
mod origin;
pub mod parameters;
mod places;
mod registry;
pub mod rights;
mod settings;
pub mod tally;
mod user;
mod veils;
mod watches;
mod whowas;
mod world;

pub use addresses::Addresses;
pub use channel::{Channel, ChannelGuard, ChannelState, Member, Topic};
pub use counts::{Count, Counts};
pub use door::Door;
pub use expiries::{Expiries, expire};
pub use origin::Origin;
pub use places::Places;
pub use registry::Registry;
pub use settings::{Admin, Limits, Settings};
pub use user::{Invitation, Profile, User};
pub use watches::{Added, Form, Watcher, Watches, WatchesGuard};
pub use whowas::{Past, Whowas};
pub use world::World;
