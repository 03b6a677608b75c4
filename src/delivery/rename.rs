//! A channel with another name, to those who know of that and those who do not.

use crate::delivery::Delivery;
use crate::proto::caps::CapSet;
use crate::proto::event::{Event, Roster};
use crate::proto::names::{ChannelId, ChannelName};
use crate::proto::rename_fallback;
use crate::proto::render::Rendered;

impl Delivery {
    /// Tells the members of a channel, each who does not know RENAME in lines of its own.
    pub(super) fn deliver_rename(
        &mut self,
        channel: ChannelId,
        names: (&ChannelName, &ChannelName, &[u8]),
        roster: Option<&Roster>,
        event: &Event,
    ) {
        let Some(members) = self.channels.get(&channel) else { return };
        let (limit, now) = (self.line_limit, event.time);
        let mut line = Rendered::new(event, limit);
        for member in members {
            self.queues.push(member.slot, |caps, arena| {
                if caps.has(CapSet::RENAME) {
                    return line.for_caps(caps, arena);
                }
                let start = arena.len();
                rename_fallback::write(roster?, member.user, names, (caps, now, limit), arena);
                Some(start..arena.len())
            });
        }
    }
}
