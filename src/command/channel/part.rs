//! PART (RFC 2812, section 3.2.2).

use crate::command::message::speech;
use crate::command::{Cx, Flow, Items, Me, Outcome, Params};
use crate::core::ChannelGuard;
use crate::core::channel::speech::Speech;
use crate::proto::event::{Audience, Body};
use crate::proto::numerics::Numeric;
use crate::proto::truncate_utf8;

/// Leaves each channel, and says why where that may be said.
pub fn part<'p>(cx: &mut Cx<'_>, me: &Me, p: Params<'p>) -> Outcome<'p> {
    let reason = truncate_utf8(p.word(1), cx.settings.limits.reason);
    for (at, raw) in p.targets(0, cx.settings.casemap).enumerate().skip(cx.progress.at) {
        if cx.is_enough() {
            return Ok(cx.goes_on(p, at, Items::Nothing));
        }
        let left = with_channel(cx, me, raw, |cx, channel| {
            let reason = speech::beside(cx, me, channel, Speech::Part, reason);
            leave_held(cx, me, channel, &reason);
        });
        if let Err(refusal) = left {
            cx.reply(&refusal);
        }
    }
    Ok(Flow::Continue)
}

/// Leaves one channel, with a reason that is nobody's text or not the user's own.
pub fn leave<'p>(
    cx: &mut Cx<'_>,
    me: &Me,
    raw: &'p [u8],
    reason: &[u8],
) -> Result<(), Numeric<'p>> {
    with_channel(cx, me, raw, |cx, channel| leave_held(cx, me, channel, reason))
}

fn with_channel<'p>(
    cx: &mut Cx<'_>,
    me: &Me,
    raw: &'p [u8],
    leave: impl FnOnce(&mut Cx<'_>, &mut ChannelGuard<'_>),
) -> Result<(), Numeric<'p>> {
    let left = cx.network.with_visible_channel(raw, me.user.id, |channel| {
        if channel.member(me.user.id).is_none() {
            return Err(Numeric::NotOnChannel { channel: raw.into() });
        }
        leave(cx, channel);
        Ok(())
    });
    left.unwrap_or(Err(Numeric::NoSuchChannel { channel: raw.into() }))
}

fn leave_held(cx: &mut Cx<'_>, me: &Me, channel: &mut ChannelGuard<'_>, reason: &[u8]) {
    let body = Body::Part { channel: channel.name().clone(), reason: reason.into() };
    channel.publish(&cx.network.router, cx.here, Audience::All, me.does(cx.network, cx.now, body));
    cx.network.remove(channel, &me.user);
}
