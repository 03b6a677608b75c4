//! Who may be told something in private: SILENCE and the user modes D, R, T and g.

use std::sync::Arc;

use crate::command::{Cx, Me};
use crate::core::Profile;
use crate::core::modes::UserModes;
use crate::proto::event::Direct;
use crate::proto::names::Nick;
use crate::proto::numerics::Numeric;
use crate::proto::time::Moment;

/// How often a user with +g is told of those who are kept out: at most once in this many
/// milliseconds, as in Solanum.
const CALLER_EVERY_MS: u64 = 60_000;

/// Whether a user is told what somebody says to it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Admits {
    /// It is.
    Yes,
    /// It is not, and whoever says it does not hear of that.
    Silently,
    /// It is not, and whoever says it is told why.
    No(Why),
}

/// Why nothing may be said to a user.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Why {
    /// +D
    PrivateDeaf,
    /// +R
    RegisteredOnly,
    /// +g; whether the user is to be told that somebody tried.
    CallerId { tell: bool },
}

/// Whether the user of `profile`, which is held, is told something by `me`, of which `has_ctcp` says
/// whether any line of it is CTCP.  Notes when it is to be told of somebody who is kept out by +g.
pub fn admits(profile: &mut Profile, me: &Me, has_ctcp: bool, now: Moment) -> Admits {
    let modes = profile.modes;
    if profile.silences(&me.user, &me.identity) || modes.has(UserModes::NO_CTCP) && has_ctcp {
        return Admits::Silently;
    }
    if modes.has(UserModes::PRIVATE_DEAF) {
        return Admits::No(Why::PrivateDeaf);
    }
    // Nobody is registered while there are no accounts.
    if modes.has(UserModes::REGISTERED_ONLY) {
        return Admits::No(Why::RegisteredOnly);
    }
    if modes.has(UserModes::CALLER_ID) && !profile.accepts(&me.user) {
        let next = profile.extra().notified_of_caller.map(|at| at.saturating_add(CALLER_EVERY_MS));
        let tell = next.is_none_or(|next| now.ms() >= next);
        if tell {
            profile.extra_mut().notified_of_caller = Some(now.ms());
        }
        return Admits::No(Why::CallerId { tell });
    }
    Admits::Yes
}

/// What a user with +g is told of somebody who is kept out, if it is.
pub fn notified_of_caller(me: &Me, server: &Arc<str>, why: Why, now: Moment) -> Option<Direct> {
    let Why::CallerId { tell: true } = why else { return None };
    let identity = &me.identity;
    let user_host = format!("{}@{}", identity.user(), identity.host()).into();
    let numeric = Numeric::UmodeGMsg { nick: (&identity.nick).into(), user_host };
    Some(Direct::numeric(server, now, &numeric))
}

/// Tells `me` why nothing was said to the user of that nick.
pub fn refuse(cx: &mut Cx<'_>, nick: &Nick, why: Why) {
    match why {
        Why::PrivateDeaf => cx.reply(&Numeric::CantSendToUser {
            nick: nick.into(),
            why: "You cannot send messages to this user: +D is set".into(),
        }),
        Why::RegisteredOnly => cx.reply(&Numeric::NeedReggedNick {
            target: nick.into(),
            what: "message this user in private (+R)".into(),
        }),
        Why::CallerId { tell } => {
            cx.reply(&Numeric::TargUmodeG { nick: nick.into() });
            if tell {
                cx.reply(&Numeric::TargNotify { nick: nick.into() });
            }
        }
    }
}
