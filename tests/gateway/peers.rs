//! `pipewright peer`, as people run it, over the gateway.

use std::{
    io::{BufRead, BufReader, Write},
    path::Path,
    process::{Child, ChildStdin, Command, Stdio},
    sync::mpsc::{Receiver, channel},
    thread,
};

use crate::{ANNEX, OFFICE, Person, Program, office, person::PATIENCE};

/// Killed when dropped, as by `kill -9`.
struct Peer {
    child: Child,
    stdin: Option<ChildStdin>,
    lines: Receiver<String>,
}

impl Peer {
    /// In the server's folder, its pipes there too.
    fn start(server: &Program, name: &str, input: &str, output: &str) -> Self {
        let run = server.folder.path().join("run");
        for pipe in [input, output] {
            make(&run.join(pipe));
        }
        let mut child = Command::new(env!("CARGO_BIN_EXE_pipewright"))
            .args(["peer", "--name", name, "--input", input, "--output", output])
            .current_dir(run)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let (to, lines) = channel();
        let stdout = child.stdout.take().unwrap();
        thread::spawn(move || {
            for line in BufReader::new(stdout).lines() {
                if line.is_err() || to.send(line.unwrap()).is_err() {
                    return;
                }
            }
        });
        Self { stdin: child.stdin.take(), child, lines }
    }

    fn says(&mut self, line: &str) {
        writeln!(self.stdin.as_mut().unwrap(), "{line}").unwrap();
    }

    /// The next line that has these words in it.
    #[track_caller]
    fn prints(&self, words: &str) -> String {
        let mut before = Vec::new();
        loop {
            match self.lines.recv_timeout(PATIENCE) {
                Ok(line) if line.contains(words) => return line,
                Ok(line) => before.push(line),
                Err(_) => panic!("{words:?} is not in {before:#?}"),
            }
        }
    }
}

impl Drop for Peer {
    fn drop(&mut self) {
        // Failing only when it has ended already, which is the aim.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn make(pipe: &Path) {
    if !pipe.exists() {
        let made = Command::new("mkfifo").arg(pipe).status().unwrap();
        assert!(made.success());
    }
}

#[test]
fn two_peers_in_a_ring_with_the_gateway_and_people_talk_crash_and_return() {
    let server = office();
    let mut ann = Person::in_office(&server, "ann");
    let mut ben = Person::in_office(&server, "ben");
    // The gateway writes to alice, alice to bob, bob to the gateway.
    let mut bob = Peer::start(&server, "bob", "middle", "office.in");
    let mut alice = Peer::start(&server, "alice", "office.out", "middle");
    ann.hears(":alice!~alice@netchat/office JOIN #office");
    alice.says("hello from alice");
    ann.hears(":alice!~alice@netchat/office PRIVMSG #office :hello from alice");
    ben.hears("hello from alice");
    bob.prints("hello from alice");
    bob.says("hello from bob");
    ann.hears(":bob!~bob@netchat/office PRIVMSG #office :hello from bob");
    alice.prints("hello from bob");
    ann.sends("PRIVMSG #office :hello peers\r\nPRIVMSG bob :only for you");
    alice.prints("hello peers");
    assert!(bob.prints("only for you").contains("ann"));
    bob.says("/msg ann and for you");
    ann.hears(":bob!~bob@netchat/office PRIVMSG ann :and for you");
    alice.says("/snapshot");
    assert!(!alice.prints("snapshot").contains("missing"));

    drop(bob);
    ann.hears("QUIT :Quit: Link lost");
    let mut bob = Peer::start(&server, "bob", "middle", "office.in");
    ann.hears(":bob!~bob@netchat/office JOIN #office");
    bob.says("I am back");
    ann.hears(":bob!~bob@netchat/office PRIVMSG #office :I am back");
    ann.sends("PRIVMSG #office :welcome back");
    bob.prints("welcome back");
    // She was cut off with him, and is there again when she speaks.
    alice.says("so am I");
    ann.hears(":alice!~alice@netchat/office PRIVMSG #office :so am I");
    drop(alice.stdin.take());
    ann.hears(":alice!~alice@netchat/office QUIT :Quit: Disconnection");
}

#[test]
fn peers_on_two_links_hear_each_other_and_people() {
    let server = Program::start(&[], &format!("{OFFICE}{ANNEX}"));
    let mut ann = Person::in_office(&server, "ann");
    let mut alice = Peer::start(&server, "alice", "office.out", "office.in");
    let mut bob = Peer::start(&server, "bob", "annex.out", "annex.in");
    ann.hears(":bob!~bob@netchat/annex JOIN #office");
    alice.says("to the annex");
    bob.prints("to the annex");
    bob.says("/msg alice in private");
    alice.prints("in private");
    ann.sends("PRIVMSG #office :to both");
    alice.prints("to both");
    bob.prints("to both");
}
