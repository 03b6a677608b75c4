//! Every command with parameters that nobody meant, at every stage.

use std::collections::BTreeSet;
use std::thread;

use super::form::form;
use super::harness::Harness;
use super::model::Model;
use super::operator::PASSWORD;
use super::rng::Rng;
use super::silence::{self, SILENT};
use super::test_shard::Link;
use pipewright::command::{Spec, TABLE};

/// How far a client has come when it sends the line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stage {
    /// It has sent nothing.
    New,
    /// NICK has come, USER not.
    Named,
    /// It is in `#c`, which it has founded, together with `ann`.
    User,
    /// That, and an operator.
    Operator,
}

const STAGES: [Stage; 4] = [Stage::New, Stage::Named, Stage::User, Stage::Operator];

/// Lines of chance for each command and stage.
const BY_CHANCE: usize = 60;

#[test]
fn every_command_answers_whatever_parameters_it_is_given_and_nobody_is_disconnected() {
    let outcomes: Vec<_> = thread::scope(|scope| {
        let stages = STAGES.map(|stage| scope.spawn(move || at_stage(stage)));
        stages.into_iter().map(|stage| stage.join().expect("no panic")).collect()
    });
    let faults: Vec<_> = outcomes.iter().flat_map(|(faults, _)| faults).cloned().collect();
    assert!(faults.is_empty(), "{} faults:\n{}", faults.len(), faults.join("\n"));
    for row in SILENT {
        let used = outcomes.iter().any(|(_, used)| used.contains(row.verb));
        assert!(used, "{} is never silent, though {}", row.verb, row.why);
    }
}

/// What is wrong, and which commands were silent.
fn at_stage(stage: Stage) -> (Vec<String>, BTreeSet<&'static str>) {
    let (mut faults, mut used) = (Vec::new(), BTreeSet::new());
    for (at, spec) in TABLE.iter().enumerate() {
        let mut rng = Rng::new(at as u64);
        let mut lines = shapes(spec);
        lines.extend((0..BY_CHANCE).map(|_| by_chance(spec, &mut rng)));
        for line in lines {
            if let Err(fault) = one(spec, stage, &line, &mut used) {
                faults.push(format!("{stage:?}: {}: {fault}", line.escape_ascii()));
            }
        }
    }
    (faults, used)
}

/// Sends one line in a network of its own, with somebody looking on from another shard.
fn one(
    spec: &Spec,
    stage: Stage,
    line: &[u8],
    used: &mut BTreeSet<&'static str>,
) -> Result<(), String> {
    let mut harness = Harness::new(2, 1);
    let mut ann = Model::new("~ann".to_owned());
    ann.takes_any_text = true;
    let looks_on = open(&mut harness, 1, "NICK ann\r\nUSER ann 0 * :ann\r\nJOIN #a\r\n");
    let (setup, shard) = match stage {
        Stage::New => (String::new(), 0),
        Stage::Named => ("NICK bob\r\n".to_owned(), 0),
        Stage::User => (REGISTERS.to_owned(), 0),
        Stage::Operator => (format!("{REGISTERS}OPER oper {PASSWORD}\r\n"), 0),
    };
    let sends = open(&mut harness, shard, &setup);
    say(&mut harness, looks_on, b"JOIN #c\r\n");
    hear(&mut harness, sends)?;
    say(&mut harness, sends, &[line, b"\r\n"].concat());
    let (answer, is_closed) = hear(&mut harness, sends)?;
    let (bytes, _) = harness.test_shard(looks_on).read(looks_on);
    // A text may be cut within a character: that is not what this looks for.
    let seen = String::from_utf8_lossy(&bytes);
    ann.read(seen.as_bytes(), |_| {}).map_err(|why| format!("ann: {why}"))?;
    if seen.contains("Internal error") {
        return Err("a fault of the server where ann is".to_owned());
    }
    if is_closed {
        let error = answer.last().map(|line| line.escape_ascii().to_string()).unwrap_or_default();
        let killed = stage == Stage::Operator && spec.verb == "KILL" && error.contains("(Killed (");
        let quit = spec.verb == "QUIT" && error.contains("(Quit");
        // Whoever is no gateway that is known is closed (IRCv3 WebIRC).
        let webirc = spec.verb == "WEBIRC" && error.contains("(WEBIRC is not allowed");
        let ended = error.starts_with("ERROR ") && (killed || quit || webirc);
        return if ended { Ok(()) } else { Err(format!("closed: {error}")) };
    }
    if answer.is_empty() {
        used.insert(silence::of(spec.verb, stage, line).ok_or("no answer")?.verb);
    }
    say(&mut harness, sends, b"PING alive\r\n");
    let (pong, _) = hear(&mut harness, sends)?;
    if !pong.iter().any(|line| line.ends_with(b" :alive")) {
        return Err("no PONG".to_owned());
    }
    Ok(())
}

const REGISTERS: &str = "NICK bob\r\nUSER bob 0 * :bob\r\nJOIN #c\r\n";

fn open(harness: &mut Harness, shard: usize, setup: &str) -> Link {
    let now = harness.now;
    let link = harness.shards[shard].open(now);
    say(harness, link, setup.as_bytes());
    link
}

fn say(harness: &mut Harness, link: Link, bytes: &[u8]) {
    let now = harness.now;
    harness.test_shard(link).feed(now, link, bytes);
    harness.publish();
}

/// The lines that have come, each in good form.
fn hear(harness: &mut Harness, link: Link) -> Result<(Vec<Vec<u8>>, bool), String> {
    let (bytes, is_closed) = harness.test_shard(link).read(link);
    let mut lines = Vec::new();
    for line in bytes.split_inclusive(|byte| *byte == b'\n') {
        form(line).map_err(|why| format!("{why}: {}", line.escape_ascii()))?;
        lines.push(line[..line.len() - 2].to_vec());
    }
    Ok((lines, is_closed))
}

/// Too few, too many, empty, overlong, not UTF-8, wildly wrong.
fn shapes(spec: &Spec) -> Vec<Vec<u8>> {
    let verb = spec.verb;
    let words = |word: &str, count: usize| format!("{verb}{}", format!(" {word}").repeat(count));
    let mut lines: Vec<_> = (0..=6).map(|count| words("x", count)).collect();
    lines.extend([14, 15, 16, 60, 200].map(|count| words("x", count)));
    for word in WORDS {
        lines.extend((1..=4).map(|count| words(word, count)));
    }
    for text in ["", " ", ":", ",", " x"] {
        lines.extend((0..4).map(|count| format!("{} :{text}", words("#c", count))));
        lines.extend((0..4).map(|count| format!("{} :{text}", words("ann", count))));
    }
    for long in ["x", "#", ",", "#c,", "ann,", "+", "*", "?*", "b", "\u{e9}", "+o", "\\", "%"] {
        for room in [400, 510 - verb.len() - 1, 513 - verb.len()] {
            lines.push(format!("{verb} {}", long.repeat(room / long.len())));
            lines.push(format!("{verb} #c {}", long.repeat((room - 3) / long.len())));
            lines.push(format!("{verb} ann :{}", long.repeat((room - 5) / long.len())));
        }
    }
    let mut lines: Vec<_> = lines.into_iter().map(String::into_bytes).collect();
    let odd: [&[u8]; 8] = [
        b"\xff",
        b"#\xff",
        b"\xc3",
        b"\xed\xa0\x80",
        b"\x01\x02\x03",
        b"\x7f",
        b"a\x00b",
        b"\xe4,\xf6",
    ];
    for odd in odd {
        for count in 1..=4 {
            lines.push([verb.as_bytes(), &[b" ", odd].concat().repeat(count)].concat());
            lines.push([verb.as_bytes(), &b" #c".repeat(count - 1), b" :", odd].concat());
            lines.push([verb.as_bytes(), &b" ann".repeat(count - 1), b" :", odd].concat());
        }
    }
    lines
}

/// What some command or other takes for something.
pub const WORDS: &[&str] = &[
    "0",
    "-1",
    "1",
    "99999999999999999999",
    "+",
    "-",
    "+-+-",
    "*",
    "?",
    "%",
    "@",
    "!",
    "#",
    "##",
    "&",
    "&c",
    "$",
    "$*",
    "$$*",
    "#*",
    ",",
    ",,",
    "=",
    "~",
    "@#c",
    "+#c",
    "@+",
    "#c",
    "#C",
    "#a",
    "#b",
    "#a,#b",
    "#c,#c",
    "ann",
    "ANN",
    "bob",
    "bob,ann,zed",
    "nobody",
    "*!*@*",
    "!@",
    "a!b@c!d@e",
    "irc.example.org",
    "irc.example.com",
    "*.org",
    "+b",
    "-b",
    "b",
    "+k",
    "-k",
    "+l",
    "+l-l",
    "+o",
    "+v",
    "-o",
    "+ov",
    "+qaohvbeIklfjJW",
    "-qaohvbeIklfjJW",
    "+imnpstCcMNQRSTUrz",
    "+f",
    "+j",
    "+J",
    "+i",
    "-i",
    "+w",
    "+gDRTB",
    "LS",
    "302",
    "REQ",
    "ACK",
    "END",
    "LIST",
    "CLEAR",
    "NEW",
    "C",
    "L",
    "S",
    "l",
    "s",
    "m",
    "u",
    "k",
    "+ann",
    "-ann",
    "+ann,bob",
    "ann!*@*",
    "+ann!*@*",
    ">5",
    "<5",
    "T<5",
    "C>5",
    "!#a*",
    "%tcuihsnfdlaor",
    "%t,1",
    "o",
    "nuhisr",
    "\u{e9}",
    "\u{1F600}",
    "\u{3}4x",
    "::",
];

/// A few words of [`WORDS`], some of them spoiled.
fn by_chance(spec: &Spec, rng: &mut Rng) -> Vec<u8> {
    let mut line = spec.verb.as_bytes().to_vec();
    for _ in 0..rng.below(6) {
        let mut word = rng.pick(WORDS).as_bytes().to_vec();
        if rng.once_in(4) {
            word.extend_from_slice(rng.pick(WORDS).as_bytes());
        }
        if rng.once_in(6) {
            let at = rng.below(word.len());
            word[at] = (rng.next() % 255 + 1) as u8;
        }
        line.extend_from_slice(if rng.once_in(8) { b" :" } else { b" " });
        line.extend_from_slice(&word);
    }
    line.retain(|byte| !matches!(byte, b'\r' | b'\n'));
    line
}
