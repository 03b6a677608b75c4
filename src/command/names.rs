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
    // All in one piece, with a space after each: there may be thousands.
    let mut entries = Vec::new();
    let members = channel.members_seen_by(me.user.id);
    cx.work(members.filter(|member| write_entry(&mut entries, member, is_member, caps)).count());
    let each = entries.split(|byte| *byte == b' ').filter(|entry| !entry.is_empty());
    let complete = cx.reply_filled(each, |names| Numeric::NamReply {
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

/// Writes `@alice `; nothing for a user with +i when the one who asks is not a member.
fn write_entry(out: &mut Vec<u8>, member: &Member, to_member: bool, caps: CapSet) -> bool {
    let profile = member.user.profile();
    if !to_member && profile.modes.has(UserModes::INVISIBLE) {
        return false;
    }
    out.extend(member.prefixes.symbols(caps.has(CapSet::MULTI_PREFIX)));
    let identity = &profile.identity;
    let name =
        if caps.has(CapSet::USERHOST_IN_NAMES) { identity.mask() } else { identity.nick.as_str() };
    out.extend_from_slice(name.as_bytes());
    out.push(b' ');
    true
}
