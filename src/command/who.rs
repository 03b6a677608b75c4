//! WHO (RFC 2812, section 3.6.1; Modern IRC, "WHO message").

use std::sync::Arc;

use super::{Cx, Flow, Me, Outcome, Params};
use crate::names::{Glob, is_channel};
use crate::state::modes::UserModes;
use crate::state::{Profile, User};
use crate::wire::caps::CapSet;
use crate::wire::numerics::Numeric;
use crate::wire::prefix::Prefixes;

/// The members of a channel, or the users whose nick, user name, host or real name a mask fits.
/// With `o` only operators are asked for.
pub fn who<'p>(cx: &mut Cx<'_>, me: &Me, p: Params<'p>) -> Outcome<'p> {
    let raw = p.word(0);
    let wanted = if p.word(1) == b"o" { UserModes::OPERATOR } else { UserModes::default() };
    if is_channel(raw) {
        of_channel(cx, me, raw, wanted);
    } else {
        of_mask(cx, me, raw, wanted);
    }
    cx.reply(&Numeric::EndOfWho { mask: raw.into() });
    Ok(Flow::Continue)
}

fn of_channel(cx: &mut Cx<'_>, me: &Me, raw: &[u8], wanted: UserModes) {
    // No such channel, or none that may be known: just the end.
    let world = cx.world;
    let _ = world.with_visible_channel(raw, me.user.id, |channel| {
        cx.work(channel.member_count());
        let is_member = channel.member(me.user.id).is_some();
        for member in channel.members() {
            let profile = member.user.profile();
            let may_be_seen = is_member || !profile.modes.has(UserModes::INVISIBLE);
            if may_be_seen && profile.modes.has(wanted) {
                if !cx.has_room() {
                    return too_many(cx, raw);
                }
                reply(cx, channel.name().as_str(), &profile, member.prefixes);
            }
        }
    });
}

fn of_mask(cx: &mut Cx<'_>, me: &Me, raw: &[u8], wanted: UserModes) {
    if let Some(user) = cx.world.find_user(raw) {
        let profile = user.profile();
        if profile.modes.has(wanted) {
            reply(cx, "*", &profile, Prefixes::NONE);
        }
        return;
    }
    // No mask, and "0", ask for everybody (Modern IRC, "WHO message").
    let all = raw.is_empty() || raw == b"0";
    let mask = Glob::new(if all { b"*" } else { raw }, cx.world.settings.casemap);
    let users = cx.world.registry.users();
    cx.work(users.len());
    for user in users {
        let found = {
            let profile = user.profile();
            let found = profile.modes.has(wanted) && fits(&mask, &profile);
            found.then(|| profile.modes.has(UserModes::INVISIBLE))
        };
        let Some(hidden) = found else { continue };
        if hidden && !me.is(&user) && !share_a_channel(me, &user) {
            continue;
        }
        if !cx.has_room() {
            return too_many(cx, raw);
        }
        reply(cx, "*", &user.profile(), Prefixes::NONE);
    }
}

fn too_many(cx: &mut Cx<'_>, mask: &[u8]) {
    cx.reply(&Numeric::TooManyMatches { command: "WHO".into(), mask: mask.into() });
}

fn fits(mask: &Glob, profile: &Profile) -> bool {
    let identity = &profile.identity;
    [identity.nick.as_str(), &identity.user, &identity.host]
        .iter()
        .any(|text| mask.matches(text.as_bytes()))
        || mask.matches(&profile.realname)
}

fn share_a_channel(me: &Me, user: &Arc<User>) -> bool {
    let theirs: Vec<_> = user.profile().channel_ids().collect();
    let mine = me.user.profile();
    theirs.into_iter().any(|channel| mine.is_in(channel))
}

fn reply(cx: &mut Cx<'_>, channel: &str, profile: &Profile, prefixes: Prefixes) {
    let mut flags = vec![if profile.away.is_some() { b'G' } else { b'H' }];
    if profile.modes.has(UserModes::OPERATOR) {
        flags.push(b'*');
    }
    flags.extend(prefixes.symbols(cx.client.caps.has(CapSet::MULTI_PREFIX)));
    let identity = &profile.identity;
    cx.reply(&Numeric::WhoReply {
        channel: channel.into(),
        user: (*identity.user).into(),
        host: (*identity.host).into(),
        server: (*cx.world.settings.server_name).into(),
        nick: (&identity.nick).into(),
        flags: flags.into(),
        realname: profile.realname[..].into(),
    });
}
