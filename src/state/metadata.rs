//! What users and channels say of themselves, key by key (IRCv3 metadata).

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::sync::Arc;

use super::user::User;
use super::watches::Form;
use super::world::{World, each_once};
use crate::delivery::Delivery;
use crate::names::{Identity, MetaKey, UserId};
use crate::wire::event::{Event, KeyValue, Post, Scope, Source};
use crate::wire::time::Now;
use crate::work;

/// A value: UTF-8; the empty one is one too.
pub type Value = Arc<[u8]>;

/// The keys of a user or a channel with their values, for as long as it is there; a word of memory
/// for those who have none.
///
/// Nothing but this file knows how they are kept: what outlives a restart can be put beneath it.
#[derive(Clone, Debug, Default)]
pub struct Metadata {
    #[allow(clippy::box_collection, reason = "a word is smaller than three, and few have any")]
    values: Option<Box<BTreeMap<MetaKey, Value>>>,
}

/// Why a key is not changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unchanged {
    /// It was to be taken away, and has no value.
    NotSet,
    /// There are as many keys as there may be.
    Full,
}

/// A key with its new value; `None`: it has none any more.
pub type Changed = (MetaKey, Option<Value>);

impl Metadata {
    /// Whether no key has a value.
    pub fn is_empty(&self) -> bool {
        self.values.is_none()
    }

    /// The value of a key.
    pub fn get(&self, key: &MetaKey) -> Option<&Value> {
        self.values.as_ref()?.get(key)
    }

    /// All keys that have a value, ascending.
    pub fn iter(&self) -> impl Iterator<Item = (&MetaKey, &Value)> {
        work::charge_grains(self.values.as_ref().map_or(0, |values| 4 * values.len()));
        self.values.iter().flat_map(|values| values.iter())
    }

    /// Gives a key a value, or takes it; there are `most` keys at most.
    pub fn set(
        &mut self,
        key: &MetaKey,
        value: Option<Value>,
        most: usize,
    ) -> Result<(), Unchanged> {
        let values = self.values.get_or_insert_default();
        let done = match value {
            Some(_) if !values.contains_key(key) && values.len() >= most => Err(Unchanged::Full),
            Some(value) => {
                values.insert(key.clone(), value);
                Ok(())
            }
            None => values.remove(key).map(drop).ok_or(Unchanged::NotSet),
        };
        self.values.take_if(|values| values.is_empty());
        done
    }

    /// Takes all values; the keys that had one.
    pub fn clear(&mut self) -> Vec<MetaKey> {
        self.values.take().map(|values| values.into_keys().collect()).unwrap_or_default()
    }
}

impl World {
    /// Changes a user's metadata, and tells those who share a channel or have it on MONITOR, and
    /// have subscribed to what `change` says has changed.  Only for the user's own thread.
    pub fn change_metadata<E>(
        &self,
        here: &mut Delivery,
        user: &User,
        now: Now,
        change: impl FnOnce(&mut Metadata) -> Result<Vec<Changed>, E>,
    ) -> Result<Vec<Changed>, E> {
        user.with_all_channels(|channels| {
            let mut profile = user.profile();
            let changed = change(&mut profile.metadata)?;
            let identity = Arc::clone(&profile.identity);
            for (key, value) in &changed {
                let event = event(user.id, &identity, now, key, value.as_ref());
                self.tell_neighbours(here, user, channels, false, event);
            }
            Ok(changed)
        })
    }

    /// Tells those who have the user, who has just come under its nick, on MONITOR what it says of
    /// itself.
    pub fn show_metadata(&self, here: &mut Delivery, user: &User, now: Now) {
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
            let post = Post { scope, event: event(user.id, &identity, now, key, Some(value)) };
            let places = each_once(watchers.iter().map(|watcher| watcher.home));
            self.places.tell(places, here, &post);
        }
    }
}

fn event<'e>(
    user: UserId,
    identity: &'e Arc<Identity>,
    time: Now,
    key: &MetaKey,
    value: Option<&Value>,
) -> Event<'e> {
    let source = Source { user, identity: Cow::Borrowed(identity) };
    let body = KeyValue::body(identity.nick.as_str(), key, value);
    Event { source, time, body }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn there_are_no_more_keys_than_allowed_and_none_takes_no_memory() {
        let key = |name: &[u8]| MetaKey::parse(name).unwrap();
        let value = |text: &[u8]| Some(Value::from(text));
        let mut metadata = Metadata::default();
        assert_eq!(metadata.set(&key(b"a"), None, 1), Err(Unchanged::NotSet));
        assert!(metadata.is_empty());
        assert_eq!(metadata.set(&key(b"a"), value(b"1"), 1), Ok(()));
        assert_eq!(metadata.set(&key(b"b"), value(b"1"), 1), Err(Unchanged::Full));
        assert_eq!(metadata.set(&key(b"a"), value(b"2"), 1), Ok(()));
        assert_eq!(metadata.get(&key(b"a")), value(b"2").as_ref());
        assert_eq!(metadata.set(&key(b"a"), None, 1), Ok(()));
        assert!(metadata.is_empty());
        assert_eq!(size_of::<Metadata>(), size_of::<usize>());
    }
}
