//! SAJOIN, SAPART, SANICK, SAMODE: what operators do in the place of others, as InspIRCd has them.
//!
//! What changes a user is an order to the shard that the user is on, for a user changes only there.

use std::sync::Arc;

use crate::command::channel::{channel_mode, join, part};
use crate::command::oper::{audit, ban, operator};
use crate::command::user::nick;
use crate::command::{Cx, Flow, Items, Me, Outcome, Params};
use crate::core::User;
use crate::core::server::operators::{Operator, Privileges};
use crate::proto::event::{Direct, DirectBody, RemoteCommand};
use crate::proto::names::Nick;
use crate::proto::numerics::Numeric;
use crate::proto::truncate_utf8;

/// Puts a user into channels, whatever would keep it out.
pub fn sajoin<'p>(cx: &mut Cx<'_>, me: &Me, p: Params<'p>) -> Outcome<'p> {
    let operator = operator::may(me, Privileges::SAJOIN)?;
    let victim = whom(cx, p)?;
    for (at, raw) in p.targets(1, cx.settings.casemap).enumerate().skip(cx.progress.at) {
        if cx.is_enough() {
            return Ok(cx.goes_on(p, at, Items::Nothing));
        }
        match cx.network.channel_name(raw) {
            Some(channel) => {
                let order = RemoteCommand::Join { channel };
                give(cx, me, &operator, &victim, ("SAJOIN", raw), order);
            }
            None => cx.reply(&Numeric::NoSuchChannel { channel: raw.into() }),
        }
    }
    Ok(Flow::Continue)
}

/// Takes a user out of channels.
pub fn sapart<'p>(cx: &mut Cx<'_>, me: &Me, p: Params<'p>) -> Outcome<'p> {
    let operator = operator::may(me, Privileges::SAPART)?;
    let victim = whom(cx, p)?;
    let reason = truncate_utf8(p.word(2), cx.settings.limits.reason);
    let reason = if ban::is_muted(cx, me) { b"" } else { reason };
    for (at, raw) in p.targets(1, cx.settings.casemap).enumerate().skip(cx.progress.at) {
        if cx.is_enough() {
            return Ok(cx.goes_on(p, at, Items::Nothing));
        }
        let is_member = |id| cx.network.with_channel(raw, |channel| channel.member(id).is_some());
        match (cx.network.channel_name(raw), is_member(victim.id)) {
            (Some(channel), Some(true)) => {
                let order = RemoteCommand::Part { channel, reason: reason.into() };
                give(cx, me, &operator, &victim, ("SAPART", raw), order);
            }
            (Some(_), Some(false)) => {
                cx.reply(&Numeric::UserNotInChannel { nick: p.word(0).into(), channel: raw.into() })
            }
            _ => cx.reply(&Numeric::NoSuchChannel { channel: raw.into() }),
        }
    }
    Ok(Flow::Continue)
}

/// Gives a user another nick, which must be free.
pub fn sanick<'p>(cx: &mut Cx<'_>, me: &Me, p: Params<'p>) -> Outcome<'p> {
    let operator = operator::may(me, Privileges::SANICK)?;
    let victim = whom(cx, p)?;
    let raw = p.word(1);
    let Some(to) = Nick::parse(raw, cx.settings.limits.nick) else {
        return Err(Numeric::ErroneusNickname { nick: raw.into() });
    };
    // Somebody may be quicker: then the user stays what it is called.
    if cx.network.registry.user(&to).is_some_and(|user| user.id != victim.id) {
        return Err(Numeric::NicknameInUse { nick: raw.into() });
    }
    give(cx, me, &operator, &victim, ("SANICK", raw), RemoteCommand::Nick { to });
    Ok(Flow::Continue)
}

/// Changes modes of a channel as its operators may, without being in it.
pub fn samode<'p>(cx: &mut Cx<'_>, me: &Me, p: Params<'p>) -> Outcome<'p> {
    let operator = operator::may(me, Privileges::SAMODE)?;
    // A channel's key is nobody's to read in a log.
    let has_key = p.word(1).contains(&b'k');
    let changes = p.from(1).take(if has_key { 1 } else { usize::MAX });
    let changes = changes.collect::<Vec<_>>().join(&b' ');
    if let Some(at) = channel_mode::force(cx, me, p)? {
        return Ok(cx.goes_on(p, at, Items::Nothing));
    }
    audit::done(cx, me, &operator, "SAMODE", p.word(0), &changes);
    Ok(Flow::Continue)
}

fn whom<'p>(cx: &Cx<'_>, p: Params<'p>) -> Result<Arc<User>, Numeric<'p>> {
    let nick = p.word(0);
    cx.network.find_user(nick).ok_or(Numeric::NoSuchNick { nick: nick.into() })
}

fn give(
    cx: &mut Cx<'_>,
    me: &Me,
    operator: &Operator,
    victim: &User,
    (act, what): (&'static str, &[u8]),
    order: RemoteCommand,
) {
    audit::done(cx, me, operator, act, victim.identity().mask().as_bytes(), what);
    let body = DirectBody::Command { by: Arc::clone(&me.identity), command: order };
    cx.network.notify_user(cx.here, victim, |_| Direct { time: cx.now, body }.into());
}

/// Carries out an order to the user of this connection; what can no longer be done is left.
pub fn execute(cx: &mut Cx<'_>, me: &Me, order: &RemoteCommand) {
    match order {
        // They end the connection, which is the caller's to do.
        RemoteCommand::Kill { .. } | RemoteCommand::Ban { .. } => {}
        RemoteCommand::Join { channel } => {
            // Full, or left: 405 and its like are the user's to know.
            if let Err(refusal) = join::force(cx, me, channel) {
                cx.reply(&refusal);
            }
        }
        RemoteCommand::Part { channel, reason } => {
            let _ = part::leave(cx, me, channel.as_str().as_bytes(), reason);
        }
        RemoteCommand::Nick { to } => drop(nick::change(cx, to)),
    }
}
