//! The users of the channel: sites to the peers.

use tokio::time::Instant;

use crate::gateway::bridge::{BACK, Bridge, Human};
use crate::gateway::internal_client::{host_of, nick_of};
use crate::gateway::words;
use crate::proto::Message;

impl Bridge {
    /// A line that the bridge's user has heard.
    pub(super) fn channel_line(&mut self, message: &Message<'_>) {
        let source = message.source.unwrap_or_default();
        let nick = lossy(nick_of(source));
        let is_own = self.own.is_source(message);
        let is_foreign = !is_own && !self.is_ours(host_of(source));
        let word = |at: usize| lossy(message.params.get(at).copied().unwrap_or_default());
        let is_here = |at: usize| word(at).eq_ignore_ascii_case(self.setup.channel.as_str());
        match message.verb {
            b"JOIN" if is_own => self.is_in = true,
            b"JOIN" if is_foreign && is_here(0) => self.arrive(&nick),
            b"353" if is_here(2) => {
                for name in word(3).split_whitespace() {
                    let name = name.trim_start_matches(['~', '&', '@', '%', '+']);
                    let nick = lossy(nick_of(name.as_bytes()));
                    if nick != self.own.nick() && !self.is_ours(host_of(name.as_bytes())) {
                        self.arrive(&nick);
                    }
                }
            }
            b"PART" if is_own && is_here(0) => self.lost_channel(),
            b"PART" | b"QUIT" if is_foreign => self.depart(&nick),
            b"PART" if self.peers.left_channel(&nick) => self.review(),
            // A ban, a key, or another mode that keeps peers out.
            b"MODE" if is_here(0) => self.review(),
            b"KICK" if is_here(0) => self.kicked(&word(1), &nick, &word(2)),
            b"NICK" if is_foreign => {
                self.depart(&nick);
                self.arrive(&word(0));
            }
            b"PRIVMSG" | b"NOTICE" if is_foreign && !host_of(source).is_empty() => {
                let words = message.params.get(1).copied().unwrap_or_default();
                let Some(words) = words::readable(&nick, words) else { return };
                if is_here(0) {
                    self.said_by_person(&nick, &words);
                } else if message.verb == b"PRIVMSG" && word(0) == self.own.nick() {
                    self.asked(&nick, &words);
                }
            }
            b"403" | b"405" | b"437" | b"471" | b"473" | b"474" | b"475" | b"489"
                if !self.is_in =>
            {
                let why = lossy(message.params.last().copied().unwrap_or_default());
                tracing::warn!(channel = %self.setup.channel, why, "the bridge may not join");
                self.back_at = Some(Instant::now() + BACK);
            }
            _ => self.asks_line(message),
        }
    }

    fn said_by_person(&mut self, nick: &str, words: &str) {
        let line = match self.site_of_nick(nick) {
            Some(site) => self.node.public(&site, words),
            // From outside the channel, where that is allowed.
            None => self.node.public(&self.home, &format!("<{nick}> {words}")),
        };
        self.broadcast_if(line);
    }

    fn arrive(&mut self, nick: &str) {
        if !self.people.contains_key(&self.setup.casemap.fold(nick.as_bytes())) {
            self.arrive_as(nick, 0);
        }
    }

    /// As the first site that is free of `nick`, `nick@irc`, `nick@irc2` and so on, those before
    /// `from` left out.
    fn arrive_as(&mut self, nick: &str, from: usize) {
        let key = self.setup.casemap.fold(nick.as_bytes());
        let taken = |id: &str| self.node.is_there(id) || self.node.is_here(id);
        let id = |number: usize| match number {
            0 => nick.to_owned(),
            1 => format!("{nick}@irc"),
            more => format!("{nick}@irc{more}"),
        };
        let Some(id) = (from..).map(id).find(|id| !taken(id)) else { return };
        match self.node.join(&id) {
            Ok(line) => {
                self.people.insert(key, Human { nick: nick.to_owned(), site: id });
                self.broadcast_coming(&line);
            }
            Err(why) => tracing::warn!(nick, %why, "the peers are not told of a user"),
        }
    }

    fn depart(&mut self, nick: &str) {
        if let Some(human) = self.people.remove(&self.setup.casemap.fold(nick.as_bytes())) {
            let line = self.node.leave(&human.site);
            self.broadcast_if(line);
        }
    }

    /// A peer has come whose id one of the users has as a site: the user gets another.
    pub(super) fn make_way(&mut self, id: &str) {
        let Some(nick) = self.nick_of_site(id) else { return };
        self.depart(&nick);
        self.arrive_as(&nick, 1);
    }

    fn kicked(&mut self, victim: &str, by: &str, why: &str) {
        if victim == self.own.nick() {
            tracing::warn!(channel = %self.setup.channel, by, "the bridge was kicked");
            return self.lost_channel();
        }
        if self.peers.left_channel(victim) {
            let channel = self.setup.channel.clone();
            let told = format!("{victim} was removed from {channel} by {by} ({why})");
            let line = self.node.public(&self.home, &words::clean(&told));
            // Before its link is closed for that.
            self.broadcast_if(line);
            self.review();
        } else {
            self.depart(victim);
        }
    }

    /// The bridge's user is not in the channel any more, and will be back.
    pub(super) fn lost_channel(&mut self) {
        self.is_in = false;
        self.back_at = Some(Instant::now() + BACK);
        let sites: Vec<_> = self.people.drain().map(|(_, human)| human.site).collect();
        for site in sites {
            let line = self.node.leave(&site);
            self.broadcast_if(line);
        }
    }

    /// The site that a user of the channel is.
    pub(super) fn site_of_nick(&self, nick: &str) -> Option<String> {
        self.people.get(&self.setup.casemap.fold(nick.as_bytes())).map(|human| human.site.clone())
    }

    /// The nick of the user of the channel that a site is.
    pub(super) fn nick_of_site(&self, id: &str) -> Option<String> {
        self.people.values().find(|human| human.site == id).map(|human| human.nick.clone())
    }
}

pub(super) fn lossy(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}
