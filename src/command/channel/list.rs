//! LIST (RFC 2812, section 3.2.6; Modern IRC, "LIST message" and "ELIST Parameter").

use std::mem;

use crate::command::query::server;
use crate::command::{Cx, Flow, Items, Me, Outcome, Params, Progress};
use crate::core::{ChannelGuard, ChannelState};
use crate::proto::names::{Glob, is_channel};
use crate::proto::numerics::Numeric;

/// The channels that the user may know of, with members and topic: all, or those named, or those
/// that fit every condition.
pub fn list<'p>(cx: &mut Cx<'_>, me: &Me, p: Params<'p>) -> Outcome<'p> {
    let mut wanted = Wanted::default();
    for raw in p.targets(0, cx.settings.casemap) {
        wanted.add(cx, raw);
    }
    // What follows is further conditions, or the server to ask.
    match p.get(1) {
        Some(_) if p.list(1).all(|raw| Condition::parse(cx, raw).is_some()) => {
            p.targets(1, cx.settings.casemap).for_each(|raw| wanted.add(cx, raw));
        }
        server => server::is_us(cx, server)?,
    }
    let Progress { at, items } = mem::take(&mut cx.progress);
    let channels = match (items, wanted.names.as_slice()) {
        (Items::Channels(channels), _) => channels,
        (_, names) if !names.is_empty() && !wanted.has_masks() => {
            let named = names.iter().filter_map(|name| cx.network.channel_name(name.as_bytes()));
            named.filter_map(|name| cx.network.registry.channel(&name)).collect()
        }
        _ => cx.network.registry.channels(),
    };
    // Found before anything is told: what goes on later begins after this.
    if at == 0 {
        cx.reply(&Numeric::ListStart {});
    }
    let now = cx.now.seconds();
    for (at, channel) in channels.iter().enumerate().skip(at) {
        if at > 0 && cx.is_enough() {
            return Ok(cx.goes_on(p, at, Items::Channels(channels)));
        }
        if !cx.has_room() {
            cx.reply(&Numeric::TooManyMatches { command: "LIST".into(), mask: "*".into() });
            break;
        }
        let guard = channel.lock();
        if !guard.is_there() || !guard.is_listed_for(me.user.id) {
            continue;
        }
        let members = guard.count_seen_by(me.user.id);
        if !wanted.is_met(&guard, members, now) {
            continue;
        }
        cx.reply(&Numeric::List {
            channel: guard.name().into(),
            members: members.into(),
            topic: topic(&guard).into(),
        });
    }
    cx.reply(&Numeric::ListEnd {});
    Ok(Flow::Continue)
}

fn topic(channel: &ChannelState) -> &[u8] {
    channel.topic.as_ref().map_or(b"", |topic| &topic.text)
}

/// What is asked for: one of the names or masks, if there are any, and all conditions.
#[derive(Default)]
struct Wanted {
    names: Vec<Glob>,
    conditions: Vec<Condition>,
}

/// What ISUPPORT `ELIST` tells of.  Times are minutes.
enum Condition {
    /// `!mask` (N).
    Not(Glob),
    /// `<n` and `>n` (U).
    Users(Bound),
    /// `C<n` and `C>n`: made less than, or more than, so long ago.
    Created(Bound),
    /// `T<n` and `T>n`: the topic set less than, or more than, so long ago.
    Topic(Bound),
}

enum Bound {
    Under(u64),
    Over(u64),
}

impl Wanted {
    fn add(&mut self, cx: &Cx<'_>, raw: &[u8]) {
        match Condition::parse(cx, raw) {
            Some(condition) => self.conditions.push(condition),
            None => self.names.push(Glob::new(raw, cx.settings.casemap)),
        }
    }

    /// Whether one of the names may stand for several (M).
    fn has_masks(&self) -> bool {
        let is_mask = |name: &Glob| name.as_bytes().iter().any(|byte| b"*?\\".contains(byte));
        self.names.iter().any(is_mask)
    }

    fn is_met(&self, channel: &ChannelGuard<'_>, members: usize, now: u64) -> bool {
        let name = channel.name().as_str().as_bytes();
        (self.names.is_empty() || self.names.iter().any(|mask| mask.matches(name)))
            && self.conditions.iter().all(|condition| condition.is_met(channel, members, now))
    }
}

impl Condition {
    /// `None`: it is a name or a mask.
    fn parse(cx: &Cx<'_>, raw: &[u8]) -> Option<Self> {
        let (first, rest) = raw.split_first()?;
        if is_channel(raw) {
            return None;
        }
        match first {
            b'!' => Some(Self::Not(Glob::new(rest, cx.settings.casemap))),
            b'C' | b'c' => Bound::parse(rest).map(Self::Created),
            b'T' | b't' => Bound::parse(rest).map(Self::Topic),
            _ => Bound::parse(raw).map(Self::Users),
        }
    }

    fn is_met(&self, channel: &ChannelGuard<'_>, members: usize, now: u64) -> bool {
        let minutes = |since: u64| now.saturating_sub(since) / 60;
        match self {
            Self::Not(mask) => !mask.matches(channel.name().as_str().as_bytes()),
            Self::Users(bound) => bound.holds(members as u64),
            Self::Created(bound) => bound.holds(minutes(channel.created)),
            // Where there is no topic, none was set at any time.
            Self::Topic(bound) => {
                channel.topic.as_ref().is_some_and(|topic| bound.holds(minutes(topic.set_at)))
            }
        }
    }
}

impl Bound {
    fn parse(raw: &[u8]) -> Option<Self> {
        let (sign, number) = raw.split_first()?;
        let number = std::str::from_utf8(number).ok()?.parse().ok()?;
        match sign {
            b'<' => Some(Self::Under(number)),
            b'>' => Some(Self::Over(number)),
            _ => None,
        }
    }

    fn holds(&self, value: u64) -> bool {
        match self {
            Self::Under(bound) => value < *bound,
            Self::Over(bound) => value > *bound,
        }
    }
}
