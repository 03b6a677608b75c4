//! RELAYMSG (IRCv3 relaymsg).

use crate::command::message::privmsg;
use crate::command::{Cx, Flow, Me, Outcome, Params};
use crate::core::channel::permissions;
use crate::core::channel::permissions::Permission;
use crate::core::server::capabilities::RELAY_SEPARATOR;
use crate::proto::event::{MessageKind, Relayed};
use crate::proto::names::has_invisible;
use crate::proto::numerics::Numeric;

/// What no relayed name may have: what means something in masks, targets and lines (section "Abuse
/// prevention").
const RESERVED: &str = "!+%@&#$:'\"?*,.~";

/// Says in a channel what somebody elsewhere has said, under a name that no user can have.  It is
/// the operator's message in all but that: modes and bans count for the operator.  The capability
/// only has to do with the tag; the right to say it is the channel's to give.
pub fn relaymsg<'p>(cx: &mut Cx<'_>, me: &Me, p: Params<'p>) -> Outcome<'p> {
    let (raw, text) = (p.word(0), p.word(2));
    let id = me.user.id;
    let ranks = cx.network.with_visible_channel(raw, id, |channel| channel.prefixes(id));
    let ranks = ranks.ok_or(Numeric::NoSuchChannel { channel: raw.into() })?;
    let ranks = ranks.ok_or(Numeric::NotOnChannel { channel: raw.into() })?;
    if !permissions::may(ranks, Permission::Relay) {
        return Err(Numeric::ChanOpPrivsNeeded { channel: raw.into() });
    }
    let Some(name) = name(p.word(1), cx.settings.limits.nick) else {
        let why = format!("A relayed name has a {RELAY_SEPARATOR} in it, and no signs or spaces");
        cx.fail("RELAYMSG", "INVALID_NICK", &[p.word(1)], &why);
        return Ok(Flow::Continue);
    };
    let mask = format!("{name}!relay@{}", cx.machine.server_name).into();
    cx.carried.relayed = Some(Box::new(Relayed { mask, by: me.identity.nick.clone() }));
    privmsg::send_one(cx, me, MessageKind::Privmsg, raw, text)?;
    Ok(Flow::Continue)
}

/// The name as it can be shown: UTF-8 of at most `max` bytes.
fn name(raw: &[u8], max: usize) -> Option<&str> {
    let name = std::str::from_utf8(raw).ok()?;
    let bad = |c: char| RESERVED.contains(c);
    let fits = name.len() <= max && name.contains(RELAY_SEPARATOR);
    (fits && !name.contains(bad) && !has_invisible(name)).then_some(name)
}
