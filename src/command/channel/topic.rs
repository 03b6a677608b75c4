//! TOPIC (RFC 2812, section 3.2.4).

use crate::command::message::speech;
use crate::command::{Cx, Flow, Me, Outcome, Params};
use crate::core::channel::permissions;
use crate::core::channel::permissions::Permission;
use crate::core::channel::speech::{Speech, judge};
use crate::core::modes::Flags;
use crate::core::{ChannelGuard, Topic};
use crate::proto::event::{Audience, Body};
use crate::proto::numerics::Numeric;
use crate::proto::truncate_utf8;

/// Shows the topic, sets it, or with an empty text removes it.
pub fn topic<'p>(cx: &mut Cx<'_>, me: &Me, p: Params<'p>) -> Outcome<'p> {
    let raw = p.word(0);
    let done = cx.network.with_visible_channel(raw, me.user.id, |channel| match p.given(1) {
        Some(text) => set(cx, me, channel, raw, text),
        None => show(cx, channel, raw),
    });
    done.unwrap_or(Err(Numeric::NoSuchChannel { channel: raw.into() }))?;
    Ok(Flow::Continue)
}

fn show<'p>(cx: &mut Cx<'_>, channel: &ChannelGuard<'_>, raw: &'p [u8]) -> Result<(), Numeric<'p>> {
    if channel.topic.is_none() {
        return Err(Numeric::NoTopic { channel: raw.into() });
    }
    reply_if_set(cx, channel);
    Ok(())
}

fn set<'p>(
    cx: &mut Cx<'_>,
    me: &Me,
    channel: &mut ChannelGuard<'_>,
    raw: &'p [u8],
    text: &[u8],
) -> Result<(), Numeric<'p>> {
    let Some(rank) = channel.prefixes(me.user.id) else {
        return Err(Numeric::NotOnChannel { channel: raw.into() });
    };
    if channel.flags.has(Flags::TOPIC_LOCK) && !permissions::may(rank, Permission::Topic) {
        return Err(Numeric::ChanOpPrivsNeeded { channel: raw.into() });
    }
    let text = truncate_utf8(text, cx.settings.limits.topic);
    let said = judge(channel, &me.user, Speech::Topic, text, cx.now);
    let said = said.map_err(|letter| speech::refusal(raw, letter))?;
    channel.count_speech(&me.user, &said, None, cx.now);
    let text = &*said.text;
    channel.topic = (!text.is_empty()).then(|| Topic {
        text: text.into(),
        set_by: me.identity.mask().into(),
        set_at: cx.now.seconds(),
    });
    let body = Body::Topic { channel: channel.name().clone(), text: text.into() };
    channel.publish(&cx.network.router, cx.here, Audience::All, me.does(cx.network, cx.now, body));
    Ok(())
}

/// The topic and who set it when; nothing if there is none.
pub fn reply_if_set(cx: &mut Cx<'_>, channel: &ChannelGuard<'_>) {
    let Some(topic) = &channel.topic else { return };
    let name = channel.name();
    cx.reply(&Numeric::Topic { channel: name.into(), topic: topic.text[..].into() });
    cx.reply(&Numeric::TopicWhoTime {
        channel: name.into(),
        who: (*topic.set_by).into(),
        time: topic.set_at.into(),
    });
}
