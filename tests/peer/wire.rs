//! A peer among strangers: the test reads and writes its pipes by hand.

use std::{
    fs::{File, OpenOptions},
    io::{BufRead, BufReader, Lines, Write},
    path::Path,
};

use tempfile::tempdir;

use crate::{checker::Checker, process::Process};

/// A neighbour that does as it likes.
struct Stranger {
    checker: Checker,
    to: File,
    from: Lines<BufReader<File>>,
}

impl Stranger {
    /// Returns once the peer has both pipes open.
    fn meet(folder: &Path) -> Self {
        let from = File::open(folder.join("out")).unwrap();
        let to = OpenOptions::new().append(true).open(folder.join("in")).unwrap();
        Self { checker: Checker::default(), from: BufReader::new(from).lines(), to }
    }

    fn writes(&mut self, line: &str) {
        self.checker.read(line);
        self.scribbles(line);
    }

    /// Whatever it is.
    fn scribbles(&mut self, line: &str) {
        self.to.write_all(line.as_bytes()).unwrap();
        self.to.write_all(b"\n").unwrap();
    }

    /// The next line that the peer writes, which keeps the rules.
    fn reads(&mut self) -> String {
        let line = self.from.next().unwrap().unwrap();
        self.checker.wrote(&line);
        line
    }
}

fn wait_for_pipes(folder: &Path) {
    while !folder.join("out").exists() {
        std::thread::yield_now();
    }
}

#[test]
fn everything_that_is_written_keeps_the_rules_of_the_protocol() {
    let folder = tempdir().unwrap();
    let mut peer = Process::peer(folder.path(), "we are", "in", "out");
    wait_for_pipes(folder.path());
    let mut stranger = Stranger::meet(folder.path());
    assert!(stranger.reads().contains("Connection"));
    peer.says("said before the requester was known");
    stranger.reads();
    for (line, printed) in [
        (
            r#"{"id":18446744073709551615,"sender_id":"a b","header":"Connection","clock":{"a b":1}}"#,
            "joined\ta b",
        ),
        (
            r#"{"id":9007199254740993,"sender_id":"a b","header":{"Public":"é\n\u0007"},"clock":{"a b":2}}"#,
            "public\ta b\té\\n\\u{7}",
        ),
        (
            r#"{"id":3,"sender_id":"a b","header":{"Private":["we are","x"]},"clock":{"a b":3}}"#,
            "private\ta b\tx",
        ),
    ] {
        stranger.writes(line);
        stranger.reads();
        peer.prints(printed);
    }
    stranger.writes(r#"{"id":4,"sender_id":"q","header":{"SnapshotRequest":"q"},"clock":{"q":1}}"#);
    stranger.reads();
    let answer = stranger.reads();
    assert!(
        answer.contains(r#""SnapshotResponse":["q",[{"#) && answer.contains(r#""q":0"#),
        "{answer}"
    );
    peer.prints("joined\tq");
    peer.says("/msg \"a b\" done");
    assert!(stranger.reads().contains(r#"{"Private":["a b","done"]}"#));
    peer.ends(&[]);
    assert!(stranger.reads().contains("Disconnection"));
}

#[test]
fn bad_lines_are_told_and_dropped_and_nothing_else_is() {
    let folder = tempdir().unwrap();
    let mut peer = Process::peer(folder.path(), "p", "in", "out");
    wait_for_pipes(folder.path());
    let mut stranger = Stranger::meet(folder.path());
    stranger.reads();
    let many: Vec<_> = (0..100_000).map(|number| format!(r#""{number}":1"#)).collect();
    for (line, told) in [
        ("{broken".to_owned(), "not JSON"),
        ("x".repeat(10 << 20), "longer than 4194304 bytes"),
        (
            r#"{"id":1,"sender_id":"a","header":"Gossip","clock":{}}"#.to_owned(),
            "not a netchat message",
        ),
        (
            format!(
                r#"{{"id":1,"sender_id":"a","header":"Connection","clock":{{{}}}}}"#,
                many.join(",")
            ),
            "a clock has 100000 entries",
        ),
    ] {
        stranger.scribbles(&line);
        peer.complains(told);
    }
    stranger.writes(r#"{"id":1,"sender_id":"a","header":{"Public":"fine"},"clock":{"a":1}}"#);
    stranger.reads();
    peer.prints("joined\ta");
    peer.prints("public\ta\tfine");
}

#[test]
fn a_site_that_never_answers_is_named_after_five_seconds_which_are_spent_asleep() {
    let folder = tempdir().unwrap();
    let mut peer = Process::peer(folder.path(), "p", "in", "out");
    wait_for_pipes(folder.path());
    let mut stranger = Stranger::meet(folder.path());
    stranger.reads();
    stranger.writes(r#"{"id":1,"sender_id":"mu te","header":"Connection","clock":{"mu te":1}}"#);
    stranger.reads();
    peer.prints("joined\tmu te");
    peer.says("/snapshot");
    assert!(stranger.reads().contains("SnapshotRequest"));
    // Somebody came and went on both ends: from here on a careless reader would read the end of its
    // pipe for ever.
    drop(stranger);
    peer.prints("lost\tmu te");
    peer.complains("No one can hear you");
    let before = peer.ticks();
    peer.prints("snapshot\tincomplete\tmu te");
    let ticks = peer.ticks() - before;
    assert!(ticks <= 3, "{ticks} ticks in five seconds");
    peer.ends(&[]);
}
