//! What NAMES shows of a long channel, kept ready while people come in crowds.
//!
//! Each of a thousand who join asks for the names of all.  To look every member up in its profile
//! for each of them takes far longer than to send what is found.

use std::ops::Range;

use memchr::memmem::Finder;

use super::channel::ChannelGuard;
use super::expiries::Expiries;
use crate::names::{Identity, UserId};
use crate::wire::prefix::Prefixes;
use crate::wire::time::Now;
use crate::wire::words;
use crate::work;

/// Members from which on a list is kept.
const LONG: usize = 64;

/// For how long a list is kept that nobody asks for, in milliseconds.  It is not made before it has
/// been asked for twice within that time.
const KEPT: u64 = 10_000;

/// Changes after which it is no longer kept up to date when nobody has asked for it in between.
const FEW: u32 = 16;

/// The names of a channel, in no order that anybody may rely on.
pub struct Listing {
    /// When it was last asked for, on the clock that never goes back.
    asked: u64,
    /// What has changed since.
    changes: u32,
    /// `@+nick!user@host ` of each member.  `None`: it has been asked for only once of late.
    text: Option<Vec<u8>>,
}

/// One member in the list.
pub struct Listed<'a> {
    /// Of its ranks, the highest first.
    pub symbols: &'a [u8],
    /// `nick!user@host`.
    pub mask: &'a [u8],
}

impl Listing {
    /// When it is to be forgotten, unless somebody asks before.
    pub fn end(&self) -> u64 {
        self.asked + KEPT
    }

    fn add(&mut self, prefixes: Prefixes, identity: &Identity) {
        if let Some(text) = &mut self.text {
            write(text, prefixes, identity);
        }
    }

    fn remove(&mut self, identity: &Identity) {
        // Searched fast, and moved.
        work::charge_grains(self.text.as_ref().map_or(0, Vec::len) / 32);
        self.changes += 1;
        if self.changes > FEW {
            self.text = None;
        }
        if let Some(text) = &mut self.text
            && let Some(place) = place(text, identity.mask().as_bytes())
        {
            text.drain(place);
        }
    }
}

impl ChannelGuard<'_> {
    /// Somebody asks for the names of all: the list is made if it is asked for often.
    pub fn keep_listing(&mut self, expiries: &Expiries, now: Now) {
        if self.member_count() < LONG {
            return;
        }
        let now = now.monotonic;
        let Some(listing) = &mut self.listing else {
            self.listing = Some(Box::new(Listing { asked: now, changes: 0, text: None }));
            return self.plan_expiry(expiries);
        };
        let is_wanted = listing.text.is_none() && now < listing.end();
        (listing.asked, listing.changes) = (now, 0);
        // Not every member sees those who have come behind a veil.
        if is_wanted && !self.members().any(|member| member.veil.get().is_on()) {
            let mut text = Vec::new();
            for member in self.members() {
                write(&mut text, member.prefixes, &member.user.profile().identity);
            }
            if let Some(listing) = &mut self.listing {
                listing.text = Some(text);
            }
        }
    }

    /// What all members see of each other, if it is kept.
    pub fn listing(&self) -> Option<impl Iterator<Item = Listed<'_>>> {
        let text = self.listing.as_ref()?.text.as_deref()?;
        Some(words(text).filter_map(|word| {
            let mask = word.iter().position(|byte| Prefixes::of_symbol(*byte).is_none())?;
            let (symbols, mask) = word.split_at_checked(mask)?;
            Some(Listed { symbols, mask })
        }))
    }

    /// Somebody has become a member.
    pub(super) fn list(&mut self, user: UserId, identity: &Identity) {
        let Some(mut listing) = self.listing.take() else { return };
        match self.member(user) {
            Some(member) if !member.veil.get().is_on() => listing.add(member.prefixes, identity),
            _ => listing.text = None,
        }
        self.listing = Some(listing);
    }

    /// Somebody is a member no longer.
    pub(super) fn unlist(&mut self, identity: &Identity) {
        if let Some(listing) = &mut self.listing {
            listing.remove(identity);
        }
    }

    /// A member has other ranks, or another identity than `before`.
    pub(super) fn relist(&mut self, user: UserId, before: &Identity, identity: &Identity) {
        self.unlist(before);
        self.list(user, identity);
    }

    /// Forgets the list when it has not been asked for in time.
    pub(super) fn forget_listing(&mut self, now: Now) {
        self.listing.take_if(|listing| listing.end() <= now.monotonic);
    }
}

fn write(out: &mut Vec<u8>, prefixes: Prefixes, identity: &Identity) {
    out.extend(prefixes.symbols(true));
    out.extend_from_slice(identity.mask().as_bytes());
    out.push(b' ');
}

/// Where a member with this mask stands, with symbols and space.
fn place(text: &[u8], mask: &[u8]) -> Option<Range<usize>> {
    // `xann!user@host` has `ann!user@host` in it too.
    Finder::new(mask).find_iter(text).find_map(|at| {
        let before = text.get(..at)?;
        let symbols = before.iter().rev().take_while(|byte| Prefixes::of_symbol(**byte).is_some());
        let start = at - symbols.count();
        let is_whole = before.get(..start)?.last().is_none_or(|byte| *byte == b' ');
        let end = at + mask.len();
        (is_whole && text.get(end) == Some(&b' ')).then_some(start..end + 1)
    })
}
