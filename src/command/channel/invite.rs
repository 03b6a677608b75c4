//! INVITE (RFC 2812, section 3.2.7; IRCv3 invite-notify).

use std::sync::Arc;

use crate::command::message::private::Admits;
use crate::command::message::{private, speech};
use crate::command::{Cx, Flow, Me, Outcome, Params};
use crate::core::channel::permissions;
use crate::core::channel::permissions::Permission;
use crate::core::channel::speech::{Speech, judge};
use crate::core::modes::Flags;
use crate::core::{Channel, Invitation};
use crate::proto::event::{Audience, Body};
use crate::proto::names::Nick;
use crate::proto::numerics::Numeric;

/// Asks a user into a channel.  An invitation of who has the right to (`core::channel::permissions`) also lets it
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
    let Some(target) = cx.network.find_user(raw) else {
        return Err(Numeric::NoSuchNick { nick: raw.into() });
    };
    let invited = cx.network.with_visible_channel(name, me.user.id, |channel| {
        let Some(rank) = channel.prefixes(me.user.id) else {
            return Err(Numeric::NotOnChannel { channel: name.into() });
        };
        if channel.flags.has(Flags::INVITE_ONLY) && !permissions::may(rank, Permission::Invite) {
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
        let (mut kept_out, id) = (None, cx.network.next_event_id(cx.now));
        let told = cx.network.notify_user_if(cx.here, &target, |profile| {
            match private::admits(profile, me, false, cx.now) {
                Admits::Yes => {}
                // Whoever invites is not to know.
                Admits::Silently => return None,
                Admits::No(why) => {
                    kept_out = Some(why);
                    let server = &cx.machine.server_name;
                    return private::notified_of_caller(me, server, why, cx.now).map(Into::into);
                }
            }
            if permissions::may(rank, Permission::Invite) {
                let invitation = Invitation { channel: channel.id(), name: channel.name().clone() };
                profile.invite(invitation, cx.settings.limits.invitations);
            }
            Some(me.does_as(id, cx.now, body(&profile.identity.nick)).into())
        });
        let nick = &told.nick;
        if let Some(why) = kept_out {
            private::refuse(cx, nick, why);
            return Ok(None);
        }
        cx.reply(&Numeric::Inviting { nick: nick.into(), channel: channel.name().into() });
        let audience = Audience::InviteNotify(target.id);
        channel.publish(&cx.network.router, cx.here, audience, me.does_as(id, cx.now, body(nick)));
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
    let held: Vec<_> = me.user.profile().extra().invitations.iter().cloned().collect();
    for invitation in held {
        let channel = cx.network.registry.channel(&invitation.name);
        // Another of that name may have come in its place: to that one nobody was invited.
        let is_there =
            |channel: &Arc<Channel>| channel.id == invitation.channel && channel.lock().is_there();
        if channel.as_ref().is_some_and(is_there) {
            cx.reply(&Numeric::InviteList { channel: (&invitation.name).into() });
        }
    }
    cx.reply(&Numeric::EndOfInviteList {});
}
