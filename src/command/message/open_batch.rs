//! The batch that a client has begun, and those that were refused (IRCv3 client-batch).

use std::collections::VecDeque;

use crate::delivery::Labelled;
use crate::proto::event::{Line, MessageKind};
use crate::proto::tags::ClientOnly;
use crate::proto::time::Moment;

/// How long a batch may stay open (client-batch, "Errors").
const OPEN_MS: u64 = 60_000;

/// How many names of refused batches are remembered for a client, the latest ones.
const MOST_REFUSED: usize = 8;

/// The batches of a client.
#[derive(Default)]
pub struct Batches {
    /// The one that is open.
    pub(super) open: Option<OpenBatch>,
    /// Names of those that were refused and have not been ended: what comes of them is passed over.
    pub(super) refused: VecDeque<Box<[u8]>>,
}

/// A batch that a client has begun.  Holds at most the bytes and lines that a message may have.
pub(super) struct OpenBatch {
    pub(super) name: Vec<u8>,
    pub(super) target: Vec<u8>,
    /// The client-only tags of the line that began it.
    pub(super) tags: ClientOnly,
    /// What the label of that line asks for.
    pub(super) answer: Option<Box<Labelled>>,
    pub(super) kind: Option<MessageKind>,
    pub(super) lines: Vec<Line>,
    pub(super) bytes: usize,
    pub(super) began: Moment,
}

impl Batches {
    /// Whether one has been open for too long.
    pub fn is_late(&self, now: Moment) -> bool {
        self.open.as_ref().is_some_and(|batch| now.since(batch.began) >= OPEN_MS)
    }

    pub(super) fn refuse(&mut self, name: &[u8]) {
        self.forget(name);
        if self.refused.len() == MOST_REFUSED {
            self.refused.pop_front();
        }
        self.refused.push_back(name.into());
    }

    /// Whether a batch of that name was refused and is not ended.
    pub(super) fn is_refused(&self, name: &[u8]) -> bool {
        self.refused.iter().any(|refused| **refused == *name)
    }

    /// Forgets a refused batch; whether there was one.
    pub(super) fn forget(&mut self, name: &[u8]) -> bool {
        let at = self.refused.iter().position(|refused| **refused == *name);
        at.and_then(|at| self.refused.remove(at)).is_some()
    }
}
