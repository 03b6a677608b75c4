//! The recorded conversation of two real peers, with a node of ours in the place of one of them.

use std::collections::HashMap;

use serde_json::Value;

use crate::{checker::Checker, link};
use pipewright::gateway::netchat::{Limits, News, Node};

const ALICE: &str = include_str!("recorded/alice-to-bob.jsonl");
const BOB: &str = include_str!("recorded/bob-to-alice.jsonl");
const SNAPSHOT: &str = include_str!("recorded/alice-snapshot.json");
const HISTORY: &str = include_str!("recorded/alice-history.json");

/// Plays one of the two.  Its own messages have other ids than in the recording.
struct Player {
    node: Node,
    checker: Checker,
    recorded: std::str::Lines<'static>,
    others: std::str::Lines<'static>,
    /// Recorded id to ours.
    ids: HashMap<u64, u64>,
}

impl Player {
    fn new(id: &str, recorded: &'static str, others: &'static str) -> Self {
        Self {
            node: Node::new(id, 1, Limits::default()),
            checker: Checker::default(),
            recorded: recorded.lines(),
            others: others.lines(),
            ids: HashMap::new(),
        }
    }

    /// The node wrote `line`; the recording says so too.
    #[track_caller]
    fn wrote(&mut self, line: &str) {
        self.checker.wrote(line);
        let mut recorded: Value = serde_json::from_str(self.recorded.next().unwrap()).unwrap();
        let line: Value = serde_json::from_str(line).unwrap();
        self.ids.insert(recorded["id"].as_u64().unwrap(), line["id"].as_u64().unwrap());
        self.ours(&mut recorded);
        assert_eq!(line, recorded);
    }

    /// Reads the next line of the other; returns what was new.
    #[track_caller]
    fn hears(&mut self) -> Vec<News> {
        let mut line: Value = serde_json::from_str(self.others.next().unwrap()).unwrap();
        self.ours(&mut line);
        let line = line.to_string();
        self.checker.read(&line);
        let heard = self.node.receive(link(0), line.as_bytes()).unwrap();
        if let Some(relay) = heard.relay {
            self.wrote(&relay);
        }
        heard.news.into_vec()
    }

    /// Puts our ids in the place of the recorded ones.
    fn ours(&self, value: &mut Value) {
        match value {
            Value::Object(fields) => fields.values_mut().for_each(|field| self.ours(field)),
            Value::Array(items) => items.iter_mut().for_each(|item| self.ours(item)),
            number => {
                if let Some(ours) = number.as_u64().and_then(|id| self.ids.get(&id)) {
                    *number = (*ours).into();
                }
            }
        }
    }
}

fn public(from: &str, text: &str) -> Vec<News> {
    vec![News::Public { from: from.into(), text: text.into() }]
}

fn private(from: &str, to: &str, text: &str) -> Vec<News> {
    vec![News::Private { from: from.into(), to: to.into(), text: text.into() }]
}

fn joined(site: &str) -> Vec<News> {
    vec![News::Joined { site: site.into(), again: false }]
}

#[test]
fn in_bobs_place_we_write_what_bob_wrote() {
    let mut bob = Player::new("bob", BOB, ALICE);
    let line = bob.node.join("bob").unwrap();
    bob.wrote(&line);
    assert_eq!(bob.hears(), joined("alice"));
    assert_eq!(bob.hears(), []);
    assert_eq!(bob.hears(), public("alice", "hello from alice"));
    let line = bob.node.public("bob", "hi alice, é ünïcode \"quoted\"").unwrap();
    bob.wrote(&line);
    assert_eq!(bob.hears(), []);
    assert_eq!(bob.hears(), private("alice", "bob", "secret"));
    let line = bob.node.private("bob", "alice", "reply secret").unwrap();
    bob.wrote(&line);
    assert_eq!(bob.hears(), []);
    assert_eq!(bob.hears(), [News::Asked { by: "alice".into() }]);
    let line = bob.node.answer().unwrap();
    bob.wrote(&line);
    assert_eq!(bob.node.answer(), None);
    assert_eq!(bob.hears(), []);
    let line = bob.node.leave("bob").unwrap();
    bob.wrote(&line);
    assert_eq!(bob.hears(), []);
    assert_eq!((bob.recorded.next(), bob.others.next()), (None, None));
}

#[test]
fn in_alices_place_we_write_what_alice_wrote_and_get_her_snapshot_and_history() {
    let mut alice = Player::new("alice", ALICE, BOB);
    let line = alice.node.join("alice").unwrap();
    alice.wrote(&line);
    assert_eq!(alice.hears(), joined("bob"));
    assert_eq!(alice.hears(), []);
    let line = alice.node.public("alice", "hello from alice").unwrap();
    alice.wrote(&line);
    assert_eq!(alice.hears(), []);
    assert_eq!(alice.hears(), public("bob", "hi alice, é ünïcode \"quoted\""));
    let line = alice.node.private("alice", "bob", "secret").unwrap();
    alice.wrote(&line);
    assert_eq!(alice.hears(), []);
    assert_eq!(alice.hears(), private("bob", "alice", "reply secret"));
    let line = alice.node.ask_for_snapshot("alice", 0).unwrap();
    alice.wrote(&line);
    assert_eq!(alice.hears(), []);
    assert_eq!(alice.node.finished_snapshot(4_999), None);
    assert_eq!(alice.hears(), []);
    let snapshot = alice.node.finished_snapshot(0).unwrap();
    assert_eq!(snapshot.missing, []);
    assert_eq!(alice.hears(), [News::Left { site: "bob".into() }]);
    assert_eq!((alice.recorded.next(), alice.others.next()), (None, None));

    let mut recorded: Value = serde_json::from_str(SNAPSHOT).unwrap();
    alice.ours(&mut recorded);
    let ours: Value = serde_json::from_str(&snapshot.to_json()).unwrap();
    assert_eq!(ours, recorded);

    // The recorded history has bob's copy of what alice told him; ours has the sender's.
    let mut recorded: Value = serde_json::from_str(HISTORY).unwrap();
    alice.ours(&mut recorded);
    let mut ours: Value = serde_json::from_str(&snapshot.history_json()).unwrap();
    for history in [&mut ours, &mut recorded] {
        for message in history.as_array_mut().unwrap() {
            message["clock"].take();
        }
    }
    assert_eq!(ours, recorded);
}

#[test]
fn the_files_are_laid_out_like_those_of_real_peers() {
    let mut alone = Node::new("alice", 1, Limits::default());
    alone.join("alice").unwrap();
    alone.ask_for_snapshot("alice", 0).unwrap();
    let snapshot = alone.finished_snapshot(0).unwrap().to_json();
    let start = "{\n  \"local_id\": \"alice\",\n  \"dates\": {\n    \"";
    assert!(SNAPSHOT.starts_with(start) && snapshot.starts_with(start), "{snapshot}");
    assert!(SNAPSHOT.ends_with("}\n") && snapshot.ends_with("}\n"));
}
