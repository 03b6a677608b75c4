//! ISON, USERHOST and USERIP (RFC 2812, sections 4.8 and 4.9).

use std::borrow::Cow;
use std::net::IpAddr;

use crate::command::{Cx, Flow, Me, Outcome, Params};
use crate::core::modes::UserModes;
use crate::proto::names::{Identity, Once};
use crate::proto::numerics::Numeric;

/// Which of these nicks are there: one 303 for what fits into a line.
pub fn ison<'p>(cx: &mut Cx<'_>, _me: &Me, p: Params<'p>) -> Outcome<'p> {
    // Some clients send all nicks as one parameter.
    let asked = p.from(0).flat_map(|words| words.split(|&byte| byte == b' '));
    let mut once = Once::new(cx.settings.casemap);
    let asked = asked.filter(|nick| once.is_new(nick));
    let found: Vec<_> =
        asked.filter_map(|nick| cx.network.find_user(nick)).map(|user| user.identity()).collect();
    if found.is_empty() {
        cx.reply(&Numeric::IsOn { nicks: "".into() });
    }
    let nicks = found.iter().map(|identity| identity.nick.as_str().as_bytes());
    cx.reply_filled(nicks, |nicks| Numeric::IsOn { nicks });
    Ok(Flow::Continue)
}

/// User name, host and whether away, of at most five nicks.
pub fn userhost<'p>(cx: &mut Cx<'_>, _me: &Me, p: Params<'p>) -> Outcome<'p> {
    let replies = of_each(cx, p, |identity| Cow::Borrowed(identity.host()));
    cx.reply(&Numeric::UserHost { replies: replies.into() });
    Ok(Flow::Continue)
}

/// As USERHOST, with the address where it may be known.
pub fn userip<'p>(cx: &mut Cx<'_>, _me: &Me, p: Params<'p>) -> Outcome<'p> {
    let replies = of_each(cx, p, shown_ip);
    cx.reply(&Numeric::UserIp { replies: replies.into() });
    Ok(Flow::Continue)
}

fn of_each(cx: &Cx<'_>, p: Params<'_>, host: impl Fn(&Identity) -> Cow<'_, str>) -> String {
    /// RFC 2812, section 4.8.
    const AT_MOST: usize = 5;
    let found = p.from(0).take(AT_MOST).filter_map(|nick| cx.network.find_user(nick));
    let replies = found.map(|user| {
        let profile = user.profile();
        let sign = if profile.away.is_some() { '-' } else { '+' };
        let star = if profile.modes.has(UserModes::OPERATOR) { "*" } else { "" };
        let identity = &profile.identity;
        format!("{}{star}={sign}{}@{}", identity.nick, identity.user(), host(identity))
    });
    replies.collect::<Vec<_>>().join(" ")
}

/// The address of a user: it may be known when it is the host that others are shown; otherwise
/// 255.255.255.255, as WHOX and USERIP write elsewhere.
pub fn shown_ip(identity: &Identity) -> Cow<'_, str> {
    // A host that begins with a colon is shown with a zero before it.
    match identity.host().parse::<IpAddr>() {
        Ok(_) => Cow::Borrowed(identity.host()),
        Err(_) => Cow::Borrowed("255.255.255.255"),
    }
}
