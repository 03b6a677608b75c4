//! Channels: members, topic, modes, and the shards that have members.

pub mod dump;
pub mod extban;
pub mod lists;
mod names;
mod names_cache;
pub mod parameters;
pub mod permissions;
pub mod remembered;
pub mod rename;
pub mod speech;
pub mod stored;
mod visibility;

use std::cell::Cell;
use std::collections::BTreeMap;
use std::ops::{Deref, DerefMut};
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use smallvec::SmallVec;

use crate::core::channel::lists::Lists;
use crate::core::channel::names_cache::NamesCache;
use crate::core::channel::parameters::{Parameters, Rate, Window};
use crate::core::channel::remembered::Remembered;
use crate::core::locks::{CHANNEL, Guard, Ranked};
use crate::core::metadata::Metadata;
use crate::core::modes::Flags;
use crate::core::observer::InChannel;
use crate::core::redaction_log::RedactionLog;
use crate::core::router::{LocalShard, Router};
use crate::core::schedule::Schedule;
use crate::core::user::User;
use crate::proto::event::{Audience, Event, Post, Scope};
use crate::proto::names::{ChannelId, ChannelName, ShardId, UserId};
use crate::proto::prefix::Prefixes;
use crate::proto::time::Moment;
use crate::proto::visibility::{View, Visibility};
use crate::work;

/// The channels with a ban, or a cache of names, that ends, by the moment of the next end.  Each
/// channel is in it once; whichever shard's timer comes first takes it, so that each end is told once.
pub type Expiries = Schedule<ChannelId, Arc<Channel>>;

/// A channel, for as long as it has members, or is permanent.
pub struct Channel {
    /// Never used again, also not for a later channel of the same name.
    pub id: ChannelId,
    /// As whoever made it spelled it.
    pub name: ChannelName,
    /// Its modes as they were when it was last held: see [`Channel::last_flags`].
    last_flags: AtomicU32,
    state: Ranked<ChannelState, CHANNEL>,
}

/// What of a channel may change.
#[derive(Default)]
pub struct ChannelState {
    /// What was set as topic.
    pub topic: Option<Topic>,
    /// Modes that are on or off.
    pub flags: Flags,
    /// What JOIN must give while there is one.
    pub key: Option<Box<[u8]>>,
    /// Modes with a parameter.
    pub parameters: Parameters,
    /// Joins, while `+j` counts them.
    pub joins: Window,
    /// Masks.
    pub lists: Lists,
    /// When it was made, in seconds since 1970.
    pub created: u64,
    /// When it was last renamed.
    pub renamed: Option<u64>,
    /// When somebody last knocked.
    pub knocked: Option<u64>,
    /// What is said of it.
    pub metadata: Metadata,
    /// What was said of late, and by whom.
    pub recent: RedactionLog,
    /// The names of all, while they are asked for often.
    pub(in crate::core) names_cache: Option<Box<NamesCache>>,
    /// By id, which is the order in which they are shown.
    members: BTreeMap<UserId, Member>,
    /// How many of them are founders.
    founders: usize,
    /// How many have joined hidden.
    hidden_joins: u64,
    /// Who was kicked under `+J`: the milliseconds since 1970 until which they stay out.
    kicked: Remembered<u64>,
    /// Messages of each user, while `+W` counts them: also of who has left, and may be back.
    spoke: Remembered<Window>,
    /// When the next thing in it ends by itself, as the network's [`Expiries`] know it.
    expiry: Option<u64>,
    /// Each shard that has members, with how many.
    shards: SmallVec<[(ShardId, usize); 2]>,
    /// How many events have happened in it.  Changed by whoever tells of one, for which a channel that
    /// is held is enough.
    sequence: Cell<u64>,
    /// Whether its last member has left: whoever meets it must look again.
    gone: bool,
}

/// A topic with its history.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Topic {
    /// Never empty.
    pub text: Box<[u8]>,
    /// `nick!user@host` of who set it.
    pub set_by: Box<str>,
    /// When, in seconds since 1970.
    pub set_at: u64,
}

/// A member of a channel.
pub struct Member {
    /// Who.
    pub user: Arc<User>,
    /// With which ranks.
    pub prefixes: Prefixes,
    /// Who sees it.  Changed by speaking, for which a channel that is held is enough.
    pub(in crate::core) visibility: Cell<Visibility>,
    /// Whom it sees.
    pub(in crate::core) view: View,
}

/// A channel that this thread holds: the only way to change it and to speak to it.
pub struct ChannelGuard<'a> {
    channel: &'a Arc<Channel>,
    state: Guard<'a, ChannelState>,
}

impl Channel {
    /// A channel that nobody is in yet: whoever joins it first is its founder.
    pub fn new(id: ChannelId, name: ChannelName) -> Self {
        let state = Ranked::new(id.as_u64(), ChannelState::default());
        Self { id, name, last_flags: AtomicU32::new(0), state }
    }

    /// The modes that the channel had when it was last held: for what holds another channel, under
    /// which this one cannot be locked.
    pub fn last_flags(&self) -> Flags {
        Flags::from_bits(self.last_flags.load(Ordering::Relaxed))
    }

    /// Waits for the channel (rank 1: several only in ascending id).
    pub fn lock(self: &Arc<Self>) -> ChannelGuard<'_> {
        work::charge_grains(8);
        ChannelGuard { channel: self, state: self.state.lock() }
    }
}

impl ChannelState {
    /// Whether it has members, or stays without them: one that has just been made may be about to
    /// get its first.
    pub fn is_there(&self) -> bool {
        !self.gone && (!self.members.is_empty() || self.flags.has(Flags::PERMANENT))
    }

    /// Whether the last member has left.
    pub fn is_gone(&self) -> bool {
        self.gone
    }

    /// The member that a user is.
    pub fn member(&self, user: UserId) -> Option<&Member> {
        self.members.get(&user)
    }

    /// The ranks of a member; `None`: is not one.
    pub fn prefixes(&self, user: UserId) -> Option<Prefixes> {
        self.member(user).map(|member| member.prefixes)
    }

    /// How many more messages of a user are within the rate of `+W`.
    pub fn room_to_speak(&self, user: UserId, rate: Rate, now: Moment) -> u32 {
        self.spoke.of(user).map_or(rate.count, |window| window.room(rate, now))
    }

    /// Counts a user's message against `+W`.
    pub fn note_speech(&mut self, user: UserId, rate: Rate, now: Moment) {
        let is_over = |window: &Window| window.room(rate, now) == rate.count;
        self.spoke.of_mut(user, is_over).count(rate, now);
    }

    /// Keeps out whoever is kicked for as long as `+J` says.
    pub fn note_kick(&mut self, user: UserId, now: Moment) {
        if let Some(seconds) = self.parameters.no_rejoin {
            let until = self.kicked.of_mut(user, |until| *until <= now.ms());
            *until = now.ms() + u64::from(seconds) * 1000;
        }
    }

    /// Whether `+J` still keeps out the user.
    pub fn is_kept_out(&self, user: UserId, now: Moment) -> bool {
        let until = self.kicked.of(user);
        self.parameters.no_rejoin.is_some() && until.is_some_and(|until| *until > now.ms())
    }

    /// All members, by id.
    pub fn members(&self) -> impl Iterator<Item = &Member> {
        work::charge_grains(self.members.len());
        self.members.values()
    }

    /// The visibility of a member; who is none has none.
    pub(in crate::core) fn visibility(&self, user: UserId) -> Visibility {
        self.member(user).map_or(Visibility::NONE, |member| member.visibility.get())
    }

    /// Whether one of the members is a founder.
    pub(in crate::core) fn has_founder(&self) -> bool {
        self.founders > 0
    }

    /// Whether there are as many members as +l allows.
    pub fn is_full(&self) -> bool {
        self.parameters.limit.is_some_and(|limit| self.member_count() >= limit as usize)
    }

    /// How many members there are.
    pub fn member_count(&self) -> usize {
        self.members.len()
    }

    /// Whom a member sees.
    pub fn view(&self, user: UserId) -> View {
        self.member(user).map_or(View::PLAIN, |member| member.view)
    }

    /// One more member is on that shard.
    fn count_shard(&mut self, home: ShardId) {
        match self.shards.iter_mut().find(|(shard_id, _)| *shard_id == home) {
            Some((_, count)) => *count += 1,
            None => self.shards.push((home, 1)),
        }
    }

    fn next_visibility(&mut self, prefixes: Prefixes) -> Visibility {
        if prefixes != Prefixes::NONE {
            Visibility::NONE
        } else if self.flags.has(Flags::DELAYED_JOIN) {
            Visibility::FROM_ALL
        } else if self.flags.has(Flags::AUDITORIUM) {
            self.hidden_joins += 1;
            Visibility::numbered(self.hidden_joins)
        } else {
            Visibility::NONE
        }
    }
}

impl ChannelGuard<'_> {
    /// The channel's id.
    pub fn id(&self) -> ChannelId {
        self.channel.id
    }

    /// The channel itself.
    pub(in crate::core) fn channel(&self) -> &Arc<Channel> {
        self.channel
    }

    /// The channel's name as it was first spelled.
    pub fn name(&self) -> &ChannelName {
        &self.channel.name
    }

    /// Its state is another channel's from here on.
    pub(in crate::core) fn set_gone(&mut self) {
        self.state.gone = true;
    }

    /// Says what happened to every shard that has members, under this lock: which is why all
    /// members see one order.
    ///
    /// Of a member hidden only those are told who see it; and when it does what others are
    /// told, it is shown to them before.
    pub fn publish(
        &self,
        router: &Router,
        here: &mut dyn LocalShard,
        audience: Audience,
        event: Event,
    ) {
        let audience = self.reveal(router, here, audience, &event);
        self.observe(router, &event);
        let post = Post { scope: Scope::Channel(self.channel.id, audience), payload: event.into() };
        router.deliver(self.shards(), here, &post);
    }

    /// Gives an event its place in the order of the channel, and hands it to the observers.
    pub(in crate::core) fn observe(&self, router: &Router, event: &Event) {
        let sequence = self.state.sequence.get() + 1;
        self.state.sequence.set(sequence);
        let (id, name, flags) = (self.channel.id, &self.channel.name, self.state.flags);
        router.observe(event, Some(&InChannel { id, name, flags, sequence }));
    }

    /// Sees to it that what ends by itself does so in time.
    pub fn plan_expiry(&mut self, expiries: &Expiries) {
        let ends =
            [self.lists.next_end(), self.names_cache.as_ref().map(|names_cache| names_cache.end())];
        let next = ends.into_iter().flatten().min();
        expiries.plan(self.channel.id, self.state.expiry, next, || Arc::clone(self.channel));
        self.state.expiry = next;
    }

    /// The channel is no longer there.
    pub(in crate::core) fn forget_expiry(&mut self, expiries: &Expiries) {
        if let Some(before) = self.state.expiry.take() {
            expiries.plan(self.channel.id, Some(before), None, || Arc::clone(self.channel));
        }
    }

    /// The shards that have members.
    pub(in crate::core) fn shards(&self) -> impl Iterator<Item = ShardId> {
        self.state.shards.iter().map(|(shard_id, _)| *shard_id)
    }

    /// Makes the user a member.  The JOIN is published after this, so that the joiner's place is
    /// told too.
    pub fn add(&mut self, user: &Arc<User>, prefixes: Prefixes) {
        let (visibility, view) =
            (Cell::new(self.state.next_visibility(prefixes)), View::of(prefixes));
        let member = Member { user: Arc::clone(user), prefixes, visibility, view };
        if self.state.members.insert(user.id, member).is_some() {
            return;
        }
        self.state.founders += usize::from(prefixes.has(Prefixes::FOUNDER));
        self.state.count_shard(user.home);
        let mut profile = user.profile();
        profile.enter(Arc::clone(self.channel));
        self.list(user.id, &profile.identity);
    }

    /// Gives or takes a rank; whether that changed anything.
    pub fn set_rank(&mut self, user: UserId, rank: Prefixes, add: bool) -> bool {
        let up_to_now = View::up_to(self.hidden_joins);
        let state = &mut *self.state;
        let Some(member) = state.members.get_mut(&user) else { return false };
        let before = member.prefixes;
        member.prefixes = before.with(rank, add);
        if member.prefixes == before {
            return false;
        }
        if rank == Prefixes::FOUNDER {
            state.founders = state.founders + usize::from(add) - usize::from(!add);
        }
        let has_none = member.prefixes == Prefixes::NONE;
        member.view = if has_none { up_to_now } else { View::RANKED };
        let user = Arc::clone(&member.user);
        let identity = user.identity();
        self.relist(user.id, &identity, &identity);
        true
    }

    /// Whether it is gone from now on, for it is neither permanent nor has members.
    pub(in crate::core) fn end_if_empty(&mut self) -> bool {
        self.state.gone = !self.state.is_there();
        self.state.gone
    }

    /// The user is no longer a member; the last one takes the channel along (see `Network::remove`,
    /// which has the registry forget it).  The PART, KICK or QUIT is published before this, so
    /// that the leaver's place is told too.
    pub(in crate::core) fn remove(&mut self, user: &User) {
        let Some(member) = self.state.members.remove(&user.id) else { return };
        self.state.founders -= usize::from(member.prefixes.has(Prefixes::FOUNDER));
        self.state.lists.forget(user.id);
        for (_, count) in
            self.state.shards.iter_mut().filter(|(shard_id, _)| *shard_id == user.home)
        {
            *count -= 1;
        }
        self.state.shards.retain(|(_, count)| *count > 0);
        let mut profile = user.profile();
        profile.leave(self.channel.id);
        self.unlist(&profile.identity);
        self.state.gone = !self.state.is_there();
    }
}

impl Drop for ChannelGuard<'_> {
    fn drop(&mut self) {
        let (now, last) = (self.state.flags.bits(), &self.channel.last_flags);
        if last.load(Ordering::Relaxed) != now {
            last.store(now, Ordering::Relaxed);
        }
    }
}

impl Deref for ChannelGuard<'_> {
    type Target = ChannelState;

    fn deref(&self) -> &ChannelState {
        &self.state
    }
}

impl DerefMut for ChannelGuard<'_> {
    fn deref_mut(&mut self) -> &mut ChannelState {
        &mut self.state
    }
}
