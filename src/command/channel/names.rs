//! NAMES (RFC 2812, section 3.2.5; IRCv3 multi-prefix and userhost-in-names).

use memchr::memchr;

use crate::command::{Cx, Flow, Items, Me, Outcome, Params};
use crate::core::ChannelGuard;
use crate::core::channel::rename::symbol;
use crate::core::modes::UserModes;
use crate::proto::caps::CapSet;
use crate::proto::numerics::Numeric;
use crate::proto::words;

/// The members of each channel.  Of all channels at once nobody is told (Modern IRC, "NAMES
/// message"): that is only the end of the list.
pub fn names<'p>(cx: &mut Cx<'_>, me: &Me, p: Params<'p>) -> Outcome<'p> {
    if p.list(0).next().is_none() {
        cx.reply(&Numeric::EndOfNames { channel: "*".into() });
    }
    for (at, raw) in p.targets(0, cx.settings.casemap).enumerate().skip(cx.progress.at) {
        if cx.is_enough() {
            return Ok(cx.goes_on(p, at, Items::Nothing));
        }
        if !cx.has_room() {
            cx.reply(&Numeric::TooManyMatches { command: "NAMES".into(), mask: raw.into() });
            break;
        }
        let network = cx.network;
        let shown = network.with_visible_channel(raw, me.user.id, |channel| reply(cx, me, channel));
        if shown.is_none() {
            cx.reply(&Numeric::EndOfNames { channel: raw.into() });
        }
    }
    Ok(Flow::Continue)
}

/// The members that `me` may know of, while the channel is held.
pub fn reply(cx: &mut Cx<'_>, me: &Me, channel: &mut ChannelGuard<'_>) {
    let is_member = channel.member(me.user.id).is_some();
    let symbol = symbol(channel.flags);
    let caps = cx.client.caps;
    // All in one piece, with a space after each: there may be thousands.
    let mut entries = Vec::new();
    if is_member {
        channel.keep_names_cache(&cx.network.expiries, cx.now);
    }
    match channel.names_cache().filter(|_| is_member) {
        Some(members) => {
            for member in members {
                write_entry(&mut entries, member.symbols.iter().copied(), member.mask, caps);
            }
        }
        None => {
            for member in channel.members_seen_by(me.user.id) {
                let profile = member.user.profile();
                // Who has +i is shown to members only.
                if is_member || !profile.modes.has(UserModes::INVISIBLE) {
                    let mask = profile.identity.mask().as_bytes();
                    write_entry(&mut entries, member.prefixes.symbols(true), mask, caps);
                }
            }
        }
    }
    let complete = cx.reply_filled(words(&entries), |names| Numeric::NamReply {
        symbol: symbol.into(),
        channel: channel.name().into(),
        names,
    });
    if !complete {
        let mask = channel.name().into();
        cx.reply(&Numeric::TooManyMatches { command: "NAMES".into(), mask });
    }
    cx.reply(&Numeric::EndOfNames { channel: channel.name().into() });
}

/// Writes `@alice `.
fn write_entry(out: &mut Vec<u8>, symbols: impl Iterator<Item = u8>, mask: &[u8], caps: CapSet) {
    out.extend(symbols.take(if caps.has(CapSet::MULTI_PREFIX) { usize::MAX } else { 1 }));
    let end = if caps.has(CapSet::USERHOST_IN_NAMES) { None } else { memchr(b'!', mask) };
    out.extend_from_slice(end.and_then(|end| mask.get(..end)).unwrap_or(mask));
    out.push(b' ');
}
