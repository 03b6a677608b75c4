//! Programs on pipes and clients of the workshop chat among IRC clients, against the real program.
//!
//! Whatever the gateway writes to a link goes through a checker that knows nothing of our codec.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test may panic")]

mod bad_links;
mod bridge;
#[path = "../support/netchat_checker.rs"]
mod checker;
mod lines;
mod peers;

#[allow(dead_code, reason = "other suites need the rest")]
#[path = "../bad_input/person.rs"]
mod person;
mod site;
mod snapshots;
#[path = "../support/mod.rs"]
mod support;
mod workshop;

use person::Person;
use site::Site;
use support::program::Program;

/// One link, to `#office`.
const OFFICE: &str = "\
[[gateway.netchat]]
name = \"office\"
input = \"run/office.in\"
output = \"run/office.out\"
channel = \"#office\"
";

/// Another link to the same channel.
const ANNEX: &str = "\
[[gateway.netchat]]
name = \"annex\"
input = \"run/annex.in\"
output = \"run/annex.out\"
channel = \"#office\"
";

fn office() -> Program {
    Program::start(&[], OFFICE)
}

impl Person {
    /// In `#office`.
    pub fn in_office(server: &Program, nick: &'static str) -> Self {
        let mut person = Self::register(server, nick);
        person.asks("JOIN #office");
        person
    }

    /// The next line that has this in it.
    #[track_caller]
    pub fn hears(&mut self, words: &str) -> String {
        loop {
            let line = self.line().unwrap_or_else(|| panic!("closed before {words:?}"));
            if line.contains(words) {
                return line;
            }
        }
    }
}
