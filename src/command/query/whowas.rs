//! WHOWAS (RFC 2812, section 3.6.3).

use crate::command::query::{server, whois};
use crate::command::{Cx, Flow, Items, Me, Outcome, Params};
use crate::proto::names::Nick;
use crate::proto::numerics::Numeric;
use crate::proto::time::Moment;

/// Who had each nick before, the latest first; at most as many as asked for, and one end for all.
pub fn whowas<'p>(cx: &mut Cx<'_>, _me: &Me, p: Params<'p>) -> Outcome<'p> {
    if p.list(0).next().is_none() {
        return Err(Numeric::NoNicknameGiven {});
    }
    server::is_us(cx, p.get(2))?;
    whois::not_too_many(cx, p, 0)?;
    // A count that is no positive number asks for all (RFC 2812).
    let count = std::str::from_utf8(p.word(1)).ok().and_then(|text| text.parse::<usize>().ok());
    let count = count.filter(|count| *count > 0).unwrap_or(usize::MAX);
    for (at, raw) in p.targets(0, cx.settings.casemap).enumerate().skip(cx.progress.at) {
        if cx.is_enough() {
            return Ok(cx.goes_on(p, at, Items::Nothing));
        }
        reply(cx, raw, count);
    }
    cx.reply(&Numeric::EndOfWhowas { nick: p.word(0).into() });
    Ok(Flow::Continue)
}

fn reply(cx: &mut Cx<'_>, raw: &[u8], count: usize) {
    let limits = &cx.settings.limits;
    let past = Nick::parse(raw, limits.nick).map(|nick| cx.network.whowas.of(&nick));
    let past = past.unwrap_or_default();
    if past.is_empty() {
        cx.reply(&Numeric::WasNoSuchNick { nick: raw.into() });
    }
    for known in past.iter().take(count) {
        if !cx.has_room() {
            cx.reply(&Numeric::TooManyMatches { command: "WHOWAS".into(), mask: raw.into() });
            break;
        }
        cx.reply(&Numeric::WhowasUser {
            nick: known.nick().into(),
            user: known.user().into(),
            host: known.host().into(),
            realname: known.realname().into(),
        });
        let until = Moment::from_ms(known.until.saturating_mul(1000));
        cx.reply(&Numeric::WhoisServer {
            nick: known.nick().into(),
            server: (*cx.machine.server_name).into(),
            info: until.date().into(),
        });
    }
}
