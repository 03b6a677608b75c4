//! RENAME (IRCv3 channel-rename).

use std::sync::Arc;

use crate::command::message::speech;
use crate::command::{Cx, Flow, Me, Outcome, Params};
use crate::core::ChannelGuard;
use crate::core::channel::permissions;
use crate::core::channel::permissions::Permission;
use crate::core::channel::rename::roster;
use crate::core::channel::speech::Speech;
use crate::core::modes::Flags;
use crate::proto::caps::CapSet;
use crate::proto::event::Body;
use crate::proto::names::ChannelName;
use crate::proto::numerics::Numeric;
use crate::proto::truncate_utf8;
use crate::work;

/// Names that a RENAME may have to be told of in all: each member whose client does not know it is
/// told of each.  So a channel in which nobody's does is renamed up to 141 members.
const MOST_NAMES: usize = 20_000;

/// How long after a RENAME a channel takes no other (section "Security Considerations").
const EVERY_MS: u64 = 60_000;

/// Gives a channel another name; its members, modes, topic and lists stay.  Those who do not know
/// RENAME see themselves leave and join, unless only the case of letters changes.
pub fn rename<'p>(cx: &mut Cx<'_>, me: &Me, p: Params<'p>) -> Outcome<'p> {
    let (from, to) = (p.word(0), p.word(1));
    let reason = truncate_utf8(p.word(2), cx.settings.limits.reason);
    let network = cx.network;
    let renamed = network.with_visible_channel(from, me.user.id, |channel| {
        let ranks = channel.prefixes(me.user.id);
        let ranks = ranks.ok_or(Numeric::NotOnChannel { channel: from.into() })?;
        if !permissions::may(ranks, Permission::Rename) {
            return Err(Numeric::ChanOpPrivsNeeded { channel: from.into() });
        }
        Ok(rename_held(cx, me, channel, to, reason))
    });
    let renamed = renamed.unwrap_or(Err(Numeric::NoSuchChannel { channel: from.into() }))?;
    if let Err((code, why)) = renamed {
        cx.fail("RENAME", code, &[from, to], why);
    }
    Ok(Flow::Continue)
}

fn rename_held(
    cx: &mut Cx<'_>,
    me: &Me,
    channel: &mut ChannelGuard<'_>,
    to: &[u8],
    reason: &[u8],
) -> Result<(), (&'static str, &'static str)> {
    const NO: &str = "CANNOT_RENAME";
    let to: ChannelName = cx.network.channel_name(to).ok_or((NO, "This is no channel's name"))?;
    let from = channel.name().clone();
    if from.as_str() == to.as_str() {
        return Err((NO, "The channel has that name"));
    }
    let now = cx.now.ms();
    if channel.renamed.is_some_and(|at| now.saturating_sub(at) < EVERY_MS) {
        return Err((NO, "This channel has been renamed just now"));
    }
    // It is kept under its name.
    if channel.flags.has(Flags::PERMANENT) {
        return Err((NO, "A permanent channel (+P) keeps its name"));
    }
    // So is the one of a link or a pipe: the configuration names it.
    if channel.members().any(|member| member.user.origin.kind.joins_any()) {
        return Err((NO, "A channel of a gateway keeps its name"));
    }
    let casemap = cx.settings.casemap;
    let only_case = from.key(casemap) == to.key(casemap);
    let unaware = channel.members().filter(|member| !member.user.knows_rename()).count();
    let names = if only_case { 0 } else { unaware * channel.member_count() };
    if names > MOST_NAMES {
        return Err((NO, "Too many members have clients that do not know RENAME"));
    }
    work::charge(2 * names);
    let server = &cx.machine.server_name;
    let roster = (!only_case).then(|| Arc::new(roster(channel, server)));
    let reason = speech::beside(cx, me, channel, Speech::Rename, reason);
    let event = |id| {
        let (from, to) = (from, to.clone());
        me.does(cx.network, cx.now, Body::Rename { from, to, id, reason, roster })
    };
    channel.renamed = Some(now);
    let done = cx.network.rename_channel(cx.here, channel, to.clone(), cx.now, event);
    if done && only_case && !cx.client.caps.has(CapSet::RENAME) {
        // It would not hear of it otherwise.
        cx.notice(&format!("The channel is called {to} now"));
    }
    done.then_some(()).ok_or(("CHANNEL_NAME_IN_USE", "The channel name is already taken"))
}
