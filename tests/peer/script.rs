//! Peers line by line, over real pipes.

use std::{fs, os::unix::fs::PermissionsExt, path::Path, process::Command};

use serde_json::Value;
use tempfile::{TempDir, tempdir};

use crate::process::{PROGRAM, Process};

/// Two peers that hear each other and know it.
fn two() -> (TempDir, Process, Process) {
    let folder = tempdir().unwrap();
    let alice = Process::peer(folder.path(), "alice", "b-to-a", "a-to-b");
    let bob = Process::peer(folder.path(), "bob", "a-to-b", "b-to-a");
    let (mut alice, mut bob) = (alice, bob);
    alice.says("first");
    bob.prints("joined\talice");
    bob.prints("public\talice\tfirst");
    alice.prints("joined\tbob");
    (folder, alice, bob)
}

fn texts(folder: &Path, file: &str) -> Vec<String> {
    fn collect(value: &Value, texts: &mut Vec<String>) {
        match value {
            Value::Object(fields) => fields.iter().for_each(|(name, field)| match name.as_str() {
                "Public" => texts.push(field.as_str().unwrap().to_owned()),
                "Private" => texts.push(field[1].as_str().unwrap().to_owned()),
                _ => collect(field, texts),
            }),
            Value::Array(items) => items.iter().for_each(|item| collect(item, texts)),
            _ => {}
        }
    }
    let text = fs::read_to_string(folder.join(file)).unwrap();
    let mut texts = Vec::new();
    collect(&serde_json::from_str(&text).unwrap(), &mut texts);
    texts
}

#[test]
fn two_peers_talk_to_all_and_in_private_and_leave() {
    let (_folder, mut alice, mut bob) = two();
    bob.says("hello \"é\" 今晩は\ttab \\ backslash");
    alice.prints("public\tbob\thello \"é\" 今晩は\\ttab \\\\ backslash");
    alice.says("//slash");
    bob.prints("public\talice\t/slash");
    bob.says("/msg alice psst");
    alice.prints("private\tbob\tpsst");
    alice.says("/msg bob what?");
    bob.prints("private\talice\twhat?");
    alice.says("/msg nobody are you there?");
    alice.says("/nonsense");
    alice.complains("unknown command");
    alice.says("last");
    bob.prints("public\talice\tlast");
    alice.ends(&[]);
    bob.prints("left\talice");
    bob.complains("No one can hear you");
    bob.ends(&[]);
}

#[test]
fn a_peer_that_is_killed_is_lost_and_what_is_said_meanwhile_waits_for_its_return() {
    let (folder, mut alice, mut bob) = two();
    for round in ["once", "twice"] {
        bob.kill();
        alice.prints("lost\tbob");
        alice.complains("No one can hear you");
        alice.says(round);
        bob = Process::peer(folder.path(), "bob", "a-to-b", "b-to-a");
        bob.prints("joined\talice");
        bob.prints(&format!("public\talice\t{round}"));
        alice.prints("joined\tbob");
        bob.says("back");
        alice.prints("public\tbob\tback");
    }
    alice.says("/snapshot");
    alice.prints("snapshot\tcomplete");
    alice.ends(&[]);
    bob.prints("left\talice");
}

#[test]
fn a_snapshot_from_each_side_has_all_that_was_said_in_order() {
    let (folder, mut alice, mut bob) = two();
    bob.says("second");
    alice.prints("public\tbob\tsecond");
    alice.says("/msg bob third");
    bob.prints("private\talice\tthird");
    for (peer, id) in [(&mut alice, "alice"), (&mut bob, "bob")] {
        peer.says("/snapshot");
        peer.prints("snapshot\tcomplete");
        assert_eq!(texts(folder.path(), "history.json"), ["first", "second", "third"]);
        let snapshot = fs::read_to_string(folder.path().join("snapshot.json")).unwrap();
        let snapshot: Value = serde_json::from_str(&snapshot).unwrap();
        assert_eq!(snapshot["local_id"], id);
        assert_eq!(snapshot["dates"].as_object().unwrap().len(), 2);
        fs::remove_file(folder.path().join("snapshot.json")).unwrap();
    }
    alice.says("/snapshot");
    alice.ends(&["snapshot\tcomplete"]);
}

#[test]
fn three_in_a_ring_made_by_the_program_hear_everything_once() {
    let folder = tempdir().unwrap();
    let made = Command::new(PROGRAM)
        .args(["ring", "3", "--folder", "the ring"])
        .current_dir(folder.path())
        .output()
        .unwrap();
    assert!(made.status.success(), "{made:?}");
    let commands = String::from_utf8(made.stdout).unwrap();
    let mut peers: Vec<_> = commands
        .lines()
        .map(|line| {
            let mut runtime = Command::new("sh");
            runtime.args(["-c", &format!("exec {line}")]);
            Process::spawn(folder.path(), runtime)
        })
        .collect();
    let [one, two, three] = peers.as_mut_slice() else { panic!("not three: {commands}") };
    // Each has heard the others come before anything else is said, in whatever order.
    for (peer, others) in [(&mut *one, [2, 3]), (&mut *two, [1, 3]), (&mut *three, [1, 2])] {
        let mut heard = [peer.printed(), peer.printed()];
        heard.sort_unstable();
        assert_eq!(heard, others.map(|number| format!("joined\tpeer{number}")));
    }
    one.says("round and round");
    two.prints("public\tpeer1\tround and round");
    three.prints("public\tpeer1\tround and round");
    three.says("/msg peer2 against the wind");
    two.prints("private\tpeer3\tagainst the wind");
    two.says("once");
    one.prints("public\tpeer2\tonce");
    three.prints("public\tpeer2\tonce");
    two.says("/snapshot");
    two.prints("snapshot\tcomplete");
    assert_eq!(
        texts(folder.path(), "history.json"),
        ["round and round", "against the wind", "once"]
    );
    two.ends(&[]);
    one.prints("left\tpeer2");
    three.prints("left\tpeer2");
}

#[test]
fn a_pipe_looped_onto_itself_is_a_network_of_one() {
    let folder = tempdir().unwrap();
    let mut alone = Process::peer(folder.path(), "alone", "loop", "loop");
    alone.says("anybody?");
    alone.says("/msg alone or me?");
    alone.says("/snapshot");
    alone.prints("snapshot\tcomplete");
    assert_eq!(texts(folder.path(), "history.json"), ["anybody?", "or me?"]);
    alone.ends(&[]);
}

#[test]
fn a_snapshot_is_the_first_word_of_a_peer_that_waits_until_it_has_heard_the_others() {
    let folder = tempdir().unwrap();
    let mut bob = Process::peer(folder.path(), "bob", "a-to-b", "b-to-a");
    bob.says("said before");
    // What it answers to comes after: it has taken what was said before.
    bob.says("/nonsense");
    bob.complains("unknown command");
    let mut alice = Process::peer(folder.path(), "alice", "b-to-a", "a-to-b");
    alice.says("/snapshot");
    drop(alice.take_stdin());
    let mut printed: Vec<String> = Vec::new();
    while printed.last().is_none_or(|line| !line.starts_with("snapshot")) {
        printed.push(alice.printed());
    }
    assert_eq!(printed.last().unwrap(), "snapshot\tcomplete");
    assert!(printed.contains(&"joined\tbob".to_owned()), "{printed:?}");
    assert_eq!(texts(folder.path(), "history.json"), ["said before"]);
    for name in ["snapshot.json", "history.json"] {
        let found = fs::metadata(folder.path().join(name)).unwrap().permissions().mode() & 0o777;
        assert_eq!(found, 0o600, "{name}");
    }
    alice.ends(&[]);
}

#[test]
fn a_ring_that_cannot_be_made_is_told_in_words() {
    let folder = tempdir().unwrap();
    fs::write(folder.path().join("file"), "precious").unwrap();
    for (arguments, says) in [
        (vec!["ring", "2", "--folder", "file"], "file: is no folder; move it away or name another"),
        (vec!["ring", "2", "--folder", "file/x"], "file: is a regular file, not a folder"),
        (vec!["ring", "2", "--tmux"], "--tmux needs a terminal; leave it out"),
    ] {
        let mut ring = Command::new(PROGRAM);
        ring.args(&arguments).env_remove("TMUX");
        let mut ring = Process::spawn(folder.path(), ring);
        ring.complains(says);
        assert_eq!(ring.status().code(), Some(1));
    }
    assert_eq!(fs::read_to_string(folder.path().join("file")).unwrap(), "precious");
}
