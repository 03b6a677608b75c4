//! The names of a channel's members, cached while people ask for them often.

use crate::core::channel::names_cache::{LONG, Listed, NamesCache, write};
use crate::core::channel::{ChannelGuard, Expiries};
use crate::proto::names::{Identity, UserId};
use crate::proto::prefix::Prefixes;
use crate::proto::time::Moment;
use crate::proto::words;

impl ChannelGuard<'_> {
    /// Somebody asks for the names of all: the list is made if it is asked for often.
    pub fn keep_names_cache(&mut self, expiries: &Expiries, now: Moment) {
        if self.member_count() < LONG {
            return;
        }
        let now = now.ms();
        let Some(names_cache) = &mut self.names_cache else {
            self.names_cache = Some(Box::new(NamesCache { asked: now, changes: 0, text: None }));
            return self.plan_expiry(expiries);
        };
        let is_wanted = names_cache.text.is_none() && now < names_cache.end();
        (names_cache.asked, names_cache.changes) = (now, 0);
        // Not every member sees those who have joined hidden.
        if is_wanted && !self.members().any(|member| member.visibility.get().is_on()) {
            let mut text = Vec::new();
            for member in self.members() {
                write(&mut text, member.prefixes, &member.user.profile().identity);
            }
            if let Some(names_cache) = &mut self.names_cache {
                names_cache.text = Some(text);
            }
        }
    }

    /// What all members see of each other, if it is kept.
    pub fn names_cache(&self) -> Option<impl Iterator<Item = Listed<'_>>> {
        let text = self.names_cache.as_ref()?.text.as_deref()?;
        Some(words(text).filter_map(|word| {
            let mask = word.iter().position(|byte| Prefixes::of_symbol(*byte).is_none())?;
            let (symbols, mask) = word.split_at_checked(mask)?;
            Some(Listed { symbols, mask })
        }))
    }

    /// Somebody has become a member.
    pub(in crate::core) fn list(&mut self, user: UserId, identity: &Identity) {
        let Some(mut names_cache) = self.names_cache.take() else { return };
        match self.member(user) {
            Some(member) if !member.visibility.get().is_on() => {
                names_cache.add(member.prefixes, identity)
            }
            _ => names_cache.text = None,
        }
        self.names_cache = Some(names_cache);
    }

    /// Somebody is a member no longer.
    pub(in crate::core) fn unlist(&mut self, identity: &Identity) {
        if let Some(names_cache) = &mut self.names_cache {
            names_cache.remove(identity);
        }
    }

    /// A member has other ranks, or another identity than `before`.
    pub(in crate::core) fn relist(&mut self, user: UserId, before: &Identity, identity: &Identity) {
        self.unlist(before);
        self.list(user, identity);
    }

    /// Forgets the list when it has not been asked for in time.
    pub(in crate::core) fn forget_names_cache(&mut self, now: Moment) {
        self.names_cache.take_if(|names_cache| names_cache.end() <= now.ms());
    }
}
