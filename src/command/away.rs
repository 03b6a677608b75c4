//! AWAY (RFC 2812, section 4.1; IRCv3 away-notify).

use super::{Cx, Flow, Me, Outcome, Params};
use crate::wire::numerics::Numeric;
use crate::wire::truncate_utf8;

/// With a text: marks the user as away, for those who write to it.  Without: as back.
pub fn away<'p>(cx: &mut Cx<'_>, me: &Me, p: Params<'p>) -> Outcome<'p> {
    let text = p.get(0).map(|text| truncate_utf8(text, cx.settings.limits.away).into());
    let is_away = text.is_some();
    cx.world.set_away(cx.here, &me.user, text, cx.now);
    cx.reply(&if is_away { Numeric::NowAway {} } else { Numeric::UnAway {} });
    Ok(Flow::Continue)
}
