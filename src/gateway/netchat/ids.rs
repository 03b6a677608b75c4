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

    /// The next one for an answer that is given for `site`, which is not there itself: its upper
    /// half tells other nodes of ours so (see `is_for_absent`), whoever passes it on.
    pub fn next_for_absent(&mut self, site: &SiteId) -> u64 {
        u64::from(fingerprint(site)) << 32 | self.next_id() >> 32
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

/// Whether the answer of `site` with this id was given for it by another, which is no sign that it is
/// there.  One answer in 2^32 is taken for such a one and is none.
pub fn is_for_absent(id: u64, site: &SiteId) -> bool {
    id >> 32 == u64::from(fingerprint(site))
}

/// FNV-1a with 32 bits.
fn fingerprint(site: &SiteId) -> u32 {
    let mix = |hash: u32, byte: u8| (hash ^ u32::from(byte)).wrapping_mul(0x0100_0193);
    site.as_str().bytes().fold(0x811c_9dc5, mix)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_for_somebody_else_is_known_by_its_id() {
        let (mut ids, site) = (Ids::new(1), SiteId::from("anna"));
        let (one, other) = (ids.next_for_absent(&site), ids.next_for_absent(&site));
        assert!(one != other && is_for_absent(one, &site) && is_for_absent(other, &site));
        assert!(!is_for_absent(one, &SiteId::from("ben")) && !is_for_absent(ids.next_id(), &site));
    }

    #[test]
    fn a_drawn_name_is_eight_alphanumerics_and_another_each_time() {
        let mut ids = Ids::new(1);
        let (one, other) = (ids.next_name(), ids.next_name());
        assert_ne!(one, other);
        assert!(one.len() == 8 && one.bytes().all(|byte| byte.is_ascii_alphanumeric()), "{one}");
    }
}
