//! Whom the members of a channel see: auditorium (`+u`) and delayed join (`+D`).
//!
//! A member may have come behind a veil.  What says so is one number for whoever is looked at and one
//! for whoever looks, so that every place decides the same without asking anybody.  A veil falls and
//! is never put on again: what one has been shown, one goes on being told of.

use super::prefix::Prefixes;

/// How much of a veil a member has: [`Veil::NONE`], or the number of its coming to the channel, or
/// [`Veil::FROM_ALL`].
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Veil(u64);

/// Through which veils a member sees.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Sight(u64);

impl Veil {
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

impl Sight {
    /// Sees who has no veil.
    pub const PLAIN: Self = Self(0);
    /// Sees who has come behind a numbered veil.
    pub const RANKED: Self = Self(u64::MAX - 1);

    /// Of whoever comes with these ranks.
    pub fn of(ranks: Prefixes) -> Self {
        if ranks == Prefixes::NONE { Self::PLAIN } else { Self::RANKED }
    }

    /// Sees the first `number` of those who have come behind one: whoever had a rank until then.
    pub const fn up_to(number: u64) -> Self {
        Self(number)
    }

    /// Whether it sees a member with this veil.
    pub const fn sees(self, veil: Veil) -> bool {
        self.0 >= veil.0
    }
}
