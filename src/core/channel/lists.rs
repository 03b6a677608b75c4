//! The lists of masks of a channel: bans, exceptions from bans, exceptions from +i.

use std::cell::RefCell;
use std::collections::HashMap;

use foldhash::fast::FixedState;

use crate::core::channel::extban::{ListMask, Names, Who};
use crate::core::modes::ListKind;
use crate::core::user::User;
use crate::proto::names::{Casemap, UserId};
use crate::proto::time::Moment;
use crate::work;

/// Users of whom a channel remembers what its lists say; when one more comes, all are forgotten.
const REMEMBERED: usize = 1024;

/// A mask with its history.
#[derive(Clone, Debug)]
pub struct Entry {
    /// Whom it means.
    pub mask: ListMask,
    /// `nick!user@host` of who set it.
    pub set_by: Box<str>,
    /// When, in seconds since 1970.
    pub set_at: u64,
    /// When it ends by itself, in milliseconds since 1970.
    pub until: Option<u64>,
}

/// The lists of one channel.
#[derive(Debug, Default)]
pub struct Lists {
    bans: Vec<Entry>,
    excepts: Vec<Entry>,
    invex: Vec<Entry>,
    /// What was found of whom, since the lists last changed.
    #[expect(
        clippy::box_collection,
        reason = "most channels have no lists: a pointer is enough for them"
    )]
    found: RefCell<Option<Box<HashMap<UserId, Verdicts, FixedState>>>>,
}

/// What the lists were asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Question {
    KeepsOut,
    Silences,
    Invites,
}

/// What was found of a user under these names, for each question that was asked.
#[derive(Debug)]
struct Verdicts {
    names: Names,
    answers: [Option<bool>; 3],
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
        work::charge_grains(self.of(kind).len());
        if let Some(old) = self.of_mut(kind).iter_mut().find(|old| old.mask == entry.mask) {
            old.mask.learn(entry.mask);
            return Err(NotAdded::Already);
        }
        if self.bans.len() + self.excepts.len() + self.invex.len() >= max {
            return Err(NotAdded::Full);
        }
        self.of_mut(kind).push(entry);
        self.found.take();
        Ok(())
    }

    /// Takes a mask off; the entry as it was.
    pub fn remove(&mut self, kind: ListKind, mask: &ListMask) -> Option<Entry> {
        work::charge_grains(self.of(kind).len());
        let list = self.of_mut(kind);
        let at = list.iter().position(|entry| entry.mask == *mask)?;
        let removed = list.remove(at);
        self.found.take();
        Some(removed)
    }

    /// Has the ban with the mask of `entry` end when that does.
    pub fn end_at(&mut self, entry: &Entry) {
        for ban in self.bans.iter_mut().filter(|ban| ban.mask == entry.mask) {
            ban.until = entry.until;
        }
    }

    /// Takes off the bans whose time is over; their masks.
    pub fn take_expired(&mut self, now: Moment) -> Vec<Vec<u8>> {
        let is_over = |entry: &mut Entry| entry.until.is_some_and(|until| until <= now.ms());
        let over = self.bans.extract_if(.., is_over);
        let over: Vec<_> = over.map(|entry| entry.mask.as_bytes().to_vec()).collect();
        if !over.is_empty() {
            self.found.take();
        }
        over
    }

    /// When the next ban ends.
    pub fn next_end(&self) -> Option<u64> {
        self.bans.iter().filter_map(|entry| entry.until).min()
    }

    /// Whether a ban keeps the user out.  Its profile must not be held.
    pub fn keep_out(&self, user: &User) -> bool {
        !self.bans.is_empty() && self.ask(user, Question::KeepsOut)
    }

    /// Whether a ban keeps the user from speaking, if only that.  Its profile must not be held.
    pub fn silence(&self, user: &User) -> bool {
        !self.bans.is_empty() && self.ask(user, Question::Silences)
    }

    /// Whether the user may come in without an invitation.  Its profile must not be held.
    pub fn invite(&self, user: &User) -> bool {
        !self.invex.is_empty() && self.ask(user, Question::Invites)
    }

    /// Forgets what was found of a user.
    pub fn forget(&mut self, user: UserId) {
        if let Some(found) = self.found.get_mut() {
            found.remove(&user);
        }
    }

    /// What was found before, as long as neither the user's names nor the lists have changed.
    fn ask(&self, user: &User, question: Question) -> bool {
        let names = Names::of(user);
        work::charge_grains(8);
        if let Some(answer) = self.remembered(user.id, &names, question) {
            return answer;
        }
        let answer = self.find(&Who::of(user, &names, self.casemap()), question);
        if !self.look_at_channels(question) {
            self.remember(user.id, names, question, answer);
        }
        answer
    }

    fn find(&self, who: &Who<'_>, question: Question) -> bool {
        work::charge(4);
        let counts = |mask: &ListMask| question == Question::Silences || !mask.mutes();
        match question {
            Question::Invites => any(&self.invex, who, |_| true),
            _ => any(&self.bans, who, counts) && !any(&self.excepts, who, counts),
        }
    }

    /// Whether the answer may change although the user's names and the lists do not.
    fn look_at_channels(&self, question: Question) -> bool {
        let lists = match question {
            Question::Invites => [&self.invex, &self.invex],
            _ => [&self.bans, &self.excepts],
        };
        lists.into_iter().flatten().any(|entry| entry.mask.looks_at_channels())
    }

    fn remembered(&self, user: UserId, names: &Names, question: Question) -> Option<bool> {
        let found = self.found.borrow();
        let found = found.as_ref()?.get(&user).filter(|found| found.names.are_still(names))?;
        found.answers.get(question as usize).copied().flatten()
    }

    fn remember(&self, user: UserId, names: Names, question: Question, answer: bool) {
        let mut found = self.found.borrow_mut();
        let found = found.get_or_insert_default();
        if found.len() >= REMEMBERED && !found.contains_key(&user) {
            found.clear();
        }
        let of_user = found
            .entry(user)
            .or_insert_with(|| Verdicts { names: names.clone(), answers: [None; 3] });
        if !of_user.names.are_still(&names) {
            *of_user = Verdicts { names, answers: [None; 3] };
        }
        if let Some(slot) = of_user.answers.get_mut(question as usize) {
            *slot = Some(answer);
        }
    }

    fn casemap(&self) -> Casemap {
        let first = self.bans.first().or(self.invex.first());
        first.map_or(Casemap::default(), |entry| entry.mask.casemap())
    }
}

fn any(list: &[Entry], who: &Who<'_>, counts: impl Fn(&ListMask) -> bool) -> bool {
    list.iter().any(|entry| counts(&entry.mask) && entry.mask.means(who))
}
