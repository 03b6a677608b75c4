//! Snapshots: asking for one, and answering those of others.

use std::collections::BTreeSet;

use crate::gateway::netchat::ids::SiteId;
use crate::gateway::netchat::message::Header;
use crate::gateway::netchat::node::{MAX_DUE, Node, Refused};
use crate::gateway::netchat::snapshot::{Collecting, GRACE_MS, Snapshot};

/// Requests whose missing answers are looked for at once; the oldest is forgotten for a new one.
const MAX_QUESTIONS: usize = 64;

/// A request of others, as long as it is not known who answers it.
#[derive(Debug)]
pub(super) struct Question {
    requester: SiteId,
    /// When it was noticed, in milliseconds.
    since: Option<u64>,
    answered: BTreeSet<SiteId>,
}

impl Node {
    /// The same node; it answers requests for snapshots also for up to `most` sites of others that are not
    /// there: the clocks of all have them for ever, and a peer would wait five seconds for each
    /// snapshot.
    pub fn answering_for_absent(self, most: usize) -> Self {
        Self { absent: most, ..self }
    }

    /// `site` asks everyone for a snapshot at `now`, in milliseconds.  It ends within
    /// `PATIENCE_MS`: call [`Node::finished_snapshot`].
    pub fn ask_for_snapshot(&mut self, site: &str, now: u64) -> Result<String, Refused> {
        let requester = self.here(site)?;
        if self.collecting.is_some() {
            return Err(Refused::Collecting);
        }
        let request = self.ids.next_id();
        let line = self.write_as(request, &requester, Header::SnapshotRequest(requester.clone()));
        let mut collecting = Collecting::new(requester, request, now);
        for (site, local) in &self.sites {
            let date = self.clock.get(site.as_str()).unwrap_or_default();
            collecting.add(site, date, local.saved.to_vec(), 0);
        }
        self.collecting = Some(collecting);
        Ok(line)
    }

    /// Somebody reads the request for the snapshot: it is not complete before the request has come
    /// back or somebody has answered, for a site that has just come knows of nobody.
    pub fn snapshot_was_asked_for(&mut self) {
        if let Some(collecting) = &mut self.collecting {
            collecting.await_company();
        }
    }

    /// When the snapshot that is being taken ends at the latest, in the milliseconds of its start.
    pub fn snapshot_deadline(&self) -> Option<u64> {
        self.collecting.as_ref().map(Collecting::deadline)
    }

    /// The snapshot, once: as soon as all sites of the clock have answered, or at its deadline.  After
    /// half a second it waits only for those who are known to be there.
    pub fn finished_snapshot(&mut self, now: u64) -> Option<Snapshot> {
        let (clock, roster, sites) = (&self.clock, &self.roster, &self.sites);
        let speaks_for_absent = self.absent > 0;
        let is_away = |site: &SiteId| {
            let is_absent = speaks_for_absent && !roster.is_sure(site);
            !sites.contains_key(site) && (is_absent || roster.is_gone(site))
        };
        let is_done = |it: &mut Collecting| {
            let in_grace = now < it.end_of_grace();
            now >= it.deadline() || it.is_complete(clock, |site| in_grace || !is_away(site))
        };
        let collecting = self.collecting.take_if(is_done)?;
        Some(collecting.finish(&self.clock))
    }

    /// The next answer to somebody's snapshot, one for each site of the node.  To be asked for when
    /// the links have room for it, until there is none.
    pub fn answer(&mut self) -> Option<String> {
        loop {
            let (requester, site) = self.due.pop_front()?;
            let saved = match self.sites.get(&site) {
                Some(local) => local.saved.to_vec(),
                // It has come meanwhile, and speaks for itself.
                None if self.roster.is_sure(&site) => continue,
                None => Vec::new(),
            };
            let header = Header::SnapshotResponse(requester, saved);
            return Some(if self.is_here(site.as_str()) {
                self.write(&site, header)
            } else {
                let id = self.ids.next_for_absent(&site);
                self.write_as(id, &site, header)
            });
        }
    }

    /// Answers the requests whose time for others to answer is over.
    pub(super) fn answer_overdue(&mut self, now: u64) {
        for question in &mut self.questions {
            question.since.get_or_insert(now);
        }
        let is_over = |it: &Question| it.since.is_some_and(|at| now >= at.saturating_add(GRACE_MS));
        while self.questions.front().is_some_and(is_over) {
            if let Some(question) = self.questions.pop_front() {
                self.answer_for_absent(&question);
            }
        }
    }

    /// When that is to be looked at next.
    pub(super) fn question_due(&self, now: u64) -> Option<u64> {
        let since = self.questions.front()?.since;
        Some(since.map_or(now, |since| since.saturating_add(GRACE_MS)))
    }

    fn answer_for_absent(&mut self, question: &Question) {
        let is_away = |site: &&SiteId| {
            !self.sites.contains_key(*site)
                && !self.roster.is_sure(site)
                && !question.answered.contains(*site)
                && **site != question.requester
        };
        let away = self.clock.iter().map(|(site, _)| site).filter(is_away);
        let room = self.absent.min(MAX_DUE.saturating_sub(self.due.len()));
        self.due.extend(away.take(room).map(|site| (question.requester.clone(), site.clone())));
    }

    /// Somebody has asked: whoever answers is noted.
    pub(super) fn note_question(&mut self, requester: &SiteId) {
        if self.absent == 0 {
            return;
        }
        if self.questions.len() >= MAX_QUESTIONS {
            self.questions.pop_front();
        }
        let answered = BTreeSet::new();
        self.questions.push_back(Question { requester: requester.clone(), since: None, answered });
    }

    /// `from` has answered `requester`.
    pub(super) fn note_answer(&mut self, requester: &SiteId, from: &SiteId) {
        for question in self.questions.iter_mut().filter(|it| it.requester == *requester) {
            question.answered.insert(from.clone());
        }
    }
}
