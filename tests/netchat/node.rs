//! What a node makes of odd input, and its bounds.

use crate::{checker::Checker, link};
use pipewright::gateway::netchat::{
    BadLine, Limits, MAX_DATES, MAX_ID, MAX_LINE, News, Node, PATIENCE_MS, Refused, SiteId,
};

fn node() -> Node {
    let mut node = Node::new("home", 1, Limits::default());
    node.join("home").unwrap();
    node
}

fn public(id: u64, sender: &str, text: &str, clock: &str) -> String {
    let (sender, text) = (serde_json::json!(sender), serde_json::json!(text));
    format!(
        r#"{{"id":{id},"sender_id":{sender},"header":{{"Public":{text}}},"clock":{{{clock}}}}}"#
    )
}

#[test]
fn ids_above_2_to_the_53_are_told_apart() {
    let (mut node, mut checker) = (node(), Checker::default());
    for id in [(1 << 53) + 1, 1 << 53, u64::MAX, u64::MAX - 1] {
        let line = public(id, "a", "x", r#""a":1"#);
        checker.read(&line);
        let heard = node.receive(link(0), line.as_bytes()).unwrap();
        checker.wrote(&heard.relay.unwrap());
        assert_eq!(node.receive(link(0), line.as_bytes()).unwrap().relay, None);
    }
}

#[test]
fn any_string_is_a_site_and_any_text_is_relayed_as_it_came() {
    let (mut node, mut checker) = (node(), Checker::default());
    let odd = ["", "a b", "a\nb", "\u{0}\u{1b}[2J", "oper", "é😀", &"x".repeat(1000)];
    for (sender, id) in odd.iter().zip(1..) {
        for (text, more) in odd.iter().zip(1..) {
            let line = public(id * 100 + more, sender, text, "");
            checker.read(&line);
            let heard = node.receive(link(0), line.as_bytes()).unwrap();
            checker.wrote(&heard.relay.unwrap());
            let said = News::Public { from: (*sender).into(), text: (*text).to_owned() };
            assert_eq!(heard.news.last(), Some(&said));
        }
    }
}

#[test]
fn a_refused_line_changes_nothing() {
    let mut node = node();
    let before = node.clock().clone();
    let many: Vec<_> = (0..1_000_000).map(|number| format!(r#""{number}":1"#)).collect();
    let entries = (0..=MAX_DATES).map(|number| format!(r#""{number}":1"#)).collect::<Vec<_>>();
    for (line, why) in [
        ("{".to_owned(), BadLine::NotJson { column: 1 }),
        (public(1, "a", "", &many.join(",")), BadLine::TooLong),
        (public(1, "a", &"x".repeat(10 << 20), ""), BadLine::TooLong),
        (public(1, "a", "", &entries.join(",")), BadLine::TooManyDates { entries: MAX_DATES + 1 }),
        (public(1, &"x".repeat(MAX_ID + 1), "", ""), BadLine::IdTooLong),
        (public(1, "a", "", r#""home":18446744073709551615"#), BadLine::DateTooLate),
    ] {
        assert_eq!(node.receive(link(0), line.as_bytes()), Err(why));
    }
    assert_eq!(*node.clock(), before);
    let fine = public(1, "a", &"x".repeat(MAX_LINE - 100), "");
    assert!(node.receive(link(0), fine.as_bytes()).unwrap().relay.is_some());
}

#[test]
fn a_clock_that_is_full_refuses_strangers_and_serves_the_rest() {
    let mut node = node();
    let entries: Vec<_> = (1..MAX_DATES).map(|number| format!(r#""{number}":1"#)).collect();
    node.receive(link(0), public(1, "7", "", &entries.join(",")).as_bytes()).unwrap();
    let stranger = public(2, "stranger", "", "");
    assert_eq!(node.receive(link(0), stranger.as_bytes()), Err(BadLine::ClockFull));
    assert_eq!(node.join("guest"), Err(Refused::Full));
    let known = node.receive(link(0), public(2, "8", "", r#""9":5,"stranger":1"#).as_bytes());
    assert!(known.unwrap().relay.is_some());
    assert_eq!((node.clock().get("9"), node.clock().get("stranger")), (Some(5), None));
}

#[test]
fn an_answer_has_what_a_real_peer_needs_though_what_was_saved_is_older_than_the_requester() {
    let (mut node, mut checker) = (node(), Checker::default());
    node.public("home", "before anybody came").unwrap();
    node.join("guest").unwrap();
    node.public("guest", "hello").unwrap();
    let request =
        r#"{"id":5,"sender_id":"late","header":{"SnapshotRequest":"late"},"clock":{"late":3}}"#;
    let heard = node.receive(link(0), request.as_bytes()).unwrap();
    assert_eq!(heard.news.last(), Some(&News::Asked { by: "late".into() }));
    let answers: Vec<_> = std::iter::from_fn(|| node.answer()).collect();
    assert_eq!(answers.len(), 2);
    for answer in &answers {
        checker.wrote(answer);
        assert!(answer.contains(r#""late":0"#), "{answer}");
    }
}

#[test]
fn an_answer_of_others_that_would_make_the_requester_panic_is_relayed_without_that() {
    let (mut node, mut checker) = (node(), Checker::default());
    let answer = r#"{"id":6,"sender_id":"b","header":{"SnapshotResponse":["c",[{"id":7,"sender_id":"b","header":{"Public":"early"},"clock":{"b":1}}]]},"clock":{}}"#;
    checker.read(answer);
    let relay = node.receive(link(0), answer.as_bytes()).unwrap().relay.unwrap();
    checker.wrote(&relay);
    assert!(relay.contains(r#""clock":{"b":1,"c":0}"#), "{relay}");
}

#[test]
fn an_answer_that_would_grow_past_the_limit_is_refused() {
    let mut node = node();
    let answer = |saved: usize| {
        let held = vec![r#"{"id":7,"sender_id":"b","header":{"Public":""},"clock":{}}"#; saved];
        let (long, held) = ("x".repeat(MAX_ID), held.join(","));
        format!(
            r#"{{"id":{saved},"sender_id":"b","header":{{"SnapshotResponse":["{long}",[{held}]]}},"clock":{{}}}}"#
        )
    };
    let relay = node.receive(link(0), answer(900).as_bytes()).unwrap().relay.unwrap();
    assert!((MAX_LINE / 2..MAX_LINE).contains(&relay.len()), "{}", relay.len());
    assert_eq!(node.receive(link(0), answer(1_100).as_bytes()), Err(BadLine::TooLong));
}

#[test]
fn a_date_close_to_the_last_leaves_a_node_room_to_go_on() {
    let mut node = node();
    let late = public(1, "a", "", &format!(r#""home":{}"#, (1_u64 << 63) - 1));
    let mut lines = vec![node.receive(link(0), late.as_bytes()).unwrap().relay.unwrap()];
    lines.extend((0..3).map(|_| node.public("home", "still here").unwrap()));
    let mut checker = Checker::default();
    let mut other = Node::new("other", 2, Limits::default());
    for line in lines {
        checker.wrote(&line);
        assert!(other.receive(link(0), line.as_bytes()).unwrap().relay.is_some());
    }
}

#[test]
fn a_snapshot_ends_after_five_seconds_and_names_who_did_not_answer() {
    let mut node = node();
    node.receive(link(0), public(1, "mute", "", r#""mute":1,"gone":4"#).as_bytes()).unwrap();
    node.ask_for_snapshot("home", 1_000).unwrap();
    assert_eq!(node.ask_for_snapshot("home", 1_000), Err(Refused::Collecting));
    assert_eq!(node.snapshot_deadline(), Some(1_000 + PATIENCE_MS));
    assert_eq!(node.finished_snapshot(5_999), None);
    let snapshot = node.finished_snapshot(6_000).unwrap();
    assert_eq!(snapshot.missing, ["gone".into(), "mute".into()]);
    assert_eq!(node.finished_snapshot(6_000), None);
    let late = r#"{"id":9,"sender_id":"mute","header":{"SnapshotResponse":["home",[]]},"clock":{"mute":2}}"#;
    assert!(node.receive(link(0), late.as_bytes()).unwrap().relay.is_some());
    assert_eq!(node.finished_snapshot(9_000), None);
}

#[test]
fn what_a_site_saves_is_bounded_and_the_oldest_goes() {
    let limits = Limits { saved_bytes: 1_000, ..Limits::default() };
    let mut node = Node::new("home", 1, limits);
    node.join("home").unwrap();
    for number in 0..100 {
        node.public("home", &format!("message {number}")).unwrap();
    }
    node.public("home", &"x".repeat(2_000)).unwrap();
    node.ask_for_snapshot("home", 0).unwrap();
    let snapshot = node.finished_snapshot(0).unwrap();
    let json = snapshot.to_json();
    assert!(json.contains("message 99") && !json.contains("message 80"), "{json}");
    assert!(!json.contains("xx"));
}

#[test]
fn the_site_that_left_first_makes_room_for_a_new_one_and_home_never_does() {
    let mut node = Node::new("home", 1, Limits { sites: 3, ..Limits::default() });
    for site in ["a", "b"] {
        node.join(site).unwrap();
    }
    assert_eq!(node.join("c"), Err(Refused::Full));
    node.leave("b").unwrap();
    node.leave("a").unwrap();
    node.join("c").unwrap();
    assert_eq!(node.leave("b"), Err(Refused::NotHere));
    node.join("a").unwrap();
    assert_eq!(node.join("d"), Err(Refused::Full));
    assert!(node.is_here("a") && node.is_here("c") && !node.is_here("b"));
    assert_eq!(node.join("a"), Err(Refused::HereAlready));
}

#[test]
fn a_site_that_speaks_without_having_come_is_there_and_a_second_coming_is_told() {
    let mut node = node();
    let joined = |again| News::Joined { site: "a".into(), again };
    let heard = node.receive(link(0), public(1, "a", "hi", "").as_bytes()).unwrap();
    assert_eq!(heard.news[0], joined(false));
    let line = |id, header: &str| {
        format!(r#"{{"id":{id},"sender_id":"a","header":{header},"clock":{{"a":1}}}}"#)
    };
    let connection = line(2, r#""Connection""#);
    let heard = node.receive(link(1), connection.as_bytes()).unwrap();
    assert_eq!(heard.news.as_slice(), [joined(true)]);
    assert_eq!(node.lose(link(0)), []);
    assert_eq!(node.lose(link(1)), ["a".into()]);
    let leaves = line(3, r#""Disconnection""#);
    assert!(node.receive(link(0), leaves.as_bytes()).unwrap().news.is_empty());
}

#[test]
fn private_words_for_others_are_relayed_unseen() {
    let mut node = node();
    let line = r#"{"id":1,"sender_id":"a","header":{"Private":["b","secret"]},"clock":{"a":1}}"#;
    let heard = node.receive(link(0), line.as_bytes()).unwrap();
    assert!(heard.relay.unwrap().contains(r#"{"Private":["b","secret"]}"#));
    assert_eq!(heard.news.as_slice(), [News::Joined { site: "a".into(), again: false }]);
    node.ask_for_snapshot("home", 0).unwrap();
    assert!(!node.finished_snapshot(9_000).unwrap().to_json().contains("secret"));
}

#[test]
fn our_own_words_from_before_a_crash_bring_nobody() {
    let mut node = node();
    let line = r#"{"id":1,"sender_id":"home","header":"Connection","clock":{"home":41}}"#;
    let heard = node.receive(link(0), line.as_bytes()).unwrap();
    assert!(heard.news.is_empty() && heard.relay.is_some());
    assert!(node.clock().get("home") >= Some(41), "dates go on from there");
}

/// Two links; alice has spoken on the first, and bob on the second, who passes on what he reads.
fn two_links() -> Node {
    let mut node = node().answering_for_absent(9);
    let said = public(1, "alice", "hello", r#""alice":1"#);
    let relay = node.receive(link(0), said.as_bytes()).unwrap().relay.unwrap();
    node.receive(link(1), public(2, "bob", "hi", r#""bob":1"#).as_bytes()).unwrap();
    assert_eq!(node.receive(link(1), relay.as_bytes()).unwrap().relay, None, "bob passes it on");
    node
}

fn names(sites: &[SiteId]) -> Vec<&str> {
    sites.iter().map(SiteId::as_str).collect()
}

fn answer(id: u64, sender: &str, to: &str) -> String {
    format!(
        r#"{{"id":{id},"sender_id":"{sender}","header":{{"SnapshotResponse":["{to}",[]]}},"clock":{{"{sender}":9}}}}"#
    )
}

#[test]
fn what_a_neighbour_passes_on_is_no_sign_that_its_sender_lives() {
    assert_eq!(two_links().lose(link(0)), ["alice".into()]);
}

#[test]
fn whoever_does_not_answer_a_roll_call_in_five_seconds_is_gone_and_whoever_does_stays() {
    let mut node = two_links();
    node.close(link(0));
    node.close(link(1));
    assert!(node.is_there("alice"), "it is not known yet");
    let mut checker = Checker::default();
    let line = node.call_roll(1_000).unwrap();
    checker.wrote(&line);
    assert!(line.contains(r#"{"SnapshotRequest":"home"}"#), "{line}");
    assert_eq!(node.due(1_000), Some(1_000 + PATIENCE_MS));
    node.receive(link(1), answer(3, "bob", "home").as_bytes()).unwrap();
    assert_eq!(names(&node.tick(5_999)), [""; 0]);
    assert_eq!(names(&node.tick(6_000)), ["alice"]);
    assert!(node.is_there("bob") && node.due(6_000).is_none());
}

#[test]
fn an_answer_shows_a_silent_site_and_is_no_part_of_what_is_saved() {
    let mut node = node();
    node.call_roll(0).unwrap();
    let heard = node.receive(link(0), answer(3, "bob", "home").as_bytes()).unwrap();
    assert_eq!(heard.news.as_slice(), [News::Joined { site: "bob".into(), again: false }]);
    node.ask_for_snapshot("home", 0).unwrap();
    let snapshot = node.finished_snapshot(9_000).unwrap();
    assert_eq!(snapshot.messages["home"].len(), 1, "the request for this snapshot alone");
}

#[test]
fn for_those_who_are_gone_a_snapshot_is_answered_after_half_a_second_unless_somebody_else_has() {
    let mut node = two_links();
    node.receive(link(1), public(3, "bob", "", r#""carl":4,"dora":2"#).as_bytes()).unwrap();
    node.lose(link(0));
    let request =
        r#"{"id":5,"sender_id":"bob","header":{"SnapshotRequest":"bob"},"clock":{"bob":3}}"#;
    node.receive(link(1), request.as_bytes()).unwrap();
    let mut checker = Checker::default();
    checker.wrote(&node.answer().unwrap());
    assert_eq!((node.answer(), node.due(100)), (None, Some(100)));
    node.tick(100);
    node.receive(link(1), answer(6, "dora", "bob").as_bytes()).unwrap();
    node.tick(599);
    assert_eq!((node.answer(), node.due(599)), (None, Some(600)));
    node.tick(600);
    let answers: Vec<_> = std::iter::from_fn(|| node.answer()).collect();
    assert_eq!(answers.len(), 2, "{answers:?}");
    let mut other = Node::new("other", 2, Limits::default());
    for (line, sender) in answers.iter().zip(["alice", "carl"]) {
        checker.wrote(line);
        assert!(line.contains(&format!(r#""sender_id":"{sender}""#)), "{line}");
        assert!(line.contains(r#""SnapshotResponse":["bob",[]]"#), "{line}");
        // Nor is anybody there for another node.
        assert!(other.receive(link(0), line.as_bytes()).unwrap().news.is_empty());
    }
    assert_eq!(node.due(600), None);
}

#[test]
fn a_snapshot_of_one_that_has_just_come_waits_until_somebody_was_heard() {
    let request = |node: &mut Node| {
        let line = node.ask_for_snapshot("home", 0).unwrap();
        node.snapshot_was_asked_for();
        line
    };
    let mut alone = node();
    request(&mut alone);
    assert_eq!(alone.finished_snapshot(4_999), None);
    assert!(alone.finished_snapshot(5_000).is_some());
    // Its own pipe leads back to it: there is nobody else.
    let mut looped = node();
    let line = request(&mut looped);
    looped.receive(link(0), line.as_bytes()).unwrap();
    assert!(looped.finished_snapshot(0).is_some());
    // Whoever has passed it on is in its clock, and has to answer.
    let mut fresh = node();
    let line = request(&mut fresh);
    let mut bob = Node::new("bob", 2, Limits::default());
    bob.join("bob").unwrap();
    let relay = bob.receive(link(0), line.as_bytes()).unwrap().relay.unwrap();
    fresh.receive(link(0), relay.as_bytes()).unwrap();
    assert_eq!(fresh.finished_snapshot(4_999), None);
    fresh.receive(link(0), bob.answer().unwrap().as_bytes()).unwrap();
    let snapshot = fresh.finished_snapshot(0).unwrap();
    assert_eq!((snapshot.dates.len(), snapshot.missing), (2, vec![]));
}

#[test]
fn a_snapshot_does_not_wait_for_those_who_were_seen_to_leave() {
    for mut node in [node(), node().answering_for_absent(9)] {
        node.receive(link(0), public(1, "alice", "", r#""alice":1"#).as_bytes()).unwrap();
        node.lose(link(0));
        node.ask_for_snapshot("home", 0).unwrap();
        assert_eq!((node.finished_snapshot(499), node.due(0)), (None, Some(500)));
        assert_eq!(names(&node.finished_snapshot(500).unwrap().missing), ["alice"]);
    }
}

#[test]
fn a_private_message_for_nobody_is_known_as_such() {
    let mut node = two_links();
    let private = |id: u64, to: &str| {
        format!(
            r#"{{"id":{id},"sender_id":"bob","header":{{"Private":["{to}","x"]}},"clock":{{"bob":2}}}}"#
        )
    };
    for (id, to, stray) in [(7, "alice", false), (8, "home", false), (9, "nobody", true)] {
        let heard = node.receive(link(1), private(id, to).as_bytes()).unwrap();
        assert_eq!(heard.stray.is_some(), stray, "{to}");
    }
}
