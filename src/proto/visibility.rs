//! Whom the members of a channel see: auditorium (`+u`) and delayed join (`+D`).
//!
//! A member may have joined hidden.  What says so is one number for whoever is looked at and one
//! for whoever looks, so that every shard decides the same without asking anybody.  A member is revealed and
//! is never put on again: what one has been shown, one goes on being told of.

use serde::{Deserialize, Serialize};

use crate::proto::prefix::Prefixes;

/// How hidden a member is: [`Visibility::NONE`], or the number of its coming to the channel, or
/// [`Visibility::FROM_ALL`].
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Visibility(u64);

/// Which hidden members a member sees.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct View(u64);

impl Visibility {
    /// Everybody sees it.
    pub const NONE: Self = Self(0);
    /// Nobody but itself does.
    pub const FROM_ALL: Self = Self(u64::MAX);

    /// Those who have a rank see it, being the `number`th who came so; from 1.
    pub const fn numbered(number: u64) -> Self {
        Self(number)
    }

    /// Whether there is one.
    pub const fn is_on(self) -> bool {
        self.0 != 0
    }
}

impl View {
    /// Sees who is not hidden.
    pub const PLAIN: Self = Self(0);
    /// Sees who has joined hidden.
    pub const RANKED: Self = Self(u64::MAX - 1);

    /// Of whoever comes with these ranks.
    pub fn of(ranks: Prefixes) -> Self {
        if ranks == Prefixes::NONE { Self::PLAIN } else { Self::RANKED }
    }

    /// Sees the first `number` of those who have come behind one: whoever had a rank until then.
    pub const fn up_to(number: u64) -> Self {
        Self(number)
    }

    /// Whether it sees a member of this visibility.
    pub const fn sees(self, visibility: Visibility) -> bool {
        self.0 >= visibility.0
    }
}
