//! Changes of what users say of themselves, and who is told (IRCv3 metadata).

use std::sync::Arc;

use crate::core::metadata::{Metadata, MetadataChange};
use crate::core::network::{Network, each_once};
use crate::core::router::LocalShard;
use crate::core::user::User;
use crate::core::user::watches::Form;
use crate::proto::event::{KeyValue, Post, Scope};
use crate::proto::names::UserId;
use crate::proto::time::Moment;

impl Network {
    /// Changes a user's metadata, and tells those who share a channel or have it on MONITOR, and
    /// have subscribed to what `change` says has changed.  Only for the user's own thread.
    pub fn change_metadata<E>(
        &self,
        here: &mut dyn LocalShard,
        user: &User,
        now: Moment,
        change: impl FnOnce(&mut Metadata) -> Result<Vec<MetadataChange>, E>,
    ) -> Result<Vec<MetadataChange>, E> {
        user.with_all_channels(|channels| {
            let mut profile = user.profile();
            let changed = change(&mut profile.metadata)?;
            let identity = Arc::clone(&profile.identity);
            for (key, value) in &changed {
                let body = KeyValue::body(identity.nick.as_str(), key, value.as_ref());
                let event = self.event(user.id, &identity, now, body);
                self.notify_common_channels(here, user, channels, false, event);
            }
            Ok(changed)
        })
    }

    /// Tells those who have the user, who has just come under its nick, on MONITOR what it says of
    /// itself.
    pub fn show_metadata(&self, here: &mut dyn LocalShard, user: &User, now: Moment) {
        let (identity, metadata) = {
            let profile = user.profile();
            if profile.metadata.is_empty() {
                return;
            }
            (Arc::clone(&profile.identity), profile.metadata.clone())
        };
        let watches = self.watches.lock();
        let watchers = watches.of_nick(&identity.nick).iter();
        let watchers: Vec<_> = watchers.filter(|watcher| watcher.form == Form::Monitor).collect();
        let users: Arc<[UserId]> = watchers.iter().map(|watcher| watcher.user).collect();
        for (key, value) in metadata.iter() {
            let scope = Scope::Users(Arc::clone(&users));
            let body = KeyValue::body(identity.nick.as_str(), key, Some(value));
            let event = self.event(user.id, &identity, now, body);
            let post = Post { scope, payload: event.into() };
            let shards = each_once(watchers.iter().map(|watcher| watcher.home));
            self.router.deliver(shards, here, &post);
        }
    }
}
