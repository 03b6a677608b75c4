//! Which sites are there, and by which links they are heard.

use foldhash::HashMap;

use super::ids::SiteId;

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

/// The sites of others that have come and not left, each with the links on which something of it
/// was read.  No more than a clock has entries.
#[derive(Debug, Default)]
pub struct Roster {
    sites: HashMap<SiteId, u64>,
}

impl Roster {
    /// `site` was heard on `link`.  Returns whether it is new.
    pub fn arrive(&mut self, site: &SiteId, link: Link) -> bool {
        if self.heard(site, link) {
            return false;
        }
        self.sites.insert(site.clone(), link.bit());
        true
    }

    /// Another copy of something that `site` said, on `link`.  Returns whether the site is known.
    pub fn heard(&mut self, site: &SiteId, link: Link) -> bool {
        let known = self.sites.get_mut(site);
        known.map(|links| *links |= link.bit()).is_some()
    }

    /// Returns whether `site` was there.
    pub fn leave(&mut self, site: &SiteId) -> bool {
        self.sites.remove(site).is_some()
    }

    /// Whether `site` is there.
    pub fn contains(&self, site: &str) -> bool {
        self.sites.contains_key(site)
    }

    /// Who is there, by id.
    pub fn sites(&self) -> Vec<&SiteId> {
        let mut sites: Vec<_> = self.sites.keys().collect();
        sites.sort_unstable();
        sites
    }

    /// Nothing is heard on `link` any more: the sites that are heard on no other are gone.
    pub fn lose(&mut self, link: Link) -> Vec<SiteId> {
        for links in self.sites.values_mut() {
            *links &= !link.bit();
        }
        let mut gone: Vec<SiteId> = self
            .sites
            .iter()
            .filter(|(_, links)| **links == 0)
            .map(|(site, _)| site.clone())
            .collect();
        gone.sort_unstable();
        self.sites.retain(|_, links| *links != 0);
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
        assert!(roster.heard(&ben, other) && !roster.arrive(&ben, other));
        assert_eq!(roster.lose(one), [anna]);
        assert_eq!(roster.sites(), [&ben]);
        assert_eq!(roster.lose(other), [ben]);
        assert_eq!(Link::new(64), None);
    }
}
