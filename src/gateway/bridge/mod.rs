//! A channel and the netchat peers on its links.
//!
//! Each site of the peers is a user of its own, and each user of the channel a site to the peers.
//! One more user, the bridge's own, sits in the channel: it hears it for all the peers, which are
//! told nothing of it themselves, and is the bridge's home site.
//!
//! What peers say goes one after the other through a single queue, so that in the channel too an
//! answer comes after what it answers; while it is long, no link is read.

mod admission;
mod asks;
mod links;
mod peers;
mod people;
mod queue;

use std::cell::RefCell;
use std::collections::HashMap;
use std::path::PathBuf;
use std::rc::Rc;
use std::time::Duration;

use foldhash::fast::RandomState;
use tokio::sync::Notify;
use tokio::time::Instant;

use crate::core::{ClientKind, NetworkLimits};
use crate::gateway::fifo::{Framed, Outbox};
use crate::gateway::internal_client::{ClientSetup, InternalClient, Own};
use crate::gateway::netchat::{Header, Heard, Link, News, Node, SiteId};
use crate::gateway::text::escaped;
use crate::gateway::{netchat, words};
use crate::net::ShardRuntime;
use crate::proto::Message;
use crate::proto::names::{Casemap, ChannelName, Folded};
use asks::Asks;
use links::Side;
use peers::Peers;
use queue::{Held, Item, Queue, Relay};

/// Bytes that may wait for the reader of a link; what is said past it is refused, and told.
pub const LINK_BYTES: usize = 8 << 20;

/// After being removed from the channel or the server, the bridge comes back after so long.
const BACK: Duration = Duration::from_secs(10);

/// Peers that are gone and for which requests for snapshots are answered.
const MOST_ABSENT: usize = 1024;

/// As others are told of a peer that has said that it leaves, and of one that has not.
const LEFT: &str = "Left netchat";
const GONE: &str = "Connection lost";

/// What a bridge is made of.
pub struct Setup {
    /// Where people are.
    pub channel: ChannelName,
    /// Names of the links; their pipes' outboxes; in the order of their numbers.
    pub links: Vec<(Box<str>, Outbox)>,
    /// Where snapshots are written.
    pub folder: PathBuf,
    /// Which nicks are the same.
    pub casemap: Casemap,
    /// The limits in force.
    pub limits: NetworkLimits,
    /// Random.
    pub seed: u64,
}

/// A channel and the links to it.
pub struct Bridge {
    runtime: Rc<ShardRuntime>,
    /// Rung when [`Bridge::tick`] has something to do.
    waker: Rc<Notify>,
    setup: Setup,
    node: Node,
    home: String,
    own: InternalClient,
    /// The bridge's user is in the channel.
    is_in: bool,
    /// When to come back.
    back_at: Option<Instant>,
    /// Other users of the channel by folded nick.
    people: HashMap<Folded, Human, RandomState>,
    peers: Peers,
    queue: Queue,
    asks: Asks,
    /// By link.
    sides: Vec<Side>,
    /// When it was asked last who is there.
    called_at: Option<Instant>,
    start: Instant,
}

/// A user of the channel, which is a site to the peers.
struct Human {
    nick: String,
    site: String,
}

impl Bridge {
    /// The bridge's user comes at once.  `waker` is notified when [`Bridge::tick`] has something to do.
    pub fn new(runtime: Rc<ShardRuntime>, waker: Rc<Notify>, setup: Setup) -> Self {
        let first = setup.links.first().map_or("", |(name, _)| name);
        let home = format!("netchat-{first}");
        let own = enter_own(&runtime, &waker, &home, &setup);
        let sides = setup.links.iter().map(|_| Side::default()).collect();
        let mut bridge = Self {
            node: Node::new(&home, setup.seed, netchat::Limits::default())
                .answering_for_absent(MOST_ABSENT),
            runtime,
            waker,
            home,
            own,
            setup,
            is_in: false,
            back_at: None,
            people: HashMap::default(),
            peers: Peers::default(),
            queue: Queue::default(),
            asks: Asks::default(),
            sides,
            called_at: None,
            start: Instant::now(),
        };
        let home = bridge.home.clone();
        let hello = bridge.node.join(&home);
        bridge.broadcast_if(hello);
        bridge
    }

    /// Whether no link is to be read: too much waits to be said.
    pub fn is_busy(&self) -> bool {
        self.queue.is_long()
    }

    /// A line from a link.
    pub fn line(&mut self, link: usize, line: Framed<'_>) {
        let Some(number) = Link::new(link) else { return };
        let heard = match line {
            Framed::Line(b"") => return,
            Framed::Line(line) => self.node.receive(number, line),
            Framed::TooLong => Err(netchat::BadLine::TooLong),
        };
        match heard {
            Ok(heard) => {
                self.writer_came(link, heard.is_coming);
                self.heard(link, heard);
            }
            Err(why) => tracing::warn!(link = self.name(link), %why, "a line was refused"),
        }
    }

    /// Passes a message on, and does what it says.
    fn heard(&mut self, link: usize, Heard { relay, id, stray, news, .. }: Heard) {
        let has_others = self.setup.links.len() > 1;
        let mut held = None;
        if let Some(line) = relay {
            // What is said to all and refused by the channel is not for other links, and whoever
            // leaves does so after what it has said.  What is said to people goes no further.
            held = news.iter().find_map(|news| match news {
                News::Public { from, text } => Some((from, Header::Public(text.clone()))),
                News::Left { site } => Some((site, Header::Disconnection)),
                _ => None,
            });
            held = held.filter(|_| has_others);
            let is_private = news.iter().any(|news| matches!(news, News::Private { .. }));
            self.pass_on(link, &line, held.is_none() && !is_private);
        }
        let mut held = held.map(|(from, header)| Relay { link, id, from: from.clone(), header });
        for news in news {
            self.news(link, news, &mut held);
        }
        // There was nothing in it that the channel could refuse.
        if let Some(relay) = held {
            self.release(&relay);
        }
        if let Some((from, to)) = stray {
            let to = shown(&to);
            self.notify_once(&from, &format!("not delivered: nobody is called {to} here"));
        }
    }

    fn news(&mut self, link: usize, news: News, held: &mut Option<Relay>) {
        match news {
            News::Joined { site, again } => {
                if !again || !self.peers.has(&site) {
                    self.queue.push(Item::Enter { site, link });
                }
            }
            News::Left { site } => {
                self.queue.push(Item::Leave { site, why: LEFT, relay: held.take() });
            }
            News::Public { from, text } => {
                if self.node.is_here(from.as_str()) {
                    self.make_way(from.as_str());
                    self.queue.push(Item::Enter { site: from.clone(), link });
                }
                let host = self.host(link);
                let most = words::room(&self.setup.limits, &host, self.setup.channel.as_str());
                let waits = held.is_some().then(Rc::default);
                let mut pieces = said(&text, most).into_iter().peekable();
                while let Some(text) = pieces.next() {
                    let held = waits.as_ref().map(|whole| {
                        let relay = if pieces.peek().is_none() { held.take() } else { None };
                        Held { text: Rc::clone(whole), relay }
                    });
                    self.queue.push(Item::Say { site: from.clone(), to: None, text, held });
                }
            }
            News::Private { from, to, text } => {
                let Some(nick) = self.nick_of_site(to.as_str()) else {
                    let answer = self.answer_to_peer(&text);
                    return self.notify_peer(from.as_str(), &answer);
                };
                let most = words::room(&self.setup.limits, &self.host(link), &nick);
                for text in said(&text, most) {
                    let to = Some(nick.as_str().into());
                    self.queue.push(Item::Say { site: from.clone(), to, text, held: None });
                }
            }
            News::Asked { by } => tracing::debug!(by = shown(&by), "a snapshot was asked for"),
        }
    }

    /// Nobody writes to the link any more.
    pub fn lost(&mut self, link: usize) {
        tracing::info!(link = self.name(link), "the peers' side of the link is closed");
        self.writer_left(link);
        let Some(number) = Link::new(link) else { return };
        let others = self.setup.links.iter().enumerate().filter(|(other, _)| *other != link);
        if others.map(|(_, (_, outbox))| outbox).any(Outbox::has_reader) {
            self.node.close(number);
        } else {
            let gone = self.node.lose(number);
            self.are_gone(gone);
        }
    }

    /// These sites are not there any more, and have not said so.
    fn are_gone(&mut self, sites: Vec<SiteId>) {
        for site in sites {
            self.queue.push(Item::Leave { site, why: GONE, relay: None });
        }
    }

    /// Does what is to be done: to be called when the waker is notified, or the time has come.
    pub fn tick(&mut self) {
        if self.own.is_gone() && self.back_at.is_none() {
            let why = self.own.last_words().unwrap_or("closed");
            tracing::warn!(channel = %self.setup.channel, why, "the bridge was removed");
            self.lost_channel();
        }
        if self.back_at.is_some_and(|at| Instant::now() >= at) {
            self.back_at = None;
            if self.own.is_gone() {
                self.own = enter_own(&self.runtime, &self.waker, &self.home, &self.setup);
            } else {
                self.own.send(&format!("JOIN {}", self.setup.channel));
            }
        }
        self.call_roll();
        let gone = self.node.tick(self.now_ms());
        self.are_gone(gone);
        self.hear_channel();
        self.hear_peers();
        self.pump();
        self.answer();
        self.finish_snapshot();
        self.notify_done();
    }

    /// When [`Bridge::tick`] is to be called at the latest.
    pub fn due(&self) -> Option<Instant> {
        let node = self.node.due(self.now_ms()).map(|ms| self.start + Duration::from_millis(ms));
        [self.back_at, node, self.roll_call_at()].into_iter().flatten().min()
    }

    /// The server stops: the sites that are here leave.
    pub fn leave(&mut self) {
        let mut here: Vec<_> = self.people.values().map(|human| human.site.clone()).collect();
        here.push(self.home.clone());
        for site in here {
            let line = self.node.leave(&site);
            self.broadcast_if(line);
        }
    }

    /// The lines that the bridge's own user hears.
    fn hear_channel(&mut self) {
        let lines = self.own.take_lines();
        for line in lines.split(|byte| *byte == b'\n') {
            let Ok(message) = Message::parse(line.trim_ascii_end()) else { continue };
            match self.own.notes(&message) {
                Own::Done => {}
                Own::Registered => {
                    self.own.send(&format!("MODE {} +B", self.own.nick()));
                    self.own.send(&format!("JOIN {}", self.setup.channel));
                }
                Own::No => self.channel_line(&message),
            }
        }
    }

    /// Answers to snapshots, as long as whoever reads the links takes them.
    fn answer(&mut self) {
        let room = |outbox: &Outbox| !outbox.has_reader() || outbox.room() > LINK_BYTES / 2;
        while self.setup.links.iter().all(|(_, outbox)| room(outbox)) {
            let Some(line) = self.node.answer() else { return };
            self.broadcast(&line);
        }
    }

    /// Whether a host is that of one of this bridge's peers.
    fn is_ours(&self, host: &[u8]) -> bool {
        let link = host.strip_prefix(b"netchat/");
        link.is_some_and(|link| self.setup.links.iter().any(|(name, _)| name.as_bytes() == link))
    }

    fn now_ms(&self) -> u64 {
        self.start.elapsed().as_millis() as u64
    }
}

fn enter_own(
    runtime: &Rc<ShardRuntime>,
    waker: &Rc<Notify>,
    home: &str,
    setup: &Setup,
) -> InternalClient {
    let person = ClientSetup {
        kind: ClientKind::Own,
        host: "netchat",
        name: home,
        realname: "bridge to netchat peers; say snapshot to it to have one written",
        limits: &setup.limits,
    };
    InternalClient::enter(runtime, waker, &person)
}

/// A site's id on one line, without control characters.
fn shown(site: &SiteId) -> String {
    escaped(site.as_str())
}

/// The messages that a peer's text comes to.  An empty one is one too.
fn said(text: &str, most: usize) -> Vec<String> {
    if text.is_empty() { vec![" ".into()] } else { words::messages(text, most) }
}

/// A bridge as the tasks of its links share it.
pub type Shared = Rc<RefCell<Bridge>>;
