//! What other threads want this shard's people to be told.

use std::mem;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, OnceLock};

use crate::core::locks::{LEAF, Ranked};
use crate::proto::event::Post;

/// Posts beyond which an inbox is full: shards that push to it then read no further of their
/// clients until it has been emptied, so that it holds at most these and what one read of each
/// other shard has led to.  Nothing is ever refused: what a client was let say is told.
pub const FULL: usize = 1024;

/// Wakes the thread that reads an inbox.
pub type Waker = Box<dyn Fn() + Send + Sync>;

/// First in, first out.  Pushed to under the lock of the channel (or profile) that the event is
/// about, so that each shard hears a channel's events in the channel's order.
pub struct Inbox {
    queue: Ranked<Queue, LEAF>,
    /// The length of the queue: read without the lock, once for each event that the shard's own
    /// thread delivers.
    count: AtomicUsize,
    waker: OnceLock<Waker>,
}

/// What waits in an inbox.
pub struct Waiting {
    /// What has happened.
    pub post: Arc<Post>,
    /// Whether it is told before the rest of a tick.
    pub priority: bool,
}

#[derive(Default)]
struct Queue {
    posts: Vec<Waiting>,
    /// The shards to wake once there is room.
    waiting: Vec<Arc<Inbox>>,
}

impl Default for Inbox {
    fn default() -> Self {
        let queue = Ranked::new(0, Queue::default());
        Self { queue, count: AtomicUsize::new(0), waker: OnceLock::new() }
    }
}

impl Inbox {
    /// Says how to wake the reader.  A second call changes nothing.
    pub fn set_waker(&self, waker: Waker) {
        // Two threads reading one inbox would be a fault in the wiring, not in what is sent.
        let _ = self.waker.set(waker);
    }

    /// Wakes the reader.
    pub fn wake(&self) {
        if let Some(waker) = self.waker.get() {
            waker();
        }
    }

    /// Adds a post; whether there was none before, so that the reader is to be woken by
    /// [`Inbox::wake`].
    #[must_use]
    pub fn push(&self, post: Arc<Post>, priority: bool) -> bool {
        let mut queue = self.queue.lock();
        queue.posts.push(Waiting { post, priority });
        let count = queue.posts.len();
        self.count.store(count, Ordering::Release);
        count == 1
    }

    /// Whether nothing waits.  Exact for what was pushed under a lock that the caller holds or
    /// has held since.
    #[inline]
    pub fn is_empty(&self) -> bool {
        self.count.load(Ordering::Acquire) == 0
    }

    /// Whether it is full; if so, `who` is woken when it no longer is.
    pub fn is_full_for(&self, who: &Arc<Inbox>) -> bool {
        if self.count.load(Ordering::Acquire) < FULL {
            return false;
        }
        let mut queue = self.queue.lock();
        let full = queue.posts.len() >= FULL;
        if full && !queue.waiting.iter().any(|waiting| Arc::ptr_eq(waiting, who)) {
            queue.waiting.push(Arc::clone(who));
        }
        full
    }

    /// Takes all that waits, in order, and wakes those who have waited for room.
    pub fn take(&self) -> Vec<Waiting> {
        let Queue { posts, waiting } = {
            let mut queue = self.queue.lock();
            self.count.store(0, Ordering::Release);
            mem::take(&mut *queue)
        };
        for shard_id in waiting {
            shard_id.wake();
        }
        posts
    }
}

#[cfg(test)]
mod tests {

    use super::*;
    use crate::proto::event::{Body, Event, Scope, Source};
    use crate::proto::names::{EventId, Identity, Nick, UserId};
    use crate::proto::time::Moment;

    fn post() -> Arc<Post> {
        let user = UserId::from_u64(1);
        let nick = Nick::parse(b"alice", 9).expect("a nick");
        let identity = Arc::new(Identity::new(nick, "a", "h"));
        let source = Source { user, identity };
        let (id, body) = (EventId::NONE, Body::Away { text: None });
        let event = Event { id, source, time: Moment::default(), body };
        Arc::new(Post { scope: Scope::User(user), payload: event.into() })
    }

    fn counted(inbox: &Inbox) -> Arc<AtomicUsize> {
        let wakes = Arc::new(AtomicUsize::new(0));
        let count = Arc::clone(&wakes);
        inbox.set_waker(Box::new(move || _ = count.fetch_add(1, Ordering::Relaxed)));
        wakes
    }

    #[test]
    fn the_reader_is_to_be_woken_once_for_all_that_waits() {
        let inbox = Inbox::default();
        assert!(inbox.push(post(), false));
        assert!(!inbox.push(post(), false));
        assert_eq!(inbox.take().len(), 2);
        assert!(inbox.is_empty());
        assert!(inbox.push(post(), false));
    }

    #[test]
    fn who_finds_an_inbox_full_is_woken_when_it_has_room() {
        let (inbox, who) = (Inbox::default(), Arc::new(Inbox::default()));
        let wakes = counted(&who);
        for _ in 0..FULL {
            assert!(!inbox.is_full_for(&who));
            let _ = inbox.push(post(), false);
        }
        assert!(inbox.is_full_for(&who));
        assert!(inbox.is_full_for(&who));
        inbox.take();
        assert_eq!(wakes.load(Ordering::Relaxed), 1);
        assert!(!inbox.is_full_for(&who));
    }
}
