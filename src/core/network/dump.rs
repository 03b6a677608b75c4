//! The network as text: canonical, so that equal networks have equal texts, and to be read back.
//!
//! Each struct is taken apart without `..`, so that nothing new can be left out unnoticed.  Left out are
//! the settings, which an operation brings, and what is not of the network: caches, MONITOR and WATCH,
//! server notices, nicks that connections have reserved, limits of addresses, counters.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::core::bytes_text::{bytes, text};
use crate::core::channel::dump::ChannelDump;
use crate::core::channel::extban::Reading;
use crate::core::modes::{Flags, UserModes};
use crate::core::network::Network;
use crate::core::server::ban::{Ban, BanKind, BanMask};
use crate::core::server::counts::Counts;
use crate::core::user::User;
use crate::core::user::dump::UserDump;
use crate::core::user::whowas::WhowasEntry;
use crate::proto::names::{Casemap, UserId};
use crate::proto::time::Moment;

/// All of a network that operations make.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Dump {
    started: Moment,
    last_id: u64,
    most_users: usize,
    users: Vec<UserDump>,
    channels: Vec<ChannelDump>,
    bans: Vec<BanDump>,
    /// Nick, user name, host, real name, and until when; the latest first.
    whowas: Vec<([String; 4], u64)>,
}

/// A ban of the server.
#[derive(Clone, Debug, Serialize, Deserialize)]
struct BanDump {
    kind: BanKind,
    mask: String,
    reason: String,
    oper_reason: String,
    set_by: String,
    set_at: u64,
    ends: Option<u64>,
}

/// Why a dump cannot be loaded.
#[derive(Debug, thiserror::Error)]
pub enum LoadError {
    /// It is not JSON, or not that of a dump.
    #[error("the dump is not what this version writes: {0}")]
    Text(#[from] serde_json::Error),
    /// A part of it is not what it should be.
    #[error("the dump has a {0} that cannot be")]
    Part(&'static str),
}

impl Dump {
    /// As text: JSON, always the same for the same network.
    pub fn text(&self) -> Result<String, LoadError> {
        Ok(serde_json::to_string_pretty(self)?)
    }

    /// Of such a text.
    pub fn parse(text: &str) -> Result<Self, LoadError> {
        Ok(serde_json::from_str(text)?)
    }
}

impl Network {
    /// The network at this moment, for which nothing else may change it.
    pub fn dump(&self) -> Dump {
        let Self {
            registry,
            router: _,
            watches: _,
            whowas,
            counts,
            addresses: _,
            nanoseconds: _,
            notices: _,
            incidents: _,
            // Those of the channels.
            expiries: _,
            bans,
            counters: _,
            started,
            settings: _,
            machine: _,
            stored_cloak: _,
            ids,
        } = self;
        let Counts {
            users: _,
            invisible: _,
            operators: _,
            most_users,
            permanent: _,
            connections: _,
        } = counts;
        let past = |past: &WhowasEntry| {
            let parts = [past.nick(), past.user(), past.host(), past.realname()];
            (parts.map(text), past.until)
        };
        Dump {
            started: *started,
            last_id: ids.last(),
            most_users: most_users.now(),
            users: registry.users().iter().map(|user| UserDump::of(user)).collect(),
            channels: registry.channels().iter().map(|it| ChannelDump::of(&it.lock())).collect(),
            // None of them has ended in 1970.
            bans: bans.list(Moment::default()).iter().map(|ban| BanDump::of(ban)).collect(),
            whowas: whowas.all().iter().map(past).collect(),
        }
    }

    /// Makes users, channels, bans and past nicks what they were in a dump, which another network of
    /// the same settings may have made.  Whoever holds a user must then look it up again, by its id.
    pub fn load(&self, dump: &Dump) -> Result<(), LoadError> {
        let Dump { started: _, last_id, most_users, users, channels, bans, whowas } = dump;
        let casemap = self.settings().casemap;
        let mut known: BTreeMap<UserId, Arc<User>> = BTreeMap::new();
        for dump in users {
            let user = dump.load(casemap).ok_or(LoadError::Part("user"))?;
            known.insert(user.id, user);
        }
        users.iter().for_each(|dump| dump.link(&known));
        let how = Reading { casemap, max: usize::MAX, channel: usize::MAX };
        let loaded: Option<Vec<_>> = channels.iter().map(|dump| dump.load(&known, how)).collect();
        let loaded = loaded.ok_or(LoadError::Part("channel"))?;
        let bans: Option<Vec<_>> = bans.iter().map(|dump| dump.load(casemap)).collect();
        let bans = bans.ok_or(LoadError::Part("ban"))?;
        // From here on nothing fails.
        self.registry.clear();
        self.expiries.clear();
        for user in known.values() {
            self.registry.publish(Arc::clone(user), user.identity());
        }
        for channel in loaded {
            self.registry.insert(Arc::clone(&channel));
            channel.lock().plan_expiry(&self.expiries);
        }
        self.bans.clear();
        bans.into_iter().for_each(|ban| self.bans.add(Arc::new(ban)));
        let past = |(parts, until): &([String; 4], u64)| {
            let [nick, user, host, realname] = parts.each_ref().map(|part| bytes(part));
            WhowasEntry::of_parts([&nick, &user, &host, &realname], *until)
        };
        self.whowas.replace(whowas.iter().map(past).collect());
        let with_mode = |mode| users.iter().filter(|user| user.modes.has(mode)).count();
        self.counts.users.set(users.len());
        self.counts.invisible.set(with_mode(UserModes::INVISIBLE));
        self.counts.operators.set(with_mode(UserModes::OPERATOR));
        self.counts.most_users.set(*most_users);
        let is_permanent = |channel: &&ChannelDump| channel.flags.has(Flags::PERMANENT);
        self.counts.permanent.set(channels.iter().filter(is_permanent).count());
        self.ids.go_on_after(*last_id);
        Ok(())
    }
}

impl BanDump {
    fn of(ban: &Ban) -> Self {
        let Ban { kind, mask, reason, oper_reason, set_by, set_at, ends } = ban;
        Self {
            kind: *kind,
            mask: mask.text(),
            reason: text(reason),
            oper_reason: text(oper_reason),
            set_by: set_by.to_string(),
            set_at: *set_at,
            ends: *ends,
        }
    }

    fn load(&self, casemap: Casemap) -> Option<Ban> {
        let Self { kind, mask, reason, oper_reason, set_by, set_at, ends } = self;
        Some(Ban {
            kind: *kind,
            mask: BanMask::parse(*kind, mask.as_bytes(), casemap, usize::MAX).ok()?,
            reason: bytes(reason).into(),
            oper_reason: bytes(oper_reason).into(),
            set_by: set_by.as_str().into(),
            set_at: *set_at,
            ends: *ends,
        })
    }
}
