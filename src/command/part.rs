//! PART (RFC 2812, section 3.2.2).

use super::{Cx, Flow, Items, Me, Outcome, Params, ban};
use crate::wire::event::{Audience, Body};
use crate::wire::numerics::Numeric;
use crate::wire::truncate_utf8;

/// Leaves each channel.
pub fn part<'p>(cx: &mut Cx<'_>, me: &Me, p: Params<'p>) -> Outcome<'p> {
    let reason = truncate_utf8(p.word(1), cx.settings.limits.reason);
    let reason = if ban::is_muted(cx, me) { b"" } else { reason };
    for (at, raw) in p.targets(0, cx.settings.casemap).enumerate().skip(cx.progress.at) {
        if cx.is_enough() {
            return Ok(cx.goes_on(p, at, Items::Nothing));
        }
        if let Err(refusal) = leave(cx, me, raw, reason) {
            cx.reply(&refusal);
        }
    }
    Ok(Flow::Continue)
}

/// Leaves one channel.
pub fn leave<'p>(
    cx: &mut Cx<'_>,
    me: &Me,
    raw: &'p [u8],
    reason: &[u8],
) -> Result<(), Numeric<'p>> {
    let left = cx.world.with_channel(raw, |channel| {
        if channel.member(me.user.id).is_none() {
            return Err(Numeric::NotOnChannel { channel: raw.into() });
        }
        let body = Body::Part { channel: channel.name().clone(), reason: reason.into() };
        channel.publish(&cx.world.places, cx.here, Audience::All, me.does(cx.now, body));
        cx.world.remove(channel, &me.user);
        Ok(())
    });
    left.unwrap_or(Err(Numeric::NoSuchChannel { channel: raw.into() }))
}
