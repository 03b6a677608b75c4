//! The peers: users of the server.

use std::collections::{HashMap, VecDeque};
use std::rc::Rc;
use std::time::Duration;

use foldhash::fast::RandomState;
use tokio::time::Instant;

use crate::core::ClientKind;
use crate::gateway::bridge::people::lossy;
use crate::gateway::bridge::queue::{Held, Refused};
use crate::gateway::bridge::{Bridge, Item, Relay, shown};
use crate::gateway::internal_client::{ClientSetup, InternalClient, Own, host_of, nick_of};
use crate::gateway::netchat::SiteId;
use crate::gateway::words;
use crate::proto::{Message, tags};

/// Peers that may be users at once.
const MOST_PEERS: usize = 1000;

/// How long a peer that an operator has removed from the server is not let back.
const KEPT_OUT: Duration = Duration::from_secs(60);

/// How often a peer is told that what it says is refused, for each reason.
const TELL_AGAIN: Duration = Duration::from_secs(60);

/// Reasons that are remembered as told, of all peers.
const MOST_TOLD: usize = 4096;

/// Messages of a peer that it has not been heard about: those past it are not for other links.
const MOST_UNDECIDED: usize = 1 << 14;

/// The peers that are users.
#[derive(Default)]
pub struct Peers {
    all: HashMap<SiteId, Peer, RandomState>,
    /// Who has spoken last and may not have been heard yet.
    speaker: Option<SiteId>,
    /// It has been asked whether it has been heard.
    asked: bool,
    /// Whoever has been told to quit, until it has.
    leaving: Option<InternalClient>,
    /// What was told to whom of what is refused, and when.
    told: HashMap<(SiteId, String), Instant, RandomState>,
    /// The label of the last message that other links wait for.
    label: u64,
}

struct Peer {
    /// The link by which it came.
    link: usize,
    internal_client: InternalClient,
    membership: Membership,
    removed_at: Option<Instant>,
    /// What it has said to the channel and other links wait for, in order.
    undecided: VecDeque<Undecided>,
}

/// Where a peer is, as far as the channel is concerned.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Membership {
    /// It has asked to be let in.
    Before,
    In,
    /// It was refused or removed.
    Out,
}

/// A piece of a text whose answer will have this label.
struct Undecided {
    label: u64,
    text: Rc<Refused>,
    /// With the last piece.
    relay: Option<Relay>,
}

impl Peers {
    /// Whether a site is a user, or was removed.
    pub fn has(&self, site: &SiteId) -> bool {
        self.all.contains_key(site)
    }

    /// Notes that a peer of this nick has left the channel; `false`: there is none.
    pub fn left_channel(&mut self, nick: &str) -> bool {
        let peer = self.all.values_mut().find(|peer| peer.internal_client.nick() == nick);
        peer.map(|peer| peer.membership = Membership::Out).is_some()
    }

    /// Whether a peer that came by the link is in the channel, and whether one is kept out of it.
    pub fn of_link(&self, link: usize) -> (bool, bool) {
        let peers = || self.all.values().filter(|peer| peer.link == link);
        let is_in =
            |peer: &Peer| peer.membership == Membership::In && !peer.internal_client.is_gone();
        let is_out =
            |peer: &Peer| peer.membership == Membership::Out || peer.internal_client.is_gone();
        (peers().any(is_in), peers().any(is_out))
    }
}

impl Bridge {
    /// Does what waits in the queue, as far as that can be done now.
    ///
    /// Before another peer than the last one says something, it is waited for until the last one has
    /// been heard: the streams of two users have no order between them.
    pub(super) fn pump(&mut self) {
        loop {
            if let Some(internal_client) = &self.peers.leaving {
                if !internal_client.is_gone() {
                    return;
                }
                self.peers.leaving = None;
            }
            let Some(item) = self.queue.front() else { return };
            let leaves = matches!(item, Item::Leave { .. });
            let site = item.site().clone();
            if !self.may_go_on(&site) || leaves && self.is_undecided(&site) {
                return;
            }
            match self.queue.pop() {
                Some(Item::Enter { site, link }) => self.enter(site, link),
                Some(Item::Say { site, to, text, held }) => self.say(&site, to, text, held),
                Some(Item::Leave { site, why, relay }) => {
                    if let Some(relay) = relay {
                        self.release(&relay);
                    }
                    if let Some(peer) = self.peers.all.remove(&site) {
                        peer.internal_client.send(&format!("QUIT :{why}"));
                        self.peers.leaving = Some(peer.internal_client);
                        self.review();
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
            && !peer.internal_client.is_gone()
        {
            if peer.internal_client.is_up() && !std::mem::replace(&mut peers.asked, true) {
                peer.internal_client.send("PING :heard");
            }
            peers.speaker = Some(speaker);
            return false;
        }
        peers.asked = false;
        // One that has just come is waited for; one that was removed is not.
        peers.all.get(site).is_none_or(|peer| {
            peer.internal_client.is_gone()
                || peer.internal_client.is_up() && peer.internal_client.has_room()
        })
    }

    /// Whether it is not known yet what the channel makes of what the peer has said.
    fn is_undecided(&self, site: &SiteId) -> bool {
        let peer = self.peers.all.get(site);
        peer.is_some_and(|peer| !peer.undecided.is_empty() && !peer.internal_client.is_gone())
    }

    fn enter(&mut self, site: SiteId, link: usize) {
        let shown = shown(&site);
        if let Some(peer) = self.peers.all.get(&site) {
            let is_kept_out = peer.removed_at.is_some_and(|at| at.elapsed() < KEPT_OUT);
            if !peer.internal_client.is_gone() || is_kept_out {
                return;
            }
        } else if self.peers.all.len() >= MOST_PEERS {
            tracing::warn!(site = shown, "refused: there are {MOST_PEERS} peers already");
            return self
                .notify_peer(site.as_str(), "there are too many peers: you are not seen on IRC");
        }
        let host = self.host(link);
        tracing::info!(site = shown, link = self.name(link), "a peer has come");
        let person = ClientSetup {
            kind: ClientKind::Site,
            host: &host,
            name: site.as_str(),
            realname: &shown,
            limits: &self.setup.limits,
        };
        let internal_client = InternalClient::enter(&self.runtime, &self.waker, &person);
        let undecided = VecDeque::new();
        let membership = Membership::Before;
        let peer = Peer { link, internal_client, membership, removed_at: None, undecided };
        self.peers.all.insert(site.clone(), peer);
        self.peers.speaker = Some(site);
    }

    fn say(&mut self, site: &SiteId, to: Option<Box<str>>, text: String, held: Option<Held>) {
        let Some(peer) = self.peers.all.get_mut(site) else {
            tracing::warn!(site = shown(site), "a message was refused: its peer is no user");
            return;
        };
        if peer.internal_client.is_gone() {
            if peer.removed_at.is_some_and(|at| at.elapsed() < KEPT_OUT) {
                return self.refuse(site, "you were removed from IRC; try again in a minute");
            }
            let link = peer.link;
            self.queue.unpop(Item::Say { site: site.clone(), to, text, held });
            return self.enter(site.clone(), link);
        }
        let channel = self.setup.channel.as_str();
        if to.is_none() && peer.membership == Membership::Out {
            peer.membership = Membership::Before;
            peer.internal_client.send(&format!("JOIN {channel}"));
        }
        match (to, held) {
            (None, Some(Held { text: whole, relay })) if peer.undecided.len() < MOST_UNDECIDED => {
                self.peers.label += 1;
                let label = self.peers.label;
                peer.undecided.push_back(Undecided { label, text: whole, relay });
                peer.internal_client.send(&format!("@label={label} PRIVMSG {channel} :{text}"));
            }
            (to, _) => peer.internal_client.say(to.as_deref().unwrap_or(channel), &text),
        }
        self.peers.speaker = Some(site.clone());
    }

    /// The channel has taken what the peer has said under this label, or refused it.
    fn decided(&mut self, site: &SiteId, label: u64, is_taken: bool) {
        let Some(peer) = self.peers.all.get_mut(site) else { return };
        while peer.undecided.front().is_some_and(|piece| piece.label <= label) {
            let Some(piece) = peer.undecided.pop_front() else { return };
            if piece.label < label || !is_taken {
                piece.text.set(true);
            }
            if let Some(relay) = piece.relay.filter(|_| !piece.text.get()) {
                return self.release(&relay);
            }
        }
    }

    /// What the peers' users hear.
    pub(super) fn hear_peers(&mut self) {
        let mut heard = Vec::new();
        for (site, peer) in &mut self.peers.all {
            let lines = peer.internal_client.take_lines();
            if !lines.is_empty() {
                heard.push((site.clone(), lines));
            }
            if peer.internal_client.is_gone() && peer.removed_at.is_none() {
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
        let label = message.tags.and_then(label_of);
        match peer.internal_client.notes(message) {
            Own::Done => {
                if let Some(why) = peer.internal_client.last_words().map(str::to_owned) {
                    tracing::info!(site = shown(site), why, "a peer was removed");
                    peer.removed_at = Some(Instant::now());
                    self.review();
                    self.notify_peer(site.as_str(), &format!("you were removed from IRC: {why}"));
                }
                return;
            }
            Own::Registered => return peer.internal_client.send(&format!("JOIN {channel}")),
            Own::No => {}
        }
        if let Some(label) = label {
            self.decided(site, label, message.verb == b"ACK");
        }
        let Some(peer) = self.peers.all.get_mut(site) else { return };
        match message.verb {
            b"PONG" if self.peers.speaker.as_ref() == Some(site) => self.peers.speaker = None,
            b"PRIVMSG" | b"NOTICE" if !host_of(message.source.unwrap_or_default()).is_empty() => {
                let nick = lossy(nick_of(message.source.unwrap_or_default()));
                self.said_to_peer(site, &nick, last, message.verb == b"PRIVMSG");
            }
            // It may not join: no member, and nothing that it says gets in.
            b"403" | b"405" | b"437" | b"471" | b"473" | b"474" | b"475" | b"477" | b"489" => {
                peer.membership = Membership::Out;
                self.review();
                self.refuse(site, &lossy(last));
            }
            // The end of the names: it is in.
            b"366" => {
                peer.membership = Membership::In;
                self.review();
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
                if line.is_ok_and(|line| self.write_to_site(site.as_str(), &line)) {
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
            peer.internal_client.send(&format!("NOTICE {nick} :{refusal}"));
        }
    }

    /// What a peer has said was refused: the log has it, and the peer is told, once in a while for
    /// each reason.
    fn refuse(&mut self, site: &SiteId, why: &str) {
        tracing::warn!(site = shown(site), why, "a message was refused");
        let text = format!("refused by {}: {why}", self.setup.channel);
        self.notify_once(site, &text);
    }

    /// Tells a site something that it has not been told in the last minute.
    pub(super) fn notify_once(&mut self, site: &SiteId, text: &str) {
        let now = Instant::now();
        let told = &mut self.peers.told;
        let is_old = |at: Instant| now - at >= TELL_AGAIN;
        let key = (site.clone(), text.to_owned());
        if told.get(&key).is_some_and(|at| !is_old(*at)) {
            return;
        }
        if told.len() >= MOST_TOLD {
            told.retain(|_, at| !is_old(*at));
        }
        // Of so many peers with so many faults in a minute not all are told.
        if told.len() < MOST_TOLD {
            told.insert(key, now);
            self.notify_peer(site.as_str(), text);
        }
    }

    pub(super) fn notify_peer(&mut self, site: &str, text: &str) {
        match self.node.private(&self.home, site, text) {
            Ok(line) => drop(self.write_to_site(site, &line)),
            Err(why) => tracing::warn!(channel = %self.setup.channel, %why, "a peer is not told"),
        }
    }
}

/// The label of an answer.
fn label_of(tags: &[u8]) -> Option<u64> {
    str::from_utf8(&tags::value(tags, b"label")?).ok()?.parse().ok()
}
