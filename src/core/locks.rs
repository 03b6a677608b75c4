//! The lock order, written once and checked in debug builds.
//!
//! Channels first (several at once in ascending id), then one user's profile, then the lists of who
//! watches whom, then leaves (inboxes, WHOWAS, the registry's shards).  Downwards only: so no two
//! threads wait for one another.  A debug build keeps what each thread holds and panics on a wrong
//! order, which makes every test a deadlock test.

use std::ops::{Deref, DerefMut};

use parking_lot::{Mutex, MutexGuard};

/// The rank of channels.
pub const CHANNEL: u8 = 1;
/// The rank of a user's profile.
pub const PROFILE: u8 = 2;
/// The rank of the lists of who watches whom.
pub const WATCHES: u8 = 3;
/// The rank of locks under which nothing else is taken.
pub const LEAF: u8 = 4;

/// A value behind a lock of rank `RANK`.
#[derive(Debug)]
pub struct Ranked<T, const RANK: u8> {
    /// Orders the locks of one rank; 0 where only one of them is ever held.
    order: u64,
    lock: Mutex<T>,
}

impl<T, const RANK: u8> Ranked<T, RANK> {
    /// Wraps `value`; `order` tells it from other locks of its rank.
    pub const fn new(order: u64, value: T) -> Self {
        Self { order, lock: Mutex::new(value) }
    }

    /// Waits for the lock.  In debug builds panics when this thread holds one that comes later.
    pub fn lock(&self) -> Guard<'_, T> {
        let held = held::Held::new(RANK, self.order);
        Guard { value: self.lock.lock(), _held: held }
    }
}

/// What the lock guards, until dropped.
#[derive(Debug)]
pub struct Guard<'a, T> {
    value: MutexGuard<'a, T>,
    _held: held::Held,
}

impl<T> Deref for Guard<'_, T> {
    type Target = T;

    fn deref(&self) -> &T {
        &self.value
    }
}

impl<T> DerefMut for Guard<'_, T> {
    fn deref_mut(&mut self) -> &mut T {
        &mut self.value
    }
}

/// Notes a leaf that is locked by other means (a shard of the registry) for as long as it lives.
pub fn leaf() -> impl Drop {
    held::Held::new(LEAF, 0)
}

#[cfg(debug_assertions)]
mod held {
    use std::cell::RefCell;

    thread_local! {
        static LADDER: RefCell<Vec<(u8, u64)>> = const { RefCell::new(Vec::new()) };
    }

    #[derive(Debug)]
    pub struct Held(u8, u64);

    impl Held {
        pub fn new(rank: u8, order: u64) -> Self {
            LADDER.with_borrow_mut(|ladder| {
                if let Some(&(top, last)) = ladder.iter().max() {
                    assert!(
                        (top, last) < (rank, order),
                        "lock ladder: ({rank}, {order}) taken under ({top}, {last})"
                    );
                }
                ladder.push((rank, order));
            });
            Self(rank, order)
        }
    }

    impl Drop for Held {
        fn drop(&mut self) {
            LADDER.with_borrow_mut(|ladder| {
                if let Some(at) = ladder.iter().rposition(|&held| held == (self.0, self.1)) {
                    ladder.remove(at);
                }
            });
        }
    }
}

#[cfg(not(debug_assertions))]
mod held {
    #[derive(Debug)]
    pub struct Held;

    impl Held {
        #[inline]
        pub fn new(_rank: u8, _order: u64) -> Self {
            Self
        }
    }

    impl Drop for Held {
        #[inline]
        fn drop(&mut self) {}
    }
}

#[cfg(all(test, debug_assertions))]
mod tests {
    use super::*;

    type Channel = Ranked<(), CHANNEL>;
    type Profile = Ranked<(), PROFILE>;

    #[test]
    fn channels_in_ascending_order_and_then_a_profile_is_allowed() {
        let (a, b, p) = (Channel::new(1, ()), Channel::new(2, ()), Profile::new(0, ()));
        let _held = (a.lock(), b.lock(), p.lock(), leaf());
    }

    #[test]
    #[should_panic(expected = "lock ladder: (1, 5) taken under (1, 6)")]
    fn a_channel_under_a_later_channel_panics() {
        let (a, b) = (Channel::new(6, ()), Channel::new(5, ()));
        let _held = (a.lock(), b.lock());
    }

    #[test]
    #[should_panic(expected = "taken under (2, 0)")]
    fn a_channel_under_a_profile_panics() {
        let (p, c) = (Profile::new(0, ()), Channel::new(5, ()));
        let _held = (p.lock(), c.lock());
    }

    #[test]
    #[should_panic(expected = "taken under (2, 0)")]
    fn two_profiles_at_once_panic() {
        let (a, b) = (Profile::new(0, ()), Profile::new(0, ()));
        let _held = (a.lock(), b.lock());
    }

    #[test]
    fn what_was_dropped_is_no_longer_held() {
        let (p, c) = (Profile::new(0, ()), Channel::new(5, ()));
        drop(p.lock());
        drop(c.lock());
    }
}
