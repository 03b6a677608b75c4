//! AWAY (RFC 2812, section 4.1; IRCv3 away-notify and pre-away).

use std::sync::Arc;

use crate::command::message::speech;
use crate::command::oper::ban;
use crate::command::{Cx, Flow, Me, Outcome, Params, Stage};
use crate::core::channel::speech::Speech;
use crate::proto::caps::CapSet;
use crate::proto::numerics::Numeric;
use crate::proto::truncate_utf8;

/// What is shown for `*`: the client is there, and its user is not (IRCv3 pre-away).
const NOT_THERE: &[u8] = b"Away";

/// With a text: marks the user as away, for those who write to it.  Without: as back.  Clients with
/// `draft/pre-away` may say so before they are registered.
pub fn away<'p>(cx: &mut Cx<'_>, p: Params<'p>) -> Outcome<'p> {
    let text = p.get(0).map(|text| truncate_utf8(text, cx.settings.limits.away));
    let knows_pre_away = cx.client.caps.has(CapSet::PRE_AWAY);
    let text = if knows_pre_away && text == Some(b"*") { Some(NOT_THERE) } else { text };
    match &mut cx.client.stage {
        Stage::Registering(_) if !knows_pre_away => return Err(Numeric::NotRegistered {}),
        Stage::Registering(registering) => registering.away = text.map(Arc::from),
        Stage::Registered { user, identity } => {
            let me = Me { user: Arc::clone(user), identity: Arc::clone(identity) };
            set(cx, &me, text)?;
        }
    }
    cx.reply(&if text.is_some() { Numeric::NowAway {} } else { Numeric::UnAway {} });
    Ok(Flow::Continue)
}

/// Whoever may not say the text in one of the channels is told there to be away, and no more; to come
/// back nobody is kept from.
fn set<'p>(cx: &mut Cx<'_>, me: &Me, text: Option<&[u8]>) -> Result<(), Numeric<'p>> {
    if let (Some(_), Some(refusal)) = (text, ban::muted(cx, me, "AWAY")) {
        return Err(refusal);
    }
    let told = text.map(|text| {
        speech::everywhere(cx, me, Speech::Away, text).unwrap_or_else(|_| NOT_THERE.into())
    });
    cx.network.set_away(cx.here, &me.user, text, told, cx.now);
    Ok(())
}
