//! Checked strings: nicks, channel names, masks; and ids.  The only way to a checked string is its
//! `parse`.

mod casemap;
mod channel;
mod cidr;
mod hostname;
mod identity;
mod ids;
mod invisible;
mod mask;
mod meta_key;
mod nick;
mod source;
mod subject;

pub use casemap::{Casemap, Folded, Once};
pub use channel::{CHANTYPES, ChannelKey, ChannelName, is_channel};
pub use cidr::Cidr;
pub use hostname::{LONGEST_HOST, is_hostname};
pub use identity::{Identity, TagFlags};
pub use ids::{ChannelId, ConnId, EventId, ShardId, UserId, id_after};
pub use invisible::has_invisible;
pub use mask::{Glob, Mask};
pub use meta_key::MetaKey;
pub use nick::{Nick, NickKey};
pub use source::Source;
pub use subject::Subject;
