//! What a channel remembers of users for a while, whether they are members or have left: messages
//! under `+W`, kicks under `+J`.
//!
//! A user is known by its id, under whatever nick; whoever connects again is another user.

use std::collections::{BTreeMap, HashMap};

use foldhash::fast::FixedState;

use crate::core::shrink::Shrink;
use crate::proto::names::UserId;

/// Users of whom something is remembered at most: past that, those are forgotten for whom it no
/// longer counts, and if there are none, all.
pub const MOST_REMEMBERED: usize = 65_536;

/// Entries below which nothing is looked through.
const FEW: usize = 64;

/// Something of users, each with an end of its own.
#[derive(Debug)]
pub struct Remembered<T> {
    of: HashMap<UserId, T, FixedState>,
    /// How many there are when they are next looked through: so that each costs little.
    look_at: usize,
}

impl<T> Default for Remembered<T> {
    fn default() -> Self {
        Self { of: HashMap::default(), look_at: FEW }
    }
}

impl<T: Copy> Remembered<T> {
    /// What is remembered, by user, and when it is next looked through.
    pub(in crate::core) fn parts(&self) -> (BTreeMap<UserId, T>, usize) {
        let Self { of, look_at } = self;
        (of.iter().map(|(user, one)| (*user, *one)).collect(), *look_at)
    }

    /// Of such parts.
    pub(in crate::core) fn of_parts(of: &BTreeMap<UserId, T>, look_at: usize) -> Self {
        Self { of: of.iter().map(|(user, one)| (*user, *one)).collect(), look_at }
    }
}

impl<T: Default> Remembered<T> {
    /// What is remembered of a user; it may have ended.
    pub fn of(&self, user: UserId) -> Option<&T> {
        self.of.get(&user)
    }

    /// The same, to be changed; `is_over` says what need not be remembered any longer.
    pub fn of_mut(&mut self, user: UserId, is_over: impl Fn(&T) -> bool) -> &mut T {
        if self.of.len() >= self.look_at && !self.of.contains_key(&user) {
            self.of.retain(|_, one| !is_over(one));
            if self.of.len() >= MOST_REMEMBERED {
                self.of.clear();
            }
            self.of.shrink();
            self.look_at = (2 * self.of.len()).clamp(FEW, MOST_REMEMBERED);
        }
        self.of.entry(user).or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn user(number: usize) -> UserId {
        UserId::from_u64(number as u64)
    }

    #[test]
    fn what_is_over_is_forgotten_and_what_is_not_is_kept() {
        let mut lately: Remembered<u64> = Remembered::default();
        for number in 0..10_000 {
            *lately.of_mut(user(number), |until| *until < number as u64) = number as u64 + 10;
            assert!(lately.of.len() <= FEW, "{} after {number}", lately.of.len());
            assert!(lately.of(user(number.saturating_sub(9))).is_some());
        }
    }

    #[test]
    fn there_are_never_more_than_a_bound() {
        let mut lately: Remembered<u64> = Remembered::default();
        for number in 0..MOST_REMEMBERED + 1 {
            lately.of_mut(user(number), |_| false);
        }
        assert_eq!(lately.of.len(), 1);
    }
}
