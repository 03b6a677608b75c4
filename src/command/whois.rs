//! WHOIS (RFC 2812, section 3.6.2).

use std::sync::Arc;

use super::{Cx, Flow, Me, Outcome, Params, server};
use crate::state::User;
use crate::state::modes::UserModes;
use crate::wire::numerics::Numeric;

/// All that one may know of a user.  With two parameters the first names the server to ask: this
/// one, by its name or by a nick.
pub fn whois<'p>(cx: &mut Cx<'_>, me: &Me, p: Params<'p>) -> Outcome<'p> {
    let (server, raw) = if p.get(1).is_some() { (p.get(0), p.word(1)) } else { (None, p.word(0)) };
    if raw.is_empty() {
        return Err(Numeric::NoNicknameGiven {});
    }
    server::is_us(cx, server)?;
    match cx.world.find_user(raw) {
        Some(user) => reply(cx, me, &user),
        None => cx.reply(&Numeric::NoSuchNick { nick: raw.into() }),
    }
    cx.reply(&Numeric::EndOfWhois { nick: raw.into() });
    Ok(Flow::Continue)
}

fn reply(cx: &mut Cx<'_>, me: &Me, user: &User) {
    let (identity, realname, away, modes) = {
        let profile = user.profile();
        (
            Arc::clone(&profile.identity),
            Arc::clone(&profile.realname),
            profile.away.clone(),
            profile.modes,
        )
    };
    let nick = &identity.nick;
    cx.reply(&Numeric::WhoisUser {
        nick: nick.into(),
        user: (*identity.user).into(),
        host: (*identity.host).into(),
        realname: realname[..].into(),
    });
    let channels = channels(me, user);
    cx.reply_filled(channels.iter().map(Vec::as_slice), |channels| Numeric::WhoisChannels {
        nick: nick.into(),
        channels,
    });
    let settings = &cx.world.settings;
    let (server, info) = ((*settings.server_name).into(), (*settings.description).into());
    cx.reply(&Numeric::WhoisServer { nick: nick.into(), server, info });
    if modes.has(UserModes::OPERATOR) {
        cx.reply(&Numeric::WhoisOperator { nick: nick.into() });
    }
    if let Some(text) = away {
        cx.reply(&Numeric::Away { nick: nick.into(), text: text[..].into() });
    }
    let (idle, signon) = (user.idle(cx.now).into(), user.signon.into());
    cx.reply(&Numeric::WhoisIdle { nick: nick.into(), idle, signon });
}

/// The channels of `user` that `me` may know of, each with the user's prefix.
fn channels(me: &Me, user: &User) -> Vec<Vec<u8>> {
    let shown = user.channels().into_iter().filter_map(|channel| {
        let guard = channel.lock();
        let prefixes = guard.prefixes(user.id).filter(|_| guard.is_visible_to(me.user.id))?;
        // Only the highest (Modern IRC, RPL_WHOISCHANNELS): multi-prefix is for NAMES and WHO.
        let mut name: Vec<u8> = prefixes.symbols(false).collect();
        name.extend_from_slice(guard.name().as_str().as_bytes());
        Some(name)
    });
    shown.collect()
}
