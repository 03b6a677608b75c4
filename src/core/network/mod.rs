//! What all shards share, and the changes that concern more than one thing of it.

mod dump;
mod find;
mod metadata;
mod notices;
mod persistence;

use std::net::IpAddr;
use std::sync::{Arc, OnceLock};

use arc_swap::{ArcSwap, Guard};

use crate::core::channel::{ChannelGuard, Expiries};
use crate::core::ids::Ids;
use crate::core::modes::UserModes;
use crate::core::ops::Op;
use crate::core::registry::Registry;
use crate::core::router::{LocalShard, Outside, Router};
use crate::core::server::addresses::{Addresses, Verdict};
use crate::core::server::bans::Bans;
use crate::core::server::cloak::Cloak;
use crate::core::server::counters::Counters;
use crate::core::server::counts::Counts;
use crate::core::server::incidents::Incidents;
use crate::core::server::machine_settings::MachineSettings;
use crate::core::server::network_settings::NetworkSettings;
use crate::core::server::notice_mask::Kinds;
use crate::core::server::notices::Notices;
use crate::core::server::settings::Settings;
use crate::core::user::watches::{Form, Watches, WatchesGuard};
use crate::core::user::whowas::{Whowas, WhowasEntry};
use crate::core::user::{Profile, User};
use crate::proto::event::{Body, Direct, Event, Moved, Payload, Post, Scope, Source, Text};
use crate::proto::names::{ChannelId, EventId, Identity, Nick, ShardId, TagFlags, UserId};
use crate::proto::numerics::Numeric;
use crate::proto::time::Moment;

pub use dump::{Dump, LoadError};
pub use notices::notify as notify_operators;

/// Members, in all channels of a user together, beyond which a change of its host is told by CHGHOST
/// alone: the QUIT, JOIN and MODE that stand for it are lines for each of them.
const MOST_SHOWN_MOVING: usize = 10_000;

/// What all shards share.
pub struct Network {
    /// Who is called what.
    pub registry: Registry,
    /// Where events go.
    pub router: Router,
    /// Who watches whom.
    pub watches: Watches,
    /// Past nicks.
    pub whowas: Whowas,
    /// How many there are.
    pub counts: Counts,
    /// How many connections each address has.
    pub addresses: Addresses,
    /// Nanoseconds that never go back, for how long commands take; always 0 where nobody asks.
    pub nanoseconds: fn() -> u64,
    /// Which operators are told of what.
    pub notices: Notices,
    /// What strangers provoke, so that the log and the operators are told of it once a second.
    pub incidents: Incidents,
    /// What of channels ends by itself.
    pub expiries: Expiries,
    /// Who may not connect, and who may not speak.
    pub bans: Bans,
    /// What each shard has done.
    pub counters: Counters,
    /// When the server started.
    pub started: Moment,
    settings: ArcSwap<NetworkSettings>,
    machine: ArcSwap<MachineSettings>,
    pub(in crate::core) stored_cloak: OnceLock<Cloak>,
    ids: Ids,
}

impl Network {
    /// An empty network with `shards` shards.
    pub fn new(settings: Settings, shards: usize, now: Moment) -> Self {
        let Settings { network: settings, machine } = settings;
        Self {
            registry: Registry::new(settings.casemap),
            router: Router::new(shards),
            watches: Watches::new(settings.casemap),
            whowas: Whowas::new(settings.casemap, settings.limits.whowas),
            counts: Counts::default(),
            addresses: Addresses::default(),
            nanoseconds: || 0,
            notices: Notices::default(),
            incidents: Incidents::default(),
            expiries: Expiries::default(),
            bans: Bans::default(),
            counters: Counters::default(),
            started: now,
            ids: Ids::default(),
            settings: ArcSwap::from_pointee(settings),
            machine: ArcSwap::from_pointee(machine),
            stored_cloak: OnceLock::new(),
        }
    }

    /// Gives back what a crowd has left.
    pub fn shrink(&self) {
        self.registry.shrink();
        self.addresses.shrink();
    }

    /// Tries a secret by `check`, which may take long, unless too many that counted for the address
    /// were wrong ([`Addresses::guess`]).  Every check of a secret passes here.
    pub fn guess(
        &self,
        counted: Option<IpAddr>,
        now: Moment,
        check: impl FnOnce() -> bool,
    ) -> Verdict {
        self.addresses.guess(counted, &self.machine().limits, now, check)
    }

    /// The settings of the network in force.  To be taken once for what belongs together: the next
    /// moment they may be others.
    pub fn settings(&self) -> Guard<Arc<NetworkSettings>> {
        self.settings.load()
    }

    /// The settings of this machine in force, to be taken in the same way.
    pub fn machine(&self) -> Guard<Arc<MachineSettings>> {
        self.machine.load()
    }

    /// Puts another configuration in force, one half after the other: neither half relies on the
    /// other.
    pub fn set_settings(&self, now: Moment, settings: Settings) {
        let Settings { network, machine } = settings;
        self.apply(&mut Outside, now, Op::Settings(Box::new(network)));
        self.machine.store(Arc::new(machine));
    }

    pub(in crate::core) fn replace_settings(&self, settings: NetworkSettings) {
        self.settings.store(Arc::new(settings));
    }

    /// An id that no user has had.
    pub fn next_user_id(&self, now: Moment) -> UserId {
        UserId::from_u64(self.ids.next(now))
    }

    /// An id that no channel has had.
    pub(in crate::core) fn next_channel_id(&self, now: Moment) -> ChannelId {
        ChannelId::from_u64(self.ids.next(now))
    }

    /// An id that no event has had.
    pub fn next_event_id(&self, now: Moment) -> EventId {
        EventId::from_u64(self.ids.next(now))
    }

    /// A user with a claimed nick comes.
    pub fn arrive(&self, here: &mut dyn LocalShard, user: &Arc<User>, now: Moment) {
        let identity = user.identity();
        let watches = self.watches.lock();
        self.registry.publish(Arc::clone(user), Arc::clone(&identity));
        self.notify_watchers(here, &watches, &identity, true, now);
        drop(watches);
        self.counts.most_users.raise_to(self.counts.users.up());
    }

    /// Tells one user what `say` makes of its profile, which is held until it is told: so that
    /// what names the user's nick cannot be overtaken by a change of it.  What it was called then.
    pub fn notify_user(
        &self,
        here: &mut dyn LocalShard,
        user: &User,
        say: impl FnOnce(&Profile) -> Payload,
    ) -> Arc<Identity> {
        self.notify_user_if(here, user, |profile| Some(say(profile)))
    }

    /// As [`Network::notify_user`], unless `say` finds that the user is not to be told.
    pub fn notify_user_if(
        &self,
        here: &mut dyn LocalShard,
        user: &User,
        say: impl FnOnce(&mut Profile) -> Option<Payload>,
    ) -> Arc<Identity> {
        let mut profile = user.profile();
        if let Some(payload) = say(&mut profile) {
            let post = Post { scope: Scope::User(user.id), payload };
            self.router.deliver(std::iter::once(user.home), here, &post);
        }
        Arc::clone(&profile.identity)
    }

    /// Gives a user the nick that it has claimed, in all its channels at one moment.
    pub fn rename(&self, here: &mut dyn LocalShard, user: &Arc<User>, to: &Nick, now: Moment) {
        user.with_all_channels(|channels| {
            let mut profile = user.profile();
            let old = Arc::clone(&profile.identity);
            let realname = Arc::clone(&profile.realname);
            profile.identity = Arc::new(old.renamed(to.clone()));
            let identity = Arc::clone(&profile.identity);
            for channel in channels.iter_mut() {
                channel.relist(user.id, &old, &identity);
            }
            let event = self.event(user.id, &old, now, Body::Nick { to: to.clone() });
            self.notify_common_channels(here, user, channels, true, event);
            let watches = self.watches.lock();
            self.registry.publish(Arc::clone(user), Arc::clone(&identity));
            // Only now may another take it: who is told of that has been told of this before.
            if !self.registry.same_nick(&old.nick, to) {
                self.registry.release(&old.nick, user.id);
                self.notify_watchers(here, &watches, &old, false, now);
                self.notify_watchers(here, &watches, &identity, true, now);
                drop(watches);
                self.whowas.add(WhowasEntry::new(&old, &realname, now.seconds()));
            }
        });
    }

    /// Gives a user's identity the marks that its modes come to; its identity from then on.  Only
    /// for the user's own thread.
    pub fn set_tag_flags(&self, user: &Arc<User>) -> Arc<Identity> {
        let mut profile = user.profile();
        let modes = profile.modes;
        let tag_flags =
            TagFlags { bot: modes.has(UserModes::BOT), oper: modes.has(UserModes::OPERATOR) };
        if profile.identity.tag_flags != tag_flags {
            profile.identity = Arc::new(Identity::clone(&profile.identity).marked(tag_flags));
            let _watches = self.watches.lock();
            self.registry.publish(Arc::clone(user), Arc::clone(&profile.identity));
        }
        Arc::clone(&profile.identity)
    }

    /// Notes that a user is away, or back, and tells those who share a channel; what they are told
    /// may be another text.
    pub fn set_away(
        &self,
        here: &mut dyn LocalShard,
        user: &User,
        text: Option<&[u8]>,
        told: Option<Text>,
        now: Moment,
    ) {
        user.with_all_channels(|channels| {
            let mut profile = user.profile();
            // Only what changes is told (IRCv3 away-notify).
            if profile.away.as_deref() == text {
                return;
            }
            profile.away = text.map(Arc::from);
            let identity = Arc::clone(&profile.identity);
            let event = self.event(user.id, &identity, now, Body::Away { text: told });
            self.notify_common_channels(here, user, channels, false, event);
        });
    }

    /// Gives a user another real name, and tells it and those who share a channel.
    pub fn set_realname(
        &self,
        here: &mut dyn LocalShard,
        user: &User,
        realname: &[u8],
        now: Moment,
    ) {
        user.with_all_channels(|channels| {
            let mut profile = user.profile();
            profile.realname = Arc::from(realname);
            let identity = Arc::clone(&profile.identity);
            let body = Body::Setname { realname: realname.into() };
            self.notify_common_channels(
                here,
                user,
                channels,
                true,
                self.event(user.id, &identity, now, body),
            );
        });
    }

    /// Shows a user, whose identity this is from now on, with another host, in all its channels at
    /// one moment.  Those who have `chghost` are told so; to the others it leaves and comes back,
    /// unless its channels have more members together than `MOST_SHOWN_MOVING`.  In how many channels
    /// it is shown so.
    pub fn set_host(
        &self,
        here: &mut dyn LocalShard,
        user: &Arc<User>,
        host: &str,
        now: Moment,
    ) -> usize {
        user.with_all_channels(|channels| {
            let mut profile = user.profile();
            let old = Arc::clone(&profile.identity);
            if old.host() == host {
                return 0;
            }
            profile.identity = Arc::new(old.moved(host));
            let identity = Arc::clone(&profile.identity);
            for channel in channels.iter_mut() {
                channel.relist(user.id, &old, &identity);
            }
            let members: usize = channels.iter().map(|channel| channel.member_count()).sum();
            let moved = (members <= MOST_SHOWN_MOVING).then(|| {
                let ranks = |channel: &ChannelGuard<'_>| {
                    let ranks = channel.prefixes(user.id).unwrap_or_default();
                    (channel.id(), channel.name().clone(), ranks)
                };
                Arc::new(Moved {
                    server: Arc::new(Identity::of_server(&self.machine().server_name)),
                    identity: Arc::clone(&identity),
                    realname: Arc::clone(&profile.realname),
                    away: profile.away.clone(),
                    channels: channels.iter().map(ranks).collect(),
                })
            });
            let shown = moved.as_ref().map_or(0, |moved| moved.channels.len());
            let body = Body::Chghost { to: Arc::clone(&identity), moved };
            self.notify_common_channels(
                here,
                user,
                channels,
                true,
                self.event(user.id, &old, now, body),
            );
            let _watches = self.watches.lock();
            self.registry.publish(Arc::clone(user), identity);
            shown
        })
    }

    /// A user leaves the network.
    pub fn quit(&self, here: &mut dyn LocalShard, user: &User, reason: &[u8], now: Moment) {
        let (identity, realname, modes) = user.with_all_channels(|channels| {
            let (identity, realname, modes) = {
                let profile = user.profile();
                let realname = Arc::clone(&profile.realname);
                (Arc::clone(&profile.identity), realname, profile.modes)
            };
            let event = self.event(user.id, &identity, now, Body::Quit { reason: reason.into() });
            self.notify_common_channels(here, user, channels, false, event);
            for channel in channels {
                self.remove(channel, user);
            }
            (identity, realname, modes)
        });
        let mut watches = self.watches.lock();
        watches.forget_user(user.id);
        self.registry.release(&identity.nick, user.id);
        self.notify_watchers(here, &watches, &identity, false, now);
        drop(watches);
        self.whowas.add(WhowasEntry::new(&identity, &realname, now.seconds()));
        self.counts.users.down();
        if modes.has(UserModes::INVISIBLE) {
            self.counts.invisible.down();
        }
        if modes.has(UserModes::OPERATOR) {
            self.counts.operators.down();
            self.notices.set(user, Kinds::NONE);
        }
    }

    /// Something that a user has done.
    pub(in crate::core) fn event(
        &self,
        user: UserId,
        identity: &Arc<Identity>,
        time: Moment,
        body: Body,
    ) -> Event {
        let source = Source { user, identity: Arc::clone(identity) };
        Event { id: self.next_event_id(time), source, time, body }
    }

    /// Something that the server has done by itself.
    pub fn event_of_server(&self, time: Moment, body: Body) -> Event {
        let server = Arc::new(Identity::of_server(&self.machine().server_name));
        self.event(UserId::SERVER, &server, time, body)
    }

    /// Tells those who watch a user's nick that it has come or gone.
    fn notify_watchers(
        &self,
        here: &mut dyn LocalShard,
        watches: &WatchesGuard<'_>,
        identity: &Arc<Identity>,
        is_there: bool,
        now: Moment,
    ) {
        let watchers = watches.of_nick(&identity.nick);
        for form in [Form::Monitor, Form::Watch] {
            let of_form = || watchers.iter().filter(|watcher| watcher.form == form);
            let users: Arc<[UserId]> = of_form().map(|watcher| watcher.user).collect();
            if users.is_empty() {
                continue;
            }
            let numeric = match (form, is_there) {
                (Form::Monitor, true) => Numeric::MonOnline { targets: identity.mask().into() },
                (Form::Monitor, false) => Numeric::MonOffline { targets: (&identity.nick).into() },
                (Form::Watch, there) => logged(identity, there, now),
            };
            let direct = Direct::numeric(&self.machine().server_name, now, &numeric);
            let post = Post { scope: Scope::Users(users), payload: direct.into() };
            // Each shard once, however many watch.
            let shards = each_once(of_form().map(|watcher| watcher.home));
            self.router.deliver(shards, here, &post);
        }
    }

    /// Tells whoever shares one of `channels`, all of which are held, each once; what may be told
    /// about those on MONITOR (IRCv3 extended-monitor), also to those who watch.
    pub(in crate::core) fn notify_common_channels(
        &self,
        here: &mut dyn LocalShard,
        user: &User,
        channels: &[ChannelGuard<'_>],
        source: bool,
        event: Event,
    ) {
        let watchers = if event.body.notifies_watchers() {
            let watches = self.watches.lock();
            let all = watches.of_nick(&event.source.identity.nick).iter().copied();
            all.filter(|watcher| watcher.form == Form::Monitor).collect()
        } else {
            Vec::new()
        };
        for channel in channels {
            channel.observe(&self.router, &event);
        }
        if channels.is_empty() {
            self.router.observe(&event, None);
        }
        let shards = channels.iter().flat_map(ChannelGuard::shards);
        let shards = shards.chain(std::iter::once(user.home));
        let shards = each_once(shards.chain(watchers.iter().map(|watcher| watcher.home)));
        let with_visibility =
            |channel: &ChannelGuard<'_>| (channel.id(), channel.visibility(user.id));
        let channels = channels.iter().map(with_visibility).collect();
        let watchers = watchers.iter().map(|watcher| watcher.user).collect();
        let post = Post {
            scope: Scope::CommonChannels { channels, source, watchers },
            payload: event.into(),
        };
        self.router.deliver(shards, here, &post);
    }
}

pub(in crate::core) fn each_once(
    shards: impl Iterator<Item = ShardId>,
) -> impl Iterator<Item = ShardId> {
    let mut shards: Vec<_> = shards.collect();
    shards.sort_unstable();
    shards.dedup();
    shards.into_iter()
}

/// What WATCH says of somebody who has just come or gone.
fn logged(identity: &Identity, is_there: bool, now: Moment) -> Numeric<'_> {
    let nick = (&identity.nick).into();
    let (user, host) = (identity.user().into(), identity.host().into());
    let time = now.seconds().into();
    if is_there {
        Numeric::LogOn { nick, user, host, time }
    } else {
        Numeric::LogOff { nick, user, host, time }
    }
}
