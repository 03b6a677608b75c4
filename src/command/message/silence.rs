//! SILENCE (as InspIRCd and UnrealIRCd have it): whom one does not want to hear from in private.

use crate::command::{Cx, Flow, Me, Outcome, Params};
use crate::core::user_mask::Whom;
use crate::proto::numerics::Numeric;

/// Shows one's list, adds a mask to it (`+mask`, or just the mask) or takes one off (`-mask`).
/// Private messages, notices and invitations of whom a mask means are not told; nor is that.
pub fn silence<'p>(cx: &mut Cx<'_>, me: &Me, p: Params<'p>) -> Outcome<'p> {
    let Some(word) = p.get(0) else {
        show(cx, me);
        return Ok(Flow::Continue);
    };
    let (add, raw) = match word {
        [b'-', raw @ ..] => (false, raw),
        [b'+', raw @ ..] => (true, raw),
        raw => (true, raw),
    };
    let settings = cx.settings;
    let mask = Whom::parse(raw, settings.casemap, settings.limits.mask());
    let mask = mask.map_err(|why| {
        let (command, why) = ("SILENCE".into(), why.text().into());
        Numeric::UnknownError { command, why }
    })?;
    let changed = {
        let mut profile = me.user.profile();
        let list = &mut profile.extra_mut().silence;
        let at = list.iter().position(|old| *old == mask);
        match (at, add) {
            (None, true) if list.len() >= settings.limits.silence => {
                return Err(Numeric::SilenceListFull { mask: raw.into() });
            }
            (None, true) => list.push(mask.clone()),
            (Some(at), false) => drop(list.remove(at)),
            _ => {}
        }
        at.is_none() == add
    };
    if changed {
        let sign: &[u8] = if add { b"+" } else { b"-" };
        cx.here.reply(cx.client.conn, cx.now, |out| {
            for part in [b":", me.identity.mask().as_bytes(), b" SILENCE ", sign, mask.as_bytes()] {
                out.extend_from_slice(part);
            }
        });
    }
    Ok(Flow::Continue)
}

fn show(cx: &mut Cx<'_>, me: &Me) {
    let masks = me.user.profile().extra().silence.clone();
    for mask in &masks {
        if !cx.has_room() {
            let command = "SILENCE".into();
            return cx.reply(&Numeric::TooManyMatches { command, mask: "*".into() });
        }
        let nick = (&me.identity.nick).into();
        cx.reply(&Numeric::SilenceList { nick, mask: mask.as_bytes().into() });
    }
    cx.reply(&Numeric::EndOfSilenceList {});
}
