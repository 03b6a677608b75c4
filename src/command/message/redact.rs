//! REDACT (IRCv3 message-redaction).

use crate::command::message::private::Admits;
use crate::command::message::{private, speech};
use crate::command::oper::ban;
use crate::command::{Cx, Flow, Me, Outcome, Params};
use crate::core::LocalShard;
use crate::core::channel::permissions;
use crate::core::channel::permissions::Permission;
use crate::core::channel::speech::{Speech, judge};
use crate::proto::caps::CapSet;
use crate::proto::event::{Audience, Body, MessageTags, Post, Scope};
use crate::proto::names::{EventId, is_channel};
use crate::proto::numerics::Numeric;
use crate::proto::truncate_utf8;

/// Takes back a message that the server still knows of: one's own, or in a channel anybody's from
/// the rank on that `core::channel::permissions` has.  Those are told who have `draft/message-redaction`.
///
/// Without history the server knows, of each channel, the latest messages, as many as
/// `limits.redactable` says; of private messages it knows those of senders with the capability.
pub fn redact<'p>(cx: &mut Cx<'_>, me: &Me, p: Params<'p>) -> Outcome<'p> {
    if !cx.client.caps.has(CapSet::REDACTION) {
        return Err(Numeric::UnknownCommand { command: "REDACT".into() });
    }
    let (target, id) = (p.word(0), p.word(1));
    let reason = truncate_utf8(p.word(2), cx.settings.limits.reason);
    let redacted = if is_channel(target) {
        in_channel(cx, me, target, EventId::parse(id), reason)
    } else {
        in_private(cx, me, target, EventId::parse(id), reason)
    };
    let (code, context, why): (_, &[&[u8]], _) = match redacted {
        Ok(()) => return Ok(Flow::Continue),
        Err(Refused::Target) => ("INVALID_TARGET", &[target], "You cannot delete messages there"),
        Err(Refused::Unknown) => {
            ("UNKNOWN_MSGID", &[target, id], "This message does not exist or is too old")
        }
        Err(Refused::Forbidden) => {
            ("REDACT_FORBIDDEN", &[target, id], "You may not delete this message")
        }
    };
    cx.fail("REDACT", code, context, why);
    Ok(Flow::Continue)
}

/// Why a message is not taken back (section "Errors").
enum Refused {
    Target,
    Unknown,
    Forbidden,
}

fn in_channel(
    cx: &mut Cx<'_>,
    me: &Me,
    raw: &[u8],
    id: Option<EventId>,
    reason: &[u8],
) -> Result<(), Refused> {
    let done = cx.network.with_visible_channel(raw, me.user.id, |channel| {
        let ranks = channel.prefixes(me.user.id).ok_or(Refused::Target)?;
        let id = id.ok_or(Refused::Unknown)?;
        let by = channel.recent.find(id).ok_or(Refused::Unknown)?;
        if by != me.user.id && !permissions::may(ranks, Permission::Redact) {
            return Err(Refused::Forbidden);
        }
        channel.recent.forget(id);
        let is_silent =
            ban::is_muted(cx, me) || judge(channel, &me.user, Speech::Redact, b"", cx.now).is_err();
        if is_silent {
            cx.carried.tags.kept.clear();
        }
        let reason = speech::beside(cx, me, channel, Speech::Redact, reason);
        let target = channel.name().as_str().as_bytes().to_vec().into();
        let body = Body::Redact { target, id, reason, with: with(cx) };
        channel.publish(
            &cx.network.router,
            cx.here,
            Audience::Others,
            me.does(cx.network, cx.now, body),
        );
        Ok(())
    });
    done.unwrap_or(Err(Refused::Target))
}

fn in_private(
    cx: &mut Cx<'_>,
    me: &Me,
    raw: &[u8],
    id: Option<EventId>,
    reason: &[u8],
) -> Result<(), Refused> {
    let user = cx.network.find_user(raw).ok_or(Refused::Target)?;
    let id = id.ok_or(Refused::Unknown)?;
    let is_muted = ban::is_muted(cx, me);
    let reason = if is_muted { b"" } else { reason };
    if is_muted {
        cx.carried.tags.kept.clear();
    }
    {
        let mut profile = me.user.profile();
        let sent = profile.extra_mut().sent.as_mut().filter(|sent| sent.find(id) == Some(user.id));
        sent.ok_or(Refused::Unknown)?.forget(id);
    }
    let (with, is_own) = (with(cx), me.is(&user));
    let event_id = cx.network.next_event_id(cx.now);
    let before = cx.here.set_aside(is_own);
    let (mut body, mut kept_out) = (None, None);
    let told = cx.network.notify_user_if(cx.here, &user, |profile| {
        let target = profile.identity.nick.as_str().as_bytes().to_vec().into();
        let redact = Body::Redact { target, id, reason: reason.into(), with: with.clone() };
        let admits = if is_own { Admits::Yes } else { private::admits(profile, me, false, cx.now) };
        if let Admits::No(why) = admits {
            kept_out = Some(why);
            let server = &cx.machine.server_name;
            return private::notified_of_caller(me, server, why, cx.now).map(Into::into);
        }
        body = Some(redact.clone());
        (admits == Admits::Yes).then(|| {
            let event = me.does_as(event_id, cx.now, redact);
            cx.network.router.observe(&event, None);
            event.into()
        })
    });
    cx.here.set_aside(before);
    if let Some(why) = kept_out {
        private::refuse(cx, &told.nick, why);
        return Ok(());
    }
    if let Some(body) = body.filter(|_| cx.client.caps.has(CapSet::ECHO_MESSAGE)) {
        let event = me.does_as(event_id, cx.now, body);
        cx.here.deliver(&Post { scope: Scope::User(me.user.id), payload: event.into() });
    }
    Ok(())
}

fn with(cx: &mut Cx<'_>) -> MessageTags {
    let tags = std::mem::take(&mut cx.carried.tags.kept).into();
    MessageTags { tags, lines: None, relayed: None }
}
