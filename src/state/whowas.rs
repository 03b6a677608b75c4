//! Who was called what, for WHOWAS.

use std::collections::VecDeque;
use std::sync::Arc;

use crate::locks::{LEAF, Ranked};
use crate::names::{Casemap, Identity, Nick, NickKey};

/// A nick that somebody no longer has.
#[derive(Clone, Debug)]
pub struct Past {
    /// Nick, user name and host then.
    pub identity: Arc<Identity>,
    /// Real name then.
    pub realname: Arc<[u8]>,
    /// Until when, in seconds since 1970.
    pub until: u64,
}

/// The latest past nicks, bounded in number.
pub struct Whowas {
    casemap: Casemap,
    max: usize,
    past: Ranked<VecDeque<(NickKey, Past)>, LEAF>,
}

impl Whowas {
    /// Remembers `max` of them.
    pub fn new(casemap: Casemap, max: usize) -> Self {
        Self { casemap, max, past: Ranked::new(0, VecDeque::new()) }
    }

    /// Adds one; beyond the bound the oldest is forgotten.
    pub fn add(&self, past: Past) {
        let key = past.identity.nick.key(self.casemap);
        let mut all = self.past.lock();
        all.push_front((key, past));
        all.truncate(self.max);
    }

    /// Those of a nick, the latest first.
    pub fn of(&self, nick: &Nick) -> Vec<Past> {
        let key = nick.key(self.casemap);
        let all = self.past.lock();
        all.iter().filter(|(known, _)| *known == key).map(|(_, past)| past.clone()).collect()
    }
}
