//! INVITE (RFC 2812, section 3.2.7; IRCv3 invite-notify).

use std::sync::Arc;

use super::private::{self, Admits};
use super::{Cx, Flow, Me, Outcome, Params, speech};
use crate::names::Nick;
use crate::state::modes::Flags;
use crate::state::rights::{self, Act};
use crate::state::speech::{Speech, judge};
use crate::state::{Channel, Invitation};
use crate::wire::event::{Audience, Body};
use crate::wire::numerics::Numeric;

/// Asks a user into a channel.  An invitation of who has the right to (`state::rights`) also lets it
/// in once, past bans and modes; one of any other member is only told.  It is refused to who may not
/// speak in the channel, and by what keeps private messages from the one who is asked.
/// Without parameters, what one is invited to is listed (Modern IRC, "INVITE message").
pub fn invite<'p>(cx: &mut Cx<'_>, me: &Me, p: Params<'p>) -> Outcome<'p> {
    let (raw, name) = match (p.get(0), p.get(1)) {
        (Some(raw), Some(name)) => (raw, name),
        (None, None) => {
            own(cx, me);
            return Ok(Flow::Continue);
        }
        _ => return Err(Numeric::NeedMoreParams { command: "INVITE".into() }),
    };
    let Some(target) = cx.world.find_user(raw) else {
        return Err(Numeric::NoSuchNick { nick: raw.into() });
    };
    let invited = cx.world.with_visible_channel(name, me.user.id, |channel| {
        let Some(rank) = channel.prefixes(me.user.id) else {
            return Err(Numeric::NotOnChannel { channel: name.into() });
        };
        if channel.flags.has(Flags::INVITE_ONLY) && !rights::may(rank, Act::Invite) {
            return Err(Numeric::ChanOpPrivsNeeded { channel: name.into() });
        }
        // A member of whom one may not know is invited like anybody else.
        if channel.shows(target.id, me.user.id) {
            return Err(Numeric::UserOnChannel { nick: raw.into(), channel: name.into() });
        }
        let said = judge(channel, &me.user, Speech::Invite, b"", cx.now);
        said.map_err(|letter| speech::refusal(name, letter))?;
        let body =
            |nick: &Nick| Body::Invite { channel: channel.name().clone(), nick: nick.clone() };
        let mut kept_out = None;
        let told = cx.world.tell_user_if(cx.here, &target, |profile| {
            match private::admits(profile, me, false, cx.now) {
                Admits::Yes => {}
                // Whoever invites is not to know.
                Admits::Silently => return None,
                Admits::No(why) => {
                    kept_out = Some(why);
                    return private::told_of_caller(me, &cx.settings.server_name, why, cx.now);
                }
            }
            if rights::may(rank, Act::Invite) {
                let invitation = Invitation { channel: channel.id(), name: channel.name().clone() };
                profile.invite(invitation, cx.settings.limits.invitations);
            }
            Some(me.does(cx.now, body(&profile.identity.nick)))
        });
        let nick = &told.nick;
        if let Some(why) = kept_out {
            private::refuse(cx, nick, why);
            return Ok(None);
        }
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

/// The invitations that would let one in.
fn own(cx: &mut Cx<'_>, me: &Me) {
    let held: Vec<_> = me.user.profile().rare().invitations.iter().cloned().collect();
    for invitation in held {
        let channel = cx.world.registry.channel(&invitation.name);
        // Another of that name may have come in its place: to that one nobody was invited.
        let is_there =
            |channel: &Arc<Channel>| channel.id == invitation.channel && channel.lock().is_there();
        if channel.as_ref().is_some_and(is_there) {
            cx.reply(&Numeric::InviteList { channel: (&invitation.name).into() });
        }
    }
    cx.reply(&Numeric::EndOfInviteList {});
}
