//! TBAN: bans that end by themselves, as InspIRCd has them.

use crate::command::channel::channel_list::reading;
use crate::command::channel::channel_mode::publish_ban;
use crate::command::{Cx, Flow, Me, Outcome, Params};
use crate::core::ChannelGuard;
use crate::core::channel::extban::ListMask;
use crate::core::channel::lists::{Entry, NotAdded};
use crate::core::channel::permissions;
use crate::core::channel::permissions::Permission;
use crate::core::modes::ListKind;
use crate::proto::duration;
use crate::proto::event::{Audience, Body, MessageKind, MessageTags};
use crate::proto::numerics::Numeric;
use crate::proto::prefix::Prefixes;

/// Bans for a while; a ban that is there already ends then.  The server takes it off, whoever is
/// there, and it ends with the channel.
pub fn tban<'p>(cx: &mut Cx<'_>, me: &Me, p: Params<'p>) -> Outcome<'p> {
    let (raw, length) = (p.word(0), p.word(1));
    let invalid = |parameter: &'p [u8], why: &'static str| Numeric::InvalidModeParam {
        target: raw.into(),
        letter: "b".into(),
        parameter: parameter.into(),
        why: why.into(),
    };
    let Some(seconds) = duration::parse_seconds(length) else {
        return Err(invalid(length, "Give a duration as in 30m, 1h30m or 5d, a year at most"));
    };
    let done = cx.network.with_visible_channel(raw, me.user.id, |channel| {
        let ranks = channel.prefixes(me.user.id).unwrap_or_default();
        if !permissions::may(ranks, Permission::Lists) {
            return Err(Numeric::ChanOpPrivsNeeded { channel: raw.into() });
        }
        let mask = ListMask::parse(p.word(2), ListKind::Ban, reading(cx))
            .map_err(|why| invalid(p.word(2), why.text()))?
            .set_by(&me.user);
        let text = mask.as_bytes().to_vec();
        let until = Some(cx.now.ms().saturating_add(seconds.saturating_mul(1000)));
        let (set_by, set_at) = (me.identity.mask().into(), cx.now.seconds());
        let entry = Entry { mask, set_by, set_at, until };
        match channel.lists.add(ListKind::Ban, entry.clone(), cx.settings.limits.list_entries) {
            Ok(()) => publish_ban(cx, me, channel, &text),
            Err(NotAdded::Already) => channel.lists.end_at(&entry),
            Err(NotAdded::Full) => {
                let mask = text.into();
                return Err(Numeric::BanListFull { channel: raw.into(), letter: "b".into(), mask });
            }
        }
        channel.plan_expiry(&cx.network.expiries);
        notify(cx, me, channel, &text, length);
        Ok(())
    });
    done.unwrap_or(Err(Numeric::NoSuchChannel { channel: raw.into() }))?;
    Ok(Flow::Continue)
}

/// Tells those who may take it off how long it will last, which the list does not show.
fn notify(cx: &mut Cx<'_>, me: &Me, channel: &ChannelGuard<'_>, mask: &[u8], length: &[u8]) {
    let nick = me.identity.nick.as_str().as_bytes();
    let text = [nick, b" bans ", mask, b" for ", length].concat().into();
    let target = [b"%", channel.name().as_str().as_bytes()].concat().into();
    let with = MessageTags { tags: Default::default(), lines: None, relayed: None };
    let body = Body::Message { kind: MessageKind::Notice, target, text, with };
    let event = cx.network.event_of_server(cx.now, body);
    channel.publish(&cx.network.router, cx.here, Audience::OthersOfRank(Prefixes::HALFOP), event);
}
