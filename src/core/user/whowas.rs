//! Who was called what, for WHOWAS.

use std::collections::VecDeque;

use smallvec::SmallVec;

use crate::core::locks::{LEAF, Ranked};
use crate::proto::names::{Casemap, Identity, Nick};
use crate::work;

/// A nick that somebody no longer has.  A copy, in place unless it is long: a thousand small pieces
/// among what a crowd has left would keep all of that memory from being given back.
#[derive(Clone, Debug)]
pub struct WhowasEntry {
    /// Nick, user name, host and real name.
    text: SmallVec<[u8; 64]>,
    ends: [u32; 3],
    /// Until when, in seconds since 1970.
    pub until: u64,
}

impl WhowasEntry {
    /// Of who was called that until now, in seconds since 1970.
    pub fn new(identity: &Identity, realname: &[u8], until: u64) -> Self {
        let mut ends = [0; 3];
        let mut text = SmallVec::with_capacity(identity.mask().len() + realname.len());
        let parts = [identity.nick.as_str(), identity.user(), identity.host()];
        for (part, end) in parts.into_iter().zip(&mut ends) {
            text.extend_from_slice(part.as_bytes());
            *end = text.len() as u32;
        }
        text.extend_from_slice(realname);
        Self { text, ends, until }
    }

    /// Of these texts: nick, user name, host and real name.
    pub(in crate::core) fn of_parts(parts: [&[u8]; 4], until: u64) -> Self {
        let [nick, user, host, realname] = parts;
        let mut ends = [0; 3];
        let mut text = SmallVec::new();
        for (part, end) in [nick, user, host].into_iter().zip(&mut ends) {
            text.extend_from_slice(part);
            *end = text.len() as u32;
        }
        text.extend_from_slice(realname);
        Self { text, ends, until }
    }

    /// Nick then.
    pub fn nick(&self) -> &[u8] {
        self.part(0, self.ends[0])
    }

    /// User name then.
    pub fn user(&self) -> &[u8] {
        self.part(self.ends[0], self.ends[1])
    }

    /// Host then.
    pub fn host(&self) -> &[u8] {
        self.part(self.ends[1], self.ends[2])
    }

    /// Real name then.
    pub fn realname(&self) -> &[u8] {
        self.part(self.ends[2], self.text.len() as u32)
    }

    fn part(&self, from: u32, to: u32) -> &[u8] {
        self.text.get(from as usize..to as usize).unwrap_or_default()
    }
}

/// The latest past nicks, bounded in number.
pub struct Whowas {
    casemap: Casemap,
    max: usize,
    past: Ranked<VecDeque<WhowasEntry>, LEAF>,
}

impl Whowas {
    /// Remembers `max` of them.
    pub fn new(casemap: Casemap, max: usize) -> Self {
        Self { casemap, max, past: Ranked::new(0, VecDeque::new()) }
    }

    /// Adds one; beyond the bound the oldest is forgotten.
    pub fn add(&self, past: WhowasEntry) {
        let mut all = self.past.lock();
        all.push_front(past);
        all.truncate(self.max);
    }

    /// All of them, the latest first.
    pub(in crate::core) fn all(&self) -> Vec<WhowasEntry> {
        self.past.lock().iter().cloned().collect()
    }

    /// Remembers these and no others, the latest first.
    pub(in crate::core) fn replace(&self, past: Vec<WhowasEntry>) {
        *self.past.lock() = past.into();
    }

    /// Those of a nick, the latest first.
    pub fn of(&self, nick: &Nick) -> Vec<WhowasEntry> {
        let nick = nick.as_str().as_bytes();
        let all = self.past.lock();
        work::charge_grains(8 * all.len());
        all.iter().filter(|past| self.casemap.is_same(past.nick(), nick)).cloned().collect()
    }
}
