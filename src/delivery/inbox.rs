//! What other threads want this place's people to be told.

use std::mem;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, OnceLock};

use crate::locks::{LEAF, Ranked};
use crate::wire::event::Post;

/// Wakes the thread that reads an inbox.
pub type Bell = Box<dyn Fn() + Send + Sync>;

/// First in, first out.  Pushed to under the lock of the channel (or profile) that the event is
/// about, so that each place hears a channel's events in the channel's order.
#[derive(Default)]
pub struct Inbox {
    posts: Posts,
    /// Whether something may be in `posts`: read without the lock, once for each event that the
    /// place's own thread delivers.
    waiting: AtomicBool,
    bell: OnceLock<Bell>,
}

struct Posts(Ranked<Vec<Arc<Post<'static>>>, LEAF>);

impl Default for Posts {
    fn default() -> Self {
        Self(Ranked::new(0, Vec::new()))
    }
}

impl Inbox {
    /// Says how to wake the reader.  A second call changes nothing.
    pub fn ring_with(&self, bell: Bell) {
        // Two threads reading one inbox would be a fault in the wiring, not in what is sent.
        let _ = self.bell.set(bell);
    }

    /// Adds a post and wakes the reader unless it was woken already.
    pub fn push(&self, post: Arc<Post<'static>>) {
        let was_waiting = {
            let mut posts = self.posts.0.lock();
            posts.push(post);
            self.waiting.swap(true, Ordering::AcqRel)
        };
        if !was_waiting && let Some(bell) = self.bell.get() {
            bell();
        }
    }

    /// Whether nothing waits.  Exact for what was pushed under a lock that the caller holds or
    /// has held since.
    #[inline]
    pub fn is_empty(&self) -> bool {
        !self.waiting.load(Ordering::Acquire)
    }

    /// Takes all that waits, in order.
    pub fn take(&self) -> Vec<Arc<Post<'static>>> {
        let mut posts = self.posts.0.lock();
        self.waiting.store(false, Ordering::Release);
        mem::take(&mut posts)
    }
}
