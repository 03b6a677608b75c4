//! PRIVMSG and NOTICE (RFC 2812, section 3.3; Modern IRC, "Sending Messages"); TAGMSG (IRCv3
//! message-tags).

use std::collections::HashMap;
use std::collections::hash_map::Entry;

use foldhash::fast::RandomState;
use smallvec::SmallVec;

use crate::command::message::private::Admits;
use crate::command::message::{private, speech};
use crate::command::{Carried, Cx, Flow, Items, Me, Outcome, Params};
use crate::core::LocalShard;
use crate::core::channel::speech::{Speech, judge, judge_lines};
use crate::proto::caps::CapSet;
use crate::proto::event::{Audience, Body, MessageKind, MessageTags, Post, Scope, Text};
use crate::proto::formatting::{any_ctcp, is_ctcp};
use crate::proto::names::{Casemap, EventId, Folded, is_channel};
use crate::proto::numerics::Numeric;
use crate::proto::prefix::Prefixes;
use crate::proto::tags;

/// The tags that only say whether somebody is typing (IRCv3 typing).
const TYPING: [&[u8]; 2] = [b"+typing", b"+draft/typing"];

/// A message: what cannot be delivered is refused, and one who is away is said to be.
pub fn privmsg<'p>(cx: &mut Cx<'_>, me: &Me, p: Params<'p>) -> Outcome<'p> {
    send(cx, me, p, MessageKind::Privmsg)
}

/// A notice: never answered, not even by a refusal (RFC 1459, section 4.4.2).
pub fn notice<'p>(cx: &mut Cx<'_>, me: &Me, p: Params<'p>) -> Outcome<'p> {
    // What was refused is not told.
    Ok(send(cx, me, p, MessageKind::Notice).unwrap_or(Flow::Continue))
}

/// A message of nothing but client-only tags, for those who have message-tags.
pub fn tagmsg<'p>(cx: &mut Cx<'_>, me: &Me, p: Params<'p>) -> Outcome<'p> {
    if !cx.client.caps.has(CapSet::MESSAGE_TAGS) {
        return Err(Numeric::UnknownCommand { command: "TAGMSG".into() });
    }
    send(cx, me, p, MessageKind::Tagmsg)
}

fn send<'p>(cx: &mut Cx<'_>, me: &Me, p: Params<'p>, kind: MessageKind) -> Outcome<'p> {
    if p.list(0).next().is_none() {
        return Err(Numeric::NoRecipient { command: kind.verb().into() });
    }
    let text = match (kind, p.get(1)) {
        // Who types does not speak yet.
        (MessageKind::Tagmsg, _) => b"",
        (_, Some(text)) => text,
        (_, None) => return Err(Numeric::NoTextToSend {}),
    };
    if kind != MessageKind::Tagmsg {
        me.user.speaks(cx.now);
    }
    let most = cx.settings.limits.targets;
    let targets = targets(p, cx.settings.casemap);
    if let Some(target) = targets.get(most) {
        // Nothing is sent: whoever is told so knows to send all of it again.
        return Err(Numeric::TooManyTargets { target: (*target).into(), most: most.into() });
    }
    if kind == MessageKind::Tagmsg && cx.carried.tags.all_dropped {
        // Nothing is left of it (section "RPL_ISUPPORT Tokens").
        return Ok(Flow::Continue);
    }
    for (at, target) in targets.into_iter().enumerate().skip(cx.progress.at) {
        if cx.is_enough() {
            return Ok(cx.goes_on(p, at, Items::Nothing));
        }
        match send_one(cx, me, kind, target, text) {
            Err(refusal) if kind != MessageKind::Notice => cx.reply(&refusal),
            _ => {}
        }
    }
    Ok(Flow::Continue)
}

/// One message to one target.
pub fn send_one<'p>(
    cx: &mut Cx<'_>,
    me: &Me,
    kind: MessageKind,
    target: &'p [u8],
    text: &[u8],
) -> Result<(), Numeric<'p>> {
    let Some((rank, name)) = channel_of(target) else {
        return to_user(cx, me, kind, target, text);
    };
    let sent = cx.network.with_visible_channel(name, me.user.id, |channel| {
        let refused = |letter| speech::refusal(target, letter);
        let way = way(kind, &cx.carried);
        let said = judge(channel, &me.user, way, text, cx.now).map_err(refused)?;
        if let Some(lines) = &cx.carried.lines {
            let lines = judge_lines(channel, &me.user, way, lines, cx.now).map_err(refused)?;
            cx.carried.lines = Some(lines);
        }
        channel.count_speech(&me.user, &said, cx.carried.lines.as_deref(), cx.now);
        let text = &*said.text;
        let with = with(cx);
        let id = cx.network.next_event_id(cx.now);
        channel.recent.note(id, me.user.id, cx.settings.limits.redactable);
        let name = channel.name().as_str().as_bytes();
        let symbol = rank.symbols(false).next();
        let shown: Text = symbol.map_or(name.into(), |symbol| [&[symbol], name].concat().into());
        // Whoever speaks from outside is not among those whom the channel's shards tell.
        let is_outside = channel.member(me.user.id).is_none();
        let outside = is_outside.then(|| Text::clone(&shown));
        let rank =
            if said.to_ops && !rank.at_least(Prefixes::HALFOP) { Prefixes::HALFOP } else { rank };
        let audience =
            if rank == Prefixes::NONE { Audience::Others } else { Audience::OthersOfRank(rank) };
        let body = Body::Message { kind, target: shown, text: text.into(), with: with.clone() };
        channel.publish(&cx.network.router, cx.here, audience, me.does_as(id, cx.now, body));
        if let Some(target) = outside {
            echo(cx, me, id, || Body::Message { kind, target, text: text.into(), with });
        }
        Ok(())
    });
    sent.unwrap_or(Err(Numeric::NoSuchChannel { channel: target.into() }))
}

/// As what a message reaches a channel.
fn way(kind: MessageKind, carried: &Carried) -> Speech {
    let says_nothing = || tags::iter(&carried.tags.kept).all(|(key, _)| TYPING.contains(&key));
    match kind {
        MessageKind::Privmsg => Speech::Message,
        MessageKind::Notice => Speech::Notice,
        MessageKind::Tagmsg if says_nothing() => Speech::Typing,
        MessageKind::Tagmsg => Speech::Tags,
    }
}

/// The targets, each once.  Of several ways to name a channel (`@#a,#a`) the one with the lowest rank
/// counts, where the first of them stands: it reaches all whom the others would.  So nobody hears a
/// message twice; other servers differ here, in Solanum the first one counts.
fn targets(p: Params<'_>, casemap: Casemap) -> SmallVec<[&[u8]; 1]> {
    if !p.word(0).contains(&b',') {
        return p.list(0).collect();
    }
    let mut targets = SmallVec::new();
    let mut known: HashMap<Folded, (usize, Prefixes), RandomState> = HashMap::default();
    for target in p.list(0) {
        let (rank, name) = channel_of(target).unwrap_or((Prefixes::NONE, target));
        match known.entry(casemap.fold(name)) {
            Entry::Vacant(free) => {
                free.insert((targets.len(), rank));
                targets.push(target);
            }
            Entry::Occupied(mut earlier) => {
                let (at, before) = *earlier.get();
                if let Some(place) = targets.get_mut(at).filter(|_| !rank.at_least(before)) {
                    *place = target;
                    earlier.insert((at, rank));
                }
            }
        }
    }
    targets
}

/// The channel that a target names, and the rank that those to be told must have: of several
/// prefixes the lowest counts (Modern IRC, "PRIVMSG message").  `None`: the target is a user.
fn channel_of(target: &[u8]) -> Option<(Prefixes, &[u8])> {
    let (mut rank, mut name) = (Prefixes::NONE, target);
    while let Some((&symbol, rest)) = name.split_first() {
        let Some(named) = Prefixes::of_symbol(symbol) else { break };
        if rank == Prefixes::NONE || rank.at_least(named) {
            rank = named;
        }
        name = rest;
    }
    is_channel(name).then_some((rank, name))
}

fn to_user<'p>(
    cx: &mut Cx<'_>,
    me: &Me,
    kind: MessageKind,
    target: &'p [u8],
    text: &[u8],
) -> Result<(), Numeric<'p>> {
    let Some(user) = cx.network.find_user(target) else {
        return Err(Numeric::NoSuchNick { nick: target.into() });
    };
    let mut away = None;
    let mut kept_out = None;
    let (with, id) = (with(cx), cx.network.next_event_id(cx.now));
    let has_ctcp = is_ctcp(text) || with.lines.as_deref().is_some_and(any_ctcp);
    let is_own = me.is(&user);
    // Said to oneself, only the echo is an answer (IRCv3 labeled-response, section "Tags").
    let before = cx.here.set_aside(is_own);
    let told = cx.network.notify_user_if(cx.here, &user, |profile| {
        // What one says to oneself always comes.
        let admits =
            if is_own { Admits::Yes } else { private::admits(profile, me, has_ctcp, cx.now) };
        match admits {
            Admits::Yes => {}
            // Whoever says it is not to know.
            Admits::Silently => {
                away.clone_from(&profile.away);
                return None;
            }
            Admits::No(why) => {
                kept_out = Some(why);
                let server = &cx.machine.server_name;
                return private::notified_of_caller(me, server, why, cx.now).map(Into::into);
            }
        }
        away.clone_from(&profile.away);
        let nick = profile.identity.nick.as_str().as_bytes();
        // As spelled there; mostly it was spelled so.
        let target = if nick == target { target.into() } else { nick.to_vec().into() };
        let with = with.clone();
        let body = Body::Message { kind, target, text: text.into(), with };
        let event = me.does_as(id, cx.now, body);
        cx.network.router.observe(&event, None);
        Some(event.into())
    });
    cx.here.set_aside(before);
    let nick = &told.nick;
    if let Some(why) = kept_out {
        if kind != MessageKind::Notice {
            private::refuse(cx, nick, why);
        }
        return Ok(());
    }
    // Only who knows how may take it back.
    if cx.client.caps.has(CapSet::REDACTION) {
        let mut profile = me.user.profile();
        let sent = profile.extra_mut().sent.get_or_insert_default();
        sent.note(id, user.id, cx.settings.limits.redactable);
    }
    echo(cx, me, id, || {
        let target = nick.as_str().as_bytes().into();
        Body::Message { kind, target, text: text.into(), with }
    });
    match away {
        Some(text) if kind == MessageKind::Privmsg => {
            cx.reply(&Numeric::Away { nick: nick.into(), text: text[..].into() });
        }
        _ => {}
    }
    Ok(())
}

/// What the tags of a message say that is about to be said: what the client has sent along.
fn with(cx: &mut Cx<'_>) -> MessageTags {
    let Carried { tags, lines, relayed } = &cx.carried;
    let (tags, lines, relayed) = (tags.kept.clone().into(), lines.clone(), relayed.clone());
    MessageTags { tags, lines, relayed }
}

/// What was said, to whoever said it and has asked for that (IRCv3 echo-message).
fn echo(cx: &mut Cx<'_>, me: &Me, id: EventId, body: impl FnOnce() -> Body) {
    if cx.client.caps.has(CapSet::ECHO_MESSAGE) {
        let event = me.does_as(id, cx.now, body());
        cx.here.deliver(&Post { scope: Scope::User(me.user.id), payload: event.into() });
    }
}
