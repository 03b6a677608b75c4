//! Whole sessions: a script of what several clients send, on two shards, and of what happens in
//! between. Four of them are model clients, who must believe what the server knows.
//!
//! | line of the script | what happens |
//! |---|---|
//! | `0` to `3`, and a text | a model client sends the text as a line |
//! | `4` to `7`, and a text | one that is not registered does |
//! | `a` to `h`, and bytes | the same eight, without an end of line |
//! | `!`, `~`, `^`, `#`, `%` | a tick ends; an inbox is emptied; time passes; a client is cut off; a password has been checked; the byte after it says whose or how much |
//! | `=` | all of it arrives, and beliefs are compared |

use std::collections::BTreeMap;

use super::agree::agree;
use super::form::form;
use super::harness::Harness;
use super::line::Line;
use super::model::Model;
use super::test_shard::Link;
use pipewright::core::Network;

const SHARDS: usize = 2;
const MODELS: usize = 4;
const CLIENTS: usize = 8;

/// More than this is another input over again.
const MOST_LINES: usize = 200;

pub fn run(data: &[u8]) {
    let mut run = Run { harness: Harness::new(SHARDS, 1), clients: BTreeMap::new(), opened: 0 };
    for at in 0..MODELS {
        run.open(at);
    }
    for line in data.split(|byte| *byte == b'\n').take(MOST_LINES) {
        let Some((what, rest)) = line.split_first() else { continue };
        run.step(*what, rest);
    }
    run.compare();
    for at in 0..CLIENTS {
        run.cut(at);
    }
    run.compare();
    assert!(run.clients.is_empty(), "a connection is still open");
    is_empty(&run.harness.network);
}

/// What models do not follow: they learn who is in a channel from the NAMES of its JOIN, and know it
/// by the name that they joined, and know nothing of metadata.
const BEYOND_MODELS: [&[u8]; 3] = [b"implicit-names", b"rename", b"metadata"];

struct Run {
    harness: Harness,
    clients: BTreeMap<usize, Client>,
    /// Connections so far: each model has a user name of its own.
    opened: usize,
}

struct Client {
    link: Link,
    /// One that registers as it likes has none.
    model: Option<Model>,
    errors: usize,
    begun: Vec<u8>,
    /// What it has sent of a line that is not ended.
    sent: Vec<u8>,
}

impl Run {
    fn step(&mut self, what: u8, rest: &[u8]) {
        let number = usize::from(rest.first().copied().unwrap_or_default());
        let now = self.harness.now;
        match what {
            b'!' => drop(self.harness.shards[number % SHARDS].end_tick(now)),
            b'~' => self.harness.shards[number % SHARDS].shard.on_inbox(),
            b'^' => self.harness.pass(number as u64 * 500),
            b'#' => self.cut(number % CLIENTS),
            b'%' => {
                if let Some(client) = self.clients.get(&(number % CLIENTS)) {
                    let link = client.link;
                    self.harness.test_shard(link).answered(now, link);
                }
            }
            b'=' => self.compare(),
            b'a'..=b'h' => self.send(usize::from(what - b'a'), rest, b""),
            _ => self.send(usize::from(what) % CLIENTS, rest, b"\r\n"),
        }
    }

    /// The models' names are their own.
    fn open(&mut self, at: usize) {
        let now = self.harness.now;
        let link = self.harness.shards[at % SHARDS].open(now);
        self.opened += 1;
        let (mut model, name) = (None, format!("model{}x", self.opened));
        if at < MODELS {
            let introduction = format!("NICK m{at}\r\nUSER {name} 0 * :model\r\n");
            self.harness.test_shard(link).feed(now, link, introduction.as_bytes());
            let mut own = Model::new(format!("~{name}"));
            own.takes_any_text = true;
            own.tagged.several = true;
            model = Some(own);
        }
        let (begun, sent) = (Vec::new(), Vec::new());
        self.clients.insert(at, Client { link, model, errors: 0, begun, sent });
    }

    fn send(&mut self, at: usize, bytes: &[u8], end: &[u8]) {
        self.read(at);
        if !self.clients.contains_key(&at) {
            self.open(at);
        }
        let client = self.clients.get_mut(&at).expect("it is open");
        let sent = &mut client.sent;
        sent.extend_from_slice(bytes);
        let beyond = |word: &[u8]| sent.windows(word.len()).any(|w| w.eq_ignore_ascii_case(word));
        if BEYOND_MODELS.iter().any(|word| beyond(word)) {
            sent.clear();
            return;
        }
        // Nobody else takes the user name by which a model is known, and no other nick hides that
        // a model did not get its own.
        let is_taken = sent.windows(5).any(|word| word.eq_ignore_ascii_case(b"model"));
        if is_taken && sent.iter().any(|byte| *byte == b'U' || *byte == b'u') {
            sent.clear();
            return;
        }
        if bytes.contains(&b'\r') || !end.is_empty() {
            sent.clear();
        }
        let (link, now) = (client.link, self.harness.now);
        // The shell does not read on while a password is checked.
        if !self.harness.test_shard(link).is_busy(link) {
            self.harness.test_shard(link).feed(now, link, &[bytes, end].concat());
        }
    }

    fn cut(&mut self, at: usize) {
        if let Some(client) = self.clients.get(&at) {
            let link = client.link;
            self.harness.test_shard(link).cut(link);
        }
    }

    fn read(&mut self, at: usize) {
        let Some(client) = self.clients.get_mut(&at) else { return };
        let (bytes, is_closed) = self.harness.test_shard(client.link).read(client.link);
        client.take(&bytes);
        if is_closed {
            assert!(client.begun.is_empty(), "closed within a line");
            assert_eq!(client.errors, 1, "closed without ERROR");
            self.clients.remove(&at);
        }
    }

    fn compare(&mut self) {
        self.harness.publish();
        for at in 0..CLIENTS {
            self.read(at);
        }
        for client in self.clients.values() {
            // One whose nick somebody else had is no user, and believes so.
            let model = client.model.as_ref().filter(|model| model.is_registered);
            if let Some(Err(fault)) = model.map(|model| agree(model, &self.harness.network)) {
                panic!("{}: {fault}", model.map_or("", |model| &model.nick));
            }
        }
    }
}

impl Client {
    /// Every line is in good form, there is at most one ERROR and nothing after it, and a fault of
    /// the server's is none of its reasons.
    fn take(&mut self, bytes: &[u8]) {
        for line in bytes.split_inclusive(|byte| *byte == b'\n') {
            self.begun.extend_from_slice(line);
            if !self.begun.ends_with(b"\n") {
                continue;
            }
            let line = std::mem::take(&mut self.begun);
            let shown = line.escape_ascii().to_string();
            form(&line).unwrap_or_else(|why| panic!("{why}: {shown}"));
            assert_eq!(self.errors, 0, "after ERROR: {shown}");
            let text = String::from_utf8_lossy(&line);
            if Line::parse(&text).verb == "ERROR" {
                self.errors += 1;
                assert!(!shown.contains("(Internal error)"), "a fault of the server's");
            }
            if let Some(model) = &mut self.model {
                model.read(text.as_bytes(), |_| {}).unwrap_or_else(|fault| panic!("{fault}"));
            }
        }
    }
}

fn is_empty(network: &Network) {
    let counts = &network.counts;
    let counts = [&counts.users, &counts.invisible, &counts.operators, &counts.connections];
    assert!(counts.iter().all(|count| count.now() == 0), "a count is not at 0");
    assert!(network.registry.is_empty(), "a nick or a channel is left in the registry");
}
