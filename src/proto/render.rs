//! The lines made of an event: one for each set of capabilities that makes a difference.

use std::ops::Range;

use smallvec::SmallVec;

use crate::proto::caps::CapSet;
use crate::proto::event::{Body, Direct, DirectBody, Event, Line, MessageKind};
use crate::proto::names::TagFlags;
use crate::proto::text::truncate_utf8;
use crate::proto::time::Moment;

/// What a client must have to be told of several lines as one message.
const MULTILINE: CapSet = CapSet::MULTILINE.or(CapSet::BATCH);

/// The lines of one event, made when first asked for and kept in the buffer they are sent from.
pub struct Rendered<'e> {
    event: &'e Event,
    /// The capabilities that make this event's lines differ.
    relevant: CapSet,
    /// Those without which nobody is told of it.
    required: CapSet,
    /// The longest line without tags, CR LF included.
    limit: usize,
    made: SmallVec<[(CapSet, Range<usize>); 2]>,
}

impl<'e> Rendered<'e> {
    /// Nothing is made yet.
    pub fn new(event: &'e Event, limit: usize) -> Self {
        let (relevant, required) = match &event.body {
            Body::Message { kind: MessageKind::Tagmsg, .. } => {
                (CapSet::MESSAGE_TAGS, CapSet::MESSAGE_TAGS)
            }
            Body::Message { with, .. } => {
                let several = if with.lines.is_some() { MULTILINE } else { CapSet::NONE };
                let relayed = if with.relayed.is_some() { CapSet::RELAYMSG } else { CapSet::NONE };
                (CapSet::MESSAGE_TAGS.or(several).or(relayed), CapSet::NONE)
            }
            Body::Redact { .. } => (CapSet::MESSAGE_TAGS, CapSet::REDACTION),
            Body::Join { .. } => (CapSet::EXTENDED_JOIN, CapSet::NONE),
            Body::Rename { .. } => (CapSet::NONE, CapSet::RENAME),
            Body::Away { .. } => (CapSet::NONE, CapSet::AWAY_NOTIFY),
            Body::Setname { .. } => (CapSet::NONE, CapSet::SETNAME),
            Body::Chghost { .. } => (CapSet::NONE, CapSet::CHGHOST),
            Body::Metadata(_) => (CapSet::NONE, CapSet::METADATA),
            _ => (CapSet::NONE, CapSet::NONE),
        };
        let TagFlags { bot, oper } = event.source.identity.tag_flags;
        let bot = if bot { CapSet::MESSAGE_TAGS } else { CapSet::NONE };
        let oper = if oper { CapSet::OPER_TAG } else { CapSet::NONE };
        let relevant = relevant.or(CapSet::SERVER_TIME).or(bot).or(oper);
        Self { event, relevant, required, limit, made: SmallVec::new() }
    }

    /// Where in `out` the line for a client with `caps` is; `None` if such a client is not told.
    #[inline]
    pub fn for_caps(&mut self, caps: CapSet, out: &mut Vec<u8>) -> Option<Range<usize>> {
        if !caps.has(self.required) {
            return None;
        }
        let caps = caps.and(self.relevant);
        if let Some((_, range)) = self.made.iter().find(|(made, _)| *made == caps) {
            return Some(range.clone());
        }
        let start = out.len();
        write(self.event, caps, self.limit, out);
        let range = start..out.len();
        self.made.push((caps, range.clone()));
        Some(range)
    }
}

/// Adds the line of what is no event to `out`, for a client with `caps` whose user is called `nick`;
/// `false`: no line is made of it.
pub fn direct(direct: &Direct, nick: &str, caps: CapSet, limit: usize, out: &mut Vec<u8>) -> bool {
    let flags = match &direct.body {
        DirectBody::Wallops { by, .. } => by.tag_flags,
        _ => TagFlags::default(),
    };
    let tags = |tags: &mut Tags<'_>| user_tags(direct.time, flags, caps, tags);
    let nick = nick.as_bytes();
    match &direct.body {
        DirectBody::Numeric { server, code, text } => line(out, limit, tags, |out| {
            let code = format!(" {code:03} ");
            put(out, &[b":", server.as_bytes(), code.as_bytes(), nick, b" ", text]);
        }),
        DirectBody::Notice { server, text } => line(out, limit, tags, |out| {
            put(out, &[b":", server.as_bytes(), b" NOTICE ", nick, b" :", text]);
        }),
        DirectBody::Wallops { by, text } => line(out, limit, tags, |out| {
            put(out, &[b":", by.mask().as_bytes(), b" WALLOPS :", text]);
        }),
        DirectBody::Command { .. } => return false,
    }
    true
}

/// Adds a whole line to `out`: the tags that `tags` writes, then what `body` writes, cut to `limit`
/// bytes without tags, CR LF included.
pub fn line(
    out: &mut Vec<u8>,
    limit: usize,
    tags: impl FnOnce(&mut Tags<'_>),
    body: impl FnOnce(&mut Vec<u8>),
) {
    let mut begun = Tags { out, any: false };
    tags(&mut begun);
    if begun.any {
        out.push(b' ');
    }
    let start = out.len();
    body(out);
    let room = limit.saturating_sub(2);
    if out.len() - start > room {
        let kept = out.get(start..).map_or(0, |line| truncate_utf8(line, room).len());
        out.truncate(start + kept);
    }
    out.extend_from_slice(b"\r\n");
}

/// The tags of a line, as far as they are written.
pub struct Tags<'o> {
    out: &'o mut Vec<u8>,
    any: bool,
}

impl Tags<'_> {
    /// The moment, for those who want to know it.
    pub fn time(&mut self, caps: CapSet, now: Moment) {
        if caps.has(CapSet::SERVER_TIME) {
            self.raw(&[b"time=", now.tag().as_ref()]);
        }
    }

    /// One or several tags as they will stand there; parts that are all empty are none.
    pub fn raw(&mut self, parts: &[&[u8]]) {
        if parts.iter().all(|part| part.is_empty()) {
            return;
        }
        self.out.push(if self.any { b';' } else { b'@' });
        put(self.out, parts);
        self.any = true;
    }
}

/// Those of an event that stand on each of its lines.
fn common_tags(event: &Event, caps: CapSet, tags: &mut Tags<'_>) {
    user_tags(event.time, event.source.identity.tag_flags, caps, tags);
}

/// When, and what tags say of the user who has done it.
fn user_tags(time: Moment, flags: TagFlags, caps: CapSet, tags: &mut Tags<'_>) {
    tags.time(caps, time);
    let TagFlags { bot, oper } = flags;
    if oper && caps.has(CapSet::OPER_TAG) {
        tags.raw(&[b"draft/oper"]);
    }
    if bot && caps.has(CapSet::MESSAGE_TAGS) {
        tags.raw(&[b"bot"]);
    }
}

/// Those of an event; the server's own come first (IRCv3 message-tags, "Client-only tags").
fn event_tags(event: &Event, caps: CapSet, tags: &mut Tags<'_>) {
    common_tags(event, caps, tags);
    let (Body::Message { with, .. } | Body::Redact { with, .. }) = &event.body else { return };
    if let Some(relayed) = with.relayed.as_ref().filter(|_| caps.has(CapSet::RELAYMSG)) {
        tags.raw(&[b"draft/relaymsg=", relayed.by.as_str().as_bytes()]);
    }
    if caps.has(CapSet::MESSAGE_TAGS) {
        tags.raw(&[b"msgid="]);
        event.id.write(tags.out);
    }
    client_only_tags(event, caps, tags);
}

/// What the client has sent along.
fn client_only_tags(event: &Event, caps: CapSet, tags: &mut Tags<'_>) {
    if let Body::Message { with, .. } | Body::Redact { with, .. } = &event.body
        && caps.has(CapSet::MESSAGE_TAGS)
    {
        tags.raw(&[&with.tags]);
    }
}

fn write(event: &Event, caps: CapSet, limit: usize, out: &mut Vec<u8>) {
    if let Body::Message { kind, target, with, .. } = &event.body
        && let Some(lines) = &with.lines
    {
        return several(event, (*kind, target, lines), caps, limit, out);
    }
    line(
        out,
        limit,
        |tags| event_tags(event, caps, tags),
        |out| {
            let mask = mask_of(event);
            match &event.body {
                Body::Knock { server, channel, text } => {
                    return knock(server, channel.as_str(), mask, text, out);
                }
                _ => put(out, &[b":", mask, b" "]),
            }
            body(&event.body, caps, out);
        },
    );
}

/// As whom the event is shown.
fn mask_of(event: &Event) -> &[u8] {
    let relayed = match &event.body {
        Body::Message { with, .. } => with.relayed.as_ref(),
        _ => None,
    };
    relayed.map_or(event.source.identity.mask(), |relayed| &relayed.mask).as_bytes()
}

/// A message of several lines: a batch for those who know it, for others each line that is not
/// empty, all of which have the client-only tags and the first one the id (IRCv3 multiline,
/// "Fallback" and "Message ids").
fn several(
    event: &Event,
    (kind, target, lines): (MessageKind, &[u8], &[Line]),
    caps: CapSet,
    limit: usize,
    out: &mut Vec<u8>,
) {
    let (mask, verb) = (mask_of(event), kind.verb().as_bytes());
    if !caps.has(MULTILINE) {
        for (at, one) in lines.iter().filter(|one| !one.text.is_empty()).enumerate() {
            let tags = |tags: &mut Tags<'_>| match at {
                0 => event_tags(event, caps, tags),
                _ => {
                    common_tags(event, caps, tags);
                    client_only_tags(event, caps, tags);
                }
            };
            let parts = [b":", mask, b" ", verb, b" ", target, b" :", &one.text];
            line(out, limit, tags, |out| put(out, &parts));
        }
        return;
    }
    // Nothing comes between its lines: it is the only batch of such a name.
    let name = format!("m{}", event.id.as_u64());
    let name = name.as_bytes();
    line(
        out,
        limit,
        |tags| event_tags(event, caps, tags),
        |out| put(out, &[b":", mask, b" BATCH +", name, b" draft/multiline ", target]),
    );
    for Line { text, joined } in lines {
        let tags = |tags: &mut Tags<'_>| {
            tags.raw(&[b"batch=", name]);
            if *joined {
                tags.raw(&[b"draft/multiline-concat"]);
            }
            common_tags(event, caps, tags);
        };
        let parts = [b":", mask, b" ", verb, b" ", target, b" :", text];
        line(out, limit, tags, |out| put(out, &parts));
    }
    let end = |out: &mut Vec<u8>| put(out, &[b":", mask, b" BATCH -", name]);
    line(out, limit, |tags| common_tags(event, caps, tags), end);
}

/// 710, with the channel in place of each listener's nick, as Solanum and clients have it.
fn knock(server: &str, channel: &str, mask: &[u8], text: &[u8], out: &mut Vec<u8>) {
    let channel = channel.as_bytes();
    put(out, &[b":", server.as_bytes(), b" 710 ", channel, b" ", channel, b" ", mask]);
    put(out, &[b" :has asked for an invite"]);
    if !text.is_empty() {
        put(out, &[b": ", text]);
    }
}

fn body(body: &Body, caps: CapSet, out: &mut Vec<u8>) {
    match body {
        Body::Message { kind: MessageKind::Tagmsg, target, .. } => put(out, &[b"TAGMSG ", target]),
        Body::Message { kind, target, text, .. } => {
            put(out, &[kind.verb().as_bytes(), b" ", target, b" :", text]);
        }
        Body::Redact { target, id, reason, .. } => {
            put(out, &[b"REDACT ", target, b" "]);
            id.write(out);
            put_reason(out, reason);
        }
        // The account is "*" while there are none (IRCv3 extended-join).
        Body::Join { channel, realname, .. } if caps.has(CapSet::EXTENDED_JOIN) => {
            put(out, &[b"JOIN ", channel.as_str().as_bytes(), b" * :", realname]);
        }
        Body::Join { channel, .. } => put(out, &[b"JOIN ", channel.as_str().as_bytes()]),
        Body::Part { channel, reason } => {
            put(out, &[b"PART ", channel.as_str().as_bytes()]);
            put_reason(out, reason);
        }
        Body::Kick { channel, nick, reason, .. } => {
            let (channel, nick) = (channel.as_str().as_bytes(), nick.as_str().as_bytes());
            put(out, &[b"KICK ", channel, b" ", nick, b" :", reason]);
        }
        Body::Quit { reason } => put(out, &[b"QUIT :", reason]),
        // With a colon, which ii wants.
        Body::Nick { to } => put(out, &[b"NICK :", to.as_str().as_bytes()]),
        Body::Topic { channel, text } => {
            put(out, &[b"TOPIC ", channel.as_str().as_bytes(), b" :", text]);
        }
        Body::Mode { channel, changes, .. } => {
            put(out, &[b"MODE ", channel.as_str().as_bytes(), b" ", changes]);
        }
        Body::Invite { channel, nick } => {
            put(out, &[b"INVITE ", nick.as_str().as_bytes(), b" ", channel.as_str().as_bytes()]);
        }
        Body::Rename { from, to, reason, .. } => {
            let (from, to) = (from.as_str().as_bytes(), to.as_str().as_bytes());
            put(out, &[b"RENAME ", from, b" ", to, b" :", reason]);
        }
        // Told as a numeric, above.
        Body::Knock { .. } => {}
        Body::Setname { realname } => put(out, &[b"SETNAME :", realname]),
        Body::Chghost { to, .. } => {
            put(out, &[b"CHGHOST ", to.user().as_bytes(), b" ", to.host().as_bytes()]);
        }
        Body::Metadata(changed) => {
            let (target, key) = (changed.target.as_bytes(), changed.key.as_bytes());
            put(out, &[b"METADATA ", target, b" ", key, b" *"]);
            if let Some(value) = &changed.value {
                put(out, &[b" :", value]);
            }
        }
        Body::Away { text } => {
            put(out, &[b"AWAY"]);
            put_reason(out, text.as_deref().unwrap_or_default());
        }
    }
}

fn put(out: &mut Vec<u8>, parts: &[&[u8]]) {
    for part in parts {
        out.extend_from_slice(part);
    }
}

fn put_reason(out: &mut Vec<u8>, reason: &[u8]) {
    if !reason.is_empty() {
        put(out, &[b" :", reason]);
    }
}
