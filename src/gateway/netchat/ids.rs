//! Names of sites, and numbers of messages.

use std::{borrow::Borrow, sync::Arc};

use serde::{Deserialize, Serialize};

/// What a site calls itself: any string, also an empty one or one with control characters.  It can
/// therefore not be displayed as it is.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct SiteId(Arc<str>);

impl SiteId {
    /// As it was sent.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl From<&str> for SiteId {
    fn from(id: &str) -> Self {
        Self(id.into())
    }
}

impl Borrow<str> for SiteId {
    fn borrow(&self) -> &str {
        &self.0
    }
}

/// Numbers for messages, which no two sites should draw alike: SplitMix64 from a random seed.
#[derive(Clone, Debug)]
pub struct Ids(u64);

impl Ids {
    /// The same seed gives the same numbers.
    pub const fn new(seed: u64) -> Self {
        Self(seed)
    }

    /// The next one, anywhere in the 64 bits.
    pub fn next_id(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    /// A name for a site that has none: 8 alphanumerics, as real peers draw them.
    pub fn next_name(&mut self) -> String {
        const LETTERS: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
        (0..8)
            .filter_map(|_| LETTERS.get((self.next_id() % LETTERS.len() as u64) as usize))
            .map(|letter| char::from(*letter))
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_drawn_name_is_eight_alphanumerics_and_another_each_time() {
        let mut ids = Ids::new(1);
        let (one, other) = (ids.next_name(), ids.next_name());
        assert_ne!(one, other);
        assert!(one.len() == 8 && one.bytes().all(|byte| byte.is_ascii_alphanumeric()), "{one}");
    }
}
