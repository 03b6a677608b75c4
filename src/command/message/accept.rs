//! ACCEPT (as Solanum and InspIRCd have it): who may write in spite of +g.

use std::sync::Arc;

use crate::command::{Cx, Flow, Me, Outcome, Params};
use crate::proto::numerics::Numeric;

/// Adds users to one's list (`nick`), takes them off (`-nick`), or shows it (`*`).  A user is on it
/// under whatever nick, until it quits.
pub fn accept<'p>(cx: &mut Cx<'_>, me: &Me, p: Params<'p>) -> Outcome<'p> {
    let mut shown = false;
    for word in p.list(0) {
        let done = match word {
            // Once is enough.
            b"*" if shown => Ok(()),
            b"*" => {
                shown = true;
                show(cx, me);
                Ok(())
            }
            [b'-', nick @ ..] => change(cx, me, nick, false),
            nick => change(cx, me, nick, true),
        };
        if let Err(refusal) = done {
            cx.reply(&refusal);
        }
    }
    Ok(Flow::Continue)
}

fn change<'p>(cx: &mut Cx<'_>, me: &Me, raw: &'p [u8], add: bool) -> Result<(), Numeric<'p>> {
    let Some(user) = cx.network.find_user(raw) else {
        return Err(Numeric::NoSuchNick { nick: raw.into() });
    };
    let mut profile = me.user.profile();
    let list = &mut profile.extra_mut().accepted;
    list.retain(|known| known.strong_count() > 0);
    let at = list.iter().position(|known| known.as_ptr() == Arc::as_ptr(&user));
    match (at, add) {
        (Some(_), true) => return Err(Numeric::AcceptExist { nick: raw.into() }),
        (None, false) => return Err(Numeric::AcceptNot { nick: raw.into() }),
        (None, true) if list.len() >= cx.settings.limits.accept => {
            return Err(Numeric::AcceptFull {});
        }
        (None, true) => list.push(Arc::downgrade(&user)),
        (Some(at), false) => drop(list.remove(at)),
    }
    Ok(())
}

fn show(cx: &mut Cx<'_>, me: &Me) {
    let accepted = me.user.profile().extra().accepted.clone();
    for user in accepted.iter().filter_map(std::sync::Weak::upgrade) {
        let identity = user.identity();
        // One that has quit may still be held by somebody else for a moment.
        if cx.network.registry.user(&identity.nick).is_some_and(|there| there.id == user.id) {
            cx.reply(&Numeric::AcceptList { nick: (&identity.nick).into() });
        }
    }
    cx.reply(&Numeric::EndOfAccept {});
}
