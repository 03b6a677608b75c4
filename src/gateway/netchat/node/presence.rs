//! Who is there, and how that is found out.

use crate::gateway::netchat::ids::SiteId;
use crate::gateway::netchat::message::Header;
use crate::gateway::netchat::node::{Node, Refused};
use crate::gateway::netchat::roster::Link;
use crate::gateway::netchat::snapshot::{Collecting, PATIENCE_MS};

impl Node {
    /// `site` says once more that it is there, for neighbours who have come later.
    pub fn greet(&mut self, site: &str) -> Result<String, Refused> {
        let site = self.here(site)?;
        Ok(self.write(&site, Header::Connection))
    }

    /// Whether there are sites of which it is not known that they are still there, and which have not
    /// been asked.
    pub fn is_in_doubt(&self) -> bool {
        self.roster.is_in_doubt()
    }

    /// Asks everyone who is there at `now`, in milliseconds: by a request for a snapshot, which no
    /// peer leaves without an answer.  Those who are in doubt are gone if nothing new of them is
    /// heard within [`PATIENCE_MS`]: see [`Node::tick`].
    pub fn call_roll(&mut self, now: u64) -> Result<String, Refused> {
        let home = self.here(self.home.clone().as_str())?;
        self.roster.ask(now.saturating_add(PATIENCE_MS));
        let id = self.ids.next_id();
        // No part of the conversation, and therefore not saved.
        Ok(self.say(id, &home, Header::SnapshotRequest(home.clone())).0)
    }

    /// Time has passed: to be called when [`Node::due`] says so.  Returns the sites that were asked
    /// by [`Node::call_roll`] and not heard of in time.
    pub fn tick(&mut self, now: u64) -> Vec<SiteId> {
        self.answer_overdue(now);
        self.roster.take_silent(now)
    }

    /// The next moment at which time makes a difference, in milliseconds.
    pub fn due(&self, now: u64) -> Option<u64> {
        let grace = self.collecting.as_ref().map(Collecting::end_of_grace);
        let first = [grace.filter(|at| *at > now), self.snapshot_deadline()].into_iter();
        first.chain([self.question_due(now), self.roster.deadline()]).flatten().min()
    }

    /// Nobody writes to `link` any more: the sites that were heard on no other are gone, and are
    /// not told to the others, who have links of their own.
    pub fn lose(&mut self, link: Link) -> Vec<SiteId> {
        self.roster.lose(link)
    }

    /// Nobody writes to `link` any more, and other links lead perhaps to the sites that were heard
    /// on it: they are in doubt until they are heard of, or have not answered [`Node::call_roll`].
    pub fn close(&mut self, link: Link) {
        self.roster.close(link);
    }

    /// Nobody reads `link` any more: those who are heard on it are in doubt.
    pub fn doubt(&mut self, link: Link) {
        self.roster.doubt(link);
    }

    /// Whether something of `site`, one of others, was read on `link`.
    pub fn is_heard_on(&self, site: &str, link: Link) -> bool {
        self.roster.is_heard_on(site, link)
    }
}
