//! What the targets begin with: the dialogues of the scenarios, a recorded one of netchat peers, the
//! shipped configuration, and the words of the tables.

use std::fs;
use std::path::Path;

use super::lines;
use super::prepared::{Case, Who};
use pipewright::command::TABLE;
use pipewright::config::default_config;
use pipewright::core::modes::{CHANNEL_MODES, USER_MODES};
use pipewright::proto::caps::CAPS;

/// The first inputs of a target.
pub fn of(target: &str) -> Vec<Vec<u8>> {
    match target {
        "config" => config(),
        "cost" => cost(),
        "framing" => {
            sessions().into_iter().map(|script| [b"\x55\x05", &*script].concat()).collect()
        }
        "masks" => MASKS.iter().map(|mask| mask.as_bytes().to_vec()).collect(),
        "message" => lines(),
        "modes" => modes(),
        "pipe" => pipe(),
        "tags" => TAGS.iter().map(|tags| tags.as_bytes().to_vec()).collect(),
        _ => sessions(),
    }
}

/// Words that mean something to some target.
pub fn dictionary() -> Vec<Vec<u8>> {
    let verbs = TABLE.iter().map(|spec| format!("{} ", spec.verb));
    let caps = CAPS.iter().map(|cap| cap.name.to_owned());
    let channel = CHANNEL_MODES.iter().map(|mode| format!("+{}", char::from(mode.letter)));
    let user = USER_MODES.iter().map(|mode| format!("-{}", char::from(mode.letter)));
    let words = WORDS.iter().map(|word| (*word).to_owned());
    let all = verbs.chain(caps).chain(channel).chain(user).chain(words);
    all.map(String::into_bytes).collect()
}

const WORDS: &[&str] = &[
    " :",
    ":",
    " ",
    ",",
    "\n",
    "\n0",
    "\n1",
    "\n2",
    "\n3",
    "\n4",
    "\n!",
    "\n~",
    "\n=",
    "\n^\u{7f}",
    "\n%",
    "\n#",
    "\r",
    "#c",
    "#d",
    "#c,#d",
    "m0",
    "m1",
    "m2",
    "m3",
    "m0,m1",
    "x",
    "*",
    "?",
    "!",
    "@",
    "*!*@*",
    "m1!*@*",
    "127.0.0.1",
    "127.0.0.0/8",
    "$a:",
    "~q:",
    "oper right",
    "irc.example.org",
    "0",
    "1",
    "99999999999999999999",
    "2:5",
    "%",
    "%tcuihsnfdlaor,1",
    "\u{e9}",
    "\u{1}ACTION x\u{1}",
    "\u{3}4",
    "@+x=\\s;y ",
    "@label=1 ",
    "@time=x ",
    "key",
    "REQ :",
    "LS 302",
    "END",
    "C",
    "S",
    "L",
    "+",
    "-",
    "\\",
    "\\s",
    "\\:",
    ";",
    "=",
    "[[listen]]\n",
    "[limits]\n",
    "[server]\n",
    "\"",
    "'",
    "{",
    "}",
    "[",
    "]",
    " = ",
    "true",
    "\"\"\"",
    "{\"id\":",
    ",\"sender_id\":\"",
    ",\"header\":",
    "\"Connection\"",
    "\"Disconnection\"",
    "{\"Public\":\"",
    "{\"Private\":[\"netchat-office\",\"",
    "{\"SnapshotRequest\":\"",
    "{\"SnapshotResponse\":[\"netchat-office\",[",
    ",\"clock\":{\"netchat-office\":",
    "9223372036854775807",
    "18446744073709551615",
    "\\u000a",
    "\\u202e",
    "/msg m1 ",
];

const MASKS: &[&str] = &[
    "*!*@*\nann!~ann@127.0.0.1",
    "a*b?c\\*\nabxc*",
    "[x]!{y}@Z\n{X}![Y]@z",
    "**a**a**a**\naaaaaaaa",
    "\u{e9}?\n\u{e9}\u{e8}",
    "nick\nnick!user@host",
    "user@host\nnick!user@host",
];

const TAGS: &[&str] =
    &["a=b;c;d=\\:\\s\\\\\\r\\n;+x.y/z=1;label=\\", "time=2026-11-22T00:00:00.000Z;;="];

/// Lines that were written to be dear.
fn cost() -> Vec<Vec<u8>> {
    let verbs = TABLE.iter().map(|spec| spec.verb).chain([""]);
    let sent = |case: Case| {
        let who = Who::ALL.iter().position(|who| *who == case.who).unwrap_or_default();
        let lines: Vec<_> = case.before.into_iter().chain([case.line]).collect();
        [who.to_string().into_bytes(), lines.join(&b'\n')].concat()
    };
    verbs.flat_map(lines::by_hand).map(sent).collect()
}

fn config() -> Vec<Vec<u8>> {
    let shipped = default_config();
    // Each key with its value, which the shipped file has as a comment or not.
    let uncommented = shipped.lines().map(|line| line.strip_prefix("# ").unwrap_or(line));
    let all: Vec<_> =
        uncommented.filter(|line| line.contains(" = ") || line.starts_with('[')).collect();
    let mut inputs: Vec<_> = all.iter().map(|line| line.as_bytes().to_vec()).collect();
    inputs.push(all.join("\n").into_bytes());
    inputs.push(shipped.into_bytes());
    inputs
}

fn lines() -> Vec<Vec<u8>> {
    let all = sessions().concat();
    let lines = all.split(|byte| *byte == b'\n').filter(|line| line.len() > 1);
    let tags = b"@a=b;c :ann!~ann@127.0.0.1 privmsg #c,d  e :f g".to_vec();
    lines.map(|line| line[1..].to_vec()).chain([tags]).collect()
}

fn modes() -> Vec<Vec<u8>> {
    let sessions = sessions();
    let scripts = sessions.iter().filter_map(|script| {
        let mut modes = Vec::new();
        for line in script.split(|byte| *byte == b'\n') {
            if let Some((who, rest)) = line.split_first()
                && let Some(rest) = rest.strip_prefix(b"MODE #c ")
            {
                modes.extend_from_slice(&[&[*who], rest, b"\n"].concat());
            }
        }
        (!modes.is_empty()).then_some(modes)
    });
    scripts.collect()
}

/// The recorded conversation, each of its sides and its lines alone, to us as one of the two.
fn pipe() -> Vec<Vec<u8>> {
    let sides = RECORDED.map(|(us, said)| said.replace(us, "netchat-office"));
    let own = "jguest\nphello\npbob>secret\npguest>known\ns\n^\n";
    let after =
        "a\na\n1\ngguest\nlguest\ns\n^\n^\nx\nx1\n/msg anna your build failed\n/msg\nbuild 42";
    let whole = sides.iter().map(|side| format!("{own}{side}{after}"));
    let lines = sides.iter().flat_map(|side| side.lines().map(|line| format!("{line}\na\n")));
    let odd = PIPED.iter().map(|line| format!("s\n{line}\na\n^\n^\n"));
    whole.chain(lines).chain(odd).map(|text| format!("\x1f{text}").into_bytes()).collect()
}

const RECORDED: [(&str, &str); 2] = [
    ("bob", include_str!("../../../tests/netchat/recorded/alice-to-bob.jsonl")),
    ("alice", include_str!("../../../tests/netchat/recorded/bob-to-alice.jsonl")),
];

const PIPED: &[&str] = &[
    r#"[7,"a",{"Public":"as a list"},{"a":1}]"#,
    r#"{"new":[1.5e999],"id":8,"sender_id":"","header":{"Connection":null},"clock":{}}"#,
    r#"{"id":9,"sender_id":"b","header":{"SnapshotResponse":["netchat-office",[{"id":3,"sender_id":"b","header":"Connection","clock":{}}]]},"clock":{"netchat-office":9223372036854775807}}"#,
];

/// What the people of the scenarios send, a script for each scenario, by the model clients.
fn sessions() -> Vec<Vec<u8>> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR"));
    let scenarios = ["conformance/scenarios", "../scenarios"].map(|path| folder.join(path));
    let folder = scenarios.into_iter().find(|path| path.is_dir()).expect("the scenarios are there");
    let files = fs::read_dir(folder).expect("they can be listed");
    let mut paths: Vec<_> = files.map(|file| file.expect("a file").path()).collect();
    paths.sort();
    let mut scripts = Vec::new();
    for path in paths {
        let text = fs::read_to_string(path).expect("a scenario");
        scripts.extend(text.split("\n## ").map(script).filter(|script| !script.is_empty()));
    }
    scripts
}

fn script(scenario: &str) -> Vec<u8> {
    let mut script = String::new();
    for line in scenario.lines() {
        let (who, what) = line.split_once(' ').unwrap_or((line, ""));
        let numbers = PEOPLE
            .iter()
            .enumerate()
            .filter(|(_, person)| line.split([' ', ',', '>']).any(|word| word == **person));
        if let (Some(person), Some(said)) = (who.strip_suffix('>'), Some(what)) {
            if let Some(at) = PEOPLE.iter().position(|one| *one == person) {
                script += &format!("{at}{}\n", by_models(said));
            }
        } else if let Some((_, said)) = line.split_once(" does ") {
            script +=
                &numbers.map(|(at, _)| format!("{at}{}\n", by_models(said))).collect::<String>();
        } else if let Some((_, channels)) =
            line.split_once(" enter ").or(line.split_once(" enters "))
        {
            let join = channels.replace(' ', ",");
            script += &numbers.map(|(at, _)| format!("{at}JOIN {join}\n")).collect::<String>();
        }
    }
    script.into_bytes()
}

const PEOPLE: &[&str] = &["alice", "bob", "carol", "dave"];

fn by_models(said: &str) -> String {
    let named = PEOPLE.iter().enumerate();
    let said =
        named.fold(said.to_owned(), |said, (at, person)| said.replace(person, &format!("m{at}")));
    said.replace("operpass", "right")
}
