//! The lists of masks of a channel: bans, exceptions from bans, exceptions from +i.

use crate::names::Mask;

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
    pub mask: Mask,
    /// `nick!user@host` of who set it.
    pub set_by: Box<str>,
    /// When, in seconds since 1970.
    pub set_at: u64,
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
        if self.of(kind).iter().any(|old| old.mask == entry.mask) {
            return Err(NotAdded::Already);
        }
        if self.bans.len() + self.excepts.len() + self.invex.len() >= max {
            return Err(NotAdded::Full);
        }
        self.of_mut(kind).push(entry);
        Ok(())
    }

    /// Takes a mask off; the entry as it was.
    pub fn remove(&mut self, kind: ListKind, mask: &Mask) -> Option<Entry> {
        let list = self.of_mut(kind);
        let at = list.iter().position(|entry| entry.mask == *mask)?;
        Some(list.remove(at))
    }

    /// Whether a ban means `who` (`nick!user@host`) and no exception does.
    pub fn bans(&self, who: &str) -> bool {
        any(&self.bans, who) && !any(&self.excepts, who)
    }

    /// Whether `who` may come in without an invitation.
    pub fn invites(&self, who: &str) -> bool {
        any(&self.invex, who)
    }
}

fn any(list: &[Entry], who: &str) -> bool {
    list.iter().any(|entry| entry.mask.matches(who.as_bytes()))
}
