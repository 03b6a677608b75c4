//! Bans of the server: who may not connect, and who may not speak.

use std::collections::{BTreeMap, HashMap};
use std::net::IpAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};

use foldhash::fast::RandomState;

use crate::core::locks::{LEAF, Ranked};
use crate::core::server::ban::{Ban, BanKind, BanMask, BanSubject};
use crate::proto::names::Cidr;
use crate::proto::time::Moment;
use crate::work;

/// Every ban in force, of each kind apart.  Ranges are found by the address, with one look for
/// each length that some range has; what has no range is compared one by one.
pub struct Bans {
    sets: Ranked<[Set; BanKind::ALL.len()], LEAF>,
    /// How many there are of each kind: most servers have none of most kinds.
    counts: [AtomicUsize; BanKind::ALL.len()],
    /// When the first of them ends, in seconds since 1970.
    first_end: AtomicU64,
}

/// The bans of one kind.
#[derive(Default)]
struct Set {
    ranges: HashMap<Cidr, Vec<Arc<Ban>>, RandomState>,
    /// How many bans there are of each length of range, IPv4 and IPv6 apart.
    lengths: BTreeMap<(bool, u8), usize>,
    others: Vec<Arc<Ban>>,
}

impl Default for Bans {
    fn default() -> Self {
        Self {
            sets: Ranked::new(0, Default::default()),
            counts: Default::default(),
            first_end: AtomicU64::new(u64::MAX),
        }
    }
}

impl Bans {
    /// Puts a ban in force, in place of one of its kind with an equal mask.
    pub fn add(&self, ban: Arc<Ban>) {
        let mut sets = self.sets.lock();
        let Some(set) = sets.get_mut(ban.kind as usize) else { return };
        let replaced = set.remove(&ban.mask).is_some();
        self.first_end.fetch_min(ban.ends.unwrap_or(u64::MAX), Ordering::Relaxed);
        if let Some(count) = self.counts.get(ban.kind as usize).filter(|_| !replaced) {
            count.fetch_add(1, Ordering::Relaxed);
        }
        set.insert(ban);
    }

    /// Takes all of them off.
    pub(in crate::core) fn clear(&self) {
        let mut sets = self.sets.lock();
        *sets = Default::default();
        self.counts.iter().for_each(|count| count.store(0, Ordering::Relaxed));
        self.first_end.store(u64::MAX, Ordering::Relaxed);
    }

    /// Takes a ban off; it as it was.
    pub fn remove(&self, kind: BanKind, mask: &BanMask) -> Option<Arc<Ban>> {
        let mut sets = self.sets.lock();
        let removed = sets.get_mut(kind as usize)?.remove(mask)?;
        if let Some(count) = self.counts.get(kind as usize) {
            count.fetch_sub(1, Ordering::Relaxed);
        }
        Some(removed)
    }

    /// The ban of a kind that has this mask.
    pub fn of_mask(&self, kind: BanKind, mask: &BanMask) -> Option<Arc<Ban>> {
        let sets = self.sets.lock();
        sets.get(kind as usize)?.of_mask(mask).cloned()
    }

    /// A ban of a kind that is in force and means this person.
    pub fn find(&self, kind: BanKind, who: &BanSubject<'_>, now: Moment) -> Option<Arc<Ban>> {
        if self.count_of(kind) == 0 {
            return None;
        }
        self.sets.lock().get(kind as usize)?.find(who, now)
    }

    /// A ban that keeps the address out before anything is said.
    pub fn of_address(&self, address: IpAddr, now: Moment) -> Option<Arc<Ban>> {
        self.find(BanKind::Dline, &BanSubject { user: "", hosts: &[], address }, now)
    }

    /// All in force, by kind, the oldest first.
    pub fn list(&self, now: Moment) -> Vec<Arc<Ban>> {
        let sets = self.sets.lock();
        let all = sets.iter().flat_map(Set::all).filter(|ban| !ban.has_ended(now));
        let mut all: Vec<_> = all.cloned().collect();
        work::charge(8 * all.len());
        all.sort_by_cached_key(|ban| (ban.kind, ban.set_at, ban.mask.text()));
        all
    }

    /// How many there are.
    pub fn count(&self) -> usize {
        BanKind::ALL.iter().map(|kind| self.count_of(*kind)).sum()
    }

    /// Whether there is one of this kind.
    pub fn has_any(&self, kind: BanKind) -> bool {
        self.count_of(kind) > 0
    }

    fn count_of(&self, kind: BanKind) -> usize {
        self.counts.get(kind as usize).map_or(0, |count| count.load(Ordering::Relaxed))
    }

    /// Whether one of them has ended.
    pub fn is_due(&self, now: Moment) -> bool {
        self.first_end.load(Ordering::Relaxed) <= now.seconds()
    }

    /// Forgets those that have ended.  To be called again and again: looks only when one has.
    pub fn expire(&self, now: Moment) -> Vec<Arc<Ban>> {
        if !self.is_due(now) {
            return Vec::new();
        }
        let mut sets = self.sets.lock();
        let ended: Vec<_> =
            sets.iter().flat_map(Set::all).filter(|ban| ban.has_ended(now)).cloned().collect();
        for ban in &ended {
            if let (Some(set), Some(count)) =
                (sets.get_mut(ban.kind as usize), self.counts.get(ban.kind as usize))
            {
                set.remove(&ban.mask);
                count.fetch_sub(1, Ordering::Relaxed);
            }
        }
        let next = sets.iter().flat_map(Set::all).filter_map(|ban| ban.ends).min();
        self.first_end.store(next.unwrap_or(u64::MAX), Ordering::Relaxed);
        ended
    }
}

impl Set {
    fn insert(&mut self, ban: Arc<Ban>) {
        match ban.mask.range() {
            Some(range) => {
                *self.lengths.entry(length(range)).or_default() += 1;
                self.ranges.entry(range).or_default().push(ban);
            }
            None => self.others.push(ban),
        }
    }

    fn of_mask(&self, mask: &BanMask) -> Option<&Arc<Ban>> {
        let same = match mask.range() {
            Some(range) => self.ranges.get(&range)?,
            None => &self.others,
        };
        same.iter().find(|ban| ban.mask == *mask)
    }

    fn remove(&mut self, mask: &BanMask) -> Option<Arc<Ban>> {
        let ban = Arc::clone(self.of_mask(mask)?);
        let Some(range) = ban.mask.range() else {
            self.others.retain(|other| !Arc::ptr_eq(other, &ban));
            return Some(ban);
        };
        if let Some(bans) = self.ranges.get_mut(&range) {
            bans.retain(|other| !Arc::ptr_eq(other, &ban));
            if bans.is_empty() {
                self.ranges.remove(&range);
            }
        }
        if let Some(count) = self.lengths.get_mut(&length(range)) {
            *count -= 1;
            if *count == 0 {
                self.lengths.remove(&length(range));
            }
        }
        Some(ban)
    }

    fn all(&self) -> impl Iterator<Item = &Arc<Ban>> {
        self.ranges.values().flatten().chain(&self.others)
    }

    fn find(&self, who: &BanSubject<'_>, now: Moment) -> Option<Arc<Ban>> {
        let address = who.address.to_canonical();
        let of_family = self.lengths.keys().filter(|(is_v4, _)| *is_v4 == address.is_ipv4());
        let ranges = of_family.map(|(_, length)| Cidr::of(address, *length));
        let by_range = ranges.filter_map(|range| self.ranges.get(&range)).flatten();
        let mut candidates = by_range.chain(&self.others);
        candidates.find(|ban| !ban.has_ended(now) && ban.mask.means(who)).cloned()
    }
}

fn length(range: Cidr) -> (bool, u8) {
    (range.network().is_ipv4(), range.length())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::proto::names::Casemap;

    const NOW: Moment = Moment::from_ms(1_000_000);

    fn ban(kind: BanKind, mask: &str, ends: Option<u64>) -> Arc<Ban> {
        let mask = BanMask::parse(kind, mask.as_bytes(), Casemap::Ascii, 100).expect("a mask");
        let (reason, oper_reason, set_by) = ([].into(), [].into(), "oper".into());
        Arc::new(Ban { kind, mask, reason, oper_reason, set_by, set_at: 0, ends })
    }

    fn meets(bans: &Bans, kind: BanKind, user: &str, address: &str) -> bool {
        let who = BanSubject { user, hosts: &[address], address: address.parse().expect("one") };
        bans.find(kind, &who, NOW).is_some()
    }

    #[test]
    fn an_address_is_found_in_the_ranges_of_its_kind_alone() {
        let bans = Bans::default();
        for (kind, mask) in [
            (BanKind::Dline, "192.0.2.0/24"),
            (BanKind::Dline, "2001:db8::/32"),
            (BanKind::Kline, "bad@198.51.100.0/24"),
            (BanKind::Kline, "*@203.0.113.*"),
        ] {
            bans.add(ban(kind, mask, None));
        }
        assert!(meets(&bans, BanKind::Dline, "any", "192.0.2.9"));
        assert!(meets(&bans, BanKind::Dline, "any", "2001:db8:1::1"));
        assert!(!meets(&bans, BanKind::Dline, "any", "192.0.3.9"));
        assert!(!meets(&bans, BanKind::Kline, "any", "192.0.2.9"));
        assert!(meets(&bans, BanKind::Kline, "bad", "198.51.100.1"));
        assert!(!meets(&bans, BanKind::Kline, "good", "198.51.100.1"));
        assert!(meets(&bans, BanKind::Kline, "good", "203.0.113.1"));
        assert_eq!(bans.count(), 4);
    }

    #[test]
    fn an_equal_mask_replaces_and_what_is_taken_off_is_gone() {
        let bans = Bans::default();
        bans.add(ban(BanKind::Dline, "192.0.2.1", None));
        bans.add(ban(BanKind::Dline, "192.0.2.1/32", Some(2000)));
        assert_eq!(bans.count(), 1);
        let mask = &ban(BanKind::Dline, "192.0.2.1", None).mask;
        assert!(bans.remove(BanKind::Kline, mask).is_none());
        assert_eq!(bans.remove(BanKind::Dline, mask).and_then(|ban| ban.ends), Some(2000));
        assert!(!meets(&bans, BanKind::Dline, "", "192.0.2.1"));
        assert!(bans.sets.lock().iter().all(|set| set.lengths.is_empty()));
    }

    #[test]
    fn a_ban_ends_at_its_time_and_is_then_forgotten() {
        let bans = Bans::default();
        bans.add(ban(BanKind::Dline, "192.0.2.1", Some(1000)));
        bans.add(ban(BanKind::Kline, "*@*.example.org", Some(1001)));
        assert!(!meets(&bans, BanKind::Dline, "", "192.0.2.1"));
        assert_eq!(bans.list(NOW).len(), 1);
        assert_eq!(bans.expire(NOW).len(), 1);
        assert_eq!(bans.count(), 1);
        assert_eq!(bans.expire(Moment::from_ms(1_001_000)).len(), 1);
        assert_eq!(bans.count(), 0);
    }
}
