//! Who wants to be told of which keys of metadata: looked at only when one of them changes.

use crate::delivery::Delivery;
use crate::proto::event::{Audience, Body, Event, Scope};
use crate::proto::names::{ConnId, MetaKey, UserId};
use crate::proto::render::Rendered;
use crate::work;

impl Delivery {
    /// The keys whose changes the connection is told of, oldest first.
    pub fn subscriptions(&self, conn: ConnId) -> &[MetaKey] {
        self.subscriptions.get(&conn.slot).map_or(&[], Vec::as_slice)
    }

    /// The connection is told of changes of the key from here on; it is to be open.
    pub fn subscribe(&mut self, conn: ConnId, key: MetaKey) {
        let keys = self.subscriptions.entry(conn.slot).or_default();
        if !keys.contains(&key) {
            keys.push(key);
        }
    }

    /// The connection is not told of the key any more.
    pub fn unsubscribe(&mut self, conn: ConnId, key: &MetaKey) {
        let Some(keys) = self.subscriptions.get_mut(&conn.slot) else { return };
        keys.retain(|held| held != key);
        if keys.is_empty() {
            self.subscriptions.remove(&conn.slot);
        }
    }

    /// Tells those of `scope` who have subscribed to the key that has changed, but for who has
    /// changed it.
    pub(super) fn deliver_to_subscribers(&mut self, scope: &Scope, event: &Event) {
        let Body::Metadata(changed) = &event.body else { return };
        let slots = self.slots_of(scope, event.source.user);
        let mut line = Rendered::new(event, self.line_limit);
        self.queues.new_round();
        for slot in slots {
            let keys = self.subscriptions.get(&slot);
            let wanted = keys.is_some_and(|keys| keys.contains(&changed.key));
            if wanted && self.queues.first_in_round(slot) {
                self.queues.push(slot, |caps, arena| line.for_caps(caps, arena));
            }
        }
    }

    fn slots_of(&self, scope: &Scope, but: UserId) -> Vec<u32> {
        if self.subscriptions.is_empty() {
            return Vec::new();
        }
        let members = |id| {
            let members = self.channels.get(id).map_or(&[][..], Vec::as_slice);
            work::charge_grains(2 * members.len());
            members.iter().filter(|m| m.user != but)
        };
        let users = |ids: &[UserId]| -> Vec<u32> {
            let others = ids.iter().filter(|id| **id != but);
            let users = others.filter_map(|id| self.users.get(id));
            users.flat_map(|user| &user.slots).copied().collect()
        };
        match scope {
            Scope::Channel(id, Audience::OthersSeeing(visibility)) => {
                members(id).filter(|m| m.view.sees(*visibility)).map(|m| m.slot).collect()
            }
            Scope::Channel(id, _) => members(id).map(|m| m.slot).collect(),
            Scope::CommonChannels { channels, watchers, .. } => {
                let seeing = channels
                    .iter()
                    .flat_map(|(id, visibility)| members(id).filter(|m| m.view.sees(*visibility)));
                seeing.map(|m| m.slot).chain(users(watchers)).collect()
            }
            Scope::User(id) => users(&[*id]),
            Scope::Users(ids) => users(ids),
        }
    }
}
