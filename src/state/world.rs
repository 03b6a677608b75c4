//! What all shards share, and the changes that concern more than one thing of it.

use std::net::IpAddr;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, OnceLock};

use arc_swap::{ArcSwap, Guard};

use super::addresses::{Addresses, Verdict};
use super::bans::Bans;
use super::channel::ChannelGuard;
use super::cloak::Cloak;
use super::counts::Counts;
use super::expiries::Expiries;
use super::incidents::Incidents;
use super::modes::UserModes;
use super::notices::{Kinds, Notices};
use super::places::Places;
use super::registry::Registry;
use super::settings::Settings;
use super::tally::Tallies;
use super::user::{Profile, User};
use super::watches::{Form, Watches, WatchesGuard};
use super::whowas::{Past, Whowas};
use crate::delivery::Delivery;
use crate::names::{ChannelId, Identity, Marks, Nick, PlaceId, UserId};
use crate::wire::event::{Body, Event, Post, Scope, Source, Text};
use crate::wire::moved::Moved;
use crate::wire::numerics::Numeric;
use crate::wire::time::Now;

/// Members, in all channels of a user together, beyond which a change of its host is told by CHGHOST
/// alone: the QUIT, JOIN and MODE that stand for it are lines for each of them.
const MOST_SHOWN_MOVING: usize = 10_000;

/// Our own server number in ids; others come with a second machine.
const SERVER: u16 = 0;

/// What all shards share.
pub struct World {
    /// Who is called what.
    pub registry: Registry,
    /// Where events go.
    pub places: Places,
    /// Who watches whom.
    pub watches: Watches,
    /// Past nicks.
    pub whowas: Whowas,
    /// How many there are.
    pub counts: Counts,
    /// How many connections each address has.
    pub addresses: Addresses,
    /// Nanoseconds that never go back, for how long commands take; always 0 where nobody asks.
    pub stopwatch: fn() -> u64,
    /// Which operators are told of what.
    pub notices: Notices,
    /// What strangers provoke, so that the log and the operators are told of it once a second.
    pub incidents: Incidents,
    /// What of channels ends by itself.
    pub expiries: Expiries,
    /// Who may not connect, and who may not speak.
    pub bans: Bans,
    /// What each place has done.
    pub tallies: Tallies,
    /// When the server started.
    pub started: Now,
    /// What tells this run from all others in ids of messages: see [`World::in_run`].
    pub run: u64,
    settings: ArcSwap<Settings>,
    pub(super) kept_cloak: OnceLock<Cloak>,
    serial: AtomicU64,
}

impl World {
    /// An empty world with `places` shards.
    pub fn new(settings: Settings, places: usize, now: Now) -> Self {
        Self {
            registry: Registry::new(settings.casemap),
            places: Places::new(places),
            watches: Watches::new(settings.casemap),
            whowas: Whowas::new(settings.casemap, settings.limits.whowas),
            counts: Counts::default(),
            addresses: Addresses::default(),
            stopwatch: || 0,
            notices: Notices::default(),
            incidents: Incidents::default(),
            expiries: Expiries::default(),
            bans: Bans::default(),
            tallies: Tallies::default(),
            started: now,
            // Milliseconds, and room for the numbers of places.
            run: now.unix << 16,
            serial: AtomicU64::new(1),
            settings: ArcSwap::from_pointee(settings),
            kept_cloak: OnceLock::new(),
        }
    }

    /// With another run than the one that the start's time gives: one by chance, that cannot be
    /// guessed and that no other server of the network has.
    pub fn in_run(self, run: u64) -> Self {
        Self { run, ..self }
    }

    /// Gives back what a crowd has left.
    pub fn give_back(&self) {
        self.registry.give_back();
        self.addresses.give_back();
    }

    /// Tries a secret by `check`, which may take long, unless too many that counted for the address
    /// were wrong ([`Addresses::guess`]).  Every check of a secret passes here.
    pub fn guess(
        &self,
        counted: Option<IpAddr>,
        now: Now,
        check: impl FnOnce() -> bool,
    ) -> Verdict {
        self.addresses.guess(counted, &self.settings().limits, now, check)
    }

    /// The configuration in force.  To be taken once for what belongs together: the next moment it
    /// may be another.
    pub fn settings(&self) -> Guard<Arc<Settings>> {
        self.settings.load()
    }

    /// Puts another configuration in force.
    pub fn set_settings(&self, settings: Settings) {
        self.settings.store(Arc::new(settings));
    }

    /// An id that no user has had.
    pub fn next_user_id(&self) -> UserId {
        UserId::new(SERVER, self.serial.fetch_add(1, Ordering::Relaxed))
    }

    pub(super) fn next_channel_id(&self) -> ChannelId {
        ChannelId::new(SERVER, self.serial.fetch_add(1, Ordering::Relaxed))
    }

    /// A user with a claimed nick comes.
    pub fn arrive(&self, here: &mut Delivery, user: &Arc<User>, now: Now) {
        let identity = user.identity();
        let watches = self.watches.lock();
        self.registry.settle(Arc::clone(user), Arc::clone(&identity));
        self.tell_watchers(here, &watches, user, &identity, true, now);
        drop(watches);
        self.counts.most_users.raise_to(self.counts.users.up());
    }

    /// Tells one user what `say` makes of its profile, which is held until it is told: so that
    /// what names the user's nick cannot be overtaken by a change of it.  What it was called then.
    pub fn tell_user<'e>(
        &self,
        here: &mut Delivery,
        user: &User,
        say: impl FnOnce(&Profile) -> Event<'e>,
    ) -> Arc<Identity> {
        self.tell_user_if(here, user, |profile| Some(say(profile)))
    }

    /// As [`World::tell_user`], unless `say` finds that the user is not to be told.
    pub fn tell_user_if<'e>(
        &self,
        here: &mut Delivery,
        user: &User,
        say: impl FnOnce(&mut Profile) -> Option<Event<'e>>,
    ) -> Arc<Identity> {
        let mut profile = user.profile();
        if let Some(event) = say(&mut profile) {
            let post = Post { scope: Scope::User(user.id), event };
            self.places.tell(std::iter::once(user.home), here, &post);
        }
        Arc::clone(&profile.identity)
    }

    /// Gives a user the nick that it has claimed, in all its channels at one moment.
    pub fn rename(&self, here: &mut Delivery, user: &Arc<User>, to: &Nick, now: Now) {
        user.with_all_channels(|channels| {
            let mut profile = user.profile();
            let old = Arc::clone(&profile.identity);
            let realname = Arc::clone(&profile.realname);
            profile.identity = Arc::new(old.renamed(to.clone()));
            let identity = Arc::clone(&profile.identity);
            for channel in channels.iter_mut() {
                channel.relist(user.id, &old, &identity);
            }
            let event = event(user.id, &old, now, Body::Nick { to: to.clone() });
            self.tell_neighbours(here, user, channels, true, event);
            let watches = self.watches.lock();
            self.registry.settle(Arc::clone(user), Arc::clone(&identity));
            // Only now may another take it: who is told of that has been told of this before.
            if !self.registry.same_nick(&old.nick, to) {
                self.registry.release(&old.nick, user.id);
                self.tell_watchers(here, &watches, user, &old, false, now);
                self.tell_watchers(here, &watches, user, &identity, true, now);
                drop(watches);
                self.whowas.add(Past::new(&old, &realname, now.seconds()));
            }
        });
    }

    /// Gives a user's identity the marks that its modes come to; its identity from then on.  Only
    /// for the user's own thread.
    pub fn set_marks(&self, user: &Arc<User>) -> Arc<Identity> {
        let mut profile = user.profile();
        let modes = profile.modes;
        let marks = Marks { bot: modes.has(UserModes::BOT), oper: modes.has(UserModes::OPERATOR) };
        if profile.identity.marks != marks {
            profile.identity = Arc::new(Identity::clone(&profile.identity).marked(marks));
            let _watches = self.watches.lock();
            self.registry.settle(Arc::clone(user), Arc::clone(&profile.identity));
        }
        Arc::clone(&profile.identity)
    }

    /// Notes that a user is away, or back, and tells those who share a channel; what they are told
    /// may be another text.
    pub fn set_away(
        &self,
        here: &mut Delivery,
        user: &User,
        text: Option<&[u8]>,
        told: Option<Text<'_>>,
        now: Now,
    ) {
        user.with_all_channels(|channels| {
            let mut profile = user.profile();
            // Only what changes is told (IRCv3 away-notify).
            if profile.away.as_deref() == text {
                return;
            }
            profile.away = text.map(Arc::from);
            let identity = Arc::clone(&profile.identity);
            let event = event(user.id, &identity, now, Body::Away { text: told });
            self.tell_neighbours(here, user, channels, false, event);
        });
    }

    /// Gives a user another real name, and tells it and those who share a channel.
    pub fn set_realname(&self, here: &mut Delivery, user: &User, realname: &[u8], now: Now) {
        user.with_all_channels(|channels| {
            let mut profile = user.profile();
            profile.realname = Arc::from(realname);
            let identity = Arc::clone(&profile.identity);
            let body = Body::Setname { realname: realname.into() };
            self.tell_neighbours(here, user, channels, true, event(user.id, &identity, now, body));
        });
    }

    /// Shows a user, whose identity this is from now on, with another host, in all its channels at
    /// one moment.  Those who have `chghost` are told so; to the others it leaves and comes back,
    /// unless its channels have more members together than `MOST_SHOWN_MOVING`.  In how many channels
    /// it is shown so.
    pub fn set_host(&self, here: &mut Delivery, user: &Arc<User>, host: &str, now: Now) -> usize {
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
                    server: Arc::new(Identity::of_server(&self.settings().server_name)),
                    identity: Arc::clone(&identity),
                    realname: Arc::clone(&profile.realname),
                    away: profile.away.clone(),
                    channels: channels.iter().map(ranks).collect(),
                })
            });
            let shown = moved.as_ref().map_or(0, |moved| moved.channels.len());
            let body = Body::Chghost { to: Arc::clone(&identity), moved };
            self.tell_neighbours(here, user, channels, true, event(user.id, &old, now, body));
            let _watches = self.watches.lock();
            self.registry.settle(Arc::clone(user), identity);
            shown
        })
    }

    /// A user leaves the network.
    pub fn quit(&self, here: &mut Delivery, user: &User, reason: &[u8], now: Now) {
        let (identity, realname, modes) = user.with_all_channels(|channels| {
            let (identity, realname, modes) = {
                let profile = user.profile();
                let realname = Arc::clone(&profile.realname);
                (Arc::clone(&profile.identity), realname, profile.modes)
            };
            let event = event(user.id, &identity, now, Body::Quit { reason: reason.into() });
            self.tell_neighbours(here, user, channels, false, event);
            for channel in channels {
                self.remove(channel, user);
            }
            (identity, realname, modes)
        });
        let mut watches = self.watches.lock();
        watches.forget_user(user.id);
        self.registry.release(&identity.nick, user.id);
        self.tell_watchers(here, &watches, user, &identity, false, now);
        drop(watches);
        self.whowas.add(Past::new(&identity, &realname, now.seconds()));
        self.counts.users.down();
        if modes.has(UserModes::INVISIBLE) {
            self.counts.invisible.down();
        }
        if modes.has(UserModes::OPERATOR) {
            self.counts.operators.down();
            self.notices.set(user, Kinds::NONE);
        }
    }

    /// Tells those who watch a user's nick that it has come or gone.
    fn tell_watchers(
        &self,
        here: &mut Delivery,
        watches: &WatchesGuard<'_>,
        user: &User,
        identity: &Arc<Identity>,
        is_there: bool,
        now: Now,
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
            let body = Body::numeric(&self.settings().server_name, &numeric);
            let post =
                Post { scope: Scope::Users(users), event: event(user.id, identity, now, body) };
            // Each place once, however many watch.
            let places = each_once(of_form().map(|watcher| watcher.home));
            self.places.tell(places, here, &post);
        }
    }

    /// Tells whoever shares one of `channels`, all of which are held, each once; what may be told
    /// about those on MONITOR (IRCv3 extended-monitor), also to those who watch.
    pub(super) fn tell_neighbours(
        &self,
        here: &mut Delivery,
        user: &User,
        channels: &[ChannelGuard<'_>],
        source: bool,
        event: Event<'_>,
    ) {
        let watchers = if event.body.is_told_to_watchers() {
            let watches = self.watches.lock();
            let all = watches.of_nick(&event.source.identity.nick).iter().copied();
            all.filter(|watcher| watcher.form == Form::Monitor).collect()
        } else {
            Vec::new()
        };
        let places = channels.iter().flat_map(ChannelGuard::places);
        let places = places.chain(std::iter::once(user.home));
        let places = each_once(places.chain(watchers.iter().map(|watcher| watcher.home)));
        let with_veil = |channel: &ChannelGuard<'_>| (channel.id(), channel.veil(user.id));
        let channels = channels.iter().map(with_veil).collect();
        let watchers = watchers.iter().map(|watcher| watcher.user).collect();
        let post = Post { scope: Scope::Neighbours { channels, source, watchers }, event };
        self.places.tell(places, here, &post);
    }
}

pub(super) fn each_once(places: impl Iterator<Item = PlaceId>) -> impl Iterator<Item = PlaceId> {
    let mut places: Vec<_> = places.collect();
    places.sort_unstable();
    places.dedup();
    places.into_iter()
}

/// What WATCH says of somebody who has just come or gone.
fn logged(identity: &Identity, is_there: bool, now: Now) -> Numeric<'_> {
    let nick = (&identity.nick).into();
    let (user, host) = (identity.user().into(), identity.host().into());
    let time = now.seconds().into();
    if is_there {
        Numeric::LogOn { nick, user, host, time }
    } else {
        Numeric::LogOff { nick, user, host, time }
    }
}

fn event<'a>(user: UserId, identity: &'a Arc<Identity>, time: Now, body: Body<'a>) -> Event<'a> {
    let source = Source { user, identity: std::borrow::Cow::Borrowed(identity) };
    Event { source, time, body }
}
