//! What is written to the links, and whoever is at their other ends.

use std::collections::VecDeque;
use std::time::Duration;

use tokio::time::Instant;

use crate::gateway::bridge::{Bridge, Relay};
use crate::gateway::fifo::Unheard;
use crate::gateway::netchat;
use crate::gateway::netchat::{Header, Link};

/// How long what is said is kept for a peer that writes already and does not read yet: it opens one
/// pipe after the other.
const LATE: Duration = Duration::from_secs(2);

/// Bytes that are kept for it at most.
const LATE_BYTES: usize = 1 << 20;

/// Roll calls are so far apart at least.
const ROLL_CALL_EVERY: Duration = Duration::from_secs(1);

/// Whoever has begun to read a link and comes says so in this time: one that has been there longer is
/// asked then.
const COMING: Duration = Duration::from_millis(500);

/// The other end of a link.
#[derive(Default)]
pub struct Side {
    /// Nobody there may hear the channel: see [`Bridge::review`].
    closed: bool,
    /// Somebody writes.
    writes: bool,
    /// It has been told who is here.
    greeted: bool,
    /// When it is to be asked who is there, unless somebody comes before.
    ask_at: Option<Instant>,
    /// It does not keep up with what it is to read, which has been told.
    behind: bool,
    /// What was said while it wrote and did not read yet.
    late: VecDeque<(Instant, String)>,
    late_bytes: usize,
}

impl Side {
    fn keep(&mut self, line: &str) {
        let now = Instant::now();
        while self.late.front().is_some_and(|(at, _)| now - *at > LATE) {
            if let Some((_, line)) = self.late.pop_front() {
                self.late_bytes -= line.len();
            }
        }
        if self.writes && self.late_bytes + line.len() <= LATE_BYTES {
            self.late_bytes += line.len();
            self.late.push_back((now, line.to_owned()));
        }
    }

    fn take_late(&mut self) -> impl Iterator<Item = String> + use<> {
        self.late_bytes = 0;
        let now = Instant::now();
        let late = std::mem::take(&mut self.late).into_iter();
        late.filter(move |(at, _)| now - *at <= LATE).map(|(_, line)| line)
    }
}

impl Bridge {
    /// Somebody reads the link now: tells what was said just before, and who is here.
    pub fn reader_came(&mut self, link: usize) {
        tracing::info!(link = self.name(link), "the link is read");
        self.set_behind(link, false);
        let Some(side) = self.sides.get_mut(link) else { return };
        side.greeted = false;
        // Whoever is there already has said so to somebody else.
        side.ask_at = Some(Instant::now() + COMING);
        let late = side.take_late();
        if let Some((_, outbox)) = self.setup.links.get(link).filter(|_| !side.closed) {
            for line in late {
                // It has all its room.
                let _ = outbox.push(&line);
            }
        }
        self.review();
        if self.sides.get(link).is_some_and(|side| !side.greeted) {
            self.greet(link);
        }
    }

    /// Somebody writes to the link; `is_new` if it has just come.  Its coming to read may have been
    /// too quick to be seen.
    pub(super) fn writer_came(&mut self, link: usize, is_new: bool) {
        let Some(side) = self.sides.get_mut(link) else { return };
        side.writes = true;
        if is_new {
            side.ask_at = None;
        }
        if !side.greeted {
            self.greet(link);
        }
    }

    /// Nobody writes to the link any more.
    pub(super) fn writer_left(&mut self, link: usize) {
        if let Some(side) = self.sides.get_mut(link) {
            // Whoever reads it now may be another, who has come too quickly to be seen.
            let ask_at = Some(Instant::now() + COMING);
            *side = Side { behind: side.behind, closed: side.closed, ask_at, ..Side::default() };
        }
    }

    /// Tells whoever reads the link who is here.
    fn greet(&mut self, link: usize) {
        let reads = self.setup.links.get(link).is_some_and(|(_, outbox)| outbox.has_reader());
        if !reads || self.is_closed(link) {
            return;
        }
        self.set_greeted(link, true);
        let mut here = vec![self.home.clone()];
        here.extend(self.people.values().map(|human| human.site.clone()));
        for site in here {
            if let (Ok(line), Some((_, outbox))) =
                (self.node.greet(&site), self.setup.links.get(link))
            {
                // What cannot be said to somebody who has just come is said to nobody.
                let _ = outbox.push(&line);
            }
        }
    }

    /// Nobody reads the link any more.
    pub fn reader_left(&mut self, link: usize, unsent: usize) {
        tracing::info!(link = self.name(link), unsent, "nobody reads the link");
        self.set_behind(link, false);
        // Whoever it was, others may have been heard through them.
        if let Some(number) = Link::new(link) {
            self.node.doubt(number);
        }
    }

    /// Asks who is there, if there is a reason to and somebody who reads it.
    pub(super) fn call_roll(&mut self) {
        if self.roll_call_at().is_none_or(|at| at > Instant::now()) {
            return;
        }
        self.sides.iter_mut().for_each(|side| side.ask_at = None);
        for link in 0..self.sides.len() {
            if self.sides.get(link).is_some_and(|side| !side.greeted) {
                self.greet(link);
            }
        }
        self.called_at = Some(Instant::now());
        match self.node.call_roll(self.now_ms()) {
            // Whom nothing of the channel is written to are asked, too.
            Ok(line) => drop(self.write(&line, |_, _| true)),
            Err(why) => {
                tracing::warn!(channel = %self.setup.channel, %why, "not asked who is there")
            }
        }
    }

    /// When a roll call is due: at once if there is a doubt, as soon as somebody reads it.
    pub(super) fn roll_call_at(&self) -> Option<Instant> {
        let doubt = self.node.is_in_doubt().then_some(self.start);
        let first = self.sides.iter().filter_map(|side| side.ask_at).chain(doubt).min()?;
        let is_heard = self.setup.links.iter().any(|(_, outbox)| outbox.has_reader());
        let next = self.called_at.map_or(first, |at| first.max(at + ROLL_CALL_EVERY));
        is_heard.then_some(next)
    }

    /// Looks again which links nothing of the channel may be written to: those of whose peers some
    /// are kept out of it and none is in it, and those without peers whose host is kept out.
    pub(super) fn review(&mut self) {
        for link in 0..self.setup.links.len() {
            let is_closed = match self.peers.of_link(link) {
                (true, _) => false,
                (false, true) => true,
                (false, false) => !self.admits_stranger(link),
            };
            let Some(side) = self.sides.get_mut(link) else { return };
            if std::mem::replace(&mut side.closed, is_closed) == is_closed {
                continue;
            }
            side.greeted = false;
            let (link_name, channel) = (self.name(link), &self.setup.channel);
            if is_closed {
                tracing::info!(link = link_name, %channel, "the link is closed to the channel");
            } else {
                tracing::info!(link = link_name, %channel, "the link is open to the channel");
            }
            self.greet(link);
        }
    }

    pub(super) fn is_closed(&self, link: usize) -> bool {
        self.sides.get(link).is_some_and(|side| side.closed)
    }

    /// All that waited for the link's reader has been written; so many lines had been refused.
    pub fn drained(&mut self, link: usize, refused: u64) {
        if self.sides.get(link).is_some_and(|side| side.behind) && refused > 0 {
            self.set_behind(link, false);
            let host = self.host(link);
            self.announce(&format!("{host} is read again; {refused} messages did not get there"));
        }
    }

    fn set_greeted(&mut self, link: usize, to: bool) {
        if let Some(side) = self.sides.get_mut(link) {
            side.greeted = to;
        }
    }

    fn set_behind(&mut self, link: usize, to: bool) {
        if let Some(side) = self.sides.get_mut(link) {
            side.behind = to;
        }
    }

    /// Writes what is of the channel to all links that may hear it; whether any reader will get it.
    pub(super) fn broadcast(&mut self, line: &str) -> bool {
        self.write(line, |_, side| !side.closed)
    }

    /// Writes what is for one site to the links that may hear the channel, and to those where that
    /// site is.
    pub(super) fn write_to_site(&mut self, site: &str, line: &str) -> bool {
        let there: Vec<_> = (0..self.setup.links.len())
            .map(|link| Link::new(link).is_some_and(|link| self.node.is_heard_on(site, link)))
            .collect();
        self.write(line, |link, side| !side.closed || there.get(link).is_some_and(|is| *is))
    }

    /// Passes on what has come by a link: at once to that link, through which it may have to reach
    /// others, and to the others if they `may_have` it already.
    pub(super) fn pass_on(&mut self, from: usize, line: &str, may_have: bool) {
        let may_have = may_have && !self.is_closed(from);
        self.write(line, |link, side| link == from || may_have && !side.closed);
    }

    /// Tells the other links what was held back until the channel had taken it.
    pub(super) fn release(&mut self, relay: &Relay) {
        if self.is_closed(relay.link) && matches!(relay.header, Header::Public(_)) {
            return;
        }
        let line = self.node.relay(relay.id, &relay.from, &relay.header);
        self.write(&line, |link, side| link != relay.link && !side.closed);
    }

    fn write(&mut self, line: &str, is_for: impl Fn(usize, &Side) -> bool) -> bool {
        let mut reached = false;
        let mut full = Vec::new();
        for (link, ((_, outbox), side)) in self.setup.links.iter().zip(&mut self.sides).enumerate()
        {
            if !is_for(link, side) {
                continue;
            }
            match outbox.push(line) {
                Ok(()) => reached = true,
                Err(Unheard::NoReader) => side.keep(line),
                Err(Unheard::Full) if side.behind => {}
                Err(Unheard::Full) => full.push(link),
            }
        }
        for link in full {
            self.set_behind(link, true);
            let host = self.host(link);
            tracing::warn!(link = self.name(link), "its reader does not keep up");
            self.announce(&format!("{host} is not read: what is said now does not get there"));
        }
        reached
    }

    /// Tells the links that somebody is there now.  Whoever begins to read is told who is there in
    /// any case.
    pub(super) fn broadcast_coming(&mut self, line: &str) {
        let outboxes = self.setup.links.iter().map(|(_, outbox)| outbox.has_reader());
        let read: Vec<_> = outboxes.collect();
        self.write(line, |link, side| !side.closed && read.get(link).is_some_and(|is| *is));
    }

    pub(super) fn broadcast_if(&mut self, line: Result<String, netchat::Refused>) -> bool {
        match line {
            Ok(line) => self.broadcast(&line),
            Err(why) => {
                tracing::warn!(channel = %self.setup.channel, %why, "not told to the peers");
                false
            }
        }
    }

    /// Tells people and peers alike.
    fn announce(&mut self, text: &str) {
        if self.is_in {
            self.own.send(&format!("NOTICE {} :{text}", self.setup.channel));
        }
        let line = self.node.public(&self.home, text);
        self.broadcast_if(line);
    }

    pub(super) fn name(&self, link: usize) -> &str {
        self.setup.links.get(link).map_or("", |(name, _)| name)
    }

    /// The host of the peers on a link.
    pub(super) fn host(&self, link: usize) -> String {
        format!("netchat/{}", self.name(link))
    }
}
