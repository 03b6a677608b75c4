//! Which commands say nothing, when, and why that is right.

use super::bad::Stage::{self, Named, New, Operator};
use super::line::Line;
use super::test_shard::settings;
use pipewright::proto::names::Nick;

/// A command that may stay without an answer.
pub struct Silent {
    pub verb: &'static str,
    pub why: &'static str,
    when: fn(Stage, &Line<'_>) -> bool,
}

const fn row(verb: &'static str, why: &'static str, when: fn(Stage, &Line<'_>) -> bool) -> Silent {
    Silent { verb, why, when }
}

/// In alphabetical order; `bob` is who says it.
pub const SILENT: &[Silent] = &[
    row("ACCEPT", "the list takes them without a word, as elsewhere", |_, line| {
        items(line, 0).all(is_there)
    }),
    row("CAP", "END has no reply (IRCv3 capability negotiation)", |_, line| {
        line.param(0).eq_ignore_ascii_case("END")
    }),
    row("DIE", "all are told once the server stops", |stage, line| {
        stage == Operator && line.param(0) == &*settings().machine.server_name
    }),
    row("JOIN", "who is there already stays there", |_, line| items(line, 0).all(is_their_channel)),
    row("MODE", "nothing is asked", |_, line| only_signs(line.param(1))),
    row("MONITOR", "C and - have no reply, nor has an empty list or what is no nick", |_, line| {
        match line.param(0) {
            "+" => !items(line, 1).any(is_nick),
            word => matches!(word, "-" | "C" | "c" | "S" | "s"),
        }
    }),
    row("NICK", "registration goes on, or it is called so", |stage, line| match stage {
        New | Named => is_nick(line.param(0)),
        _ => line.param(0) == "bob",
    }),
    row("NOTICE", "it is never answered (RFC 1459, section 4.4.2)", |stage, line| {
        !matches!(stage, New | Named) || line.params.concat().contains('\0')
    }),
    row("PASS", "it is looked at when registration is complete", |stage, _| {
        matches!(stage, New | Named)
    }),
    row("PONG", "it is an answer", |_, _| true),
    row("PRIVMSG", "it was told", |_, line| {
        items(line, 0).all(|target| is_there(target) || is_channel_of_theirs(target))
            && !line.param(1).is_empty()
    }),
    row("SAJOIN", "they are there already", |_, line| {
        is_there(line.param(0)) && items(line, 1).all(is_their_channel)
    }),
    row("SAMODE", "nothing is asked", |_, line| only_signs(line.param(1))),
    row("SANICK", "they are called so already", |_, line| line.param(0) == line.param(1)),
    row("SETNAME", "only those with the capability are told", |stage, _| {
        !matches!(stage, New | Named)
    }),
    row("SILENCE", "there is no such mask to be taken off", |_, line| {
        line.param(0).starts_with('-')
    }),
    row("USER", "NICK is still to come", |stage, _| stage == New),
    row("WALLOPS", "those are told who have +w", |stage, _| stage == Operator),
    row("WATCH", "nothing is asked: servers of old pass over all but + C L S l", |_, line| {
        let mut words = line.params.iter().flat_map(|words| words.split([' ', ',']));
        !words.any(|word| word.starts_with('+') || matches!(word, "l" | "L" | "s" | "S"))
    }),
];

/// The row that lets `line` stay without an answer.
pub fn of(verb: &str, stage: Stage, line: &[u8]) -> Option<&'static Silent> {
    let text = String::from_utf8_lossy(line);
    let line = Line::parse(&text);
    SILENT.iter().find(|row| row.verb == verb && (row.when)(stage, &line))
}

fn items<'a>(line: &Line<'a>, at: usize) -> impl Iterator<Item = &'a str> {
    line.param(at).split(',').filter(|item| !item.is_empty())
}

fn is_there(nick: &str) -> bool {
    nick.eq_ignore_ascii_case("ann") || nick.eq_ignore_ascii_case("bob")
}

fn is_their_channel(name: &str) -> bool {
    name.eq_ignore_ascii_case("#c")
}

/// Also with a rank before it.
fn is_channel_of_theirs(target: &str) -> bool {
    is_their_channel(target.trim_start_matches(['~', '&', '@', '%', '+']))
}

fn is_nick(word: &str) -> bool {
    Nick::parse(word.as_bytes(), settings().network.limits.nick).is_some()
}

fn only_signs(letters: &str) -> bool {
    letters.bytes().all(|sign| matches!(sign, b'+' | b'-'))
}
