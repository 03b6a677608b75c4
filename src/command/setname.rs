//! SETNAME (IRCv3 setname).

use super::{Cx, Flow, Me, Outcome, Params};

/// Gives the user another real name; what is longer than NAMELEN is refused, as the
/// specification has it, and not cut.
pub fn setname<'p>(cx: &mut Cx<'_>, me: &Me, p: Params<'p>) -> Outcome<'p> {
    let realname = p.word(0);
    let max = cx.settings.limits.realname;
    if realname.len() > max {
        let why = format!("Real name is longer than {max} bytes");
        cx.fail("SETNAME", "INVALID_REALNAME", &[], &why);
        return Ok(Flow::Continue);
    }
    cx.world.set_realname(cx.here, &me.user, realname, cx.now);
    Ok(Flow::Continue)
}
