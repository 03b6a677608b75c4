//! Renaming a channel (IRCv3 channel-rename).

use std::mem;
use std::sync::Arc;

use crate::core::channel::{Channel, ChannelGuard};
use crate::core::modes::Flags;
use crate::core::network::Network;
use crate::core::router::LocalShard;
use crate::proto::event::{Audience, Event, Roster, RosterEntry};
use crate::proto::names::{ChannelId, ChannelName};
use crate::proto::time::Moment;

impl Network {
    /// Gives a channel another name, under which it is another channel with the same state: whoever
    /// has found the old one looks again.  `false`: the name is taken.  `event`, which is told to the
    /// members, is made of the new channel's id.
    pub fn rename_channel(
        &self,
        here: &mut dyn LocalShard,
        channel: &mut ChannelGuard<'_>,
        to: ChannelName,
        now: Moment,
        event: impl FnOnce(ChannelId) -> Event,
    ) -> bool {
        // Its id is higher than any: it may be locked after the old one.
        let new = Arc::new(Channel::new(self.next_channel_id(now), to));
        let mut renamed = new.lock();
        if !self.registry.rename_channel(channel.channel(), &new) {
            return false;
        }
        channel.publish(&self.router, here, Audience::All, event(new.id));
        for member in channel.members() {
            let mut profile = member.user.profile();
            profile.leave(channel.id());
            profile.enter(Arc::clone(&new));
        }
        channel.forget_expiry(&self.expiries);
        mem::swap(&mut **channel, &mut *renamed);
        renamed.plan_expiry(&self.expiries);
        channel.set_gone();
        true
    }
}

/// The channel as it is shown to whoever joins it.
pub fn roster(channel: &ChannelGuard<'_>, server: &Arc<str>) -> Roster {
    let mut members: Vec<_> = channel
        .members()
        .map(|member| {
            let profile = member.user.profile();
            RosterEntry {
                user: member.user.id,
                prefixes: member.prefixes,
                visibility: member.visibility.get(),
                view: member.view,
                identity: Arc::clone(&profile.identity),
                realname: Arc::clone(&profile.realname),
            }
        })
        .collect();
    members.sort_unstable_by_key(|member| member.user);
    let topic = channel.topic.as_ref();
    Roster {
        server: Arc::clone(server),
        symbol: symbol(channel.flags),
        topic: topic.map(|topic| (topic.text.clone(), topic.set_by.clone(), topic.set_at)),
        members,
    }
}

/// What NAMES shows of a channel's modes (Modern IRC, "RPL_NAMREPLY").
pub fn symbol(flags: Flags) -> &'static str {
    if flags.has(Flags::SECRET) {
        "@"
    } else if flags.has(Flags::PRIVATE) {
        "*"
    } else {
        "="
    }
}
