//! NAMES (RFC 2812, section 3.2.5; IRCv3 multi-prefix and userhost-in-names).

use super::{Cx, Flow, Me, Outcome, Params};
use crate::state::modes::UserModes;
use crate::state::renaming::symbol;
use crate::state::{ChannelGuard, Member};
use crate::wire::caps::CapSet;
use crate::wire::numerics::Numeric;

/// The members of each channel.  Of all channels at once nobody is told (Modern IRC, "NAMES
/// message"): that is only the end of the list.
pub fn names<'p>(cx: &mut Cx<'_>, me: &Me, p: Params<'p>) -> Outcome<'p> {
    if p.list(0).next().is_none() {
        cx.reply(&Numeric::EndOfNames { channel: "*".into() });
    }
    for raw in p.list(0) {
        if !cx.has_room() {
            cx.reply(&Numeric::TooManyMatches { command: "NAMES".into(), mask: raw.into() });
            break;
        }
        let world = cx.world;
        let shown = world.with_visible_channel(raw, me.user.id, |channel| reply(cx, me, channel));
        if shown.is_none() {
            cx.reply(&Numeric::EndOfNames { channel: raw.into() });
        }
    }
    Ok(Flow::Continue)
}

/// The members that `me` may know of, while the channel is held.
pub fn reply(cx: &mut Cx<'_>, me: &Me, channel: &ChannelGuard<'_>) {
    let is_member = channel.member(me.user.id).is_some();
    let symbol = symbol(channel.flags);
    let caps = cx.client.caps;
    let shown =
        channel.members_seen_by(me.user.id).filter_map(|member| entry(member, is_member, caps));
    let entries: Vec<Vec<u8>> = shown.collect();
    cx.work(entries.len());
    let complete = cx.reply_filled(entries.iter().map(Vec::as_slice), |names| Numeric::NamReply {
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

/// `@alice`; `None` for a user with +i when the one who asks is not a member.
fn entry(member: &Member, to_member: bool, caps: CapSet) -> Option<Vec<u8>> {
    let profile = member.user.profile();
    if !to_member && profile.modes.has(UserModes::INVISIBLE) {
        return None;
    }
    let mut entry: Vec<u8> = member.prefixes.symbols(caps.has(CapSet::MULTI_PREFIX)).collect();
    let identity = &profile.identity;
    let name =
        if caps.has(CapSet::USERHOST_IN_NAMES) { identity.mask() } else { identity.nick.as_str() };
    entry.extend_from_slice(name.as_bytes());
    Some(entry)
}
