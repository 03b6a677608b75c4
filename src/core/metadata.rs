//! What users and channels say of themselves, key by key (IRCv3 metadata).

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::proto::names::MetaKey;
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
pub type MetadataChange = (MetaKey, Option<Value>);

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
