//! A node of the network: the sites it stands for, and the links to the others.

mod asking;
mod presence;

use std::collections::{BTreeMap, VecDeque};

use smallvec::SmallVec;

use crate::gateway::netchat::clock::Clock;
use crate::gateway::netchat::ids::{Ids, SiteId, is_for_absent};
use crate::gateway::netchat::message;
use crate::gateway::netchat::message::{BadLine, Header, MAX_DATES, Message};
use crate::gateway::netchat::roster::{Link, Roster};
use crate::gateway::netchat::saved::Saved;
use crate::gateway::netchat::seen::Seen;
use crate::gateway::netchat::snapshot::Collecting;
use asking::Question;

/// Answers that wait to be written; requests past it are not answered.
const MAX_DUE: usize = 1 << 16;

/// One or more sites at one place, which know what any of them knows: they share a clock.
///
/// **Flooding.** A message that is new is to be written to *all* links, that on which it was read
/// included; one that is known goes nowhere.  A pair of pipes need not lead to a single neighbour:
/// in a ring what is read comes from one and what is written goes to another, so leaving out the
/// link of origin would cut the ring.  Where both ends are the same neighbour (a line, a star, two
/// links side by side) it costs a line that the neighbour drops.
///
/// **Clock.** What is read adds 1 to the entry of the node's first site, its home, and is merged;
/// what a site sends adds 1 to its own entry.
///
/// All that is given out as a line is for every link, without an end of line.
#[derive(Debug)]
pub struct Node {
    home: SiteId,
    limits: Limits,
    /// Sites of others for which a request is answered though they are not there.
    absent: usize,
    ids: Ids,
    clock: Clock,
    seen: Seen,
    sites: BTreeMap<SiteId, Local>,
    roster: Roster,
    /// Who asked, and which site has to answer.
    due: VecDeque<(SiteId, SiteId)>,
    /// The requests of others in the last half second, the oldest first.
    questions: VecDeque<Question>,
    collecting: Option<Collecting>,
    /// How many have left so far.
    left: u64,
}

/// What a node may keep.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Sites that are here or were here.  Those that left go on answering snapshots, for their
    /// entries stay in the clocks of all; the one that left first is forgotten for a new one.
    pub sites: usize,
    /// Bytes of messages saved for snapshots for each site; the oldest are forgotten.
    pub saved_bytes: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self { sites: 1024, saved_bytes: 256 << 10 }
    }
}

/// A site that the node stands for.
#[derive(Debug, Default)]
struct Local {
    /// When it left, as the how-manieth; `None` while it is here.
    left: Option<u64>,
    saved: Saved,
}

/// What came of a line.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Heard {
    /// The line for all links; `None` if the message was known.
    pub relay: Option<String>,
    /// The id of the message.
    pub id: u64,
    /// The sender has just come, and says so.
    pub is_coming: bool,
    /// A private message that is for nobody here and for nobody who is known to be elsewhere: whose
    /// it is, and the site that it is for.
    pub stray: Option<(SiteId, SiteId)>,
    /// What is new for the sites of the node, in order.
    pub news: SmallVec<[News; 2]>,
}

/// What others have said and done.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum News {
    /// A site of others is there: it said so, or it speaks without having said so.  `again` if it
    /// was there, which is so after a crash that nobody noticed.
    Joined {
        /// Who.
        site: SiteId,
        /// Was there already.
        again: bool,
    },
    /// A site of others has left.
    Left {
        /// Who.
        site: SiteId,
    },
    /// To everyone.
    Public {
        /// Whoever claims to be this; also when the node itself stands for a site of this id.
        from: SiteId,
        /// Any characters.
        text: String,
    },
    /// To a site of this node.
    Private {
        /// As for `Public`.
        from: SiteId,
        /// Which is here.
        to: SiteId,
        /// Any characters.
        text: String,
    },
    /// A site wants a snapshot: call [`Node::answer`].
    Asked {
        /// Who.
        by: SiteId,
    },
}

/// Why a site cannot do what it was to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refused {
    /// The node does not stand for it now.
    #[error("there is no such site here")]
    NotHere,
    /// The node stands for it already.
    #[error("the site is here already")]
    HereAlready,
    /// The bounds of the node or its clock are reached.
    #[error("there are as many sites as there may be")]
    Full,
    /// One at a time.
    #[error("a snapshot is being taken; it ends within five seconds")]
    Collecting,
    /// Nobody could read it.
    #[error("the id is longer than {} bytes", message::MAX_ID)]
    IdTooLong,
}

impl Node {
    /// A node whose first site is `home`, which has not come yet: see [`Node::join`].  `seed` is
    /// random, and another for each node and start.
    pub fn new(home: &str, seed: u64, limits: Limits) -> Self {
        let home = SiteId::from(home);
        let mut clock = Clock::default();
        clock.learn(&home, 0);
        Self {
            clock,
            limits,
            absent: 0,
            ids: Ids::new(seed),
            seen: Seen::default(),
            sites: BTreeMap::from([(
                home.clone(),
                Local { left: Some(0), saved: Saved::default() },
            )]),
            home,
            roster: Roster::default(),
            due: VecDeque::new(),
            questions: VecDeque::new(),
            collecting: None,
            left: 0,
        }
    }

    /// How far each site is known to have come.
    pub fn clock(&self) -> &Clock {
        &self.clock
    }

    /// The sites of others that are there, by id.
    pub fn others(&self) -> Vec<&SiteId> {
        self.roster.sites()
    }

    /// Whether `site` is one of others and there.
    pub fn is_there(&self, site: &str) -> bool {
        self.roster.contains(site)
    }

    /// Whether the node stands for `site` now.
    pub fn is_here(&self, site: &str) -> bool {
        self.sites.get(site).is_some_and(|local| local.left.is_none())
    }

    /// `site` comes (again).
    pub fn join(&mut self, site: &str) -> Result<String, Refused> {
        let site = SiteId::from(site);
        if self.is_here(site.as_str()) {
            return Err(Refused::HereAlready);
        }
        if site.as_str().len() > message::MAX_ID {
            return Err(Refused::IdTooLong);
        }
        let is_new = !self.sites.contains_key(&site);
        if !self.clock.has_room(&site) || is_new && !self.make_room() {
            return Err(Refused::Full);
        }
        self.sites.entry(site.clone()).or_default().left = None;
        Ok(self.write(&site, Header::Connection))
    }

    /// `site` leaves.  It goes on answering snapshots.
    pub fn leave(&mut self, site: &str) -> Result<String, Refused> {
        let site = self.here(site)?;
        self.left += 1;
        if let Some(local) = self.sites.get_mut(&site) {
            local.left = Some(self.left);
        }
        Ok(self.write(&site, Header::Disconnection))
    }

    /// `site` speaks to everyone.
    pub fn public(&mut self, site: &str, text: &str) -> Result<String, Refused> {
        let site = self.here(site)?;
        Ok(self.write(&site, Header::Public(text.to_owned())))
    }

    /// `site` speaks to the site `to`, which need not be known.
    pub fn private(&mut self, site: &str, to: &str, text: &str) -> Result<String, Refused> {
        let site = self.here(site)?;
        if to.len() > message::MAX_ID {
            return Err(Refused::IdTooLong);
        }
        Ok(self.write(&site, Header::Private(to.into(), text.to_owned())))
    }

    /// Reads a line, without its end, from `link`.
    pub fn receive(&mut self, link: Link, line: &[u8]) -> Result<Heard, BadLine> {
        let mut message = Message::decode(line)?;
        let id = message.id;
        if self.seen.contains(id) {
            if let Some(collecting) = &mut self.collecting {
                collecting.came_back(id, &message.clock);
            }
            return Ok(Heard::default());
        }
        if !self.clock.has_room(&message.sender_id) {
            return Err(BadLine::ClockFull);
        }
        self.seen.insert(id);
        self.clock.advance(&self.home);
        self.clock.learn(&message.sender_id, 0);
        self.clock.merge(&message.clock);
        message.fill_answer();
        let relay = message::encode(id, &message.sender_id, &message.header, &self.clock);
        let private = match &message.header {
            Header::Private(to, _) => Some((message.sender_id.clone(), to.clone())),
            _ => None,
        };
        let is_coming = message.header == Header::Connection;
        let news = self.act(link, message, relay.len());
        let stray =
            private.filter(|(_, to)| !self.is_here(to.as_str()) && !self.is_there(to.as_str()));
        Ok(Heard { relay: Some(relay), id, is_coming, stray, news })
    }

    /// The line, for links that have not had it, of a message of others that was received before.
    pub fn relay(&mut self, id: u64, sender: &SiteId, header: &Header) -> String {
        self.clock.advance(&self.home);
        message::encode(id, sender, header, &self.clock)
    }

    fn act(&mut self, link: Link, message: Message, bytes: usize) -> SmallVec<[News; 2]> {
        let mut news = SmallVec::new();
        let from = message.sender_id.clone();
        // Words of our own from before a crash, or a namesake's: nobody comes or goes.
        if from != self.home && !self.is_here(from.as_str()) {
            match message.header {
                Header::Disconnection => {
                    if self.roster.leave(&from) {
                        news.push(News::Left { site: from });
                    }
                    return news;
                }
                Header::Connection => {
                    let again = !self.roster.arrive(&from, link);
                    news.push(News::Joined { site: from, again });
                    return news;
                }
                // Those who have left answer too, as far as somebody does it for them.
                Header::SnapshotResponse(..) if is_for_absent(message.id, &from) => {}
                _ => {
                    if self.roster.arrive(&from, link) {
                        news.push(News::Joined { site: from.clone(), again: false });
                    }
                }
            }
        }
        match message.header {
            Header::Connection | Header::Disconnection => {}
            Header::Public(text) => news.push(News::Public { from, text }),
            Header::Private(to, text) => {
                if self.is_here(to.as_str()) {
                    let kept = Header::Private(to.clone(), text.clone());
                    self.keep(&to, message.id, from.clone(), kept, bytes);
                    news.push(News::Private { from, to, text });
                }
            }
            Header::SnapshotRequest(by) => {
                if !self.is_here(by.as_str()) && self.due.len() + self.sites.len() <= MAX_DUE {
                    self.due.extend(self.sites.keys().map(|site| (by.clone(), site.clone())));
                    self.note_question(&by);
                    news.push(News::Asked { by });
                }
            }
            Header::SnapshotResponse(requester, saved) => {
                self.note_answer(&requester, &from);
                let date = self.clock.get(from.as_str()).unwrap_or_default();
                if let Some(collecting) = &mut self.collecting
                    && *collecting.requester() == requester
                {
                    collecting.hear(&from, date, saved, bytes);
                }
            }
        }
        news
    }

    /// What a site of this node has to say.
    fn write(&mut self, site: &SiteId, header: Header) -> String {
        let id = self.ids.next_id();
        self.write_as(id, site, header)
    }

    fn write_as(&mut self, id: u64, site: &SiteId, header: Header) -> String {
        let (line, message) = self.say(id, site, header);
        if matches!(
            message.header,
            Header::Public(_) | Header::Private(..) | Header::SnapshotRequest(_)
        ) {
            self.save(site, message, line.len());
        }
        line
    }

    /// Its line, and the message, which is saved nowhere yet.
    fn say(&mut self, id: u64, site: &SiteId, header: Header) -> (String, Message) {
        // The dates of others are their own.
        let speaker = if self.sites.contains_key(site) { site } else { &self.home };
        self.clock.advance(speaker);
        self.seen.insert(id);
        let mut message =
            Message { id, sender_id: site.clone(), header, clock: self.clock.clone() };
        message.fill_answer();
        (message.encode(), message)
    }

    /// What was said to a site of this node.
    fn keep(&mut self, site: &SiteId, id: u64, from: SiteId, header: Header, bytes: usize) {
        let message = Message { id, sender_id: from, header, clock: self.clock.clone() };
        self.save(site, message, bytes);
    }

    fn save(&mut self, site: &SiteId, message: Message, bytes: usize) {
        if let Some(local) = self.sites.get_mut(site) {
            local.saved.push(message, bytes, self.limits.saved_bytes);
        }
    }

    fn here(&self, site: &str) -> Result<SiteId, Refused> {
        let (site, local) = self.sites.get_key_value(site).ok_or(Refused::NotHere)?;
        if local.left.is_some() { Err(Refused::NotHere) } else { Ok(site.clone()) }
    }

    /// Whether one more site may be kept, at the cost of the one that left first.
    fn make_room(&mut self) -> bool {
        let most = self.limits.sites.min(MAX_DATES);
        if self.sites.len() < most {
            return true;
        }
        let gone = self.sites.iter().filter(|(site, _)| **site != self.home);
        let first = gone
            .filter_map(|(site, local)| local.left.map(|when| (when, site.clone())))
            .min()
            .map(|(_, site)| site);
        first.and_then(|site| self.sites.remove(&site)).is_some()
    }
}
