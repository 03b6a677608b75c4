//! The answer to a labelled command (IRCv3 labeled-response): however many lines it comes to, the
//! label stands on one logical message.

use std::sync::Arc;

use crate::proto::caps::CapSet;
use crate::proto::time::Moment;
use crate::proto::{render, tags};

/// What a connection has been told so far in answer to a command.
///
/// The first line is held back, for only the next one shows whether there is a batch.  What others
/// say meanwhile goes between, outside of the batch, and nothing changes its place.
pub struct Labelled {
    /// Whose command it is.
    pub(super) slot: u32,
    /// What comes now is no answer, though a consequence may have brought it.
    pub(super) aside: bool,
    /// What a batch is called, should there be one.
    name: String,
    asked: LabelRequest,
    told: Progress,
}

/// What the client asked for, and how it is spoken to.
pub struct LabelRequest {
    /// The label, unescaped.
    pub label: Vec<u8>,
    /// The server's name.
    pub server: Arc<str>,
    /// What the client had when the command came.
    pub caps: CapSet,
    /// When.
    pub now: Moment,
}

enum Progress {
    Nothing,
    One(Vec<u8>),
    Many,
}

/// Where lines go.
type Put<'a> = dyn FnMut(&[u8]) + 'a;

impl Labelled {
    pub(super) fn new(slot: u32, name: String, asked: LabelRequest) -> Self {
        Self { slot, aside: false, name, asked, told: Progress::Nothing }
    }

    /// Takes whole lines.
    pub(super) fn hear(&mut self, lines: &[u8], put: &mut Put<'_>) {
        if self.aside {
            self.open(put);
            return put(lines);
        }
        match self.told {
            Progress::Nothing if is_one_message(lines) => {
                self.told = Progress::One(lines.to_vec());
                return;
            }
            Progress::Nothing => self.begin(put),
            Progress::One(_) | Progress::Many => self.open(put),
        }
        put(&self.in_batch(lines));
    }

    /// Makes a batch of what has been held back, if something has.
    pub(super) fn open(&mut self, put: &mut Put<'_>) {
        if let Progress::One(held) = &mut self.told {
            let held = std::mem::take(held);
            self.begin(put);
            put(&self.in_batch(&held));
        }
    }

    /// Nothing more comes; what was never answered is acknowledged.
    pub(super) fn end(self, put: &mut Put<'_>) {
        match &self.told {
            Progress::Nothing => {
                let ack = self.line(&self.label_tag(), b"ACK");
                put(&ack);
            }
            Progress::One(held) => put(&with_first_tag(held, &self.label_tag())),
            Progress::Many => put(&self.line(b"", format!("BATCH -{}", self.name).as_bytes())),
        }
    }

    /// As [`Labelled::end`], before the connection's last line: the tag that is to stand on that, if
    /// it is the whole answer.
    pub(super) fn end_with_last(self, put: &mut Put<'_>) -> Option<Vec<u8>> {
        if matches!(self.told, Progress::Nothing) {
            return Some(self.label_tag());
        }
        self.end(put);
        None
    }

    fn in_batch(&self, lines: &[u8]) -> Vec<u8> {
        with_tag(lines, format!("batch={}", self.name).as_bytes())
    }

    fn begin(&mut self, put: &mut Put<'_>) {
        let start = format!("BATCH +{} labeled-response", self.name);
        put(&self.line(&self.label_tag(), start.as_bytes()));
        self.told = Progress::Many;
    }

    fn label_tag(&self) -> Vec<u8> {
        let mut tag = Vec::new();
        tags::push(&mut tag, b"label", &self.asked.label);
        tag
    }

    fn line(&self, tag: &[u8], text: &[u8]) -> Vec<u8> {
        let mut line = Vec::new();
        let LabelRequest { server, caps, now, .. } = &self.asked;
        render::line(
            &mut line,
            usize::MAX,
            |tags| {
                tags.raw(&[tag]);
                tags.time(*caps, *now);
            },
            |out| {
                for part in [b":", server.as_bytes(), b" ", text] {
                    out.extend_from_slice(part);
                }
            },
        );
        line
    }
}

/// Whether they are a line, or a batch that says one thing.
fn is_one_message(lines: &[u8]) -> bool {
    let mut all = lines.split_inclusive(|&byte| byte == b'\n');
    let first = all.next().unwrap_or_default();
    all.next().is_none()
        || (is_batch(first) && all.clone().all(|line| in_batch(line) || is_batch(line)))
}

fn tags_of(line: &[u8]) -> &[u8] {
    let tags = line.strip_prefix(b"@").unwrap_or_default();
    tags.split(|&byte| byte == b' ').next().unwrap_or_default()
}

fn in_batch(line: &[u8]) -> bool {
    tags::has(tags_of(line), b"batch")
}

fn is_batch(line: &[u8]) -> bool {
    let mut words = line.split(|&byte| byte == b' ');
    words.find(|word| !word.starts_with(b"@") && !word.starts_with(b":")) == Some(b"BATCH")
}

/// Each line with a tag before its others; not those that are in a batch already.
pub(super) fn with_tag(lines: &[u8], tag: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(lines.len() + tag.len() + 2);
    for line in lines.split_inclusive(|&byte| byte == b'\n') {
        if in_batch(line) {
            out.extend_from_slice(line);
        } else {
            add_tagged(&mut out, line, tag);
        }
    }
    out
}

fn with_first_tag(lines: &[u8], tag: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(lines.len() + tag.len() + 2);
    add_tagged(&mut out, lines, tag);
    out
}

fn add_tagged(out: &mut Vec<u8>, line: &[u8], tag: &[u8]) {
    let (rest, between): (_, &[u8]) = match line.strip_prefix(b"@") {
        Some(rest) => (rest, b";"),
        None => (line, b" "),
    };
    for part in [b"@", tag, between, rest] {
        out.extend_from_slice(part);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(say: impl FnOnce(&mut Labelled, &mut Put<'_>)) -> String {
        let asked = LabelRequest {
            label: b"a;b".to_vec(),
            server: "irc.example".into(),
            caps: CapSet::NONE,
            now: Moment::default(),
        };
        let (mut answer, mut out) = (Labelled::new(0, "1".to_owned(), asked), Vec::new());
        say(&mut answer, &mut |bytes| out.extend_from_slice(bytes));
        answer.end(&mut |bytes| out.extend_from_slice(bytes));
        String::from_utf8(out).expect("text")
    }

    #[test]
    fn nothing_is_acknowledged_one_line_is_labelled_and_several_are_a_batch() {
        assert_eq!(told(|_, _| {}), "@label=a\\:b :irc.example ACK\r\n");
        let one = told(|answer, put| answer.hear(b"@time=x :s 1\r\n", put));
        assert_eq!(one, "@label=a\\:b;time=x :s 1\r\n");
        let two = told(|answer, put| {
            answer.hear(b":s 1\r\n", put);
            answer.hear(b"@time=x :s 2\r\n", put);
        });
        let batch = "@label=a\\:b :irc.example BATCH +1 labeled-response\r\n@batch=1 :s 1\r\n\
                     @batch=1;time=x :s 2\r\n:irc.example BATCH -1\r\n";
        assert_eq!(two, batch);
    }

    #[test]
    fn what_others_say_keeps_its_place_outside_of_the_batch() {
        let between = told(|answer, put| {
            answer.aside = true;
            answer.hear(b":b first\r\n", put);
            answer.aside = false;
            answer.hear(b":s 1\r\n", put);
            answer.aside = true;
            answer.hear(b":b second\r\n", put);
        });
        let lines: Vec<_> = between.lines().collect();
        assert_eq!(lines[0], ":b first");
        assert_eq!(lines[2], "@batch=1 :s 1");
        assert_eq!(lines[3], ":b second");
        assert_eq!(lines[4], ":irc.example BATCH -1");
    }

    #[test]
    fn a_batch_that_says_one_thing_is_labelled_itself() {
        let batch = b"@msgid=1 :a BATCH +9 draft/multiline #c\r\n@batch=9 :a PRIVMSG #c :x\r\n:a BATCH -9\r\n";
        let alone = told(|answer, put| answer.hear(batch, put));
        assert!(alone.starts_with("@label=a\\:b;msgid=1 :a BATCH +9"), "{alone}");
        assert_eq!(alone.matches("label").count(), 1);
        let nested = told(|answer, put| {
            answer.hear(b":s 1\r\n", put);
            answer.hear(batch, put);
        });
        assert!(nested.contains("@batch=1;msgid=1 :a BATCH +9"), "{nested}");
        assert!(nested.contains("\n@batch=9 :a PRIVMSG"), "{nested}");
        assert!(nested.contains("\n@batch=1 :a BATCH -9"), "{nested}");
    }
}
