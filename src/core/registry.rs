//! Who is called what: the one map of nicks and the one of channel names, shared by all shards.
//!
//! Hands out `Arc`s and never a map's guard: a shard of a map is a leaf in the lock order.

use std::sync::Arc;

use dashmap::DashMap;
use dashmap::mapref::entry::Entry;
use foldhash::fast::RandomState;

use crate::core::channel::Channel;
use crate::core::locks;
use crate::core::shrink::is_sparse;
use crate::core::user::User;
use crate::proto::names::{Casemap, ChannelKey, ChannelName, Identity, Nick, NickKey, UserId};
use crate::work;

/// The maps.
pub struct Registry {
    casemap: Casemap,
    nicks: DashMap<NickKey, Holder, RandomState>,
    channels: DashMap<ChannelKey, Arc<Channel>, RandomState>,
}

/// Who has a nick.
enum Holder {
    /// A connection that is registering, or a user about to take the nick.
    Reserved(UserId),
    /// A user that others can find, with its identity under this nick: for those who hold a lock
    /// that comes after the profile's.
    Present(Arc<User>, Arc<Identity>),
}

impl Holder {
    fn id(&self) -> UserId {
        match self {
            Self::Reserved(id) => *id,
            Self::Present(user, _) => user.id,
        }
    }
}

impl Registry {
    /// Nobody is there.
    pub fn new(casemap: Casemap) -> Self {
        Self { casemap, nicks: DashMap::default(), channels: DashMap::default() }
    }

    /// Gives back what a crowd has left.
    pub fn shrink(&self) {
        let _leaf = locks::leaf();
        if is_sparse(self.nicks.len(), self.nicks.capacity()) {
            self.nicks.shrink_to_fit();
        }
        if is_sparse(self.channels.len(), self.channels.capacity()) {
            self.channels.shrink_to_fit();
        }
    }

    /// Takes a nick for `id`, at once and for all shards; `false`: somebody else has it.
    pub fn reserve(&self, nick: &Nick, id: UserId) -> bool {
        let _leaf = locks::leaf();
        match self.nicks.entry(nick.key(self.casemap)) {
            Entry::Occupied(held) => held.get().id() == id,
            Entry::Vacant(free) => {
                free.insert(Holder::Reserved(id));
                true
            }
        }
    }

    /// The user can be found under the nick of its identity, which it has claimed.
    pub fn publish(&self, user: Arc<User>, identity: Arc<Identity>) {
        let _leaf = locks::leaf();
        self.nicks.insert(identity.nick.key(self.casemap), Holder::Present(user, identity));
    }

    /// Gives up a nick, if `id` has it.
    pub fn release(&self, nick: &Nick, id: UserId) {
        let _leaf = locks::leaf();
        self.nicks.remove_if(&nick.key(self.casemap), |_, holder| holder.id() == id);
    }

    /// The user of that nick.
    pub fn user(&self, nick: &Nick) -> Option<Arc<User>> {
        self.user_of(&nick.key(self.casemap))
    }

    /// The user whose nick has that key.
    pub fn user_of(&self, key: &NickKey) -> Option<Arc<User>> {
        let _leaf = locks::leaf();
        work::charge(1);
        match &*self.nicks.get(key)? {
            Holder::Reserved(_) => None,
            Holder::Present(user, _) => Some(Arc::clone(user)),
        }
    }

    /// The user of that nick with its identity: exact while the watches are held.
    pub fn identified(&self, nick: &Nick) -> Option<(Arc<User>, Arc<Identity>)> {
        let _leaf = locks::leaf();
        work::charge(1);
        match &*self.nicks.get(&nick.key(self.casemap))? {
            Holder::Reserved(_) => None,
            Holder::Present(user, identity) => Some((Arc::clone(user), Arc::clone(identity))),
        }
    }

    /// Whether two spellings are one nick.
    pub fn same_nick(&self, a: &Nick, b: &Nick) -> bool {
        self.casemap.is_same(a.as_str().as_bytes(), b.as_str().as_bytes())
    }

    /// Every user at this moment, in the order in which they came.
    pub fn users(&self) -> Vec<Arc<User>> {
        let _leaf = locks::leaf();
        let present = |holder: &Holder| match holder {
            Holder::Reserved(_) => None,
            Holder::Present(user, _) => Some(Arc::clone(user)),
        };
        let mut users: Vec<_> =
            self.nicks.iter().filter_map(|entry| present(entry.value())).collect();
        users.sort_unstable_by_key(|user| user.id);
        // A user that is changing its nick may be met under both.
        users.dedup_by_key(|user| user.id);
        work::charge(2 * users.len());
        users
    }

    /// The channel of that name.
    pub fn channel(&self, name: &ChannelName) -> Option<Arc<Channel>> {
        self.channel_of(&name.key(self.casemap))
    }

    /// The channel whose name has that key.
    pub fn channel_of(&self, key: &ChannelKey) -> Option<Arc<Channel>> {
        let _leaf = locks::leaf();
        work::charge(1);
        self.channels.get(key).map(|channel| Arc::clone(&channel))
    }

    /// The channel of that name, or the one that `make` gives.
    pub fn channel_or(&self, name: &ChannelName, make: impl FnOnce() -> Channel) -> Arc<Channel> {
        let _leaf = locks::leaf();
        let entry = self.channels.entry(name.key(self.casemap));
        Arc::clone(&entry.or_insert_with(|| Arc::new(make())))
    }

    /// Forgets a channel, if it is still the one of its name.
    pub fn forget(&self, channel: &Channel) {
        let _leaf = locks::leaf();
        self.channels.remove_if(&channel.name.key(self.casemap), |_, known| known.id == channel.id);
    }

    /// Puts `new` in the place of `old`, under its own name; `false`: another channel has that.
    pub fn rename_channel(&self, old: &Channel, new: &Arc<Channel>) -> bool {
        let _leaf = locks::leaf();
        let (from, to) = (old.name.key(self.casemap), new.name.key(self.casemap));
        if from == to {
            self.channels.insert(to, Arc::clone(new));
            return true;
        }
        match self.channels.entry(to) {
            Entry::Occupied(_) => return false,
            Entry::Vacant(free) => drop(free.insert(Arc::clone(new))),
        }
        self.channels.remove(&from);
        true
    }

    /// Every channel at this moment, the oldest first.
    pub fn channels(&self) -> Vec<Arc<Channel>> {
        let _leaf = locks::leaf();
        let mut channels: Vec<_> =
            self.channels.iter().map(|entry| Arc::clone(entry.value())).collect();
        channels.sort_unstable_by_key(|channel| channel.id);
        work::charge(2 * channels.len());
        channels
    }

    /// Forgets all users and channels, but not the nicks that connections have reserved.
    pub(in crate::core) fn clear(&self) {
        let _leaf = locks::leaf();
        self.nicks.retain(|_, holder| matches!(holder, Holder::Reserved(_)));
        self.channels.clear();
    }

    /// A channel of a network that is restored.
    pub(in crate::core) fn insert(&self, channel: Arc<Channel>) {
        let _leaf = locks::leaf();
        self.channels.insert(channel.name.key(self.casemap), channel);
    }

    /// How many channels there are.
    pub fn channel_count(&self) -> usize {
        let _leaf = locks::leaf();
        self.channels.len()
    }

    /// Whether neither a nick nor a channel is known.
    pub fn is_empty(&self) -> bool {
        let _leaf = locks::leaf();
        self.nicks.is_empty() && self.channels.is_empty()
    }
}
