//! LIST (RFC 2812, section 3.2.6).

use super::{Cx, Flow, Me, Outcome, Params};
use crate::state::ChannelState;
use crate::wire::numerics::Numeric;

/// The channels that the user may know of, with members and topic: all, or those named.
pub fn list<'p>(cx: &mut Cx<'_>, me: &Me, p: Params<'p>) -> Outcome<'p> {
    let channels: Vec<_> = if p.get(0).is_some() {
        let named = p.list(0).filter_map(|raw| cx.world.channel_name(raw));
        named.filter_map(|name| cx.world.registry.channel(&name)).collect()
    } else {
        cx.world.registry.channels()
    };
    cx.work(channels.len());
    cx.reply(&Numeric::ListStart {});
    for channel in channels {
        if !cx.has_room() {
            cx.reply(&Numeric::TooManyMatches { command: "LIST".into(), mask: "*".into() });
            break;
        }
        let guard = channel.lock();
        if guard.member_count() == 0 || !guard.is_listed_for(me.user.id) {
            continue;
        }
        cx.reply(&Numeric::List {
            channel: guard.name().into(),
            members: guard.member_count().into(),
            topic: topic(&guard).into(),
        });
    }
    cx.reply(&Numeric::ListEnd {});
    Ok(Flow::Continue)
}

fn topic(channel: &ChannelState) -> &[u8] {
    channel.topic.as_ref().map_or(b"", |topic| &topic.text)
}
