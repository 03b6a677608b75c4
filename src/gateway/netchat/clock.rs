//! Vector clocks: how far each site is known to have come.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::gateway::netchat::ids::SiteId;
use crate::gateway::netchat::message::{MAX_DATE, MAX_DATES};

/// What is learnt from others is no later, so that a site which goes on from there has as many dates
/// left as it will ever need: at [`MAX_DATE`] nobody would take its lines any more.
const LATEST: u64 = MAX_DATE / 2;

/// What the ids of a clock may need as JSON: half of what a line of ours is meant to have.
const MAX_BYTES: usize = 512 << 10;

/// Site id to date.  A site that is not in it has the date 0.
///
/// Dates only grow.  An entry is never forgotten: the others would teach it again with their next
/// message.  What does not fit into [`MAX_DATES`] entries, or half a MiB of them, is not learnt.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(from = "BTreeMap<SiteId, u64>", into = "BTreeMap<SiteId, u64>")]
pub struct Clock {
    dates: BTreeMap<SiteId, u64>,
    bytes: usize,
}

impl Clock {
    /// The date of `site`, `None` if it has no entry.
    pub fn get(&self, site: &str) -> Option<u64> {
        self.dates.get(site).copied()
    }

    /// Entries by site.
    pub fn iter(&self) -> impl Iterator<Item = (&SiteId, u64)> {
        self.dates.iter().map(|(site, date)| (site, *date))
    }

    /// Number of entries.
    pub fn len(&self) -> usize {
        self.dates.len()
    }

    /// Whether there are no entries.
    pub fn is_empty(&self) -> bool {
        self.dates.is_empty()
    }

    /// Never later than that of a message which was caused by this one's.
    pub(super) fn sum(&self) -> u128 {
        self.dates.values().map(|date| u128::from(*date)).sum()
    }

    /// Adds 1 to the entry of `site`, which begins at 0.
    pub(super) fn advance(&mut self, site: &SiteId) {
        self.learn(site, 0);
        if let Some(date) = self.dates.get_mut(site) {
            *date = (*date + 1).min(MAX_DATE);
        }
    }

    /// The entry-wise maximum of both, as far as it is no later than half of what fits.
    pub(super) fn merge(&mut self, other: &Self) {
        for (site, date) in other.iter() {
            self.learn(site, date.min(LATEST));
        }
    }

    /// Makes sure that `site` has at least `date`, if it has an entry or one more fits.
    pub(super) fn learn(&mut self, site: &SiteId, date: u64) {
        if let Some(known) = self.dates.get_mut(site) {
            *known = date.max(*known);
        } else if self.has_room(site) {
            self.bytes += bytes(site);
            self.dates.insert(site.clone(), date);
        }
    }

    /// Whether `site` has an entry or may have one.
    pub(super) fn has_room(&self, site: &SiteId) -> bool {
        self.dates.contains_key(site)
            || self.dates.len() < MAX_DATES && self.bytes + bytes(site) <= MAX_BYTES
    }

    /// An entry that a real peer would miss: 0 is enough for it.
    pub(super) fn fill(&mut self, site: &SiteId) {
        if !self.dates.contains_key(site) {
            self.dates.insert(site.clone(), 0);
        }
    }
}

/// `"site":date,` as JSON, at most.
pub(super) fn bytes(site: &SiteId) -> usize {
    let escapes = site.as_str().bytes().filter(|byte| *byte < b' ').count() * 5;
    let quotes = site.as_str().bytes().filter(|byte| matches!(byte, b'"' | b'\\')).count();
    site.as_str().len() + escapes + quotes + 24
}

impl From<BTreeMap<SiteId, u64>> for Clock {
    /// As another site says it is; see [`Message::decode`](crate::gateway::netchat::Message::decode) for its limits.
    fn from(dates: BTreeMap<SiteId, u64>) -> Self {
        Self { dates, bytes: 0 }
    }
}

impl From<Clock> for BTreeMap<SiteId, u64> {
    fn from(clock: Clock) -> Self {
        clock.dates
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn clock(dates: &[(&str, u64)]) -> Clock {
        let mut clock = Clock::default();
        for (site, date) in dates {
            clock.learn(&SiteId::from(*site), *date);
        }
        clock
    }

    #[test]
    fn merging_takes_the_later_date_of_each_site() {
        let mut mine = clock(&[("a", 3), ("b", 1)]);
        mine.merge(&clock(&[("a", 2), ("b", 5), ("c", 0)]));
        assert_eq!(mine, clock(&[("a", 3), ("b", 5), ("c", 0)]));
    }

    #[test]
    fn a_clock_learns_only_what_fits_and_goes_on_with_what_it_knows() {
        let mut full = Clock::default();
        for number in 0..MAX_DATES + 10 {
            full.learn(&SiteId::from(number.to_string().as_str()), 1);
        }
        assert_eq!(full.len(), MAX_DATES);
        full.merge(&clock(&[("7", 9), ("stranger", 1)]));
        assert_eq!((full.get("7"), full.get("stranger")), (Some(9), None));

        let mut wide = Clock::default();
        for number in 0..MAX_DATES {
            wide.learn(&SiteId::from(format!("{}{number}", "\n".repeat(1000)).as_str()), 1);
        }
        assert!(serde_json::to_string(&wide).unwrap().len() <= MAX_BYTES);
    }

    #[test]
    fn a_site_goes_on_whatever_date_it_is_told() {
        let mut told = Clock::default();
        told.merge(&clock(&[("a", MAX_DATE - 1)]));
        told.advance(&SiteId::from("a"));
        assert_eq!(told.get("a"), Some(LATEST + 1));
        told.merge(&clock(&[("a", MAX_DATE - 1)]));
        assert_eq!(told.get("a"), Some(LATEST + 1), "no way back");
    }
}
