//! What those are told of a renamed channel who do not know that channels can be (IRCv3
//! channel-rename, "Fallback").

use std::sync::Arc;

use crate::proto::caps::CapSet;
use crate::proto::content::{Roster, RosterEntry};
use crate::proto::event::{Body, Event, Source};
use crate::proto::fill::fill;
use crate::proto::names::{ChannelName, EventId, UserId};
use crate::proto::numerics::{Numeric, Word};
use crate::proto::render::{Rendered, line};
use crate::proto::time::Moment;

/// Adds to `out` the lines by which a member leaves `from` and joins `to`; none for whom the roster
/// does not have.
pub fn write(
    roster: &Roster,
    user: UserId,
    (from, to, reason): (&ChannelName, &ChannelName, &[u8]),
    (caps, now, limit): (CapSet, Moment, usize),
    out: &mut Vec<u8>,
) {
    let at = roster.members.binary_search_by_key(&user, |member| member.user);
    let Some(me) = at.ok().and_then(|at| roster.members.get(at)) else { return };
    let (prefixes, realname) = (me.prefixes, Arc::clone(&me.realname));
    let part = Body::Part { channel: from.clone(), reason: reason.into() };
    let join = Body::Join { channel: to.clone(), prefixes, realname };
    for body in [part, join] {
        let source = Source { user, identity: Arc::clone(&me.identity) };
        let event = Event { id: EventId::NONE, source, time: now, body };
        Rendered::new(&event, limit).for_caps(caps, out);
    }
    let mut say = |parts: &[&[u8]]| {
        let body = |out: &mut Vec<u8>| parts.iter().for_each(|part| out.extend_from_slice(part));
        line(out, limit, |tags| tags.time(caps, now), body);
    };
    let nick = me.identity.nick.as_str();
    let mut reply = |numeric: &Numeric<'_>| {
        let mut text = format!(":{} {:03} {nick} ", roster.server, numeric.code()).into_bytes();
        numeric.write(&mut text);
        say(&[&text]);
    };
    if let Some((text, who, at)) = &roster.topic {
        reply(&Numeric::Topic { channel: to.into(), topic: text[..].into() });
        let (who, time) = ((**who).into(), (*at).into());
        reply(&Numeric::TopicWhoTime { channel: to.into(), who, time });
    }
    if caps.has(CapSet::NO_NAMES) || caps.has(CapSet::DRAFT_NO_NAMES) {
        return;
    }
    let names = |names: Word<'static>| Numeric::NamReply {
        symbol: roster.symbol.into(),
        channel: to.into(),
        names,
    };
    let mut head = Vec::new();
    names("".into()).write(&mut head);
    let head = head.len() + roster.server.len() + nick.len() + 7;
    let seen = |member: &&RosterEntry| member.user == user || me.view.sees(member.visibility);
    let seen = roster.members.iter().filter(seen);
    let entries: Vec<_> = seen.map(|member| entry(member, caps)).collect();
    fill(head, limit, b' ', entries.iter().map(Vec::as_slice), |some| {
        reply(&names(some.to_vec().into()));
    });
    reply(&Numeric::EndOfNames { channel: to.into() });
}

fn entry(member: &RosterEntry, caps: CapSet) -> Vec<u8> {
    let mut entry: Vec<u8> = member.prefixes.symbols(caps.has(CapSet::MULTI_PREFIX)).collect();
    let whole = caps.has(CapSet::USERHOST_IN_NAMES);
    let identity = &member.identity;
    let name = if whole { identity.mask() } else { identity.nick.as_str() };
    entry.extend_from_slice(name.as_bytes());
    entry
}
