//! A channel as text.

use std::cell::Cell;
use std::collections::BTreeMap;
use std::sync::Arc;

use serde::{Deserialize, Serialize};
use smallvec::SmallVec;

use crate::core::bytes_text::{bytes, text};
use crate::core::channel::extban::{ListMask, Reading};
use crate::core::channel::lists::{Entry, Lists};
use crate::core::channel::parameters::{Parameters, Rate, Window};
use crate::core::channel::remembered::Remembered;
use crate::core::channel::{Channel, ChannelGuard, ChannelState, Member, Topic};
use crate::core::metadata::Metadata;
use crate::core::modes::{Flags, ListKind};
use crate::core::redaction_log::RedactionLog;
use crate::core::user::User;
use crate::proto::names::{ChannelId, ChannelName, MetaKey, UserId};
use crate::proto::prefix::Prefixes;
use crate::proto::visibility::{View, Visibility};

/// A channel with its members.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct ChannelDump {
    id: ChannelId,
    name: String,
    topic: Option<(String, String, u64)>,
    /// Its modes that are on.
    pub flags: Flags,
    key: Option<String>,
    limit: Option<u32>,
    forward: Option<String>,
    joins_rate: Option<Rate>,
    no_rejoin: Option<u32>,
    slow: Option<Rate>,
    joins: Window,
    bans: Vec<EntryDump>,
    excepts: Vec<EntryDump>,
    invex: Vec<EntryDump>,
    created: u64,
    renamed: Option<u64>,
    knocked: Option<u64>,
    metadata: Vec<(String, String)>,
    recent: RedactionLog,
    members: Vec<MemberDump>,
    hidden_joins: u64,
    kicked: (BTreeMap<UserId, u64>, usize),
    spoke: (BTreeMap<UserId, Window>, usize),
    sequence: u64,
}

/// An entry of a list.
#[derive(Clone, Debug, Serialize, Deserialize)]
struct EntryDump {
    mask: String,
    known: Option<ChannelId>,
    set_by: String,
    set_at: u64,
    until: Option<u64>,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
struct MemberDump {
    user: UserId,
    prefixes: Prefixes,
    visibility: Visibility,
    view: View,
}

impl ChannelDump {
    /// The channel as it is now.
    pub fn of(channel: &ChannelGuard<'_>) -> Self {
        let ChannelState {
            topic,
            flags,
            key,
            parameters: Parameters { limit, forward, joins: joins_rate, no_rejoin, slow },
            joins,
            lists,
            created,
            renamed,
            knocked,
            metadata,
            recent,
            // A cache.
            names_cache: _,
            members,
            // Those of the members.
            founders: _,
            hidden_joins,
            kicked,
            spoke,
            // That of the lists, and where its users are.
            expiry: _,
            shards: _,
            sequence,
            // Nobody finds one that is.
            gone: _,
        } = &**channel;
        let list = |kind| lists.of(kind).iter().map(EntryDump::of).collect();
        Self {
            id: channel.id(),
            name: channel.name().to_string(),
            topic: topic.as_ref().map(|Topic { text: topic, set_by, set_at }| {
                (text(topic), set_by.to_string(), *set_at)
            }),
            flags: *flags,
            key: key.as_deref().map(text),
            limit: *limit,
            forward: forward.as_ref().map(ToString::to_string),
            joins_rate: *joins_rate,
            no_rejoin: *no_rejoin,
            slow: *slow,
            joins: *joins,
            bans: list(ListKind::Ban),
            excepts: list(ListKind::Except),
            invex: list(ListKind::Invex),
            created: *created,
            renamed: *renamed,
            knocked: *knocked,
            metadata: metadata
                .iter()
                .map(|(key, value)| (text(key.as_bytes()), text(value)))
                .collect(),
            recent: recent.clone(),
            members: members
                .iter()
                .map(|(id, Member { user: _, prefixes, visibility, view })| MemberDump {
                    user: *id,
                    prefixes: *prefixes,
                    visibility: visibility.get(),
                    view: *view,
                })
                .collect(),
            hidden_joins: *hidden_joins,
            kicked: kicked.parts(),
            spoke: spoke.parts(),
            sequence: sequence.get(),
        }
    }

    /// The channel that it is of, with those of `users` who are its members; `None`: a name in it is
    /// none, or a member is no user.
    pub(in crate::core) fn load(
        &self,
        users: &BTreeMap<UserId, Arc<User>>,
        how: Reading,
    ) -> Option<Arc<Channel>> {
        let Self {
            id,
            name,
            topic,
            flags,
            key,
            limit,
            forward,
            joins_rate,
            no_rejoin,
            slow,
            joins,
            bans,
            excepts,
            invex,
            created,
            renamed,
            knocked,
            metadata,
            recent,
            members,
            hidden_joins,
            kicked,
            spoke,
            sequence,
        } = self;
        let channel_name = |name: &String| ChannelName::parse(name.as_bytes(), usize::MAX);
        let forward = match forward {
            Some(name) => Some(channel_name(name)?),
            None => None,
        };
        let parameters = Parameters {
            limit: *limit,
            forward,
            joins: *joins_rate,
            no_rejoin: *no_rejoin,
            slow: *slow,
        };
        let mut lists = Lists::default();
        for (kind, entries) in
            [(ListKind::Ban, bans), (ListKind::Except, excepts), (ListKind::Invex, invex)]
        {
            for entry in entries {
                lists.add(kind, entry.load(kind, how)?, usize::MAX).ok()?;
            }
        }
        let mut known = Metadata::default();
        for (key, value) in metadata {
            known
                .set(&MetaKey::parse(key.as_bytes())?, Some(bytes(value).into()), usize::MAX)
                .ok()?;
        }
        let mut state = ChannelState {
            topic: topic.as_ref().map(|(topic, set_by, set_at)| Topic {
                text: bytes(topic).into(),
                set_by: set_by.as_str().into(),
                set_at: *set_at,
            }),
            flags: *flags,
            key: key.as_deref().map(|key| bytes(key).into()),
            parameters,
            joins: *joins,
            lists,
            created: *created,
            renamed: *renamed,
            knocked: *knocked,
            metadata: known,
            recent: recent.clone(),
            names_cache: None,
            members: BTreeMap::new(),
            founders: 0,
            hidden_joins: *hidden_joins,
            kicked: Remembered::of_parts(&kicked.0, kicked.1),
            spoke: Remembered::of_parts(&spoke.0, spoke.1),
            expiry: None,
            shards: SmallVec::new(),
            sequence: Cell::new(*sequence),
            gone: false,
        };
        let channel = Arc::new(Channel::new(*id, channel_name(name)?));
        for MemberDump { user, prefixes, visibility, view } in members {
            let user = Arc::clone(users.get(user)?);
            state.founders += usize::from(prefixes.has(Prefixes::FOUNDER));
            state.count_shard(user.home);
            user.profile().enter(Arc::clone(&channel));
            let (prefixes, visibility, view) = (*prefixes, Cell::new(*visibility), *view);
            state.members.insert(user.id, Member { user, prefixes, visibility, view });
        }
        *channel.lock() = state;
        Some(channel)
    }
}

impl EntryDump {
    fn of(entry: &Entry) -> Self {
        let Entry { mask, set_by, set_at, until } = entry;
        Self {
            mask: text(mask.as_bytes()),
            known: mask.known(),
            set_by: set_by.to_string(),
            set_at: *set_at,
            until: *until,
        }
    }

    fn load(&self, kind: ListKind, how: Reading) -> Option<Entry> {
        let Self { mask, known, set_by, set_at, until } = self;
        let mask = ListMask::parse(&bytes(mask), kind, how).ok()?.with_known(*known);
        Some(Entry { mask, set_by: set_by.as_str().into(), set_at: *set_at, until: *until })
    }
}
