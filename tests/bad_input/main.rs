//! Whatever somebody sends, or does not: others chat on and lose nothing, and so does the server.
//!
//! Against the real program.  In each test two well-behaved people talk before, during and after.

#![allow(clippy::indexing_slicing, reason = "a panic here is a test that fails")]

mod absent;
mod crowd;
mod garbage;
mod lines;
mod logs;
mod password;
#[allow(dead_code, reason = "other suites need more of it")]
mod person;
mod starting;
mod stopping;
#[path = "../support/mod.rs"]
mod support;

use std::{fs, thread};

use person::Person;
use support::program::Program;

/// Two people in `#pond`, each of whom hears all that the other says.
pub struct Pair {
    people: [Person; 2],
    said: usize,
    /// What they saw besides each other's words.
    overheard: Vec<String>,
}

impl Pair {
    fn meet(server: &Program) -> Self {
        let people = ["ann", "bob"].map(|nick| {
            let mut person = Person::register(server, nick);
            person.sends("JOIN #pond");
            person.catches_up();
            person
        });
        let mut pair = Self { people, said: 0, overheard: Vec::new() };
        pair.people[0].catches_up();
        pair
    }

    /// Some words each way, in the channel and in private, all of which must arrive in order.
    pub fn chat(&mut self) {
        for (from, to) in [(0, 1), (1, 0)] {
            let mut words = Vec::new();
            for target in ["#pond", self.people[to].nick, "#pond"] {
                self.said += 1;
                words.push(format!("PRIVMSG {target} :word {}", self.said));
            }
            self.people[from].sends(&words.join("\r\n"));
            for words in words {
                loop {
                    let line = self.people[to].line().expect("the chat goes on");
                    if line.starts_with(&format!(":{}!", self.people[from].nick)) {
                        assert!(line.ends_with(&format!(" {words}")), "{line}, not {words}");
                        break;
                    }
                    self.overheard.push(line);
                }
            }
        }
    }

    /// What they saw besides each other's words, since the last call.
    pub fn overheard(&mut self) -> Vec<String> {
        std::mem::take(&mut self.overheard)
    }
}

/// Runs `misdeed` while two people chat on a server with `config`; they must overhear nothing that
/// `misdeed` does not take from them, and the server must not have panicked.
fn beside_a_chat(config: &str, misdeed: impl FnOnce(&Program, &mut Pair)) {
    let server = Program::start(&[], config);
    let mut pair = Pair::meet(&server);
    pair.chat();
    misdeed(&server, &mut pair);
    pair.chat();
    assert_eq!(pair.overheard(), Vec::<String>::new());
    assert_sound(&server);
}

fn assert_sound(server: &Program) {
    let log = server.log();
    assert!(!log.contains("panicked"), "{log}");
}

/// Resident memory of the server, in KiB.
fn resident(server: &Program) -> u64 {
    status(server, "VmRSS:")
}

/// What the system says of the server's process.
fn status(server: &Program, field: &str) -> u64 {
    let path = format!("/proc/{}/status", server.child.id());
    let status = fs::read_to_string(path).expect("Linux tells");
    let line = status.lines().find_map(|line| line.strip_prefix(field)).expect("such a field");
    line.split_whitespace().next().and_then(|number| number.parse().ok()).expect("a number")
}

#[test]
fn there_is_room_for_the_files_of_all_connections_before_they_come() {
    let server = Program::start(&[], "[limits]\nconnections = 600\n");
    let files = status(&server, "FDSize:");
    assert!(files > 600, "room for {files}");
}

/// Lets the pair chat until `done`; panics when it is not so in time.
fn chat_until(pair: &mut Pair, mut done: impl FnMut(&mut Pair) -> bool) {
    let start = std::time::Instant::now();
    while !done(pair) {
        assert!(start.elapsed() < person::PATIENCE, "what was waited for does not come");
        pair.chat();
        thread::yield_now();
    }
}
