//! KICK (RFC 2812, section 3.2.8).

use crate::command::message::speech;
use crate::command::{Cx, Flow, Items, Me, Outcome, Params};
use crate::core::channel::permissions;
use crate::core::channel::permissions::Permission;
use crate::core::channel::speech::Speech;
use crate::core::modes::Flags;
use crate::proto::event::{Audience, Body};
use crate::proto::names::Once;
use crate::proto::numerics::Numeric;
use crate::proto::truncate_utf8;

/// Removes users from a channel: one channel and several users, or as many channels as users.
pub fn kick<'p>(cx: &mut Cx<'_>, me: &Me, p: Params<'p>) -> Outcome<'p> {
    let reason = truncate_utf8(p.word(2), cx.settings.limits.kick);
    let (channels, nicks): (Vec<_>, Vec<_>) = (p.list(0).collect(), p.list(1).collect());
    let one = channels.first().copied().filter(|_| channels.len() == 1);
    if one.is_none() && channels.len() != nicks.len() {
        return Err(Numeric::NeedMoreParams { command: "KICK".into() });
    }
    let mut once = Once::new(cx.settings.casemap);
    for (at, nick) in nicks.into_iter().enumerate() {
        let Some(name) = one.or_else(|| channels.get(at).copied()) else { break };
        if !once.is_new(&[name, b" ", nick].concat()) || at < cx.progress.at {
            continue;
        }
        if cx.is_enough() {
            return Ok(cx.goes_on(p, at, Items::Nothing));
        }
        if let Err(refusal) = kick_one(cx, me, name, nick, reason) {
            cx.reply(&refusal);
        }
    }
    Ok(Flow::Continue)
}

fn kick_one<'p>(
    cx: &mut Cx<'_>,
    me: &Me,
    name: &'p [u8],
    nick: &'p [u8],
    reason: &[u8],
) -> Result<(), Numeric<'p>> {
    let network = cx.network;
    let kicked = network.with_visible_channel(name, me.user.id, |channel| {
        let Some(rank) = channel.prefixes(me.user.id) else {
            return Err(Numeric::NotOnChannel { channel: name.into() });
        };
        if !permissions::may(rank, Permission::Kick) {
            return Err(Numeric::ChanOpPrivsNeeded { channel: name.into() });
        }
        let Some(victim) = network.find_user(nick) else {
            return Err(Numeric::NoSuchNick { nick: nick.into() });
        };
        let Some(theirs) = channel.prefixes(victim.id) else {
            return Err(Numeric::UserNotInChannel { nick: nick.into(), channel: name.into() });
        };
        if !me.is(&victim) && !permissions::is_over(rank, theirs) {
            return Err(Numeric::ChanOpPrivsNeeded { channel: name.into() });
        }
        if channel.flags.has(Flags::NO_KICKS) {
            return Err(Numeric::Restricted { channel: name.into(), nick: nick.into() });
        }
        let reason = speech::beside(cx, me, channel, Speech::Kick, reason);
        let nick = truncate_utf8(me.identity.nick.as_str().as_bytes(), cx.settings.limits.kick);
        let reason = if reason.is_empty() { nick.into() } else { reason };
        let body = Body::Kick {
            channel: channel.name().clone(),
            victim: victim.id,
            nick: victim.identity().nick.clone(),
            reason,
        };
        let sees = channel.sees(me.user.id, victim.id);
        if !sees {
            channel.show_to_one(&network.router, cx.here, victim.id, &me.user, cx.now);
        }
        let event = me.does(cx.network, cx.now, body);
        channel.publish(&network.router, cx.here, Audience::All, event.clone());
        if !sees {
            // Nobody else sees it go, as nobody has seen it come.
            network.notify_user(cx.here, &me.user, |_| event.into());
        }
        channel.note_kick(victim.id, cx.now);
        network.remove(channel, &victim);
        Ok(())
    });
    kicked.unwrap_or(Err(Numeric::NoSuchChannel { channel: name.into() }))
}
