//! The network as a state machine: users, channels and what they are found by, shared by all shards.
//!
//! State changes are check, change, publish, in that order.  Locks: [`locks`].

mod accounts;
pub mod channel;
mod dirty_channels;
mod disclosure;
mod inbox;
pub mod locks;
mod metadata;
pub mod modes;
mod network;
mod redaction_log;
mod registry;
mod router;
mod schedule;
pub mod server;
pub mod shrink;
mod store_op;
pub mod user;
pub mod user_mask;

pub use accounts::NO_ACCOUNTS;
pub use channel::Expiries;
pub use channel::stored::{StoredChannel, StoredMask};
pub use channel::{Channel, ChannelGuard, ChannelState, Member, Topic};
pub use dirty_channels::DirtyChannels;
pub use inbox::{Inbox, Waker};
pub use metadata::{Metadata, MetadataChange, Unchanged, Value};
pub use network::Network;
pub use network::{expire, notify_operators};
pub use redaction_log::RedactionLog;
pub use registry::Registry;
pub use router::{LocalShard, Router};
pub use server::addresses::{Addresses, Verdict};
pub use server::ban::{Ban, BanKind, BanMask, BanSubject};
pub use server::bans::Bans;
pub use server::cloak::{Cloak, Cloaking};
pub use server::counts::{Count, Counts};
pub use server::incidents::{Incidents, Unreported};
pub use server::limits::{MachineLimits, NetworkLimits};
pub use server::listener::{ConnectionPermit, ListenerLimits, ListenerQuota};
pub use server::machine_settings::{Admin, MachineSettings, Resolve, Sts};
pub use server::network_settings::{Extensions, NetworkSettings};
pub use server::settings::Settings;
pub use server::shard_load::Load;
pub use server::webirc::Webirc;
pub use store_op::{Snapshot, StoreOp};
pub use user::client_kind::ClientKind;
pub use user::origin::Origin;
pub(crate) use user::origin::connection_record;
pub use user::watches::{Added, Form, Watcher, Watches, WatchesGuard};
pub use user::whowas::{Whowas, WhowasEntry};
pub use user::{Extra, Invitation, Profile, User};
