//! Who wants to be told when which nick comes and goes: MONITOR and WATCH.

use std::collections::HashMap;

use foldhash::fast::RandomState;

use crate::core::locks::{Guard, Ranked, WATCHES};
use crate::core::user::User;
use crate::proto::names::{Casemap, Nick, NickKey, ShardId, UserId};
use crate::work;

/// Which command the entry was made by: each has a list of its own, and its own numerics.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    /// IRCv3 MONITOR.
    Monitor,
    /// The older WATCH.
    Watch,
}

/// Somebody to be told.
#[derive(Clone, Copy, Debug)]
pub struct Watcher {
    /// Who.
    pub user: UserId,
    /// By which shard.
    pub home: ShardId,
    /// How.
    pub form: Form,
}

/// The lists of all users, behind one lock.
///
/// A nick is given, taken and changed under it, and its watchers are told under it; so is a user
/// who asks whether a nick is there.  What a watcher was told last is therefore always true.
pub struct Watches {
    casemap: Casemap,
    lists: Ranked<Lists, WATCHES>,
}

/// The lists, held.  Each has at most as many entries as `add` was told, so all of them together
/// are bounded by the users there are.
#[derive(Default)]
pub struct Lists {
    by_nick: HashMap<NickKey, Vec<Watcher>, RandomState>,
    by_user: HashMap<UserId, Vec<Entry>, RandomState>,
}

/// A nick on a user's lists.
struct Entry {
    form: Form,
    /// As the user spelled it.
    nick: Nick,
    key: NickKey,
}

/// What became of a nick that was to be added.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Added {
    /// It is on the list, as it may have been before.
    Yes,
    /// The list is full.
    Full,
}

impl Watches {
    /// Nobody watches anybody.
    pub fn new(casemap: Casemap) -> Self {
        Self { casemap, lists: Ranked::new(0, Lists::default()) }
    }

    /// Waits for the lists (rank 3: no channel and no profile after it).
    pub fn lock(&self) -> WatchesGuard<'_> {
        WatchesGuard { casemap: self.casemap, lists: self.lists.lock() }
    }
}

/// The lists, held by this thread.
pub struct WatchesGuard<'a> {
    casemap: Casemap,
    lists: Guard<'a, Lists>,
}

impl WatchesGuard<'_> {
    /// Those who watch a nick, in the order in which they began.
    pub fn of_nick(&self, nick: &Nick) -> &[Watcher] {
        self.lists.by_nick.get(&nick.key(self.casemap)).map_or(&[], Vec::as_slice)
    }

    /// What is on a user's list, oldest first, as the user spelled it.
    pub fn of_user(&self, user: UserId, form: Form) -> Vec<Nick> {
        let entries = self.lists.by_user.get(&user).map_or(&[][..], Vec::as_slice).iter();
        work::charge_grains(4 * entries.len());
        entries.filter(|entry| entry.form == form).map(|entry| entry.nick.clone()).collect()
    }

    /// Puts a nick on a user's list, which holds at most `max`.
    pub fn add(&mut self, user: &User, form: Form, nick: &Nick, max: usize) -> Added {
        let key = nick.key(self.casemap);
        let entries = self.lists.by_user.entry(user.id).or_default();
        work::charge_grains(16 + 2 * entries.len());
        let of_form = entries.iter().filter(|entry| entry.form == form);
        if of_form.clone().any(|entry| entry.key == key) {
            return Added::Yes;
        }
        if of_form.count() >= max {
            return Added::Full;
        }
        entries.push(Entry { form, nick: nick.clone(), key: key.clone() });
        let watcher = Watcher { user: user.id, home: user.home, form };
        self.lists.by_nick.entry(key).or_default().push(watcher);
        Added::Yes
    }

    /// Takes a nick off a user's list; whether it was there.
    pub fn remove(&mut self, user: UserId, form: Form, nick: &Nick) -> bool {
        let key = nick.key(self.casemap);
        self.forget(user, |entry| entry.form == form && entry.key == key) > 0
    }

    /// Empties a user's list.
    pub fn clear(&mut self, user: UserId, form: Form) {
        self.forget(user, |entry| entry.form == form);
    }

    /// The user is gone, and its lists with it.
    pub(in crate::core) fn forget_user(&mut self, user: UserId) {
        self.forget(user, |_| true);
    }

    fn forget(&mut self, user: UserId, which: impl Fn(&Entry) -> bool) -> usize {
        let Some(entries) = self.lists.by_user.get_mut(&user) else { return 0 };
        work::charge_grains(16 + 2 * entries.len());
        let gone: Vec<Entry> = entries.extract_if(.., |entry| which(entry)).collect();
        if entries.is_empty() {
            self.lists.by_user.remove(&user);
        }
        for Entry { form, key, .. } in &gone {
            let Some(watchers) = self.lists.by_nick.get_mut(key) else { continue };
            work::charge_grains(16 + watchers.len());
            watchers.retain(|watcher| watcher.user != user || watcher.form != *form);
            if watchers.is_empty() {
                self.lists.by_nick.remove(key);
            }
        }
        gone.len()
    }
}
