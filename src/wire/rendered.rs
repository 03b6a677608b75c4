//! The lines made of an event: one for each set of capabilities that makes a difference.

use std::ops::Range;

use smallvec::SmallVec;

use super::caps::CapSet;
use super::event::{Body, Event};
use super::text::truncate_utf8;
use super::time::Now;

/// The lines of one event, made when first asked for and kept in the buffer they are sent from.
pub struct Rendered<'e> {
    event: &'e Event<'e>,
    /// What numerics call whoever is told.
    nick: &'e str,
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
    pub fn new(event: &'e Event<'e>, limit: usize) -> Self {
        Self::for_user(event, "*", limit)
    }

    /// As [`Rendered::new`], for the connections of one user, who is called so.
    pub fn for_user(event: &'e Event<'e>, nick: &'e str, limit: usize) -> Self {
        let (relevant, required) = match &event.body {
            Body::Join { .. } => (CapSet::EXTENDED_JOIN, CapSet::NONE),
            Body::Away { .. } => (CapSet::NONE, CapSet::AWAY_NOTIFY),
            Body::Setname { .. } => (CapSet::NONE, CapSet::SETNAME),
            Body::Chghost { .. } => (CapSet::NONE, CapSet::CHGHOST),
            _ => (CapSet::NONE, CapSet::NONE),
        };
        let relevant = relevant.or(CapSet::SERVER_TIME);
        Self { event, nick, relevant, required, limit, made: SmallVec::new() }
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
        write(self.event, self.nick, caps, self.limit, out);
        let range = start..out.len();
        self.made.push((caps, range.clone()));
        Some(range)
    }
}

/// Adds a whole line to `out`: the time tag for those who have it, what `body` writes, cut to
/// `limit` bytes without tags, CR LF included.
pub fn line(
    out: &mut Vec<u8>,
    caps: CapSet,
    now: Now,
    limit: usize,
    body: impl FnOnce(&mut Vec<u8>),
) {
    if caps.has(CapSet::SERVER_TIME) {
        put(out, &[b"@time=", now.tag().as_bytes(), b" "]);
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

fn write(event: &Event<'_>, nick: &str, caps: CapSet, limit: usize, out: &mut Vec<u8>) {
    line(out, caps, event.time, limit, |out| {
        let mask = event.source.identity.mask().as_bytes();
        match &event.body {
            Body::Numeric { server, code, text } => {
                let code = format!(" {code:03} ");
                let (server, nick) = (server.as_bytes(), nick.as_bytes());
                return put(out, &[b":", server, code.as_bytes(), nick, b" ", text]);
            }
            Body::Knock { server, channel, text } => {
                return knock(server, channel.as_str(), mask, text, out);
            }
            Body::ServerNotice { text } => {
                return put(out, &[b":", mask, b" NOTICE ", nick.as_bytes(), b" :", text]);
            }
            _ => put(out, &[b":", mask, b" "]),
        }
        body(&event.body, caps, out);
    });
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

fn body(body: &Body<'_>, caps: CapSet, out: &mut Vec<u8>) {
    match body {
        Body::Message { kind, target, text } => {
            put(out, &[kind.verb().as_bytes(), b" ", target, b" :", text]);
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
        Body::Nick { to } => put(out, &[b"NICK ", to.as_str().as_bytes()]),
        Body::Topic { channel, text } => {
            put(out, &[b"TOPIC ", channel.as_str().as_bytes(), b" :", text]);
        }
        Body::Mode { channel, changes, .. } => {
            put(out, &[b"MODE ", channel.as_str().as_bytes(), b" ", changes]);
        }
        Body::Invite { channel, nick } => {
            put(out, &[b"INVITE ", nick.as_str().as_bytes(), b" ", channel.as_str().as_bytes()]);
        }
        // Told as a numeric, above.
        Body::Knock { .. } => {}
        Body::Setname { realname } => put(out, &[b"SETNAME :", realname]),
        Body::Chghost { user, host } => {
            put(out, &[b"CHGHOST ", user.as_bytes(), b" ", host.as_bytes()]);
        }
        Body::Away { text } => {
            put(out, &[b"AWAY"]);
            put_reason(out, text.as_deref().unwrap_or_default());
        }
        // They have no source but the server: see `write`.
        Body::Numeric { .. } | Body::ServerNotice { .. } => {}
        Body::Wallops { text } => put(out, &[b"WALLOPS :", text]),
        // Never told: the place keeps it for its shard.
        Body::Order(_) => {}
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
