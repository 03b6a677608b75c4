//! What all sites have saved, collected by one of them.

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;

use crate::gateway::netchat::clock::Clock;
use crate::gateway::netchat::ids::SiteId;
use crate::gateway::netchat::message::Message;

/// How long the sites have for their answers, in milliseconds.
pub const PATIENCE_MS: u64 = 5000;

/// How long the sites that are not known to be there have, in milliseconds: for those who have not
/// answered by then nobody waits any longer, and a gateway answers.
pub const GRACE_MS: u64 = 500;

/// Bytes of answers, as lines, that a snapshot may have; a site whose answer is past it counts as
/// one that did not answer.
const MAX_BYTES: usize = 64 << 20;

/// A picture of the network in which no message was received that was not sent.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Snapshot {
    /// The site that asked.
    pub local_id: SiteId,
    /// How far each site had come that answered.
    pub dates: BTreeMap<SiteId, u64>,
    /// What each of them had saved.
    pub messages: BTreeMap<SiteId, Vec<Message>>,
    /// The sites that did not answer in time.
    #[serde(skip)]
    pub missing: Vec<SiteId>,
}

impl Snapshot {
    /// The text of `snapshot.json`, in the format of real peers.
    pub fn to_json(&self) -> String {
        pretty(self)
    }

    /// All distinct messages in causal order: each after those that could have caused it.
    ///
    /// Of a message that several sites saved, the copy with the earliest clock is taken, which is
    /// the sender's.  The dates of a cause sum up to less than those of what it caused.
    pub fn history(&self) -> Vec<&Message> {
        let mut distinct: BTreeMap<u64, (u128, &Message)> = BTreeMap::new();
        for message in self.messages.values().flatten() {
            let copy = (message.clock.sum(), message);
            let kept = distinct.entry(message.id).or_insert(copy);
            if copy.0 < kept.0 {
                *kept = copy;
            }
        }
        let mut history: Vec<_> = distinct.into_values().collect();
        history.sort_by_key(|(sum, message)| (*sum, &message.sender_id, message.id));
        history.into_iter().map(|(_, message)| message).collect()
    }

    /// The text of `history.json`, in the format of real peers.
    pub fn history_json(&self) -> String {
        pretty(&self.history())
    }
}

fn pretty(what: &impl Serialize) -> String {
    // Strings and integers are always JSON.
    let mut text = serde_json::to_string_pretty(what).unwrap_or_default();
    text.push('\n');
    text
}

/// A snapshot that is not finished.
#[derive(Debug)]
pub struct Collecting {
    requester: SiteId,
    /// The id of the request.
    request: u64,
    asked: u64,
    /// Somebody has been asked, and nothing has come back yet: who is there is not known.
    awaits_company: bool,
    /// Those whom the request has met on a way that led back.
    met: BTreeSet<SiteId>,
    dates: BTreeMap<SiteId, u64>,
    messages: BTreeMap<SiteId, Vec<Message>>,
    bytes: usize,
}

impl Collecting {
    /// For `requester`, who asked by the message of this id at `now` (in milliseconds).
    pub fn new(requester: SiteId, request: u64, now: u64) -> Self {
        Self {
            requester,
            request,
            asked: now,
            awaits_company: false,
            met: BTreeSet::new(),
            dates: BTreeMap::new(),
            messages: BTreeMap::new(),
            bytes: 0,
        }
    }

    /// The request has been written to somebody, whose sign is waited for.
    pub fn await_company(&mut self) {
        self.awaits_company = true;
    }

    /// A message has come back, with the clock that those who passed it on have given it.
    pub fn came_back(&mut self, id: u64, clock: &Clock) {
        if id == self.request {
            self.awaits_company = false;
            self.met.extend(clock.iter().map(|(site, _)| site.clone()));
        }
    }

    /// Who asked.
    pub fn requester(&self) -> &SiteId {
        &self.requester
    }

    /// When it ends at the latest.
    pub fn deadline(&self) -> u64 {
        self.asked.saturating_add(PATIENCE_MS)
    }

    /// When nobody waits any longer for those who are not known to be there.
    pub fn end_of_grace(&self) -> u64 {
        self.asked.saturating_add(GRACE_MS)
    }

    /// The answer of a site of others.
    pub fn hear(&mut self, site: &SiteId, date: u64, saved: Vec<Message>, bytes: usize) {
        self.awaits_company = false;
        self.add(site, date, saved, bytes);
    }

    /// The answer of `site`, which had come to `date`.  Only its first answer counts.
    pub fn add(&mut self, site: &SiteId, date: u64, saved: Vec<Message>, bytes: usize) {
        if !self.dates.contains_key(site) && self.bytes + bytes <= MAX_BYTES {
            self.bytes += bytes;
            self.dates.insert(site.clone(), date);
            self.messages.insert(site.clone(), saved);
        }
    }

    /// Whether every site of `clock` that is waited for has answered, and those whom the request
    /// has met.
    pub fn is_complete(&self, clock: &Clock, is_waited_for: impl Fn(&SiteId) -> bool) -> bool {
        let mut known = clock.iter().map(|(site, _)| site).chain(&self.met);
        !self.awaits_company
            && known.all(|site| self.dates.contains_key(site) || !is_waited_for(site))
    }

    /// The snapshot, without what was sent later than a site's answer.
    pub fn finish(mut self, clock: &Clock) -> Snapshot {
        for saved in self.messages.values_mut() {
            saved.retain(|message| is_within(&message.clock, &self.dates));
        }
        let answered: BTreeSet<_> = self.dates.keys().collect();
        let missing = clock.iter().map(|(site, _)| site).filter(|site| !answered.contains(site));
        Snapshot {
            missing: missing.cloned().collect(),
            local_id: self.requester,
            dates: self.dates,
            messages: self.messages,
        }
    }
}

fn is_within(clock: &Clock, dates: &BTreeMap<SiteId, u64>) -> bool {
    clock.iter().all(|(site, date)| dates.get(site).is_none_or(|latest| date <= *latest))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn message(id: u64, sender: &str, clock: &str) -> Message {
        let line = format!(
            r#"{{"id":{id},"sender_id":"{sender}","header":{{"Public":""}},"clock":{clock}}}"#
        );
        Message::decode(line.as_bytes()).expect("a message")
    }

    #[test]
    fn what_was_sent_after_the_answer_of_its_sender_is_left_out() {
        let site = SiteId::from;
        let mut collecting = Collecting::new(site("a"), 9, 0);
        collecting.add(&site("a"), 5, vec![message(1, "a", r#"{"a":5,"b":1}"#)], 1);
        let late = message(2, "a", r#"{"a":6,"b":1}"#);
        collecting.add(&site("b"), 3, vec![late, message(3, "b", r#"{"b":3}"#)], 1);
        let known = message(4, "c", r#"{"a":1,"b":1,"c":1}"#).clock;
        assert!(!collecting.is_complete(&known, |_| true));
        let snapshot = collecting.finish(&known);
        let ids: Vec<_> = snapshot.history().iter().map(|message| message.id).collect();
        assert_eq!(ids, [3, 1]);
        assert_eq!(snapshot.missing, [site("c")]);
    }

    #[test]
    fn a_snapshot_stops_growing_at_its_bound_and_takes_one_answer_of_each() {
        let site = SiteId::from;
        let mut collecting = Collecting::new(site("a"), 9, 0);
        collecting.add(&site("a"), 1, vec![], MAX_BYTES);
        collecting.add(&site("a"), 2, vec![], 0);
        collecting.add(&site("b"), 1, vec![], 1);
        assert_eq!(collecting.dates, BTreeMap::from([(site("a"), 1)]));
    }
}
