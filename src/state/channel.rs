//! Channels: members, topic, modes, and the places that have members.

use std::cell::Cell;
use std::collections::HashMap;
use std::ops::{Deref, DerefMut};
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use foldhash::fast::FixedState;
use smallvec::SmallVec;

use super::expiries::Expiries;
use super::lately::Lately;
use super::listing::Listing;
use super::lists::Lists;
use super::metadata::Metadata;
use super::modes::Flags;
use super::parameters::{Parameters, Rate, Window};
use super::places::Places;
use super::recent::Recent;
use super::user::User;
use crate::delivery::Delivery;
use crate::locks::{CHANNEL, Guard, Ranked};
use crate::names::{ChannelId, ChannelName, PlaceId, UserId};
use crate::wire::event::{Audience, Event, Post, Scope};
use crate::wire::prefix::Prefixes;
use crate::wire::sight::{Sight, Veil};
use crate::wire::time::Now;
use crate::work;

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
    /// When it was last renamed, on the clock that never goes back.
    pub renamed: Option<u64>,
    /// When somebody last knocked, on the clock that never goes back.
    pub knocked: Option<u64>,
    /// What is said of it.
    pub metadata: Metadata,
    /// What was said of late, and by whom.
    pub recent: Recent,
    /// The names of all, while they are asked for often.
    pub(super) listing: Option<Box<Listing>>,
    members: HashMap<UserId, Member, FixedState>,
    /// How many of them are founders.
    founders: usize,
    /// How many have come behind a veil.
    veiled: u64,
    /// Who was kicked under `+J`: the monotonic milliseconds until which they stay out.
    kicked: Lately<u64>,
    /// Messages of each user, while `+W` counts them: also of who has left, and may be back.
    spoke: Lately<Window>,
    /// When the next thing in it ends by itself, as the world's [`Expiries`] know it.
    expiry: Option<u64>,
    /// Each place that has members, with how many.
    places: SmallVec<[(PlaceId, usize); 2]>,
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
    pub(super) veil: Cell<Veil>,
    /// Whom it sees.
    pub(super) sight: Sight,
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
    pub fn room_to_speak(&self, user: UserId, rate: Rate, now: Now) -> u32 {
        self.spoke.of(user).map_or(rate.count, |window| window.room(rate, now))
    }

    /// Counts a user's message against `+W`.
    pub fn note_speech(&mut self, user: UserId, rate: Rate, now: Now) {
        let is_over = |window: &Window| window.room(rate, now) == rate.count;
        self.spoke.of_mut(user, is_over).count(rate, now);
    }

    /// Keeps out whoever is kicked for as long as `+J` says.
    pub fn note_kick(&mut self, user: UserId, now: Now) {
        if let Some(seconds) = self.parameters.no_rejoin {
            let until = self.kicked.of_mut(user, |until| *until <= now.monotonic);
            *until = now.monotonic + u64::from(seconds) * 1000;
        }
    }

    /// Whether `+J` still keeps out the user.
    pub fn is_kept_out(&self, user: UserId, now: Now) -> bool {
        let until = self.kicked.of(user);
        self.parameters.no_rejoin.is_some() && until.is_some_and(|until| *until > now.monotonic)
    }

    /// All members, in an order that the same history always gives.
    pub fn members(&self) -> impl Iterator<Item = &Member> {
        work::charge_grains(self.members.len());
        self.members.values()
    }

    /// The veil of a member; who is none has none.
    pub(super) fn veil(&self, user: UserId) -> Veil {
        self.member(user).map_or(Veil::NONE, |member| member.veil.get())
    }

    /// Whether one of the members is a founder.
    pub(super) fn has_founder(&self) -> bool {
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
    pub fn sight(&self, user: UserId) -> Sight {
        self.member(user).map_or(Sight::PLAIN, |member| member.sight)
    }

    fn next_veil(&mut self, prefixes: Prefixes) -> Veil {
        if prefixes != Prefixes::NONE {
            Veil::NONE
        } else if self.flags.has(Flags::DELAYED_JOIN) {
            Veil::FROM_ALL
        } else if self.flags.has(Flags::AUDITORIUM) {
            self.veiled += 1;
            Veil::numbered(self.veiled)
        } else {
            Veil::NONE
        }
    }
}

impl ChannelGuard<'_> {
    /// The channel's id.
    pub fn id(&self) -> ChannelId {
        self.channel.id
    }

    /// The channel itself.
    pub(super) fn channel(&self) -> &Arc<Channel> {
        self.channel
    }

    /// The channel's name as it was first spelled.
    pub fn name(&self) -> &ChannelName {
        &self.channel.name
    }

    /// Its state is another channel's from here on.
    pub(super) fn set_gone(&mut self) {
        self.state.gone = true;
    }

    /// Says what happened to every place that has members, under this lock: which is why all
    /// members see one order.
    ///
    /// Of a member behind a veil only those are told who see it; and when it does what others are
    /// told, it is shown to them before.
    pub fn publish(
        &self,
        places: &Places,
        here: &mut Delivery,
        audience: Audience,
        event: Event<'_>,
    ) {
        let audience = self.unveiled(places, here, audience, &event);
        places.changed.note(&self.channel.name, &self.state, &event.body);
        let post = Post { scope: Scope::Channel(self.channel.id, audience), event };
        places.tell(self.places(), here, &post);
    }

    /// Sees to it that what ends by itself does so in time.
    pub fn plan_expiry(&mut self, expiries: &Expiries) {
        let ends = [self.lists.next_end(), self.listing.as_ref().map(|listing| listing.end())];
        let next = ends.into_iter().flatten().min();
        expiries.plan(self.channel, self.state.expiry, next);
        self.state.expiry = next;
    }

    /// The channel is no longer there.
    pub(super) fn forget_expiry(&mut self, expiries: &Expiries) {
        if let Some(before) = self.state.expiry.take() {
            expiries.plan(self.channel, Some(before), None);
        }
    }

    /// The places that have members.
    pub(super) fn places(&self) -> impl Iterator<Item = PlaceId> {
        self.state.places.iter().map(|(place, _)| *place)
    }

    /// Makes the user a member.  The JOIN is published after this, so that the joiner's place is
    /// told too.
    pub fn add(&mut self, user: &Arc<User>, prefixes: Prefixes) {
        let (veil, sight) = (Cell::new(self.state.next_veil(prefixes)), Sight::of(prefixes));
        let member = Member { user: Arc::clone(user), prefixes, veil, sight };
        if self.state.members.insert(user.id, member).is_some() {
            return;
        }
        self.state.founders += usize::from(prefixes.has(Prefixes::FOUNDER));
        match self.state.places.iter_mut().find(|(place, _)| *place == user.home) {
            Some((_, count)) => *count += 1,
            None => self.state.places.push((user.home, 1)),
        }
        let mut profile = user.profile();
        profile.enter(Arc::clone(self.channel));
        self.list(user.id, &profile.identity);
    }

    /// Gives or takes a rank; whether that changed anything.
    pub fn set_rank(&mut self, user: UserId, rank: Prefixes, add: bool) -> bool {
        let up_to_now = Sight::up_to(self.veiled);
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
        member.sight = if has_none { up_to_now } else { Sight::RANKED };
        let user = Arc::clone(&member.user);
        let identity = user.identity();
        self.relist(user.id, &identity, &identity);
        true
    }

    /// Whether it is gone from now on, for it is neither permanent nor has members.
    pub(super) fn end_if_empty(&mut self) -> bool {
        self.state.gone = !self.state.is_there();
        self.state.gone
    }

    /// The user is no longer a member; the last one takes the channel along (see `World::remove`,
    /// which has the registry forget it).  The PART, KICK or QUIT is published before this, so
    /// that the leaver's place is told too.
    pub(super) fn remove(&mut self, user: &User) {
        let Some(member) = self.state.members.remove(&user.id) else { return };
        self.state.founders -= usize::from(member.prefixes.has(Prefixes::FOUNDER));
        self.state.lists.forget(user.id);
        for (_, count) in self.state.places.iter_mut().filter(|(place, _)| *place == user.home) {
            *count -= 1;
        }
        self.state.places.retain(|(_, count)| *count > 0);
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
