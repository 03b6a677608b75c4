//! WHOWAS (RFC 2812, section 3.6.3).

use super::{Cx, Flow, Me, Outcome, Params, server};
use crate::names::Nick;
use crate::wire::numerics::Numeric;
use crate::wire::time::Now;

/// Who had a nick before, the latest first; at most as many as asked for.
pub fn whowas<'p>(cx: &mut Cx<'_>, _me: &Me, p: Params<'p>) -> Outcome<'p> {
    let Some(raw) = p.get(0) else { return Err(Numeric::NoNicknameGiven {}) };
    server::is_us(cx, p.get(2))?;
    // A count that is no positive number asks for all (RFC 2812).
    let count = std::str::from_utf8(p.word(1)).ok().and_then(|text| text.parse::<usize>().ok());
    let count = count.filter(|count| *count > 0).unwrap_or(usize::MAX);
    let limits = &cx.world.settings.limits;
    let past = Nick::parse(raw, limits.nick).map(|nick| cx.world.whowas.of(&nick));
    let past = past.unwrap_or_default();
    if past.is_empty() {
        cx.reply(&Numeric::WasNoSuchNick { nick: raw.into() });
    }
    for known in past.iter().take(count) {
        let identity = &known.identity;
        cx.reply(&Numeric::WhowasUser {
            nick: (&identity.nick).into(),
            user: (*identity.user).into(),
            host: (*identity.host).into(),
            realname: known.realname[..].into(),
        });
        let until = Now { monotonic: 0, unix: known.until.saturating_mul(1000) };
        cx.reply(&Numeric::WhoisServer {
            nick: (&identity.nick).into(),
            server: (*cx.world.settings.server_name).into(),
            info: until.date().into(),
        });
    }
    cx.reply(&Numeric::EndOfWhowas { nick: raw.into() });
    Ok(Flow::Continue)
}
