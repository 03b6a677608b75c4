//! Users, channels and what they are found by: what all shards share.
//!
//! State changes are check, change, tell, in that order.  Locks: `crate::locks`.

mod addresses;
mod ban;
mod bans;
mod buckets;
mod change;
mod changed;
mod channel;
mod cloak;
mod counts;
mod door;
mod entrance;
mod expiries;
pub mod extban;
pub mod isupport;
mod keeping;
mod kept;
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
mod webirc;
mod whowas;
mod world;

pub use addresses::Addresses;
pub use ban::{Ban, BanKind, BanMask, Person};
pub use bans::Bans;
pub use change::{Change, Snapshot};
pub use changed::Changed;
pub use channel::{Channel, ChannelGuard, ChannelState, Member, Topic};
pub use cloak::{Cloak, Cloaking};
pub use counts::{Count, Counts};
pub use door::Door;
pub use entrance::{Entrance, EntranceLimits, Seat};
pub use expiries::{Expiries, expire};
pub use kept::{Kept, KeptMask};
pub use origin::Origin;
pub use places::Places;
pub use registry::Registry;
pub use settings::{Admin, Limits, Settings, Sts};
pub use user::{Invitation, Profile, User};
pub use watches::{Added, Form, Watcher, Watches, WatchesGuard};
pub use webirc::Webirc;
pub use whowas::{Past, Whowas};
pub use world::World;
