//! OPER, and what operators alone may do to the server and its users: KILL, WALLOPS, DIE (RFC 2812,
//! sections 3.1.4, 3.7.1, 4.3, 4.7).

use std::mem;
use std::sync::Arc;

use crate::command::oper::{audit, ban};
use crate::command::query::server;
use crate::command::registration::password;
use crate::command::user::user_mode;
use crate::command::{Close, Cx, Flow, Items, Me, Outcome, Params, Progress};
use crate::core::Verdict;
use crate::core::modes::UserModes;
use crate::core::server::operators::{Operator, Privileges};
use crate::proto::event::{Direct, DirectBody, RemoteCommand};
use crate::proto::numerics::Numeric;
use crate::proto::truncate_utf8;

/// Wrong passwords, or names, after which the connection is closed.
const MOST_WRONG: u8 = 3;

/// Asks to become an operator, by certificate or by password, which is checked outside.  Whether there is no operator of
/// that name, or none from there, is not told apart.
pub fn oper<'p>(cx: &mut Cx<'_>, me: &Me, p: Params<'p>) -> Outcome<'p> {
    let known = me.user.known_as(&me.identity);
    let origin = Arc::clone(&cx.client.origin);
    let shown = |one: &Operator| {
        one.certificate.is_none() || origin.has_certificate(one.certificate.as_ref())
    };
    let operators = &cx.machine.operators;
    let meant = operators.iter().find(|one| one.name.as_bytes() == p.word(0) && one.may_be(&known));
    let needs_password = |one: &Arc<Operator>| one.password_hash.is_some() || !shown(one);
    if p.get(1).is_none() && meant.is_none_or(needs_password) {
        return Err(Numeric::NeedMoreParams { command: "OPER".into() });
    }
    let Some(operator) = meant else {
        let verdict = password::guessed_wrong(cx);
        if verdict == Verdict::Wrong {
            cx.reply(&Numeric::NoOperHost {});
        }
        return Ok(refused(cx, me, None, verdict));
    };
    cx.client.oper.asked = Some(Arc::clone(operator));
    match &operator.password_hash {
        // No password is right without the certificate.
        _ if !shown(operator) => {
            let verdict = password::guessed_wrong(cx);
            Ok(password_checked(cx, verdict))
        }
        Some(hash) => Ok(password::verify(cx, hash, p.word(1))),
        // By its certificate alone.
        None => Ok(password_checked(cx, Verdict::Right)),
    }
}

/// Goes on with OPER once the password has been checked.
pub fn password_checked(cx: &mut Cx<'_>, verdict: Verdict) -> Flow {
    let Some(operator) = cx.client.oper.asked.take() else { return Flow::Continue };
    let Some(me) = cx.client.me() else { return Flow::Continue };
    if verdict != Verdict::Right {
        if verdict == Verdict::Wrong {
            cx.reply(&Numeric::PasswdMismatch {});
        }
        return refused(cx, &me, Some(&operator), verdict);
    }
    cx.client.oper.wrong = 0;
    let (before, after) = {
        let mut profile = me.user.profile();
        let before = profile.modes;
        profile.modes = before.with(UserModes::OPERATOR, true);
        profile.operator = Some(Arc::clone(&operator));
        (before, profile.modes)
    };
    if !before.has(UserModes::OPERATOR) {
        cx.network.counts.operators.up();
    }
    cx.mark();
    audit::done(cx, &me, &operator, "OPER", b"", b"");
    cx.reply(&Numeric::YoureOper {});
    user_mode::notify(cx, &me, before, after);
    // Whoever has been another operator so far may be told less as this one.
    user_mode::keep_allowed_notices(cx, &me, operator.privileges);
    Flow::Continue
}

/// What follows a try that was in vain.
fn refused(cx: &mut Cx<'_>, me: &Me, operator: Option<&Operator>, verdict: Verdict) -> Flow {
    if verdict == Verdict::TooMany {
        let why = "Too many wrong passwords from your address, try again later";
        cx.reply(&Numeric::UnknownError { command: "OPER".into(), why: why.into() });
        return Flow::Continue;
    }
    cx.client.oper.wrong += 1;
    audit::refused(cx, me, operator);
    if cx.client.oper.wrong < MOST_WRONG { Flow::Continue } else { Flow::Close(Close::Password) }
}

/// The operator that the user is, if it has the privilege; 481 for those who are none, and 723 for
/// those who may not.
pub fn may(me: &Me, privilege: Privileges) -> Result<Arc<Operator>, Numeric<'static>> {
    let operator = me.user.profile().operator.clone().ok_or(Numeric::NoPrivileges {})?;
    if operator.privileges.has(privilege) {
        return Ok(operator);
    }
    Err(Numeric::NoPrivs { privilege: privilege.name().into() })
}

/// Ends a user's connection: its own shard does it.
pub fn kill<'p>(cx: &mut Cx<'_>, me: &Me, p: Params<'p>) -> Outcome<'p> {
    let operator = may(me, Privileges::KILL)?;
    let raw = p.word(0);
    let Some(victim) = cx.network.find_user(raw) else {
        return Err(match server::is_us(cx, Some(raw)) {
            Ok(()) => Numeric::CantKillServer {},
            Err(_) => Numeric::NoSuchNick { nick: raw.into() },
        });
    };
    let reason = p.get(1).filter(|_| !ban::is_muted(cx, me)).unwrap_or(b"No reason");
    let reason = truncate_utf8(reason, cx.settings.limits.reason);
    audit::done(cx, me, &operator, "KILL", victim.identity().mask().as_bytes(), reason);
    let command = RemoteCommand::Kill { reason: reason.into() };
    let body = DirectBody::Command { by: Arc::clone(&me.identity), command };
    cx.network.notify_user(cx.here, &victim, |_| Direct { time: cx.now, body }.into());
    Ok(Flow::Continue)
}

/// Writes to all who have +w.
pub fn wallops<'p>(cx: &mut Cx<'_>, me: &Me, p: Params<'p>) -> Outcome<'p> {
    let operator = may(me, Privileges::WALLOPS)?;
    let text = p.word(0);
    let Progress { at, items } = mem::take(&mut cx.progress);
    let users = match items {
        Items::Users(users) => users,
        _ => {
            audit::done(cx, me, &operator, "WALLOPS", b"", b"");
            cx.network.registry.users()
        }
    };
    for (at, user) in users.iter().enumerate().skip(at) {
        if cx.is_enough() {
            return Ok(cx.goes_on(p, at, Items::Users(users)));
        }
        if user.profile().modes.has(UserModes::WALLOPS) {
            let body = DirectBody::Wallops { by: Arc::clone(&me.identity), text: text.into() };
            cx.network.notify_user(cx.here, user, |_| Direct { time: cx.now, body }.into());
        }
    }
    Ok(Flow::Continue)
}

/// Stops the server, whose name must be given: nobody stops one by mistake.
pub fn die<'p>(cx: &mut Cx<'_>, me: &Me, p: Params<'p>) -> Outcome<'p> {
    let operator = may(me, Privileges::DIE)?;
    is_named(cx, p.word(0))?;
    audit::done(cx, me, &operator, "DIE", p.word(0), b"");
    Ok(Flow::Stop)
}

/// Refuses what is not the name of this server, in full.
pub fn is_named<'p>(cx: &Cx<'_>, raw: &'p [u8]) -> Result<(), Numeric<'p>> {
    if raw.eq_ignore_ascii_case(cx.machine.server_name.as_bytes()) {
        return Ok(());
    }
    Err(Numeric::NoSuchServer { server: raw.into() })
}
