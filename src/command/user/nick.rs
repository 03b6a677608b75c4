//! NICK (RFC 2812, section 3.1.2).

use std::sync::Arc;

use crate::command::message::speech;
use crate::command::registration::register;
use crate::command::{Cx, Flow, Me, Outcome, Params, Stage};
use crate::core::channel::permissions;
use crate::core::channel::permissions::Permission;
use crate::core::channel::speech::Speech;
use crate::core::modes::Flags;
use crate::core::server::notice_mask::Kinds;
use crate::core::{User, notify_operators};
use crate::proto::names::Nick;
use crate::proto::numerics::Numeric;

/// Takes a nick, or changes it; not while one may not speak in a channel one is in, which would be
/// told of it.
pub fn nick<'p>(cx: &mut Cx<'_>, p: Params<'p>) -> Outcome<'p> {
    let Some(raw) = p.get(0) else { return Err(Numeric::NoNicknameGiven {}) };
    let Some(nick) = Nick::parse(raw, cx.settings.limits.nick) else {
        return Err(Numeric::ErroneusNickname { nick: raw.into() });
    };
    let registry = &cx.network.registry;
    match &mut cx.client.stage {
        Stage::Registering(registering) => {
            if !registry.reserve(&nick, registering.id) {
                return Err(Numeric::NicknameInUse { nick: raw.into() });
            }
            match registering.nick.replace(nick.clone()) {
                Some(old) if !registry.same_nick(&old, &nick) => {
                    registry.release(&old, registering.id);
                }
                _ => {}
            }
            register::try_complete(cx)
        }
        Stage::Registered { user, identity } => {
            if nick != identity.nick {
                if let Some(channel) = locked_by(user) {
                    return Err(Numeric::NoNickChange { channel: channel.into() });
                }
                let me = Me { user: Arc::clone(user), identity: Arc::clone(identity) };
                // A nick is told in all channels, and needs no text beside it.
                if let Err(channel) = speech::everywhere(cx, &me, Speech::Nick, b"") {
                    let why = "Cannot change nickname while you may not speak in this channel";
                    let channel = channel.as_str().as_bytes().to_vec().into();
                    return Err(Numeric::UnavailResource { channel, why: why.into() });
                }
            }
            if change(cx, &nick) {
                return Ok(Flow::Continue);
            }
            Err(Numeric::NicknameInUse { nick: raw.into() })
        }
    }
}

/// The channel whose `+N` keeps the user from changing its nick.  Whoever could take the mode off
/// is spared it.
fn locked_by(user: &User) -> Option<String> {
    let channels = user.channels();
    let locked = channels.iter().find(|channel| {
        let channel = channel.lock();
        let ranks = channel.prefixes(user.id);
        let spared = ranks.is_none_or(|ranks| permissions::may(ranks, Permission::Modes));
        channel.flags.has(Flags::NO_NICKS) && !spared
    });
    locked.map(|channel| channel.name.to_string())
}

/// Gives the user of this connection another nick; `false`: somebody else has it.
pub fn change(cx: &mut Cx<'_>, nick: &Nick) -> bool {
    let Stage::Registered { user, identity } = &mut cx.client.stage else { return false };
    if *nick == identity.nick {
        return true;
    }
    if !cx.network.registry.reserve(nick, user.id) {
        return false;
    }
    cx.network.rename(cx.here, user, nick, cx.now);
    cx.network.show_metadata(cx.here, user, cx.now);
    let old = std::mem::replace(identity, user.identity());
    let text = format_args!("{} is now {nick}", old.mask());
    notify_operators(cx.network, cx.here, cx.now, Kinds::NICKS, text);
    true
}
