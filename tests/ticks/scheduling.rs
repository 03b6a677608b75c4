//! A tick takes slices: nobody waits for what a crowd is told.

use super::*;

/// When everybody has been here for long, and asked for nothing.
const LATER: Now = Now { monotonic: 60_000, ..NOW };

/// A server with a channel of so many, and ann and bob in another one.
fn crowded(count: usize) -> (Server, Vec<ConnId>, ConnId, ConnId) {
    let mut server = Server::start(|_| {});
    let crowd: Vec<_> = (0..count).map(|number| server.join(&format!("user{number}"))).collect();
    let (ann, bob) = (server.join("ann"), server.join("bob"));
    let channels = crowd.iter().map(|conn| (*conn, "#crowd")).chain([(ann, "#two"), (bob, "#two")]);
    for (conn, channel) in channels {
        server.says(conn, &format!("JOIN {channel}\r\n"));
        while server.end_tick() {}
    }
    server.heard.lines.clear();
    (server, crowd, ann, bob)
}

impl Server {
    fn says_later(&mut self, conn: ConnId, text: &str) {
        self.shard.on_bytes(LATER, conn, text.as_bytes());
    }

    fn step_later(&mut self) -> bool {
        self.shard.end_tick(LATER, &mut self.heard)
    }

    /// Whoever costs as much as this is no low-cost client.
    fn talks_much(&mut self, conn: ConnId) {
        self.says_later(conn, &"PRIVMSG #crowd :much\r\n".repeat(100));
        while self.step_later() {}
        assert!(!self.shard.is_low_cost(LATER, conn));
        self.heard.lines.clear();
    }

    fn have_heard(&self, crowd: &[ConnId], what: &str) -> usize {
        let heard = |conn: &&ConnId| {
            let lines = self.heard.lines.get(conn).map(Vec::as_slice).unwrap_or_default();
            String::from_utf8_lossy(lines).contains(what)
        };
        crowd.iter().filter(heard).count()
    }
}

#[test]
fn a_newcomer_is_no_light_client_and_who_has_been_quiet_is() {
    let mut server = Server::start(|_| {});
    let ann = server.join("ann");
    assert!(!server.shard.is_low_cost(NOW, ann));
    assert!(server.shard.is_low_cost(LATER, ann));
}

#[test]
fn what_a_light_client_says_is_written_before_what_a_crowd_is_told() {
    let (mut server, crowd, ann, bob) = crowded(300);
    server.talks_much(crowd[0]);
    server.says_later(crowd[0], "PRIVMSG #crowd :to all\r\n");
    server.says_later(ann, "PRIVMSG #two :to bob\r\n");
    server.shard.go_on(LATER, &mut server.heard);
    assert_eq!(count(&server.hears(bob), "to bob"), 1);
    assert_eq!(server.have_heard(&crowd, "to all"), 0);
    while server.step_later() {}
    assert_eq!(server.have_heard(&crowd, "to all"), 299);
}

#[test]
fn what_is_told_to_a_crowd_is_written_in_steps_between_which_others_are_heard() {
    let (mut server, crowd, ann, bob) = crowded(300);
    server.talks_much(crowd[0]);
    server.says_later(crowd[0], "PRIVMSG #crowd :to all\r\n");
    assert!(server.step_later(), "there is more to write");
    let first = server.have_heard(&crowd, "to all");
    assert!((1..100).contains(&first), "{first} in the first step");
    server.says_later(ann, "PRIVMSG #two :to bob\r\n");
    assert!(server.step_later(), "there is more to write");
    assert_eq!(count(&server.hears(bob), "to bob"), 1);
    while server.step_later() {}
    assert_eq!(server.have_heard(&crowd, "to all"), 299);
}

#[test]
fn a_crowd_that_leaves_together_leaves_a_few_at_a_time_and_each_is_told_of() {
    let (mut server, crowd, ann, bob) = crowded(300);
    for conn in &crowd[1..] {
        assert!(server.shard.on_closed(*conn, Close::Gone));
        assert!(!server.shard.wants_bytes(*conn));
    }
    server.says_later(ann, "PRIVMSG #two :to bob\r\n");
    assert!(server.step_later(), "there is more to do");
    assert_eq!(count(&server.hears(bob), "to bob"), 1);
    let left = server.network.registry.users().len();
    assert!(left > 200, "{left} are left after one step");
    while server.step_later() {}
    assert_eq!(server.heard.finished.len(), 299);
    assert_eq!(count(&server.hears(crowd[0]), " QUIT "), 299);
}

#[test]
fn whoever_is_no_light_client_is_served_however_many_are() {
    let (mut server, crowd, ann, bob) = crowded(300);
    server.talks_much(crowd[0]);
    // More than a slice for each, of which one part is left for later.
    server.says_later(crowd[0], &"PRIVMSG #crowd :to all\r\n".repeat(40));
    assert!(server.shard.has_paused());
    let (mut steps, mut served) = (0, 0);
    while served < 40 {
        server.says_later(ann, &"PRIVMSG #two :to bob\r\n".repeat(60));
        server.step_later();
        served += count(&server.hears(crowd[1]), "to all");
        steps += 1;
        assert!(steps < 1000, "it is not served");
    }
    while server.step_later() {}
    assert_eq!(count(&server.hears(bob), "to bob"), 60 * steps);
}

#[test]
fn long_answers_to_many_are_written_in_steps() {
    let (mut server, crowd, ann, bob) = crowded(300);
    for conn in &crowd[..100] {
        server.says(*conn, "NAMES #crowd\r\n");
    }
    server.shard.go_on(NOW, &mut server.heard);
    let first = server.have_heard(&crowd, " 366 ");
    assert!((1..50).contains(&first), "{first} in the first step");
    server.says_later(ann, "PRIVMSG #two :to bob\r\n");
    server.shard.go_on(LATER, &mut server.heard);
    assert_eq!(count(&server.hears(bob), "to bob"), 1);
    while server.step_later() {}
    assert_eq!(server.have_heard(&crowd, " 366 "), 100);
}

#[test]
fn what_a_light_client_says_is_written_first_on_another_shard_too() {
    let [mut here, mut there] = Server::two();
    let (ann, loud, bob) = (here.join("ann"), here.join("loud"), there.join("bob"));
    let crowd: Vec<_> = (0..300).map(|number| there.join(&format!("user{number}"))).collect();
    here.says(ann, "JOIN #two\r\n");
    here.says(loud, "JOIN #crowd\r\n");
    while here.end_tick() {}
    there.says(bob, "JOIN #two\r\n");
    crowd.iter().for_each(|conn| there.says(*conn, "JOIN #crowd\r\n"));
    for server in [&mut there, &mut here] {
        server.shard.on_inbox();
        while server.end_tick() {}
    }
    here.talks_much(loud);
    there.shard.on_inbox();
    while there.step_later() {}
    there.heard.lines.clear();

    here.says_later(loud, "PRIVMSG #crowd :to all\r\n");
    here.says_later(ann, "PRIVMSG #two :to bob\r\n");
    here.shard.go_on(LATER, &mut here.heard);
    there.shard.on_inbox();
    there.shard.go_on(LATER, &mut there.heard);
    assert_eq!(count(&there.hears(bob), "to bob"), 1);
    assert_eq!(there.have_heard(&crowd, "to all"), 0);
    while there.step_later() {}
    assert_eq!(there.have_heard(&crowd, "to all"), 300);
}
