//! ISON and USERHOST (RFC 2812, sections 4.8 and 4.9).

use super::{Cx, Flow, Me, Outcome, Params};
use crate::state::modes::UserModes;
use crate::wire::numerics::Numeric;

/// Which of these nicks are there: one 303 for what fits into a line.
pub fn ison<'p>(cx: &mut Cx<'_>, _me: &Me, p: Params<'p>) -> Outcome<'p> {
    // Some clients send all nicks as one parameter.
    let asked = p.from(0).flat_map(|words| words.split(|&byte| byte == b' '));
    let found: Vec<_> =
        asked.filter_map(|nick| cx.world.find_user(nick)).map(|user| user.identity()).collect();
    if found.is_empty() {
        cx.reply(&Numeric::IsOn { nicks: "".into() });
    }
    let nicks = found.iter().map(|identity| identity.nick.as_str().as_bytes());
    cx.reply_filled(nicks, |nicks| Numeric::IsOn { nicks });
    Ok(Flow::Continue)
}

/// User name, host and whether away, of at most five nicks.
pub fn userhost<'p>(cx: &mut Cx<'_>, _me: &Me, p: Params<'p>) -> Outcome<'p> {
    /// RFC 2812, section 4.8.
    const AT_MOST: usize = 5;
    let replies: Vec<_> = p
        .from(0)
        .take(AT_MOST)
        .filter_map(|nick| cx.world.find_user(nick))
        .map(|user| {
            let profile = user.profile();
            let sign = if profile.away.is_some() { '-' } else { '+' };
            let star = if profile.modes.has(UserModes::OPERATOR) { "*" } else { "" };
            let identity = &profile.identity;
            format!("{}{star}={sign}{}@{}", identity.nick, identity.user, identity.host)
        })
        .collect();
    cx.reply(&Numeric::UserHost { replies: replies.join(" ").into() });
    Ok(Flow::Continue)
}
