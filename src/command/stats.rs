//! STATS (RFC 2812, section 3.4.4; Modern IRC, "STATS message").

use super::{Cx, Flow, Me, Outcome, Params, server};
use crate::wire::numerics::Numeric;

/// `u`: for how long the server has run.  What the other letters ask for is none of a user's
/// business: just the end.
pub fn stats<'p>(cx: &mut Cx<'_>, _me: &Me, p: Params<'p>) -> Outcome<'p> {
    server::is_us(cx, p.get(1))?;
    let letter = p.word(0).get(..1).unwrap_or_default();
    if letter == b"u" {
        let up = cx.now.monotonic.saturating_sub(cx.world.started.monotonic) / 1000;
        let (days, hours, minutes, seconds) = (up / 86_400, up / 3600 % 24, up / 60 % 60, up % 60);
        let time = format!("{hours}:{minutes:02}:{seconds:02}");
        cx.reply(&Numeric::StatsUptime { days: days.into(), time: time.into() });
    }
    cx.reply(&Numeric::EndOfStats { letter: letter.into() });
    Ok(Flow::Continue)
}
