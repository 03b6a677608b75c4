//! KNOCK (RPL_KNOCK and its like as Solanum, Hybrid and InspIRCd have them).

use super::{Cx, Flow, Me, Outcome, Params, speech};
use crate::state::ChannelGuard;
use crate::state::modes::Flags;
use crate::state::rights::{self, Act};
use crate::state::speech::{Speech, judge};
use crate::wire::event::{Audience, Body};
use crate::wire::numerics::Numeric;
use crate::wire::truncate_utf8;

/// Asks those who may invite to a channel that one cannot join for an invitation.
pub fn knock<'p>(cx: &mut Cx<'_>, me: &Me, p: Params<'p>) -> Outcome<'p> {
    let raw = p.word(0);
    let text = truncate_utf8(p.word(1), cx.settings.limits.reason);
    let knocked = cx.world.with_visible_channel(raw, me.user.id, |channel| {
        may_knock(me, channel, raw)?;
        // Whom the operators have banned they need not hear of again.
        let said = judge(channel, &me.user, Speech::Knock, text, cx.now);
        let text = said.map_err(|letter| speech::refusal(raw, letter))?.text;
        may_knock_again(cx, me, channel, raw)?;
        let now = cx.now.monotonic;
        channel.knocked = Some(now);
        me.user.profile().rare_mut().knocked = Some(now);
        let server = cx.settings.server_name.clone();
        let body = Body::Knock { server, channel: channel.name().clone(), text };
        let audience = Audience::OthersOfRank(rights::lowest(Act::Invite));
        channel.publish(&cx.world.places, cx.here, audience, me.does(cx.now, body));
        cx.reply(&Numeric::KnockDelivered { channel: channel.name().into() });
        Ok(())
    });
    knocked.unwrap_or(Err(Numeric::NoSuchChannel { channel: raw.into() }))?;
    Ok(Flow::Continue)
}

/// Only from outside, and only where there is a door.
fn may_knock<'p>(me: &Me, channel: &ChannelGuard<'_>, raw: &'p [u8]) -> Result<(), Numeric<'p>> {
    if channel.member(me.user.id).is_some() {
        return Err(Numeric::KnockOnChan { channel: raw.into() });
    }
    if channel.flags.has(Flags::NO_KNOCK) {
        return Err(Numeric::CantKnock { channel: raw.into() });
    }
    let is_closed = channel.flags.has(Flags::INVITE_ONLY) || channel.key.is_some();
    if !is_closed && !channel.is_full() {
        return Err(Numeric::ChanOpen { channel: raw.into() });
    }
    Ok(())
}

fn may_knock_again<'p>(
    cx: &Cx<'_>,
    me: &Me,
    channel: &ChannelGuard<'_>,
    raw: &'p [u8],
) -> Result<(), Numeric<'p>> {
    let interval = cx.settings.limits.knock_interval_ms;
    let recent = |last: Option<u64>| {
        last.is_some_and(|last| cx.now.monotonic.saturating_sub(last) < interval)
    };
    if recent(channel.knocked) {
        return Err(Numeric::TooManyKnock { channel: raw.into(), whose: "channel".into() });
    }
    if recent(me.user.profile().rare().knocked) {
        return Err(Numeric::TooManyKnock { channel: raw.into(), whose: "user".into() });
    }
    Ok(())
}
