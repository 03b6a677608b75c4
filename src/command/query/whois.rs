//! WHOIS (RFC 2812, section 3.6.2).

use std::net::IpAddr;
use std::sync::Arc;

use crate::command::query::server;
use crate::command::{Cx, Flow, Items, Me, Outcome, Params};
use crate::core::User;
use crate::core::modes::UserModes;
use crate::proto::numerics::Numeric;

/// All that one may know of each user, and one end for all of them.  With two parameters the first
/// names the server to ask: this one, by its name or by a nick.
pub fn whois<'p>(cx: &mut Cx<'_>, me: &Me, p: Params<'p>) -> Outcome<'p> {
    let (server, at) = if p.get(1).is_some() { (p.get(0), 1) } else { (None, 0) };
    // Clients say a nick twice to ask the user's own server how long it has been idle.
    let server = server.filter(|server| !cx.settings.casemap.is_same(server, p.word(1)));
    if p.list(at).next().is_none() {
        return Err(Numeric::NoNicknameGiven {});
    }
    server::is_us(cx, server)?;
    not_too_many(cx, p, at)?;
    for (done, raw) in p.targets(at, cx.settings.casemap).enumerate().skip(cx.progress.at) {
        if cx.is_enough() {
            return Ok(cx.goes_on(p, done, Items::Nothing));
        }
        match cx.network.find_user(raw) {
            Some(user) => reply(cx, me, &user),
            None => cx.reply(&Numeric::NoSuchNick { nick: raw.into() }),
        }
    }
    cx.reply(&Numeric::EndOfWhois { nick: p.word(at).into() });
    Ok(Flow::Continue)
}

/// Refuses a list of more nicks than ISUPPORT `TARGMAX` tells.
pub(in crate::command) fn not_too_many<'p>(
    cx: &Cx<'_>,
    p: Params<'p>,
    at: usize,
) -> Result<(), Numeric<'p>> {
    let most = cx.settings.limits.targets;
    match p.targets(at, cx.settings.casemap).nth(most) {
        Some(target) => Err(Numeric::TooManyTargets { target: target.into(), most: most.into() }),
        None => Ok(()),
    }
}

fn reply(cx: &mut Cx<'_>, me: &Me, user: &User) {
    let (identity, realname, away, modes) = {
        let profile = user.profile();
        let (identity, realname) = (Arc::clone(&profile.identity), Arc::clone(&profile.realname));
        (identity, realname, profile.away.clone(), profile.modes)
    };
    let nick = &identity.nick;
    cx.reply(&Numeric::WhoisUser {
        nick: nick.into(),
        user: identity.user().into(),
        host: identity.host().into(),
        realname: realname[..].into(),
    });
    let channels = channels(me, user, modes);
    cx.reply_filled(channels.iter().map(Vec::as_slice), |channels| Numeric::WhoisChannels {
        nick: nick.into(),
        channels,
    });
    let machine = cx.machine;
    let (server, info) = ((*machine.server_name).into(), (*machine.description).into());
    cx.reply(&Numeric::WhoisServer { nick: nick.into(), server, info });
    if modes.has(UserModes::OPERATOR) {
        cx.reply(&Numeric::WhoisOperator { nick: nick.into() });
    }
    if user.origin.secure {
        cx.reply(&Numeric::WhoisSecure { nick: nick.into() });
    }
    // Whose certificate it is concerns its owner and operators (Modern IRC, RPL_WHOISCERTFP).
    let may_see = user.shows_address_to(&me.user);
    if let Some(print) = user.origin.certificate.as_deref().filter(|_| may_see) {
        cx.reply(&Numeric::WhoisCertFp { nick: nick.into(), fingerprint: print.into() });
    }
    if may_see && modes.has(UserModes::CLOAKED) {
        let origin = &user.origin;
        // The name, where there is one, and the address (Modern IRC, "RPL_WHOISACTUALLY").
        if origin.host.parse::<IpAddr>().is_err() {
            cx.reply(&Numeric::WhoisActually { nick: nick.into(), host: (*origin.host).into() });
        }
        let address = origin.shown_address().into();
        cx.reply(&Numeric::WhoisActually { nick: nick.into(), host: address });
    }
    if let Some(text) = away {
        cx.reply(&Numeric::Away { nick: nick.into(), text: text[..].into() });
    }
    if modes.has(UserModes::BOT) {
        cx.reply(&Numeric::WhoisBot { nick: nick.into() });
    }
    let (idle, signon) = (user.idle(cx.now).into(), user.signon.into());
    cx.reply(&Numeric::WhoisIdle { nick: nick.into(), idle, signon });
}

/// The channels of `user` that `me` may know of, each with the user's prefix.
fn channels(me: &Me, user: &User, modes: UserModes) -> Vec<Vec<u8>> {
    let shown = user.channels().into_iter().filter_map(|channel| {
        let guard = channel.lock();
        let is_told = guard.is_disclosed_to(user.id, modes, me.user.id);
        let prefixes = guard.prefixes(user.id).filter(|_| is_told)?;
        // Only the highest (Modern IRC, RPL_WHOISCHANNELS): multi-prefix is for NAMES and WHO.
        let mut name: Vec<u8> = prefixes.symbols(false).collect();
        name.extend_from_slice(guard.name().as_str().as_bytes());
        Some(name)
    });
    shown.collect()
}
