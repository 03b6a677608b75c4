//! The screen of a peer, in a tmux that only this test knows.

use std::{
    ffi::OsStr,
    fs,
    process::{Command, Output},
    thread,
    time::{Duration, Instant},
};

use rustix::process::{Pid, Signal, kill_process_group};
use tempfile::{TempDir, tempdir};

use crate::process::{PATIENCE, PROGRAM, Process};

/// A peer called `anna` on a terminal of 60 columns.
struct Terminal {
    folder: TempDir,
}

impl Terminal {
    fn start() -> Self {
        let terminal = Self { folder: tempdir().unwrap() };
        let command = format!(
            "cd {} && {PROGRAM} peer --name anna --input b-to-a --output a-to-b; echo status $?; cat",
            terminal.folder.path().display()
        );
        terminal.tmux(["new-session", "-d", "-x60", "-y12", "sh", "-c", &command]);
        terminal
    }

    fn tmux(&self, arguments: impl IntoIterator<Item = impl AsRef<OsStr>>) -> Output {
        Command::new("tmux")
            .args(["-u", "-f", "/dev/null", "-S"])
            .arg(self.folder.path().join("tmux"))
            .args(arguments)
            .env("HOME", self.folder.path())
            .env("LC_ALL", "C.UTF-8")
            .env_remove("TMUX")
            .output()
            .expect("tmux is installed")
    }

    fn types(&self, text: &str) {
        self.tmux(["send-keys", "-l", "--", text]);
    }

    fn presses(&self, key: &str) {
        self.tmux(["send-keys", key]);
    }

    fn screen(&self) -> String {
        String::from_utf8_lossy(&self.tmux(["capture-pane", "-p"]).stdout).into_owned()
    }

    /// Looks again until the screen is so: a terminal gives no other sign.
    #[track_caller]
    fn shows(&self, what: &str) {
        self.comes_to(what, |screen| screen.contains(what));
    }

    #[track_caller]
    fn hides(&self, what: &str) {
        self.comes_to(what, |screen| !screen.contains(what));
    }

    #[track_caller]
    fn comes_to(&self, what: &str, is_so: impl Fn(&str) -> bool) {
        let deadline = Instant::now() + PATIENCE;
        while !is_so(&self.screen()) {
            assert!(Instant::now() < deadline, "{what:?}\n{}", self.screen());
            thread::park_timeout(Duration::from_millis(20));
        }
    }
}

impl Drop for Terminal {
    fn drop(&mut self) {
        let panes = self.tmux(["list-panes", "-a", "-F", "#{pane_pid}"]).stdout;
        for pid in String::from_utf8_lossy(&panes).split_whitespace() {
            // The shell and what it runs; failing only when they have ended already.
            let group = pid.parse().ok().and_then(Pid::from_raw);
            let _ = group.map(|group| kill_process_group(group, Signal::KILL));
        }
        self.tmux(["kill-server"]);
    }
}

#[test]
#[ignore = "needs tmux (Debian package)"]
fn every_key_does_what_the_last_row_says() {
    let anna = Terminal::start();
    anna.shows("anna, with nobody else, no one can hear you");
    anna.shows("Enter all  ^P private");
    anna.types("nobody hears this");
    anna.presses("Enter");
    anna.shows("! No one can hear you: no one reads the pipe");

    let mut bob = Process::peer(anna.folder.path(), "bob", "a-to-b", "b-to-a");
    bob.prints("joined\tanna");
    anna.shows("* bob joined");
    anna.shows("anna, with bob\n");
    anna.types("zażółć 今晩は 🦆");
    anna.shows("> zażółć 今晩は 🦆");
    anna.presses("Enter");
    bob.prints("public\tanna\tzażółć 今晩は 🦆");
    anna.shows("anna: zażółć 今晩は 🦆");
    bob.says("hello \u{1b}[2J\u{7}");
    anna.shows("bob: hello \\u{1b}[2J\\u{7}");

    anna.types("psst");
    anna.presses("C-p");
    anna.shows("! To whom?");
    for _ in 0..4 {
        anna.presses("BSpace");
    }
    anna.presses("C-r");
    anna.shows("(^P bob) >");
    anna.types("a word");
    anna.presses("C-p");
    bob.prints("private\tanna\ta word");
    anna.shows("you to bob: a word");
    bob.says("/msg anna and one back");
    anna.shows("bob to you: and one back");

    anna.presses("C-h");
    anna.shows("* clock: anna ");
    anna.presses("C-s");
    anna.shows("* Snapshot saved");
    let history = fs::read_to_string(anna.folder.path().join("history.json")).unwrap();
    assert!(history.contains("a word") && history.contains("and one back"), "{history}");

    anna.presses("Up");
    anna.hides("* Snapshot saved");
    anna.presses("Down");
    anna.shows("* Snapshot saved");

    anna.presses("C-c");
    bob.prints("left\tanna");
    anna.shows("status 0");
    anna.hides("Enter all");
}

#[test]
#[ignore = "needs tmux (Debian package)"]
fn a_peer_that_is_told_to_end_gives_the_terminal_back() {
    let anna = Terminal::start();
    anna.shows("Enter all");
    let panes = anna.tmux(["list-panes", "-F", "#{pane_pid}"]).stdout;
    let runtime = String::from_utf8(panes).unwrap();
    let children = format!("/proc/{0}/task/{0}/children", runtime.trim());
    let peer = fs::read_to_string(children).unwrap();
    Command::new("sh").args(["-c", "kill -TERM $0", peer.trim()]).status().unwrap();
    anna.shows("status 0");
    anna.types("echoed as a terminal does");
    anna.shows("echoed as a terminal does");
}

#[test]
#[ignore = "needs tmux (Debian package)"]
fn a_ring_within_tmux_is_a_window_of_it() {
    let anna = Terminal::start();
    anna.shows("Enter all");
    anna.presses("C-c");
    anna.shows("status 0");
    let ring = format!("cd {} && {PROGRAM} ring 2 --tmux; cat", anna.folder.path().display());
    anna.tmux(["respawn-pane", "-k", "sh", "-c", &ring]);
    anna.shows("peer2, with peer1");
    let panes = anna.tmux(["list-panes"]).stdout;
    assert_eq!(String::from_utf8_lossy(&panes).lines().count(), 2);
}
