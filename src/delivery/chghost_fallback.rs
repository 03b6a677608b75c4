//! A user with another host, to those who do not know of that.

use crate::delivery::Delivery;
use crate::delivery::outbox::Queues;
use crate::proto::caps::CapSet;
use crate::proto::event::{Body, Event, Moved};
use crate::proto::names::ChannelId;
use crate::proto::render::Rendered;
use crate::proto::visibility::Visibility;

impl Delivery {
    /// Shows a user whose host has changed as leaving and coming back to those of its channels who do
    /// not know CHGHOST, and see it there; nothing of any other event.
    pub(super) fn deliver_chghost_fallback(
        &mut self,
        channels: &[(ChannelId, Visibility)],
        event: &Event,
    ) {
        let Body::Chghost { moved: Some(moved), .. } = &event.body else { return };
        let (own, limit) = (event.source.user, self.line_limit);
        let quit = Moved::quit(event);
        let mut quit = Rendered::new(&quit, limit);
        self.queues.new_round();
        for (channel, visibility) in channels {
            let Some(members) = self.channels.get(channel) else { continue };
            let comes = moved.comes(own, *channel, event.time);
            let mut comes: Vec<_> = comes.iter().map(|event| Rendered::new(event, limit)).collect();
            for member in members.iter().filter(|m| m.user != own && m.view.sees(*visibility)) {
                if self.queues.first_in_round(member.slot) {
                    self.queues.push_unknowing(member.slot, &mut quit);
                }
                for line in &mut comes {
                    self.queues.push_unknowing(member.slot, line);
                }
            }
        }
    }
}

impl Queues {
    fn push_unknowing(&mut self, slot: u32, line: &mut Rendered<'_>) {
        self.push(slot, |caps, arena| match caps.has(CapSet::CHGHOST) {
            true => None,
            false => line.for_caps(caps, arena),
        });
    }
}
