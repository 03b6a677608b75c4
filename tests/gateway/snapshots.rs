//! Snapshots, from either side.

use std::{fs, os::unix::fs::PermissionsExt, time::Instant};

use serde_json::{Value, json};

use crate::{Person, Site, office};

#[test]
fn a_peers_snapshot_is_answered_at_once_for_every_site_of_the_gateway_also_those_that_left() {
    let server = office();
    let mut ann = Person::in_office(&server, "ann");
    let mut gone = Person::in_office(&server, "gone");
    let mut bob = Site::connect(server.folder.path(), "office", "bob");
    bob.hears_of("gone", json!("Connection"));
    gone.sends("PRIVMSG #office :farewell\r\nQUIT");
    bob.hears_of("gone", json!("Disconnection"));
    bob.says(json!({"Private": ["ann", "kept"]}));
    ann.hears("kept");
    let start = Instant::now();
    bob.says(json!({"SnapshotRequest": "bob"}));
    let mut answers = Vec::new();
    while answers.len() < 3 {
        let message = bob.hears();
        if let Some(answer) = message["header"].get("SnapshotResponse") {
            let texts = answer[1].as_array().unwrap();
            let texts: Vec<_> = texts.iter().map(|saved| saved["header"].clone()).collect();
            answers.push((message["sender_id"].as_str().unwrap().to_owned(), texts));
        }
    }
    assert!(start.elapsed().as_secs() < 4, "{:?}", start.elapsed());
    answers.sort_by(|one, other| one.0.cmp(&other.0));
    assert_eq!(answers[0], ("ann".into(), vec![json!({"Private": ["ann", "kept"]})]));
    assert_eq!(answers[1], ("gone".into(), vec![json!({"Public": "farewell"})]));
    assert_eq!(answers[2], ("netchat-office".into(), vec![]));
}

#[test]
fn an_operator_of_the_channel_has_a_snapshot_written_and_others_do_not() {
    let server = office();
    let mut ann = Person::in_office(&server, "ann");
    let mut eve = Person::in_office(&server, "eve");
    let mut bob = Site::connect(server.folder.path(), "office", "bob");
    bob.hears_of("eve", json!("Connection"));
    eve.sends("PRIVMSG netchat-office :snapshot");
    eve.hears("NOTICE eve :only operators of #office may do that");
    ann.sends("PRIVMSG #office :hello\r\nPRIVMSG netchat-office :snapshot");
    bob.hears_of("netchat-office", json!({"SnapshotRequest": "netchat-office"}));
    let mine = json!({"id": 5, "sender_id": "bob", "header": {"Public": "mine"},
                      "clock": {"bob": 1, "netchat-office": 0}});
    bob.says(json!({"SnapshotResponse": ["netchat-office", [mine]]}));
    ann.hears("NOTICE ann :snapshot.json and history.json of 4 sites are in ");

    let folder = server.folder.path().join("run/office");
    for (path, mode) in [("", 0o700), ("snapshot.json", 0o600), ("history.json", 0o600)] {
        let found = fs::metadata(folder.join(path)).unwrap().permissions().mode() & 0o777;
        assert_eq!(found, mode, "{path}");
    }
    let read = |name: &str| -> Value {
        serde_json::from_str(&fs::read_to_string(folder.join(name)).unwrap()).unwrap()
    };
    let snapshot = read("snapshot.json");
    assert_eq!(snapshot["local_id"], "netchat-office");
    assert_eq!(snapshot["messages"]["bob"][0]["header"], json!({"Public": "mine"}));
    assert_eq!(snapshot["messages"]["ann"][0]["header"], json!({"Public": "hello"}));
    assert!(snapshot["dates"].as_object().unwrap().len() == 4, "{snapshot:#}");
    let history = read("history.json");
    assert_eq!(history.as_array().unwrap().len(), 3, "{history:#}");
}

#[test]
fn a_snapshot_ends_within_five_seconds_and_names_who_did_not_answer() {
    let server = office();
    let mut ann = Person::in_office(&server, "ann");
    let mut bob = Site::connect(server.folder.path(), "office", "bob");
    bob.hears_of("ann", json!("Connection"));
    ann.hears("JOIN");
    let start = Instant::now();
    ann.sends("PRIVMSG netchat-office :snapshot");
    assert!(ann.hears("snapshot.json").ends_with("; no answer from bob"));
    assert!(start.elapsed().as_millis() < 6500, "{:?}", start.elapsed());
}
