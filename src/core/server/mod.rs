//! The server itself: settings, limits, operators, bans, counters.

pub mod addresses;
pub mod ban;
pub mod bans;
pub mod capabilities;
pub mod cloak;
pub mod counters;
pub mod counts;
pub mod incidents;
pub mod isupport;
pub mod limits;
pub mod listener;
pub mod machine_settings;
pub mod network_settings;
pub mod notice_mask;
pub mod notices;
pub mod operators;
pub mod rate_limit;
pub mod settings;
pub mod shard_load;
pub mod webirc;
