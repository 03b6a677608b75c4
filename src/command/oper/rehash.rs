//! REHASH and RESTART (RFC 2812, sections 4.2 and 4.4).

use std::sync::Arc;

use crate::command::oper::{audit, operator};
use crate::command::query::server;
use crate::command::user::user_mode;
use crate::command::{Cx, Flow, Job, Me, Outcome, Params, Reloaded, Restarting};
use crate::core::modes::UserModes;
use crate::core::server::operators::Privileges;
use crate::proto::numerics::Numeric;

/// Reads the configuration again.
pub fn rehash<'p>(cx: &mut Cx<'_>, me: &Me, _: Params<'p>) -> Outcome<'p> {
    let operator = operator::may(me, Privileges::REHASH)?;
    audit::done(cx, me, &operator, "REHASH", b"", b"");
    cx.reply(&Numeric::Rehashing { file: "*".into() });
    Ok(Flow::Job(Job::Reload))
}

/// Starts the server again, which must be named: nobody restarts one by mistake.
pub fn restart<'p>(cx: &mut Cx<'_>, me: &Me, p: Params<'p>) -> Outcome<'p> {
    let operator = operator::may(me, Privileges::RESTART)?;
    operator::is_named(cx, p.word(0))?;
    audit::done(cx, me, &operator, "RESTART", p.word(0), b"");
    Ok(Flow::Job(Job::Restart))
}

/// Another configuration is in force, which changes these tokens of 005: the client is told, and is
/// an operator only as far as that configuration has it.
pub fn in_force(cx: &mut Cx<'_>, changes: &[String]) {
    let Some(me) = cx.client.me() else { return };
    if !changes.is_empty() {
        server::reply_tokens(cx, changes);
    }
    let Some(operator) = me.user.profile().operator.clone() else { return };
    match cx.machine.operators.iter().find(|other| other.is_still(&operator)) {
        Some(same) => {
            me.user.profile().operator = Some(Arc::clone(same));
            user_mode::keep_allowed_notices(cx, &me, same.privileges);
        }
        None => {
            audit::done(cx, &me, &operator, "REHASH", me.identity.mask().as_bytes(), b"deopered");
            user_mode::change(cx, &me, |modes| modes.with(UserModes::OPERATOR, false));
        }
    }
}

/// Tells what has come of it.
pub fn answered(cx: &mut Cx<'_>, reloaded: &Reloaded) -> Flow {
    match reloaded {
        Ok(waiting) => {
            cx.notice("The configuration is in force");
            for key in waiting {
                cx.notice(&format!("{key} has changed, and needs a restart"));
            }
        }
        Err(faults) => refused(cx, faults),
    }
    Flow::Continue
}

/// Tells whether the server starts again.
pub fn restarting(cx: &mut Cx<'_>, restarting: &Restarting) -> Flow {
    match restarting {
        Ok(()) => cx.notice("The server starts again"),
        Err(faults) => refused(cx, faults),
    }
    Flow::Continue
}

fn refused(cx: &mut Cx<'_>, faults: &[String]) {
    cx.notice("The configuration is faulty, and nothing has changed:");
    for fault in faults {
        cx.notice(fault);
    }
}
