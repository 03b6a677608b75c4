//! What is written into our pipes: by netchat peers on two links, and by scripts.
//!
//! The first byte says how many bytes are read at once. A line that begins with a letter of this
//! table is something else that happens; any other is read as a peer's, and as a script's.
//!
//! | line | what happens |
//! |---|---|
//! | `j`, `l`, `g`, and a name | a site of ours comes, leaves, says that it is there |
//! | `p`, and a text | our home speaks to all; to the site before the `>` if there is one |
//! | `s` | our home asks for a snapshot |
//! | `a` | a snapshot of others is answered |
//! | `^` | time passes: half of a snapshot's patience |
//! | `x`, and a byte | a link is lost |
//! | `1` | the other link is read from now on |

use serde_json::Value;

use super::netchat_checker::Checker;
use pipewright::gateway::fifo::{Framed, Lines};
use pipewright::gateway::netchat::{
    Limits, Link, MAX_DATES, MAX_LINE, Message, News, Node, PATIENCE_MS, Refused, SiteId,
};
use pipewright::gateway::{text, words};
use pipewright::proto;
use pipewright::proto::names::Nick;

const HOME: &str = "netchat-office";

/// Bytes that a message has room for, as many as a nick, and where a script speaks.
const ROOM: usize = 400;
const NICK: usize = 30;
const CHANNEL: &str = "#ops";

/// More than these bytes of clock and saved messages no input can lead to: it has 4096 itself.
const MOST_BYTES: usize = 4 << 20;

pub fn run(data: &[u8]) {
    let Some((size, stream)) = data.split_first() else { return };
    let pieces = || stream.chunks(usize::from(*size) + 1);
    let limit = usize::from(*size) * 4 + 1;
    assert_eq!(lines(pieces(), limit), lines([stream].into_iter(), limit), "the cuts count");

    let mut run = Run::new();
    for line in lines(pieces(), MAX_LINE) {
        run.line(&line.expect("no line is so long"));
    }
    run.end();
}

/// `None` is a line too long.
fn lines<'a>(pieces: impl Iterator<Item = &'a [u8]>, limit: usize) -> Vec<Option<Vec<u8>>> {
    let (mut lines, mut found) = (Lines::new(limit), Vec::new());
    let mut take = |lines: &mut Lines| {
        while let Some(framed) = lines.next_line() {
            found.push(match framed {
                Framed::Line(line) => Some(line.to_vec()),
                Framed::TooLong => None,
            });
        }
    };
    for piece in pieces {
        lines.push(piece);
        take(&mut lines);
    }
    lines.finish();
    take(&mut lines);
    for line in found.iter().flatten() {
        assert!(line.len() <= limit && !line.contains(&b'\n'), "no line, or over the limit");
    }
    found
}

struct Run {
    node: Node,
    checker: Checker,
    link: usize,
    now: u64,
}

impl Run {
    fn new() -> Self {
        let limits = Limits { sites: 4, saved_bytes: 4 << 10 };
        let node = Node::new(HOME, 1, limits);
        let mut run = Self { node, checker: Checker::default(), link: 0, now: 0 };
        let hello = run.node.join(HOME);
        run.ours(hello);
        run
    }

    fn line(&mut self, line: &[u8]) {
        let rest = String::from_utf8_lossy(line.get(1..).unwrap_or_default()).into_owned();
        let ours = match line.first() {
            Some(b'j') => self.node.join(&rest),
            Some(b'l') => self.node.leave(&rest),
            Some(b'g') => self.node.greet(&rest),
            Some(b'p') => match rest.split_once('>') {
                Some((to, text)) => self.node.private(HOME, to, text),
                None => self.node.public(HOME, &rest),
            },
            Some(b's') => self.node.ask_for_snapshot(HOME, self.now),
            Some(b'a') => self.node.answer().ok_or(Refused::NotHere),
            Some(b'^') => return self.pass(),
            Some(b'x') => return self.lose(usize::from(rest.len() > 1)),
            Some(b'1') => return self.link = 1 - self.link,
            _ => {
                script(line);
                return self.receive(line);
            }
        };
        self.ours(ours);
    }

    /// A line of ours, if there is one.
    fn ours(&mut self, line: Result<String, Refused>) {
        if let Ok(line) = line {
            self.write(&line);
        }
        self.is_bounded();
    }

    /// What one node writes any other reads.
    fn write(&mut self, line: &str) {
        self.checker.wrote(line);
        assert!(line.len() <= MOST_BYTES, "a line of {} bytes", line.len());
        let read = Message::decode(line.as_bytes());
        assert_eq!(read.map(|message| message.encode()).as_deref(), Ok(line), "ours reads it so");
    }

    /// A peer's line: refused, and then nothing has changed, or relayed the first time.
    fn receive(&mut self, line: &[u8]) {
        let before = (self.node.clock().clone(), self.others());
        let link = Link::new(self.link).expect("there are 64");
        let Ok(heard) = self.node.receive(link, line) else {
            assert_eq!((self.node.clock().clone(), self.others()), before, "refused, yet told");
            return;
        };
        let message = Message::decode(line).expect("it was taken");
        match &heard.relay {
            Some(relay) => {
                self.checker.read(&plain(line, &message));
                self.write(relay);
            }
            None => {
                assert!(heard.news.is_empty() && *self.node.clock() == before.0, "heard before");
            }
        }
        for (site, date) in before.0.iter() {
            assert!(self.node.clock().get(site.as_str()) >= Some(date), "{site:?} goes back");
        }
        for news in heard.news {
            self.news(news, &message, &before.1);
        }
        let again = self.node.receive(link, line);
        assert!(again.is_ok_and(|heard| heard.relay.is_none() && heard.news.is_empty()), "twice");
        self.is_bounded();
    }

    fn news(&self, news: News, message: &Message, before: &[SiteId]) {
        let was_there = |site: &SiteId| before.contains(site);
        match news {
            News::Joined { site, again } => {
                assert!(site == message.sender_id && again == was_there(&site));
                assert!(self.node.is_there(site.as_str()) && !self.node.is_here(site.as_str()));
                seen(&site);
            }
            News::Left { site } => {
                assert!(site == message.sender_id && was_there(&site));
                assert!(!self.node.is_there(site.as_str()));
            }
            News::Public { from, text } => {
                assert_eq!(from, message.sender_id);
                said(&text);
            }
            News::Private { from, to, text } => {
                assert!(from == message.sender_id && self.node.is_here(to.as_str()));
                said(&text);
            }
            News::Asked { by } => assert!(!self.node.is_here(by.as_str()), "by ourselves"),
        }
    }

    fn lose(&mut self, link: usize) {
        let before = self.others();
        let gone = self.node.lose(Link::new(link).expect("there are 64"));
        let mut all = [self.others(), gone].concat();
        all.sort();
        assert_eq!(all, before, "who is not gone is there");
    }

    fn pass(&mut self) {
        self.now += PATIENCE_MS / 2;
        let deadline = self.node.snapshot_deadline();
        let Some(snapshot) = self.node.finished_snapshot(self.now) else {
            assert!(deadline.is_none_or(|end| end > self.now), "it takes longer than it may");
            return;
        };
        let clock = self.node.clock();
        assert_eq!(snapshot.local_id.as_str(), HOME);
        assert!(snapshot.dates.keys().all(|site| clock.get(site.as_str()).is_some()));
        assert!(snapshot.missing.iter().all(|site| !snapshot.dates.contains_key(site)));
        assert_eq!(snapshot.dates.len() + snapshot.missing.len(), clock.len());
        for file in [snapshot.to_json(), snapshot.history_json()] {
            assert!(serde_json::from_str::<Value>(&file).is_ok() && file.ends_with('\n'));
        }
    }

    /// All that was asked is answered in the end, and a snapshot ends.
    fn end(&mut self) {
        while let Some(answer) = self.node.answer() {
            self.write(&answer);
        }
        self.pass();
        self.pass();
        assert_eq!(self.node.snapshot_deadline(), None);
        self.lose(0);
        self.lose(1);
        assert_eq!(self.others(), [], "nobody writes any more");
    }

    fn is_bounded(&self) {
        let clock = self.node.clock();
        assert!(clock.len() <= MAX_DATES);
        for site in self.node.others() {
            assert!(clock.get(site.as_str()).is_some(), "{site:?} is there without a date");
        }
    }

    fn others(&self) -> Vec<SiteId> {
        self.node.others().into_iter().cloned().collect()
    }
}

/// The line for the checker, which knows only what peers write: where serde understands more than
/// they do (a list of the fields, fields nobody knows), what it was understood as.
fn plain(line: &[u8], message: &Message) -> String {
    fn is_plain(message: &Value) -> bool {
        let header = &message["header"];
        let saved = header.pointer("/SnapshotResponse/1").and_then(Value::as_array);
        message["id"].is_u64()
            && header.as_object().is_none_or(|it| it.len() == 1 && !it.values().any(Value::is_null))
            && saved.is_none_or(|saved| saved.iter().all(|it| has_four(it) && is_plain(it)))
    }
    fn has_four(message: &Value) -> bool {
        message.as_object().is_some_and(|fields| fields.len() == 4)
    }
    match serde_json::from_slice::<Value>(line) {
        Ok(value) if has_four(&value) && is_plain(&value) => value.to_string(),
        _ => message.encode(),
    }
}

/// A peer as IRC sees it.
fn seen(site: &SiteId) {
    let nick = words::nick(site.as_str(), 0, NICK);
    assert!(Nick::parse(nick.as_bytes(), NICK).is_some(), "no nick: {nick:?}");
    let shown = text::escaped(site.as_str());
    assert!(!shown.contains(char::is_control), "a real name with control characters");
    assert_eq!(text::unescaped(&shown), site.as_str());
}

/// What a peer says as IRC sees it: messages that fit into a line, without control characters, and
/// together all the letters.
fn said(text: &str) {
    let messages = words::messages(text, ROOM);
    for message in &messages {
        assert!(!message.is_empty() && message.len() <= ROOM, "too long, or nothing");
        assert!(!message.contains(char::is_control), "a control character");
    }
    let letters = |text: &str| -> String {
        text.chars().filter(|it| !it.is_control() && !it.is_whitespace()).collect()
    };
    assert_eq!(letters(&messages.concat()), letters(text), "something is lost");
}

/// A script's line: each message that comes of it goes where it is meant to, as one line.
fn script(line: &[u8]) {
    let line = String::from_utf8_lossy(line);
    let Some((target, text)) = words::addressed(&line, "/msg", CHANNEL) else { return };
    assert!(target == CHANNEL || line.starts_with("/msg "), "to somebody unnamed");
    said(text);
    for message in words::messages(text, ROOM) {
        let sent = format!("PRIVMSG {target} :{message}");
        let read = proto::Message::parse(sent.as_bytes()).expect("a line");
        assert_eq!((read.tags, read.source, read.verb), (None, None, &b"PRIVMSG"[..]));
        assert_eq!(read.params.as_slice(), [target.as_bytes(), message.as_bytes()]);
    }
}
