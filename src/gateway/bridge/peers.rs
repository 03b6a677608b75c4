//! The peers: users of the server.

use std::collections::HashMap;
use std::time::Duration;

use foldhash::fast::RandomState;
use tokio::time::Instant;

use super::super::guest::{Guest, Own, Person, host_of, nick_of};
use super::super::netchat::SiteId;
use super::super::words;
use super::people::lossy;
use super::{Bridge, Item, shown};
use crate::state::Door;
use crate::wire::Message;

/// Peers that may be users at once.
const MOST_PEERS: usize = 1000;

/// How long a peer that an operator has removed from the server is not let back.
const KEPT_OUT: Duration = Duration::from_secs(60);

/// How often a peer is told that what it says is refused.
const TELL_AGAIN: Duration = Duration::from_secs(60);

/// The peers that are users.
#[derive(Default)]
pub struct Peers {
    all: HashMap<SiteId, Peer, RandomState>,
    /// Who has spoken last and may not have been heard yet.
    speaker: Option<SiteId>,
    /// It has been asked whether it has been heard.
    asked: bool,
    /// Whoever has been told to quit, until it has.
    leaving: Option<Guest>,
}

struct Peer {
    /// The link by which it came.
    link: usize,
    guest: Guest,
    is_in: bool,
    removed_at: Option<Instant>,
    told_at: Option<Instant>,
}

impl Peers {
    /// Whether a site is a user, or was removed.
    pub fn has(&self, site: &SiteId) -> bool {
        self.all.contains_key(site)
    }

    /// Notes that a peer of this nick has left the channel; `false`: there is none.
    pub fn left_channel(&mut self, nick: &str) -> bool {
        let peer = self.all.values_mut().find(|peer| peer.guest.nick() == nick);
        peer.map(|peer| peer.is_in = false).is_some()
    }
}

impl Bridge {
    /// Does what waits in the queue, as far as that can be done now.
    ///
    /// Before another peer than the last one says something, it is waited for until the last one has
    /// been heard: the streams of two users have no order between them.
    pub(super) fn pump(&mut self) {
        loop {
            if let Some(guest) = &self.peers.leaving {
                if !guest.is_gone() {
                    return;
                }
                self.peers.leaving = None;
            }
            let Some(item) = self.queue.front() else { return };
            if !self.may_go_on(&item.site().clone()) {
                return;
            }
            match self.queue.pop() {
                Some(Item::Enter { site, link }) => self.enter(site, link),
                Some(Item::Say { site, to, text }) => self.say(&site, to.as_deref(), &text),
                Some(Item::Leave { site, why }) => {
                    if let Some(peer) = self.peers.all.remove(&site) {
                        peer.guest.send(&format!("QUIT :{why}"));
                        self.peers.leaving = Some(peer.guest);
                    }
                }
                None => return,
            }
        }
    }

    fn may_go_on(&mut self, site: &SiteId) -> bool {
        let peers = &mut self.peers;
        if let Some(speaker) = peers.speaker.take_if(|speaker| speaker != site)
            && let Some(peer) = peers.all.get(&speaker)
            && !peer.guest.is_gone()
        {
            if peer.guest.is_up() && !std::mem::replace(&mut peers.asked, true) {
                peer.guest.send("PING :heard");
            }
            peers.speaker = Some(speaker);
            return false;
        }
        peers.asked = false;
        // One that has just come is waited for; one that was removed is not.
        peers
            .all
            .get(site)
            .is_none_or(|peer| peer.guest.is_gone() || peer.guest.is_up() && peer.guest.has_room())
    }

    fn enter(&mut self, site: SiteId, link: usize) {
        let shown = shown(&site);
        if let Some(peer) = self.peers.all.get(&site) {
            let is_kept_out = peer.removed_at.is_some_and(|at| at.elapsed() < KEPT_OUT);
            if !peer.guest.is_gone() || is_kept_out {
                return;
            }
        } else if self.peers.all.len() >= MOST_PEERS {
            tracing::warn!(site = shown, "refused: there are {MOST_PEERS} peers already");
            return self
                .tell_peer(site.as_str(), "there are too many peers: you are not seen on IRC");
        }
        let host = self.host(link);
        tracing::info!(site = shown, link = self.name(link), "a peer has come");
        let person = Person {
            door: Door::Site,
            host: &host,
            name: site.as_str(),
            realname: &shown,
            limits: &self.setup.limits,
        };
        let guest = Guest::enter(&self.shell, &self.bell, &person);
        let peer = Peer { link, guest, is_in: false, removed_at: None, told_at: None };
        self.peers.all.insert(site.clone(), peer);
        self.peers.speaker = Some(site);
    }

    fn say(&mut self, site: &SiteId, to: Option<&str>, text: &str) {
        let Some(peer) = self.peers.all.get_mut(site) else {
            tracing::warn!(site = shown(site), "a message was refused: its peer is no user");
            return;
        };
        if peer.guest.is_gone() {
            if peer.removed_at.is_some_and(|at| at.elapsed() < KEPT_OUT) {
                return self.refuse(site, "you were removed from IRC; try again in a minute");
            }
            let link = peer.link;
            let (to, text) = (to.map(Into::into), text.to_owned());
            self.queue.unpop(Item::Say { site: site.clone(), to, text });
            return self.enter(site.clone(), link);
        }
        let channel = self.setup.channel.as_str();
        if to.is_none() && !peer.is_in {
            peer.is_in = true;
            peer.guest.send(&format!("JOIN {channel}"));
        }
        peer.guest.say(to.unwrap_or(channel), text);
        self.peers.speaker = Some(site.clone());
    }

    /// What the peers' users hear.
    pub(super) fn hear_peers(&mut self) {
        let mut heard = Vec::new();
        for (site, peer) in &mut self.peers.all {
            let lines = peer.guest.take_lines();
            if !lines.is_empty() {
                heard.push((site.clone(), lines));
            }
            if peer.guest.is_gone() && peer.removed_at.is_none() {
                peer.removed_at = Some(Instant::now());
            }
        }
        for (site, lines) in heard {
            for line in lines.split(|byte| *byte == b'\n') {
                if let Ok(message) = Message::parse(line.trim_ascii_end()) {
                    self.peer_line(&site, &message);
                }
            }
        }
    }

    fn peer_line(&mut self, site: &SiteId, message: &Message<'_>) {
        let channel = self.setup.channel.as_str();
        let Some(peer) = self.peers.all.get_mut(site) else { return };
        let last = message.params.last().copied().unwrap_or_default();
        match peer.guest.notes(message) {
            Own::Done => {
                if let Some(why) = peer.guest.last_words().map(str::to_owned) {
                    tracing::info!(site = shown(site), why, "a peer was removed");
                    peer.removed_at = Some(Instant::now());
                    self.tell_peer(site.as_str(), &format!("you were removed from IRC: {why}"));
                }
                return;
            }
            Own::Registered => {
                peer.is_in = true;
                return peer.guest.send(&format!("JOIN {channel}"));
            }
            Own::No => {}
        }
        match message.verb {
            b"PONG" if self.peers.speaker.as_ref() == Some(site) => self.peers.speaker = None,
            b"PRIVMSG" | b"NOTICE" if !host_of(message.source.unwrap_or_default()).is_empty() => {
                let nick = lossy(nick_of(message.source.unwrap_or_default()));
                self.said_to_peer(site, &nick, last, message.verb == b"PRIVMSG");
            }
            // It may not join: no member, and nothing that it says gets in.
            b"403" | b"405" | b"437" | b"471" | b"473" | b"474" | b"475" | b"477" | b"489" => {
                peer.is_in = false;
                self.refuse(site, &lossy(last));
            }
            b"404" | b"401" | b"716" | b"531" => self.refuse(site, &lossy(last)),
            _ => {}
        }
    }

    /// Somebody has said something to a peer alone.
    fn said_to_peer(&mut self, site: &SiteId, nick: &str, words: &[u8], may_answer: bool) {
        let Some(words) = words::readable(nick, words) else { return };
        let refusal = match self.site_of_nick(nick) {
            Some(from) => {
                let line = self.node.private(&from, site.as_str(), &words);
                if self.broadcast_if(line) {
                    return;
                }
                "not delivered: nobody reads the pipe at the other end".to_owned()
            }
            None => {
                let channel = &self.setup.channel;
                format!("not delivered: join {channel}, whose people netchat peers can talk to")
            }
        };
        if let Some(peer) = self.peers.all.get(site)
            && may_answer
        {
            peer.guest.send(&format!("NOTICE {nick} :{refusal}"));
        }
    }

    /// What a peer has said was refused: the log has it, and the peer is told, but not of each.
    fn refuse(&mut self, site: &SiteId, why: &str) {
        tracing::warn!(site = shown(site), why, "a message was refused");
        let Some(peer) = self.peers.all.get_mut(site) else { return };
        if peer.told_at.is_none_or(|at| at.elapsed() >= TELL_AGAIN) {
            peer.told_at = Some(Instant::now());
            let channel = self.setup.channel.clone();
            self.tell_peer(site.as_str(), &format!("refused by {channel}: {why}"));
        }
    }

    fn tell_peer(&mut self, site: &str, text: &str) {
        let line = self.node.private(&self.home, site, text);
        self.broadcast_if(line);
    }
}
