//! The lists of masks of a channel: bans, exceptions from bans, exceptions from +i.

use super::extban::{ListMask, Who};
use super::user::User;
use crate::wire::time::Now;

/// Which list.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ListKind {
    /// `+b`
    Ban,
    /// `+e`, ISUPPORT `EXCEPTS`
    Except,
    /// `+I`, ISUPPORT `INVEX`
    Invex,
}

/// A mask with its history.
#[derive(Clone, Debug)]
pub struct Entry {
    /// Whom it means.
    pub mask: ListMask,
    /// `nick!user@host` of who set it.
    pub set_by: Box<str>,
    /// When, in seconds since 1970.
    pub set_at: u64,
    /// When it ends by itself, in milliseconds on the clock that never goes back.
    pub until: Option<u64>,
}

/// The lists of one channel.
#[derive(Debug, Default)]
pub struct Lists {
    bans: Vec<Entry>,
    excepts: Vec<Entry>,
    invex: Vec<Entry>,
}

/// Why a mask was not added.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NotAdded {
    /// An equal mask is there.
    Already,
    /// The lists together hold as many as they may.
    Full,
}

impl Lists {
    /// The entries of a list, oldest first.
    pub fn of(&self, kind: ListKind) -> &[Entry] {
        match kind {
            ListKind::Ban => &self.bans,
            ListKind::Except => &self.excepts,
            ListKind::Invex => &self.invex,
        }
    }

    fn of_mut(&mut self, kind: ListKind) -> &mut Vec<Entry> {
        match kind {
            ListKind::Ban => &mut self.bans,
            ListKind::Except => &mut self.excepts,
            ListKind::Invex => &mut self.invex,
        }
    }

    /// Adds an entry, unless an equal mask is there or the lists together hold `max`.
    pub fn add(&mut self, kind: ListKind, entry: Entry, max: usize) -> Result<(), NotAdded> {
        if let Some(old) = self.of_mut(kind).iter_mut().find(|old| old.mask == entry.mask) {
            old.mask.learn(entry.mask);
            return Err(NotAdded::Already);
        }
        if self.bans.len() + self.excepts.len() + self.invex.len() >= max {
            return Err(NotAdded::Full);
        }
        self.of_mut(kind).push(entry);
        Ok(())
    }

    /// Takes a mask off; the entry as it was.
    pub fn remove(&mut self, kind: ListKind, mask: &ListMask) -> Option<Entry> {
        let list = self.of_mut(kind);
        let at = list.iter().position(|entry| entry.mask == *mask)?;
        Some(list.remove(at))
    }

    /// Has the ban with the mask of `entry` end when that does.
    pub fn end_at(&mut self, entry: &Entry) {
        for ban in self.bans.iter_mut().filter(|ban| ban.mask == entry.mask) {
            ban.until = entry.until;
        }
    }

    /// Takes off the bans whose time is over; their masks.
    pub fn take_expired(&mut self, now: Now) -> Vec<Vec<u8>> {
        let is_over = |entry: &mut Entry| entry.until.is_some_and(|until| until <= now.monotonic);
        let over = self.bans.extract_if(.., is_over);
        over.map(|entry| entry.mask.as_bytes().to_vec()).collect()
    }

    /// When the next ban ends.
    pub fn next_end(&self) -> Option<u64> {
        self.bans.iter().filter_map(|entry| entry.until).min()
    }

    /// Whether a ban keeps the user out.  Its profile must not be held.
    pub fn keep_out(&self, user: &User) -> bool {
        self.ban(user, |ban| !ban.mutes())
    }

    /// Whether a ban keeps the user from speaking, if only that.  Its profile must not be held.
    pub fn silence(&self, user: &User) -> bool {
        self.ban(user, |_| true)
    }

    /// Whether the user may come in without an invitation.  Its profile must not be held.
    pub fn invite(&self, user: &User) -> bool {
        !self.invex.is_empty() && any(&self.invex, &Who::of(user), |_| true)
    }

    fn ban(&self, user: &User, counts: impl Fn(&ListMask) -> bool) -> bool {
        if self.bans.is_empty() {
            return false;
        }
        let who = Who::of(user);
        any(&self.bans, &who, &counts) && !any(&self.excepts, &who, &counts)
    }
}

fn any(list: &[Entry], who: &Who<'_>, counts: impl Fn(&ListMask) -> bool) -> bool {
    list.iter().any(|entry| counts(&entry.mask) && entry.mask.means(who))
}
