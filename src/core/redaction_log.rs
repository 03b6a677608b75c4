//! Which messages have been said of late.

use std::collections::VecDeque;

use serde::{Deserialize, Serialize};

use crate::proto::names::{EventId, UserId};

/// The latest messages of a channel with who said them, or of a user with whom they were said to:
/// as many as [`RedactionLog::note`] is told, of which the oldest goes first.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct RedactionLog(VecDeque<(EventId, UserId)>);

impl RedactionLog {
    /// Adds one, and keeps `max` of them.
    pub fn note(&mut self, id: EventId, user: UserId, max: usize) {
        while self.0.len() >= max.max(1) {
            self.0.pop_front();
        }
        if max > 0 {
            self.0.push_back((id, user));
        }
    }

    /// Whose it was.
    pub fn find(&self, id: EventId) -> Option<UserId> {
        self.0.iter().rev().find(|(known, _)| *known == id).map(|(_, user)| *user)
    }

    /// It is known no longer.
    pub fn forget(&mut self, id: EventId) {
        self.0.retain(|(known, _)| *known != id);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_so_many_are_known_and_none_that_was_taken_back() {
        let mut recent = RedactionLog::default();
        let user = UserId::from_u64(1);
        let given: Vec<_> = (0..5).map(EventId::from_u64).collect();
        for id in &given {
            recent.note(*id, user, 3);
        }
        let known: Vec<_> = given.iter().map(|id| recent.find(*id).is_some()).collect();
        assert_eq!(known, [false, false, true, true, true]);
        recent.forget(given[3]);
        assert_eq!(recent.find(given[3]), None);
        recent.note(given[0], user, 0);
        assert_eq!(recent.find(given[0]), None);
    }
}
