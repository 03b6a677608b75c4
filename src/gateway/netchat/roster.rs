//! Which sites are there, and by which links they are heard.

use foldhash::{HashMap, HashSet};

use crate::gateway::netchat::ids::SiteId;

/// One of a node's pairs of pipes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Link(u8);

impl Link {
    /// Links are numbered from 0; a node has at most 64.
    pub fn new(number: usize) -> Option<Self> {
        u8::try_from(number).ok().filter(|number| *number < 64).map(Self)
    }

    /// The only one of a node that has one.
    pub const FIRST: Self = Self(0);

    /// Its number.
    pub fn number(self) -> usize {
        usize::from(self.0)
    }

    fn bit(self) -> u64 {
        1 << self.0
    }
}

/// The sites of others that have come and not left, each with the links on which something new of it
/// was read.  No more than a clock has entries.
///
/// A copy of what is known already says nothing about its sender: it may be our own relay, which a
/// neighbour has passed on, back by another link.
#[derive(Debug, Default)]
pub struct Roster {
    sites: HashMap<SiteId, Presence>,
    /// Those who were there.
    gone: HashSet<SiteId>,
    /// Somebody may be in doubt: most of the time nobody is, and none needs to be looked at.
    has_doubts: bool,
}

#[derive(Debug)]
struct Presence {
    links: u64,
    doubt: Doubt,
}

/// Whether a site may have gone without a word.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Doubt {
    None,
    /// It may, and has not been asked yet.
    Unasked,
    /// It has been asked, and has until then to be heard of, in milliseconds.
    Until(u64),
}

impl Roster {
    /// `site` has said something new on `link`.  Returns whether it is new itself.
    pub fn arrive(&mut self, site: &SiteId, link: Link) -> bool {
        if let Some(known) = self.sites.get_mut(site) {
            known.links |= link.bit();
            known.doubt = Doubt::None;
            return false;
        }
        self.gone.remove(site);
        self.sites.insert(site.clone(), Presence { links: link.bit(), doubt: Doubt::None });
        true
    }

    /// Returns whether `site` was there.
    pub fn leave(&mut self, site: &SiteId) -> bool {
        let was_there = self.sites.remove(site).is_some();
        if was_there {
            self.gone.insert(site.clone());
        }
        was_there
    }

    /// Whether `site` is there.
    pub fn contains(&self, site: &str) -> bool {
        self.sites.contains_key(site)
    }

    /// Whether `site` is there, and nothing speaks against it.
    pub fn is_sure(&self, site: &SiteId) -> bool {
        self.sites.get(site).is_some_and(|known| known.doubt == Doubt::None)
    }

    /// Whether `site` was there and is no longer, or perhaps no longer.
    pub fn is_gone(&self, site: &SiteId) -> bool {
        self.gone.contains(site) || self.contains(site.as_str()) && !self.is_sure(site)
    }

    /// Whether something of `site` was read on `link`, and nobody has closed that since.
    pub fn is_heard_on(&self, site: &str, link: Link) -> bool {
        self.sites.get(site).is_some_and(|known| known.links & link.bit() != 0)
    }

    /// Who is there, by id.
    pub fn sites(&self) -> Vec<&SiteId> {
        let mut sites: Vec<_> = self.sites.keys().collect();
        sites.sort_unstable();
        sites
    }

    /// Nothing is heard on `link` any more: the sites that are heard on no other are gone.
    pub fn lose(&mut self, link: Link) -> Vec<SiteId> {
        self.close(link);
        self.take(|known| known.links == 0)
    }

    /// Nothing is heard on `link` any more; the sites that were may be reached by another.
    pub fn close(&mut self, link: Link) {
        self.doubt(link);
        for known in self.sites.values_mut() {
            known.links &= !link.bit();
        }
    }

    /// Whoever is heard on `link` may have gone.
    pub fn doubt(&mut self, link: Link) {
        for known in self.sites.values_mut().filter(|known| known.links & link.bit() != 0) {
            if known.doubt == Doubt::None {
                known.doubt = Doubt::Unasked;
                self.has_doubts = true;
            }
        }
    }

    /// Everyone is asked now, and has until `deadline` to be heard of.
    pub fn ask(&mut self, deadline: u64) {
        for known in self.sites.values_mut().filter(|known| known.doubt == Doubt::Unasked) {
            known.doubt = Doubt::Until(deadline);
        }
    }

    /// Whether somebody is in doubt and has not been asked.
    pub fn is_in_doubt(&self) -> bool {
        self.has_doubts && self.sites.values().any(|known| known.doubt == Doubt::Unasked)
    }

    /// The first moment at which somebody has not been heard of in time.
    pub fn deadline(&self) -> Option<u64> {
        if !self.has_doubts {
            return None;
        }
        let until = |known: &Presence| match known.doubt {
            Doubt::Until(deadline) => Some(deadline),
            _ => None,
        };
        self.sites.values().filter_map(until).min()
    }

    /// Those who were asked and not heard of in time: they are gone.
    pub fn take_silent(&mut self, now: u64) -> Vec<SiteId> {
        if !self.has_doubts {
            return Vec::new();
        }
        let silent = self.take(|it| matches!(it.doubt, Doubt::Until(deadline) if deadline <= now));
        self.has_doubts = self.sites.values().any(|known| known.doubt != Doubt::None);
        silent
    }

    fn take(&mut self, is_gone: impl Fn(&Presence) -> bool) -> Vec<SiteId> {
        let gone = self.sites.iter().filter(|(_, known)| is_gone(known));
        let mut gone: Vec<SiteId> = gone.map(|(site, _)| site.clone()).collect();
        gone.sort_unstable();
        for site in &gone {
            self.leave(site);
        }
        gone
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_lost_link_takes_with_it_only_those_who_are_heard_on_no_other() {
        let (one, other) = (Link::new(0).expect("a link"), Link::new(63).expect("a link"));
        let (anna, ben) = (SiteId::from("anna"), SiteId::from("ben"));
        let mut roster = Roster::default();
        assert!(roster.arrive(&anna, one) && roster.arrive(&ben, one));
        assert!(!roster.arrive(&ben, other));
        assert_eq!(roster.lose(one), [anna]);
        assert_eq!(roster.sites(), [&ben]);
        assert_eq!(roster.lose(other), [ben]);
        assert_eq!(Link::new(64), None);
    }

    #[test]
    fn whoever_is_asked_and_not_heard_of_in_time_is_gone() {
        let (one, other) = (Link::FIRST, Link::new(1).expect("a link"));
        let (anna, ben) = (SiteId::from("anna"), SiteId::from("ben"));
        let mut roster = Roster::default();
        assert!(roster.arrive(&anna, one) && roster.arrive(&ben, one));
        roster.close(one);
        assert!(roster.is_gone(&anna) && roster.contains("anna") && roster.deadline().is_none());
        roster.ask(5);
        roster.arrive(&ben, other);
        assert_eq!((roster.deadline(), roster.take_silent(4)), (Some(5), vec![]));
        assert_eq!(roster.take_silent(5), std::slice::from_ref(&anna));
        assert!(roster.is_gone(&anna) && roster.is_sure(&ben) && roster.deadline().is_none());
        assert!(roster.arrive(&anna, one) && !roster.is_gone(&anna));
    }
}
