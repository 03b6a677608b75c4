//! JOIN (RFC 2812, section 3.2.1; Modern IRC, "JOIN message").

use std::mem;
use std::sync::Arc;

use crate::command::channel::{names, part, topic};
use crate::command::{Cx, Flow, Items, Me, Outcome, Params, Progress, metadata};
use crate::core::channel::speech::away_text;
use crate::core::modes::Flags;
use crate::core::{ChannelGuard, Member};
use crate::proto::caps::CapSet;
use crate::proto::event::{Audience, Body};
use crate::proto::names::{ChannelName, Once};
use crate::proto::numerics::Numeric;
use crate::proto::prefix::Prefixes;

/// Joins each channel, once, with the key at its place in the second list; `0` leaves all.
pub fn join<'p>(cx: &mut Cx<'_>, me: &Me, p: Params<'p>) -> Outcome<'p> {
    if p.0 == [b"0"] {
        return Ok(leave_all(cx, me, p));
    }
    // Keys keep their places, so that one can be left out.
    let mut keys = p.word(1).split(|&byte| byte == b',');
    let mut once = Once::new(cx.settings.casemap);
    let targets = p.list(0).map(|raw| (raw, keys.next().unwrap_or_default()));
    let targets = targets.filter(|(raw, _)| once.is_new(raw)).enumerate();
    for (at, (raw, key)) in targets.skip(cx.progress.at) {
        if cx.is_enough() {
            return Ok(cx.goes_on(p, at, Items::Nothing));
        }
        if let Err(refusal) = join_one(cx, me, raw, key) {
            refuse(cx, me, raw, &refusal);
        }
    }
    Ok(Flow::Continue)
}

/// `JOIN 0`.
fn leave_all(cx: &mut Cx<'_>, me: &Me, p: Params<'_>) -> Flow {
    let Progress { at, items } = mem::take(&mut cx.progress);
    let channels = match items {
        Items::Channels(channels) => channels,
        _ => me.user.channels(),
    };
    for (at, channel) in channels.iter().enumerate().skip(at) {
        if cx.is_enough() {
            return cx.goes_on(p, at, Items::Channels(channels));
        }
        // A kick may be quicker: then there is nothing to leave.
        let _ = part::leave(cx, me, channel.name.as_str().as_bytes(), b"");
    }
    Flow::Continue
}

/// Whoever may not join goes where `+f` leads, once; an invitation or a key is not passed on.
fn refuse(cx: &mut Cx<'_>, me: &Me, raw: &[u8], refusal: &Numeric<'_>) {
    let network = cx.network;
    let forward = network.with_channel(raw, |channel| channel.parameters.forward.clone()).flatten();
    // Where nobody is any more, nobody is sent to found a channel.
    let Some(to) = forward.filter(|to| network.registry.channel(to).is_some()) else {
        return cx.reply(refusal);
    };
    cx.reply(&Numeric::LinkChannel { channel: raw.into(), to: (&to).into() });
    if let Err(refusal) = join_one(cx, me, to.as_str().as_bytes(), b"") {
        cx.reply(&refusal);
    }
}

fn join_one<'p>(cx: &mut Cx<'_>, me: &Me, raw: &'p [u8], key: &[u8]) -> Result<(), Numeric<'p>> {
    let Some(name) = cx.network.channel_name(raw) else {
        return Err(Numeric::NoSuchChannel { channel: raw.into() });
    };
    let network = cx.network;
    let count = me.user.profile().channel_count();
    if count >= cx.settings.limits.channels_per_user {
        // Joining a channel once more is no fault and has no effect.
        return match network.with_channel(raw, |channel| channel.member(me.user.id).is_some()) {
            Some(true) => Ok(()),
            _ => Err(Numeric::TooManyChannels { channel: raw.into() }),
        };
    }
    network.with_channel_made(&name, cx.now, |channel| {
        if channel.member(me.user.id).is_some() {
            return Ok(());
        }
        may_join(cx, channel, me, raw, key)?;
        if let Some(rate) = channel.parameters.joins {
            channel.joins.count(rate, cx.now);
        }
        enter(cx, me, channel);
        Ok(())
    })
}

/// Joins a channel whatever would keep the user out, but not more channels than it may be in.
pub fn force<'n>(cx: &mut Cx<'_>, me: &Me, name: &'n ChannelName) -> Result<(), Numeric<'n>> {
    let network = cx.network;
    if me.user.profile().channel_count() >= cx.settings.limits.channels_per_user {
        return Err(Numeric::TooManyChannels { channel: name.into() });
    }
    network.with_channel_made(name, cx.now, |channel| {
        if channel.member(me.user.id).is_none() {
            enter(cx, me, channel);
        }
    });
    Ok(())
}

/// Makes the user a member, and its operator if it is the first of those who come by themselves,
/// and tells.
fn enter(cx: &mut Cx<'_>, me: &Me, channel: &mut ChannelGuard<'_>) {
    let is_new = !channel.is_there();
    if is_new {
        channel.flags = Flags::of_letters(&cx.settings.channel_modes);
        channel.created = cx.now.seconds();
    }
    // A channel that stays without members has had its operators.
    let has_none = channel.member_count() > 0
        && !channel.flags.has(Flags::PERMANENT)
        && channel.members().all(is_placed);
    let founds = me.user.origin.kind.founds() && (is_new || has_none);
    let prefixes = if founds { Prefixes::OP } else { Prefixes::NONE };
    channel.add(&me.user, prefixes);
    notify(cx, me, channel, prefixes);
}

/// Whether a member is there because the configuration or a link has put it there.
fn is_placed(member: &Member) -> bool {
    !member.user.origin.kind.founds()
}

fn may_join<'p>(
    cx: &Cx<'_>,
    channel: &ChannelGuard<'_>,
    me: &Me,
    raw: &'p [u8],
    key: &[u8],
) -> Result<(), Numeric<'p>> {
    // What is promised to the members no invitation breaks.
    if channel.flags.has(Flags::SECURE) && !me.user.origin.secure {
        return Err(Numeric::SecureOnlyChan { channel: raw.into() });
    }
    if me.user.origin.kind.joins_any() {
        return Ok(());
    }
    // An operator's invitation lets past all the rest, as in Ergo, and is used up.
    if me.user.profile().take_invitation(channel.id()) {
        return Ok(());
    }
    if channel.lists.keep_out(&me.user) {
        return Err(Numeric::BannedFromChan { channel: raw.into() });
    }
    if channel.flags.has(Flags::INVITE_ONLY) && !channel.lists.invite(&me.user) {
        return Err(Numeric::InviteOnlyChan { channel: raw.into() });
    }
    if channel.key.as_deref().is_some_and(|wanted| wanted != key) {
        return Err(Numeric::BadChannelKey { channel: raw.into() });
    }
    if channel.is_full() {
        return Err(Numeric::ChannelIsFull { channel: raw.into() });
    }
    // Nobody has an account yet.
    if channel.flags.has(Flags::REGISTERED_JOIN) {
        return Err(Numeric::NeedReggedNick {
            target: raw.into(),
            what: "join this channel (+R)".into(),
        });
    }
    let later =
        |why: &'static str| Numeric::UnavailResource { channel: raw.into(), why: why.into() };
    if channel.is_kept_out(me.user.id, cx.now) {
        return Err(later("Cannot join channel (+J): you were kicked just now, try again later"));
    }
    if channel.parameters.joins.is_some_and(|rate| !channel.joins.has_room(rate, cx.now)) {
        return Err(later("Cannot join channel (+j): too many join at once, try again later"));
    }
    Ok(())
}

/// The JOIN to all, then topic and names to the joiner; the channel is held until then, so that
/// nothing comes between them.
fn notify(cx: &mut Cx<'_>, me: &Me, channel: &mut ChannelGuard<'_>, prefixes: Prefixes) {
    let (realname, away) = {
        let profile = me.user.profile();
        (Arc::clone(&profile.realname), profile.away.clone())
    };
    let channel_name: ChannelName = channel.name().clone();

    let joined = Body::Join { channel: channel_name, prefixes, realname };
    let router = &cx.network.router;
    channel.publish(router, cx.here, Audience::All, me.does(cx.network, cx.now, joined));
    // IRCv3 away-notify: also when somebody who is away joins.
    if let Some(text) = &away {
        let text = away_text(channel, &me.user, text, cx.now);
        let body = Body::Away { text: Some(text) };
        channel.publish(router, cx.here, Audience::Others, me.does(cx.network, cx.now, body));
    }
    topic::reply_if_set(cx, channel);
    let no_names = [CapSet::NO_NAMES, CapSet::DRAFT_NO_NAMES];
    if !no_names.iter().any(|cap| cx.client.caps.has(*cap)) {
        names::reply(cx, me, channel);
    }
    metadata::joined(cx, me, channel);
}
