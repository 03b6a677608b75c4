//! What NAMES shows of a long channel, kept ready while people come in crowds.
//!
//! Each of a thousand who join asks for the names of all.  To look every member up in its profile
//! for each of them takes far longer than to send what is found.

use std::ops::Range;

use memchr::memmem::Finder;

use crate::proto::names::Identity;
use crate::proto::prefix::Prefixes;
use crate::work;

/// Members from which on a list is kept.
pub(super) const LONG: usize = 64;

/// For how long a list is kept that nobody asks for, in milliseconds.  It is not made before it has
/// been asked for twice within that time.
const KEPT: u64 = 10_000;

/// Changes after which it is no longer kept up to date when nobody has asked for it in between.
const FEW: u32 = 16;

/// The names of a channel, in no order that anybody may rely on.
pub struct NamesCache {
    /// When it was last asked for.
    pub(super) asked: u64,
    /// What has changed since.
    pub(super) changes: u32,
    /// `@+nick!user@host ` of each member.  `None`: it has been asked for only once of late.
    pub(super) text: Option<Vec<u8>>,
}

/// One member in the list.
pub struct Listed<'a> {
    /// Of its ranks, the highest first.
    pub symbols: &'a [u8],
    /// `nick!user@host`.
    pub mask: &'a [u8],
}

impl NamesCache {
    /// When it is to be forgotten, unless somebody asks before.
    pub fn end(&self) -> u64 {
        self.asked + KEPT
    }

    pub(super) fn add(&mut self, prefixes: Prefixes, identity: &Identity) {
        if let Some(text) = &mut self.text {
            write(text, prefixes, identity);
        }
    }

    pub(super) fn remove(&mut self, identity: &Identity) {
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

pub(super) fn write(out: &mut Vec<u8>, prefixes: Prefixes, identity: &Identity) {
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
