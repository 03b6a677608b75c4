//! INVITE (RFC 2812, section 3.2.7; IRCv3 invite-notify).

use super::{Cx, Flow, Me, Outcome, Params};
use crate::names::Nick;
use crate::state::modes::Flags;
use crate::wire::event::{Audience, Body};
use crate::wire::numerics::Numeric;
use crate::wire::prefix::Prefixes;

/// Asks a user into a channel.  An operator's invitation also lets it in once, past bans and modes;
/// one of any other member is only told.
pub fn invite<'p>(cx: &mut Cx<'_>, me: &Me, p: Params<'p>) -> Outcome<'p> {
    let (raw, name) = (p.word(0), p.word(1));
    let Some(target) = cx.world.find_user(raw) else {
        return Err(Numeric::NoSuchNick { nick: raw.into() });
    };
    let invited = cx.world.with_channel(name, |channel| {
        let Some(rank) = channel.prefixes(me.user.id) else {
            return Err(Numeric::NotOnChannel { channel: name.into() });
        };
        if channel.flags.has(Flags::INVITE_ONLY) && !rank.at_least(Prefixes::OP) {
            return Err(Numeric::ChanOpPrivsNeeded { channel: name.into() });
        }
        if channel.member(target.id).is_some() {
            return Err(Numeric::UserOnChannel { nick: raw.into(), channel: name.into() });
        }
        if rank.at_least(Prefixes::OP) {
            target.profile().invite(channel.id(), cx.world.settings.limits.invitations);
        }
        let body =
            |nick: &Nick| Body::Invite { channel: channel.name().clone(), nick: nick.clone() };
        let told = cx.world.tell_user_if(cx.here, &target, |profile| {
            // Whoever invites is not to know.
            let wanted = !profile.silences(me.identity.mask());
            wanted.then(|| me.does(cx.now, body(&profile.identity.nick)))
        });
        let nick = &told.nick;
        cx.reply(&Numeric::Inviting { nick: nick.into(), channel: channel.name().into() });
        let audience = Audience::InviteNotify(target.id);
        channel.publish(&cx.world.places, cx.here, audience, me.does(cx.now, body(nick)));
        Ok(target.profile().away.clone())
    });
    let away = invited.unwrap_or(Err(Numeric::NoSuchChannel { channel: name.into() }))?;
    if let Some(text) = away {
        cx.reply(&Numeric::Away { nick: raw.into(), text: text[..].into() });
    }
    Ok(Flow::Continue)
}
