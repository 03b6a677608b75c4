//! BATCH from clients: messages of several lines (IRCv3 client-batch and multiline).

use crate::command::message::open_batch::{Batches, OpenBatch};
use crate::command::message::privmsg;
use crate::command::oper::ban;
use crate::command::{Cx, Flow, Me, Outcome, Params, is_text};
use crate::delivery::Labelled;
use crate::proto::caps::CapSet;
use crate::proto::event::{Line, MessageKind};
use crate::proto::numerics::Numeric;
use crate::proto::{Message, tags};

/// The longest name of a batch.
const LONGEST_NAME: usize = 64;

/// Whether the client may send batches.
pub fn knows(cx: &Cx<'_>) -> bool {
    cx.client.caps.has(CapSet::MULTILINE.or(CapSet::BATCH))
}

/// Begins a batch with `+`, or ends it with `-` and sends what is in it.
pub fn batch<'p>(cx: &mut Cx<'_>, me: &Me, p: Params<'p>) -> Outcome<'p> {
    if !knows(cx) {
        return Err(Numeric::UnknownCommand { command: "BATCH".into() });
    }
    match p.word(0).split_first() {
        Some((b'+', name)) => begin(cx, name, p),
        Some((b'-', name)) => end(cx, me, name),
        _ => cx.fail(
            "BATCH",
            "INVALID_REFTAG",
            &[p.word(0)],
            "A batch begins with + and ends with -",
        ),
    }
    Ok(Flow::Continue)
}

/// Begins a batch, or refuses it once: all that comes of a refused one is passed over (client-batch,
/// "Errors").
fn begin(cx: &mut Cx<'_>, name: &[u8], p: Params<'_>) {
    let is_name = !name.is_empty()
        && name.len() <= LONGEST_NAME
        && name.iter().all(|byte| byte.is_ascii_alphanumeric() || *byte == b'-');
    let (kind, target) = (p.word(1), p.word(2));
    let fault = if batches(cx).open.is_some() {
        Some(Fault::Invalid("A batch is open already"))
    } else if !is_name {
        Some(Fault::Name)
    } else if kind != b"draft/multiline" {
        Some(Fault::Type(kind))
    } else if target.is_empty() || target.contains(&b',') {
        Some(Fault::Invalid("A message of several lines has one target"))
    } else {
        None
    };
    if let Some(fault) = fault {
        batches(cx).refuse(name);
        // With the one that is open, if one is.
        return fault.notify(cx, name, b"");
    }
    batches(cx).forget(name);
    let batch = OpenBatch {
        name: name.into(),
        target: target.into(),
        tags: std::mem::take(&mut cx.carried.tags),
        // Answered by what becomes of the message (multiline, "Labeled response").
        answer: cx.here.pause_answer(),
        kind: None,
        lines: Vec::new(),
        bytes: 0,
        began: cx.now,
    };
    batches(cx).open = Some(batch);
}

/// A line with a batch tag: it is kept until the batch ends.
pub fn take(cx: &mut Cx<'_>, name: &[u8], raw: &[u8], line: &[u8]) -> Flow {
    let is_text = is_text(cx, line);
    let limits = (cx.settings.limits.multiline_bytes, cx.settings.limits.multiline_lines);
    if batches(cx).is_refused(name) {
        return Flow::Continue;
    }
    let Some(batch) = batches(cx).open.as_mut().filter(|batch| batch.name == name) else {
        invalid(cx, "There is no such batch");
        return Flow::Continue;
    };
    match Message::parse(line).map_err(|_| Fault::Invalid("It holds what is no message")) {
        Ok(_) if !is_text => {
            Fault::Invalid("It is not UTF-8: set your client to UTF-8").notify(cx, name, b"");
        }
        Ok(message) => {
            let added = batch.add(&message, raw, limits);
            let target = batch.target.clone();
            if let Err(fault) = added {
                // A batch that was to begin within it is refused with it.
                let inner = message.params.first().and_then(|word| word.strip_prefix(b"+"));
                if let Some(inner) = inner.filter(|_| message.verb.eq_ignore_ascii_case(b"BATCH")) {
                    batches(cx).refuse(inner);
                }
                fault.notify(cx, name, &target);
            }
        }
        Err(fault) => fault.notify(cx, name, b""),
    }
    Flow::Continue
}

/// Why a batch is refused (client-batch and multiline, "Errors").
enum Fault<'f> {
    Name,
    Type(&'f [u8]),
    Bytes(usize),
    Lines(usize),
    Target(&'f [u8]),
    Invalid(&'static str),
}

impl Fault<'_> {
    /// Refuses the batch of that name, which is to that target.
    fn notify(&self, cx: &mut Cx<'_>, name: &[u8], target: &[u8]) {
        let number = |number: &usize| number.to_string().into_bytes();
        match self {
            Self::Name => {
                let why = format!(
                    "A batch has a name of 1 to {LONGEST_NAME} letters, digits and hyphens"
                );
                refuse(cx, "INVALID_REFTAG", &[name], &why);
            }
            Self::Type(kind) => {
                refuse(cx, "UNKNOWN_TYPE", &[name, kind], "There is no such type of batch");
            }
            Self::Bytes(most) => {
                refuse(cx, "MULTILINE_MAX_BYTES", &[&number(most)], "The message is too long");
            }
            Self::Lines(most) => {
                refuse(cx, "MULTILINE_MAX_LINES", &[&number(most)], "It has too many lines");
            }
            Self::Target(other) => {
                let why = "Its lines go to different targets";
                refuse(cx, "MULTILINE_INVALID_TARGET", &[target, other], why);
            }
            Self::Invalid(why) => refuse(cx, "MULTILINE_INVALID", &[], why),
        }
    }
}

impl OpenBatch {
    fn add<'m>(
        &mut self,
        message: &Message<'m>,
        raw: &[u8],
        (most_bytes, most_lines): (usize, usize),
    ) -> Result<(), Fault<'m>> {
        let kind = match message.verb.to_ascii_uppercase().as_slice() {
            b"PRIVMSG" => MessageKind::Privmsg,
            b"NOTICE" => MessageKind::Notice,
            _ => return Err(Fault::Invalid("It holds something else than messages")),
        };
        let known: [&[u8]; 2] = [b"batch", b"draft/multiline-concat"];
        if tags::iter(raw).any(|(key, _)| !known.contains(&key)) {
            return Err(Fault::Invalid("Tags of the message belong on the line that begins it"));
        }
        let &[target, text] = &*message.params else {
            return Err(Fault::Invalid("A line of it has no target, or no text"));
        };
        if !target.eq_ignore_ascii_case(&self.target) {
            return Err(Fault::Target(target));
        }
        if *self.kind.get_or_insert(kind) != kind {
            return Err(Fault::Invalid("It mixes messages and notices"));
        }
        let joined = tags::has(raw, b"draft/multiline-concat");
        if joined && (text.is_empty() || self.lines.is_empty()) {
            return Err(Fault::Invalid("A line that goes on is empty, or the first"));
        }
        let feed = usize::from(!joined && !self.lines.is_empty());
        self.bytes += text.len() + feed;
        if self.bytes > most_bytes {
            return Err(Fault::Bytes(most_bytes));
        }
        if self.lines.len() == most_lines {
            return Err(Fault::Lines(most_lines));
        }
        self.lines.push(Line { text: text.into(), joined });
        Ok(())
    }
}

fn end(cx: &mut Cx<'_>, me: &Me, name: &[u8]) {
    let batches = batches(cx);
    let Some(batch) = batches.open.take_if(|batch| batch.name == name) else {
        if !batches.forget(name) {
            cx.fail("BATCH", "INVALID_REFTAG", &[name], "There is no such batch");
        }
        return;
    };
    let answers = resume(cx, batch.answer);
    send(cx, me, OpenBatch { answer: None, ..batch });
    if answers {
        cx.here.end_answer();
    }
}

fn send(cx: &mut Cx<'_>, me: &Me, batch: OpenBatch) {
    let first = batch.lines.iter().find(|line| !line.text.is_empty());
    let (Some(first), Some(kind)) = (first.cloned(), batch.kind) else {
        return invalid(cx, "It has no text");
    };
    if let Some(refusal) = ban::muted(cx, me, kind.verb()) {
        if kind == MessageKind::Privmsg {
            cx.reply(&refusal);
        }
        return;
    }
    cx.carried.tags = batch.tags;
    cx.carried.lines = Some(batch.lines.into());
    me.user.speaks(cx.now);
    match privmsg::send_one(cx, me, kind, &batch.target, &first.text) {
        Err(refusal) if kind == MessageKind::Privmsg => cx.reply(&refusal),
        _ => {}
    }
}

/// A batch that has been open for too long is refused.
pub fn time_out(cx: &mut Cx<'_>) {
    if let Some(name) = batches(cx).open.as_ref().map(|batch| batch.name.clone()) {
        refuse(cx, "TIMEOUT", &[&name], "The batch was open for too long");
    }
}

fn batches<'c>(cx: &'c mut Cx<'_>) -> &'c mut Batches {
    &mut cx.client.extra().batches
}

/// Refuses the open batch, if one is; the rest of it will be passed over.
fn refuse(cx: &mut Cx<'_>, code: &str, context: &[&[u8]], why: &str) {
    let batches = batches(cx);
    let answer = batches.open.take().and_then(|batch| {
        batches.refuse(&batch.name);
        batch.answer
    });
    let answers = resume(cx, answer);
    cx.fail("BATCH", code, context, why);
    if answers {
        cx.here.end_answer();
    }
}

/// What comes answers the line that began the batch, if that has a label; the line that is being run
/// has had its own answer then.
fn resume(cx: &mut Cx<'_>, answer: Option<Box<Labelled>>) -> bool {
    let answers = answer.is_some();
    if answers {
        cx.here.end_answer();
        cx.here.resume_answer(answer);
    }
    answers
}

fn invalid(cx: &mut Cx<'_>, why: &str) {
    cx.fail("BATCH", "MULTILINE_INVALID", &[], why);
}
