//! KNOCK (RPL_KNOCK and its like as Solanum, Hybrid and InspIRCd have them).

use crate::command::message::speech;
use crate::command::{Cx, Flow, Me, Outcome, Params};
use crate::core::ChannelGuard;
use crate::core::channel::permissions;
use crate::core::channel::permissions::Permission;
use crate::core::channel::speech::{Speech, judge};
use crate::core::modes::Flags;
use crate::proto::event::{Audience, Body};
use crate::proto::numerics::Numeric;
use crate::proto::truncate_utf8;

/// Asks those who may invite to a channel that one cannot join for an invitation.
pub fn knock<'p>(cx: &mut Cx<'_>, me: &Me, p: Params<'p>) -> Outcome<'p> {
    let raw = p.word(0);
    let text = truncate_utf8(p.word(1), cx.settings.limits.reason);
    let knocked = cx.network.with_visible_channel(raw, me.user.id, |channel| {
        may_knock(me, channel, raw)?;
        // Whom the operators have banned they need not hear of again.
        let said = judge(channel, &me.user, Speech::Knock, text, cx.now);
        let text = said.map_err(|letter| speech::refusal(raw, letter))?.text;
        may_knock_again(cx, me, channel, raw)?;
        let now = cx.now.ms();
        channel.knocked = Some(now);
        me.user.profile().extra_mut().knocked = Some(now);
        let server = cx.machine.server_name.clone();
        let body = Body::Knock { server, channel: channel.name().clone(), text: text.into() };
        let audience = Audience::OthersOfRank(permissions::lowest(Permission::Invite));
        channel.publish(&cx.network.router, cx.here, audience, me.does(cx.network, cx.now, body));
        cx.reply(&Numeric::KnockDelivered { channel: channel.name().into() });
        Ok(())
    });
    knocked.unwrap_or(Err(Numeric::NoSuchChannel { channel: raw.into() }))?;
    Ok(Flow::Continue)
}

/// Only from outside, and only where an invitation is needed.
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
    let recent =
        |last: Option<u64>| last.is_some_and(|last| cx.now.ms().saturating_sub(last) < interval);
    if recent(channel.knocked) {
        return Err(Numeric::TooManyKnock { channel: raw.into(), whose: "channel".into() });
    }
    if recent(me.user.profile().extra().knocked) {
        return Err(Numeric::TooManyKnock { channel: raw.into(), whose: "user".into() });
    }
    Ok(())
}
