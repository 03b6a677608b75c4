//! The player against a server that says what it is told to: `EMIT x` says x to the sender,
//! `TELL x` to everybody.

use std::collections::VecDeque;
use std::path::Path;

use super::*;
use crate::scenario::read;
use crate::server::{Conn, Error, Received, Unsupported};

#[derive(Default)]
struct Parrot {
    conns: Vec<(VecDeque<Received>, String)>,
    timeless: bool,
}

impl Parrot {
    fn say(&mut self, conn: Conn, line: &str) {
        self.conns[conn.0].0.push_back(Received::Line(line.as_bytes().to_vec()));
    }

    fn line(&mut self, conn: Conn, line: &str) {
        let (verb, rest) = line.split_once(' ').unwrap_or((line, ""));
        match verb {
            "NICK" => self.conns[conn.0].1 = rest.to_owned(),
            "USER" => {
                let nick = self.conns[conn.0].1.clone();
                self.say(conn, &format!(":s 001 {nick} :hello"));
                self.say(conn, &format!(":s 005 {nick} A=1 B :are supported"));
                self.say(conn, &format!(":s 422 {nick} :no motd"));
            }
            "CAP" if rest.starts_with("LS") => self.say(conn, ":s CAP * LS :one two=2"),
            "EMIT" => self.say(conn, rest),
            "TELL" => (0..self.conns.len()).for_each(|i| self.say(Conn(i), rest)),
            "QUIT" => self.conns[conn.0].0.push_back(Received::Closed),
            _ => {}
        }
    }
}

impl Server for Parrot {
    fn connect(&mut self) -> Result<Conn, Error> {
        self.conns.push(Default::default());
        Ok(Conn(self.conns.len() - 1))
    }

    fn send(&mut self, conn: Conn, bytes: &[u8]) -> Result<(), Error> {
        String::from_utf8_lossy(bytes).lines().for_each(|line| self.line(conn, line));
        Ok(())
    }

    fn receive(&mut self, conn: Conn) -> Result<Received, Error> {
        Ok(self.conns[conn.0].0.pop_front().unwrap_or(Received::Nothing))
    }

    fn close(&mut self, _conn: Conn) {}

    fn advance(&mut self, by: Duration) -> Result<(), Unsupported> {
        if self.timeless {
            return Err(Unsupported);
        }
        if !by.is_zero() {
            self.line(Conn(0), &format!("TELL TICK {}", by.as_secs()));
        }
        Ok(())
    }

    fn knows_silence(&self) -> bool {
        true
    }
}

fn play_on(mut server: Parrot, steps: &str) -> Outcome {
    let text = format!("## a title\n{steps}");
    let scenario = read(Path::new("x.irc"), &text).unwrap().remove(0);
    Player::new(&mut server).play(&scenario)
}

#[track_caller]
fn passes(steps: &str) {
    let outcome = play_on(Parrot::default(), steps);
    assert!(matches!(outcome, Outcome::Passed), "{steps}\n{outcome:?}");
}

#[track_caller]
fn fails_at(line: usize, steps: &str) -> String {
    match play_on(Parrot::default(), steps) {
        Outcome::Failed(failure) => {
            assert_eq!(failure.line, line, "{failure}");
            failure.to_string()
        }
        outcome => panic!("{steps}\n{outcome:?}"),
    }
}

#[test]
fn a_line_as_expected_passes_and_another_fails_with_what_came() {
    passes("alice joins\nalice> EMIT :x A b\nalice< A b\n");
    let report = fails_at(4, "alice joins\nalice> EMIT :x A b\nalice< A c\n");
    assert!(report.starts_with("x.irc:4: alice< A c"), "{report}");
    assert!(report.contains(":x A b"), "{report}");
}

#[test]
fn a_missing_line_fails() {
    fails_at(4, "alice joins\nalice> NOTHING\nalice< A\n");
    fails_at(4, "alice joins\nalice> NOTHING\nalice<+ A\n");
    fails_at(4, "alice joins\nalice> EMIT A\nalice<~ A\nalice<~ B\n");
}

#[test]
fn a_line_too_many_fails_for_whoever_heard_it() {
    fails_at(3, "alice joins\nalice> EMIT A\n");
    fails_at(3, "alice joins\nalice> EMIT A\nalice> EMIT B\nalice< A\nalice< B\n");
    let report = fails_at(4, "alice and bob join\nalice> TELL A\nalice< A\n");
    assert!(report.contains("bob heard more than expected"), "{report}");
    fails_at(4, "alice and bob join\nalice> TELL A\nbob hears nothing\n");
}

#[test]
fn what_is_ignored_does_not_count() {
    passes("alice joins\nalice> EMIT A\nalice< ...\n");
    passes("alice and bob join\nalice> TELL A\nall ignore the rest\n");
    passes("alice and bob join\nalice does TELL A\n");
}

#[test]
fn optional_and_repeated_lines_may_be_there() {
    passes("alice joins\nalice> EMIT B\nalice<? A\nalice<* A\nalice< B\n");
    passes("alice joins\nalice>> \"EMIT A\\r\\nEMIT A\\r\\n\"\nalice<* A\n");
    fails_at(4, "alice joins\nalice>> \"EMIT A\\r\\nEMIT A\\r\\n\"\nalice<? A\n");
}

#[test]
fn neighbours_in_any_order_are_each_found_once() {
    let send = "alice joins\nalice>> \"EMIT B\\r\\nEMIT A\\r\\n\"\n";
    passes(&format!("{send}alice<~ A\nalice<~? C\nalice<~ B\n"));
    fails_at(4, &format!("{send}alice<~ A\nalice<~ A\nalice<~ B\n"));
}

#[test]
fn a_gap_found_once_is_sent_and_expected_from_then_on() {
    passes("alice joins\nalice> EMIT KEY k7\nalice< KEY {key}\nalice> EMIT A {key}\nalice< A k7\n");
    fails_at(5, "alice joins\nalice> EMIT KEY k7\nalice< KEY {key}\nalice> EMIT {other}\n");
}

#[test]
fn words_asked_for_may_stand_in_several_lines() {
    let send = "alice joins\nalice>> \"EMIT 005 a X=1\\r\\nEMIT 005 a Y Z\\r\\n\"\n";
    passes(&format!("{send}alice< 005 a ... has Y X=*\n"));
    fails_at(4, &format!("{send}alice< 005 a ... has Y W\n"));
}

#[test]
fn the_end_of_a_connection_must_be_expected_and_must_come() {
    passes("alice joins\nalice>> \"EMIT ERROR :bye\\nQUIT\\n\"\nalice< closed\n");
    fails_at(3, "alice joins\nalice> QUIT\n");
    fails_at(4, "alice joins\nalice> EMIT A\nalice< closed\n");
}

#[test]
fn time_moves_only_where_it_can() {
    let steps = "needs: virtual-time\nalice joins\nwait 2m\nalice< TICK 120\n";
    passes(steps);
    let timeless = Parrot { timeless: true, ..Default::default() };
    assert!(matches!(play_on(timeless, steps), Outcome::Skipped(_)));
}

#[test]
fn what_a_server_does_not_offer_is_not_asked_of_it() {
    for offered in ["cap two", "isupport A", "isupport A=1", "isupport B", "isupport A=*"] {
        fails_at(1 + 2, &format!("needs: {offered}\nalice< A\n"));
    }
    for lacking in ["cap three", "isupport A=2", "isupport C"] {
        let outcome = play_on(Parrot::default(), &format!("needs: {lacking}\nalice< A\n"));
        assert!(matches!(outcome, Outcome::Skipped(_)), "{lacking}");
    }
    let outcome = play_on(Parrot::default(), "only: another\nalice< A\n");
    assert!(matches!(outcome, Outcome::Skipped(_)));
}

#[test]
fn a_line_that_no_server_may_send_fails() {
    let report = fails_at(3, "alice joins\nalice> EMIT {\"x\" * 511}\nalice ignores the rest\n");
    assert!(report.contains("more than 512 bytes"), "{report}");
    passes("alice joins\nalice> EMIT {\"x\" * 510}\nalice ignores the rest\n");
    fails_at(3, "alice joins\nalice> EMIT a\\0b\nalice ignores the rest\n");
}
