//! SETNAME (IRCv3 setname).

use crate::command::message::speech;
use crate::command::{Cx, Flow, Me, Outcome, Params};
use crate::core::channel::speech::Speech;

/// Gives the user another real name, unless a channel that would be told of it forbids that; what is longer than NAMELEN is refused, as the
/// specification has it, and not cut.
pub fn setname<'p>(cx: &mut Cx<'_>, me: &Me, p: Params<'p>) -> Outcome<'p> {
    let realname = p.word(0);
    let max = cx.settings.limits.realname;
    if realname.len() > max {
        let why = format!("Real name is longer than {max} bytes");
        cx.fail("SETNAME", "INVALID_REALNAME", &[], &why);
        return Ok(Flow::Continue);
    }
    match speech::everywhere(cx, me, Speech::RealName, realname) {
        Ok(realname) => cx.network.set_realname(cx.here, &me.user, &realname, cx.now),
        Err(channel) => {
            let why = format!("You may not say that in {channel}, where it would be told");
            cx.fail("SETNAME", "CANNOT_CHANGE_REALNAME", &[], &why);
        }
    }
    Ok(Flow::Continue)
}
