//! The one place where these tests wait.

use std::{
    thread,
    time::{Duration, Instant},
};

/// How long a foreign program may take to show what it was sent.
pub const PATIENCE: Duration = Duration::from_secs(20);

const POLL: Duration = Duration::from_millis(20);

/// Asks `check` until it answers, and returns the answer; `None` after [`PATIENCE`].
///
/// Elsewhere a test knows that all has arrived because its PING was answered.  A program made
/// for people gives no such sign: it shows a line when it has drawn it or written it to its
/// log, so the only thing to do is to look again.
pub fn wait_for<T>(check: impl FnMut() -> Option<T>) -> Option<T> {
    wait_until(Instant::now() + PATIENCE, check)
}

fn wait_until<T>(deadline: Instant, mut check: impl FnMut() -> Option<T>) -> Option<T> {
    loop {
        if let Some(answer) = check() {
            return Some(answer);
        }
        if Instant::now() >= deadline {
            return None;
        }
        thread::sleep(POLL);
    }
}

#[test]
fn waiting_ends_with_the_answer_or_at_the_deadline() {
    let mut asked = 0;
    let third = wait_until(Instant::now() + PATIENCE, || {
        asked += 1;
        (asked == 3).then_some("here")
    });
    assert_eq!(third, Some("here"));
    assert_eq!(wait_until(Instant::now(), || None::<()>), None);
}
