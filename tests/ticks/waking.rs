//! When one shard wakes another.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use crate::Server;

#[test]
fn another_shard_is_woken_once_a_turn_and_when_the_turn_ends() {
    let [mut here, mut there] = Server::two();
    let (ann, bob) = (here.join("ann"), there.join("bob"));
    here.says(ann, "JOIN #pond\r\n");
    here.end_tick();
    there.says(bob, "JOIN #pond\r\n");
    there.end_tick();
    there.shard.on_inbox();
    there.end_tick();
    there.hears(bob);

    let wakes = Arc::new(AtomicUsize::new(0));
    let count = Arc::clone(&wakes);
    let inbox = there.shard.inbox().expect("its inbox");
    inbox.set_waker(Box::new(move || _ = count.fetch_add(1, Ordering::Relaxed)));
    here.shard.on_inbox();
    here.says(ann, "PRIVMSG #pond :one\r\nPRIVMSG #pond :two\r\n");
    assert_eq!(wakes.load(Ordering::Relaxed), 0);
    here.end_tick();
    assert_eq!(wakes.load(Ordering::Relaxed), 1);
    there.shard.on_inbox();
    there.end_tick();
    assert_eq!(there.hears(bob).matches("PRIVMSG #pond").count(), 2);
}
