//! How a peer begins and ends, and what it does not do.

use std::{
    fs,
    io::{BufRead, BufReader},
    process::Command,
};

use rustix::process::{Pid, Signal, kill_process};
use tempfile::tempdir;

use crate::process::{PROGRAM, Process};

#[test]
fn what_is_said_before_anybody_listens_is_not_lost_and_the_end_of_input_is_a_clean_leave() {
    let folder = tempdir().unwrap();
    let mut early = Process::peer(folder.path(), "early", "b-to-a", "a-to-b");
    early.says("is anybody there?");
    let mut late = Process::peer(folder.path(), "late", "a-to-b", "b-to-a");
    late.prints("joined\tearly");
    late.prints("public\tearly\tis anybody there?");
    early.prints("joined\tlate");
    early.ends(&[]);
    late.prints("left\tearly");
    late.ends(&[]);
}

#[test]
fn without_anything_to_say_a_peer_leaves_at_once() {
    let folder = tempdir().unwrap();
    Process::peer(folder.path(), "mute", "in", "out").ends(&[]);
}

#[test]
fn a_signal_is_a_clean_leave() {
    for signal in [Signal::INT, Signal::TERM, Signal::HUP] {
        let folder = tempdir().unwrap();
        let mut one = Process::peer(folder.path(), "one", "b-to-a", "a-to-b");
        let mut other = Process::peer(folder.path(), "other", "a-to-b", "b-to-a");
        other.prints("joined\tone");
        one.prints("joined\tother");
        kill_process(Pid::from_child(&one.child), signal).unwrap();
        other.prints("left\tone");
        assert!(one.status().success());
    }
}

#[test]
fn a_path_that_is_no_pipe_is_refused_and_left_alone() {
    let folder = tempdir().unwrap();
    fs::write(folder.path().join("file"), "precious").unwrap();
    for (input, output) in [("file", "out"), ("in", "file")] {
        let mut peer = Process::peer(folder.path(), "x", input, output);
        peer.complains("file: is a regular file, not a named pipe; move it away");
        assert_eq!(peer.status().code(), Some(1));
    }
    assert_eq!(fs::read_to_string(folder.path().join("file")).unwrap(), "precious");
}

#[test]
fn a_peer_without_a_name_draws_one() {
    let folder = tempdir().unwrap();
    let nameless = ["peer", "--input", "b-to-a", "--output", "a-to-b"];
    let mut peer = Process::start(folder.path(), nameless);
    let mut witness = Process::peer(folder.path(), "w", "a-to-b", "b-to-a");
    peer.prints("joined\tw");
    let joined = witness.printed();
    let name = joined.strip_prefix("joined\t").unwrap();
    assert!(name.len() == 8 && name.bytes().all(|byte| byte.is_ascii_alphanumeric()), "{name}");
}

#[test]
fn the_log_tells_what_was_refused_and_nothing_of_what_was_said() {
    let folder = tempdir().unwrap();
    let logged = ["peer", "--name", "a", "--input", "x", "--output", "y", "--logfile", "log"];
    let mut peer = Process::start(folder.path(), logged);
    let mut other = Process::peer(folder.path(), "b", "y", "x");
    other.says("a secret");
    peer.prints("joined\tb");
    peer.prints("public\tb\ta secret");
    fs::write(folder.path().join("x"), "{\"a secret\": broken\n").unwrap();
    peer.complains("not JSON");
    peer.ends(&[]);
    let log = fs::read_to_string(folder.path().join("log")).unwrap();
    assert!(log.contains("the line is not JSON (column"), "{log}");
    assert!(!log.contains("secret"), "{log}");
}

#[test]
fn the_reader_of_standard_output_may_have_seen_enough() {
    let folder = tempdir().unwrap();
    let mut peer = Command::new("sh");
    let line = format!("{PROGRAM} peer --name a --input x --output y | head -1");
    let mut peer = Process::spawn(folder.path(), {
        peer.args(["-c", &line]);
        peer
    });
    let mut other = Process::peer(folder.path(), "b", "y", "x");
    other.prints("joined\ta");
    peer.prints("joined\tb");
    other.says("one more");
    other.prints("left\ta");
    assert!(peer.status().success());
}

#[test]
fn what_a_peer_says_goes_out_at_once_to_whoever_reads_the_pipe() {
    let folder = tempdir().unwrap();
    let mut peer = Process::peer(folder.path(), "a", "x", "y");
    peer.says("hello");
    let y = folder.path().join("y");
    while !y.exists() {
        std::thread::yield_now();
    }
    let mut lines = BufReader::new(fs::File::open(&y).unwrap()).lines();
    assert!(lines.next().unwrap().unwrap().contains(r#""header":"Connection","clock":{"a":1}}"#));
    assert!(lines.next().unwrap().unwrap().contains(r#"{"Public":"hello"},"clock":{"a":2}}"#));
    peer.ends(&[]);
    assert!(lines.next().unwrap().unwrap().contains(r#""Disconnection","clock":{"a":3}}"#));
    assert!(lines.next().is_none());
}
