//! Membership travels with the messages: how events change the lists of local members.

use crate::delivery::{Delivery, LocalMember};
use crate::proto::event::{Audience, Body, Event, Scope};
use crate::proto::names::{ChannelId, UserId};
use crate::proto::visibility::View;

impl Delivery {
    /// What changes in the local lists before the event is told: who comes hears of it.
    pub(super) fn before(&mut self, scope: &Scope, event: &Event) {
        if let (Body::Nick { to }, Some(user)) =
            (&event.body, self.users.get_mut(&event.source.user))
        {
            user.nick = to.clone();
        }
        let Scope::Channel(channel, audience) = *scope else { return };
        match &event.body {
            // It is there already, and only shown now.
            Body::Join { .. } if matches!(audience, Audience::Unseeing(_)) => {}
            Body::Join { prefixes, .. } => {
                let user = event.source.user;
                let hears = self.users.get(&user).filter(|user| !user.no_channel_delivery);
                let slots = hears.into_iter().flat_map(|user| &user.slots);
                let added = slots.map(|&slot| {
                    let view = View::of(*prefixes);
                    LocalMember { user, slot, prefixes: *prefixes, view }
                });
                let mut added = added.peekable();
                if added.peek().is_some() {
                    self.channels.entry(channel).or_default().extend(added);
                }
            }
            Body::Mode { ranks, .. } if !ranks.is_empty() => {
                for member in self.channels.get_mut(&channel).into_iter().flatten() {
                    for change in ranks.iter().filter(|change| change.user == member.user) {
                        member.prefixes = member.prefixes.with(change.prefixes, change.add);
                        member.view = change.view;
                    }
                }
            }
            _ => {}
        }
    }

    /// What changes after the event is told: who goes still hears of it.
    pub(super) fn after(&mut self, scope: &Scope, event: &Event) {
        match (scope, &event.body) {
            (Scope::Channel(channel, _), Body::Part { .. }) => {
                self.forget_member(*channel, event.source.user);
            }
            (Scope::Channel(channel, _), Body::Rename { id, .. }) => {
                if let Some(members) = self.channels.remove(channel) {
                    self.channels.insert(*id, members);
                }
            }
            (Scope::Channel(channel, _), Body::Kick { victim, .. }) => {
                self.forget_member(*channel, *victim);
            }
            (Scope::CommonChannels { channels, .. }, Body::Quit { .. }) => {
                for &(channel, _) in channels.iter() {
                    self.forget_member(channel, event.source.user);
                }
            }
            _ => {}
        }
    }

    fn forget_member(&mut self, channel: ChannelId, user: UserId) {
        // A user who is not here is in none of the lists: the search is spared.
        if !self.users.contains_key(&user) {
            return;
        }
        let Some(members) = self.channels.get_mut(&channel) else { return };
        while let Some(at) = members.iter().position(|member| member.user == user) {
            members.swap_remove(at);
        }
        if members.is_empty() {
            self.channels.remove(&channel);
        }
    }
}
