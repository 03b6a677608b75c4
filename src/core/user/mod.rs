//! Users: identities on the network, whatever they are connected by.

pub mod client_kind;
pub mod dump;
pub mod origin;
pub mod watches;
pub mod whowas;

use std::collections::VecDeque;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Weak};

use crate::core::Origin;
use crate::core::channel::{Channel, ChannelGuard};
use crate::core::locks::{Guard, PROFILE, Ranked};
use crate::core::metadata::Metadata;
use crate::core::modes::UserModes;
use crate::core::redaction_log::RedactionLog;
use crate::core::server::notice_mask::Kinds;
use crate::core::server::operators::Operator;
use crate::core::user_mask::{KnownAs, Whom};
use crate::proto::names::{Casemap, ChannelId, ChannelKey, ChannelName, Identity, ShardId, UserId};
use crate::proto::time::Moment;
use crate::work;

/// A registered user.
///
/// Only the thread of its home shard changes its identity; others ask that shard to.
pub struct User {
    /// Never used again for another user.
    pub id: UserId,
    /// The shard whose people it is of.
    pub home: ShardId,
    /// Where it has come from.
    pub origin: Arc<Origin>,
    /// When it came, in seconds since 1970.
    pub signon: u64,
    /// When it last said something, in milliseconds since 1970.
    spoke: AtomicU64,
    /// Whether its client knows RENAME: whoever renames a channel asks, on any thread.
    knows_rename: AtomicBool,
    /// The host that a cloak gives it, whether it is shown so or not; bans know it by this too.
    pub cloak: Option<Box<str>>,
    /// Masks of other users do not know it by the address that the cloak hides: never again once it
    /// has been shown without the cloak, so that +x is no way past them.
    hides_address: AtomicBool,
    profile: Ranked<Profile, PROFILE>,
}

/// What of a user may change.
pub struct Profile {
    /// Nick, user name and host.
    pub identity: Arc<Identity>,
    /// Free text, as bytes.
    pub realname: Arc<[u8]>,
    /// The user's modes.
    pub modes: UserModes,
    /// Which operator it is: not `None` just when it has +o.
    pub operator: Option<Arc<Operator>>,
    /// What it is told of by +s: something just when it has that mode.
    pub notices: Kinds,
    /// Why it is away, while it is.
    pub away: Option<Arc<[u8]>>,
    /// What it says of itself.
    pub metadata: Metadata,
    /// Ascending by id, which is the order of their locks.
    channels: Vec<Arc<Channel>>,
    extra: Option<Box<Extra>>,
}

/// What few users have, so that the others need no memory for it.
#[derive(Default)]
pub struct Extra {
    /// Channels it has been invited to and has not joined since, oldest first.
    pub invitations: VecDeque<Invitation>,
    /// When it last knocked at a channel.
    pub knocked: Option<u64>,
    /// Whom it does not want to hear from in private.
    pub silence: Vec<Whom>,
    /// Who may message it in spite of +g; those who have quit are dropped as the list changes.
    pub accepted: Vec<Weak<User>>,
    /// When it was last told that +g has kept somebody out, in milliseconds since 1970.
    pub notified_of_caller: Option<u64>,
    /// What it has said in private of late, and to whom, if it can take that back.
    pub sent: Option<Box<RedactionLog>>,
}

/// An invitation that lets a user in once.
#[derive(Clone, Debug)]
pub struct Invitation {
    /// To this channel, and to none that comes after it under its name.
    pub channel: ChannelId,
    /// As the channel is spelled.
    pub name: ChannelName,
}

impl User {
    /// A user that has just come, and is in no channel.
    pub fn new(
        id: UserId,
        home: ShardId,
        origin: Arc<Origin>,
        identity: Arc<Identity>,
        realname: Arc<[u8]>,
        now: Moment,
    ) -> Self {
        let profile = Profile {
            identity,
            realname,
            modes: UserModes::default(),
            operator: None,
            notices: Kinds::NONE,
            away: None,
            metadata: Metadata::default(),
            channels: Vec::new(),
            extra: None,
        };
        Self {
            id,
            home,
            origin,
            signon: now.seconds(),
            cloak: None,
            hides_address: AtomicBool::new(false),
            knows_rename: AtomicBool::new(false),
            spoke: AtomicU64::new(now.ms()),
            profile: Ranked::new(0, profile),
        }
    }

    /// Locks what may change (rank 2: one profile at a time, no channel after it).
    pub fn profile(&self) -> Guard<'_, Profile> {
        work::charge_grains(8);
        self.profile.lock()
    }

    /// What masks know it by under this identity; takes no lock.
    pub fn known_as(&self, identity: &Arc<Identity>) -> KnownAs {
        KnownAs::of(&self.origin, self.cloak.as_deref(), identity)
    }

    /// What masks of other users know it by: everything, or, while a cloak is shown that hides the
    /// address, the cloak alone.
    pub fn known_to_others(&self, identity: &Arc<Identity>) -> KnownAs {
        if self.hides_address() && identity.host() != &*self.origin.host {
            KnownAs::without_address(self.cloak.as_deref(), identity)
        } else {
            self.known_as(identity)
        }
    }

    /// Its identity at this moment.
    pub fn identity(&self) -> Arc<Identity> {
        Arc::clone(&self.profile().identity)
    }

    /// Whether masks of other users know it by its cloak alone.
    pub fn hides_address(&self) -> bool {
        self.hides_address.load(Ordering::Relaxed)
    }

    /// Masks of other users know it by its cloak alone from now on, or by its address too.
    pub fn set_hides_address(&self, hides: bool) {
        self.hides_address.store(hides, Ordering::Relaxed);
    }

    /// Whether its client knows RENAME (IRCv3 channel-rename).
    pub fn knows_rename(&self) -> bool {
        self.knows_rename.load(Ordering::Relaxed)
    }

    /// Its client knows RENAME from now on, or no longer.
    pub fn set_knows_rename(&self, knows: bool) {
        self.knows_rename.store(knows, Ordering::Relaxed);
    }

    /// Its channels at this moment, ascending by id.
    pub fn channels(&self) -> Vec<Arc<Channel>> {
        let channels = self.profile().channels.clone();
        work::charge_grains(4 * channels.len());
        channels
    }

    /// The channel of that name that it is in.
    pub fn channel_named(&self, key: &ChannelKey, casemap: Casemap) -> Option<Arc<Channel>> {
        let profile = self.profile();
        work::charge(profile.channels.len());
        profile.channels.iter().find(|channel| channel.name.key(casemap) == *key).cloned()
    }

    /// Notes that it has said something.
    pub fn speaks(&self, now: Moment) {
        self.spoke.store(now.ms(), Ordering::Relaxed);
    }

    /// For how many seconds it has said nothing.
    pub fn idle(&self, now: Moment) -> u64 {
        now.ms().saturating_sub(self.spoke.load(Ordering::Relaxed)) / 1000
    }

    /// Locks all channels that the user is in, ascending, and runs `change` while none of them
    /// can be spoken to, joined or left by anybody.
    pub fn with_all_channels<R>(&self, change: impl FnOnce(&mut [ChannelGuard<'_>]) -> R) -> R {
        loop {
            let channels = self.channels();
            let mut guards: Vec<_> = channels.iter().map(|channel| channel.lock()).collect();
            // A kick may have come between the look and the locks.
            let unchanged = {
                let now = &self.profile().channels;
                now.len() == channels.len() && now.iter().zip(&channels).all(|(a, b)| a.id == b.id)
            };
            if unchanged {
                return change(&mut guards);
            }
        }
    }
}

impl Profile {
    /// What few users have; as good as nothing of one who has none of it.
    pub fn extra(&self) -> &Extra {
        static NOTHING: Extra = Extra {
            invitations: VecDeque::new(),
            knocked: None,
            silence: Vec::new(),
            accepted: Vec::new(),
            notified_of_caller: None,
            sent: None,
        };
        self.extra.as_deref().unwrap_or(&NOTHING)
    }

    /// The same, to be changed.
    pub fn extra_mut(&mut self) -> &mut Extra {
        self.extra.get_or_insert_default()
    }

    /// How many channels the user is in.
    pub fn channel_count(&self) -> usize {
        self.channels.len()
    }

    /// Ids of the user's channels.
    pub fn channel_ids(&self) -> impl Iterator<Item = ChannelId> {
        work::charge_grains(self.channels.len());
        self.channels.iter().map(|channel| channel.id)
    }

    /// Whether the user is in the channel.
    pub fn is_in(&self, channel: ChannelId) -> bool {
        self.position(channel).is_ok()
    }

    /// Whether it does not want to hear in private from that user, who has this identity.
    pub fn silences(&self, user: &User, identity: &Arc<Identity>) -> bool {
        let masks = &self.extra().silence;
        // Most have none, and nothing is to be made for them.
        !masks.is_empty() && {
            let known = user.known_to_others(identity);
            masks.iter().any(|mask| mask.is(&known))
        }
    }

    /// Whether `user` may message it in spite of +g.
    pub fn accepts(&self, user: &Arc<User>) -> bool {
        self.extra().accepted.iter().any(|known| known.as_ptr() == Arc::as_ptr(user))
    }

    pub(in crate::core) fn enter(&mut self, channel: Arc<Channel>) {
        if let Err(at) = self.position(channel.id) {
            self.channels.insert(at, channel);
        }
    }

    pub(in crate::core) fn leave(&mut self, channel: ChannelId) {
        if let Ok(at) = self.position(channel) {
            self.channels.remove(at);
        }
    }

    fn position(&self, channel: ChannelId) -> Result<usize, usize> {
        self.channels.binary_search_by_key(&channel, |channel| channel.id)
    }

    /// Uses up the invitation to the channel; whether there was one.
    pub fn take_invitation(&mut self, channel: ChannelId) -> bool {
        let Some(extra) = &mut self.extra else { return false };
        let at = extra.invitations.iter().position(|held| held.channel == channel);
        at.and_then(|at| extra.invitations.remove(at)).is_some()
    }

    /// Notes an invitation; beyond `max` the oldest is forgotten.
    pub fn invite(&mut self, invitation: Invitation, max: usize) {
        let invitations = &mut self.extra_mut().invitations;
        invitations.retain(|old| old.channel != invitation.channel);
        invitations.push_back(invitation);
        while invitations.len() > max {
            invitations.pop_front();
        }
    }
}
