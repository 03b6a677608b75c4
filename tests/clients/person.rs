//! Somebody at a client: types, and reads what the client shows.

use std::{collections::HashMap, fs, io, path::Path, thread};

use crate::{irssi::Irssi, server::Server, wait::wait_for, weechat::Weechat};

/// The window that belongs to the server rather than to a channel or a person.
pub const STATUS: &str = "(status)";

/// A client program that is running, driven as a person would.
pub trait Client {
    /// Types a line into the window of a channel, of a person or [`STATUS`], and presses Enter.
    fn enter(&mut self, window: &str, line: &str);
    /// What this window has shown so far, as the client itself wrote it down.
    fn log(&self, window: &str) -> String;
    /// Everything there is to see, for a test that has failed.
    fn report(&self) -> String;
    /// Whether the program has ended by itself.
    fn has_ended(&mut self) -> bool;
}

/// Reads each window from top to bottom: what was seen once does not count again.
pub struct Person {
    nick: &'static str,
    client: Box<dyn Client>,
    read_to: HashMap<String, usize>,
}

impl Person {
    pub fn with_irssi(nick: &'static str, server: &Server) -> Self {
        Self::new(nick, Box::new(Irssi::start(nick, server)))
    }

    pub fn with_weechat(nick: &'static str, server: &Server) -> Self {
        Self::new(nick, Box::new(Weechat::start(nick, server)))
    }

    /// Types one line into irssi, which knows no server.
    pub fn typing_to_irssi(nick: &'static str, line: &str) -> Self {
        Self::new(nick, Box::new(Irssi::start_typing(nick, line)))
    }

    /// Types lines into WeeChat, which knows no server; they call it `server`.
    pub fn typing_to_weechat(nick: &'static str, server: &'static str, lines: &[&str]) -> Self {
        Self::new(nick, Box::new(Weechat::start_with(nick, server, lines)))
    }

    /// Returns once the client shows that it is connected.
    fn new(nick: &'static str, client: Box<dyn Client>) -> Self {
        let mut person = Self { nick, client, read_to: HashMap::new() };
        // 005, which stock clients show last of what they learn about the server itself.
        person.sees(STATUS, "are supported");
        person
    }

    /// A line beginning with `/` is the client's command, as in any client.
    pub fn enters(&mut self, window: &str, line: &str) {
        self.client.enter(window, line);
    }

    /// Waits for the next line in this window that holds `pattern`, in which `*` stands for
    /// anything, and returns it.
    #[track_caller]
    pub fn sees(&mut self, window: &str, pattern: &str) -> String {
        let from = self.read_to.get(window).copied().unwrap_or(0);
        let found = wait_for(|| next_match(self.client.log(window).get(from..)?, pattern));
        let Some((line, length)) = found else {
            panic!("{} did not see {pattern:?} in {window}", self.nick);
        };
        self.read_to.insert(window.to_owned(), from + length);
        line
    }

    /// Waits for a text that somebody's client cut into several lines, the last of which ends
    /// in a full stop; `prefix` is what stands before each piece.
    #[track_caller]
    pub fn sees_in_pieces(&mut self, window: &str, prefix: &str) -> String {
        let mut all = String::new();
        while !all.ends_with('.') {
            let line = self.sees(window, prefix);
            all.push_str(line.split_once(prefix).map_or("", |(_, piece)| piece));
        }
        all
    }

    /// For what must not have come, after something that came later has been seen.
    #[track_caller]
    pub fn never_saw(&self, window: &str, pattern: &str) {
        let log = self.client.log(window);
        assert!(!log.is_empty(), "{} has no window {window}", self.nick);
        if let Some((line, _)) = next_match(&log, pattern) {
            panic!("{} saw {line:?} in {window}", self.nick);
        }
    }

    /// Types the client's command for leaving and waits for the program to end.
    #[track_caller]
    pub fn quits(&mut self, words: &str) {
        self.client.enter(STATUS, &format!("/quit {words}"));
        let ended = wait_for(|| self.client.has_ended().then_some(()));
        assert!(ended.is_some(), "{} typed /quit and the program goes on", self.nick);
    }
}

impl Drop for Person {
    fn drop(&mut self) {
        if thread::panicking() {
            eprintln!("--- what {} saw\n{}", self.nick, self.client.report());
        }
    }
}

/// All logs of a folder, one after another.
pub fn all_logs(folder: &Path) -> io::Result<String> {
    let mut text = String::new();
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        text.push_str(&format!("- {}\n", path.file_name().unwrap_or_default().display()));
        text.push_str(&String::from_utf8_lossy(&fs::read(path)?));
    }
    Ok(text)
}

/// The first finished line that holds the pattern, and the length of the log up to its end.
fn next_match(log: &str, pattern: &str) -> Option<(String, usize)> {
    let mut length = 0;
    for line in log.split_inclusive('\n').filter(|line| line.ends_with('\n')) {
        length += line.len();
        if holds(line, pattern) {
            return Some((line.trim_end().to_owned(), length));
        }
    }
    None
}

fn holds(line: &str, pattern: &str) -> bool {
    let mut rest = Some(line);
    for part in pattern.split('*') {
        rest = rest.and_then(|rest| rest.split_once(part)).map(|(_, after)| after);
    }
    rest.is_some()
}

#[test]
fn a_match_is_a_whole_line_and_ends_behind_it() {
    let log = "alice has joined\nbob (b@h) has joined\nalice has joi";
    let (line, length) = next_match(log, "bob * joined").expect("bob's line");
    assert_eq!(line, "bob (b@h) has joined");
    assert_eq!(next_match(&log[length..], "alice"), None, "that line is not finished");
    assert_eq!(next_match(log, "joined * bob"), None, "parts must come in their order");
}
