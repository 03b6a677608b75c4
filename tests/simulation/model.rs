//! A client that knows nothing but its own lines, and finds fault with each that cannot be.

use std::collections::{BTreeMap, BTreeSet};
use std::mem;

use super::belief::{self, Belief, Modes, Rank};
use super::line::{self, Line};
use super::tagged::Tagged;

/// A line that cannot be, and why.
pub type Fault = String;

/// The most bytes of a line without its tags, CR LF included.
const LINE: usize = 512;

#[derive(Default)]
pub struct Model {
    /// Nick, as the server last told it.
    pub nick: String,
    /// User name, which no other connection of the run has: who is who under any nick.
    pub user: String,
    pub is_registered: bool,
    /// ERROR has come.
    pub is_over: bool,
    pub caps: BTreeSet<String>,
    pub channels: BTreeMap<String, Belief>,
    /// Those it shares a channel with, by nick; the user name once it was shown.
    people: BTreeMap<String, Option<String>>,
    /// Who is there, by folded nick, as MONITOR last told: the user name, or `None` who is not.
    pub watched: BTreeMap<String, Option<String>>,
    /// The same as WATCH told it.
    pub watched_by_watch: BTreeMap<String, Option<String>>,
    /// Its own modes.
    pub modes: BTreeSet<char>,
    /// Ids of the PRIVMSGs and NOTICEs that have come, in order, with where they were sent.
    pub heard: Vec<(u64, String)>,
    /// Ids of all that had one, in order.
    pub ids: Vec<u64>,
    /// Texts need no number, and may be cut where text must not be: others send what they like.
    pub takes_any_text: bool,
    /// What a client answers of itself.
    pub answers: Vec<String>,
    /// What its tags say.
    pub tagged: Tagged,
    begun: Vec<u8>,
}

impl Model {
    pub fn new(user: String) -> Self {
        Self { user, ..Self::default() }
    }

    /// Takes bytes, however cut; `each` sees every line before it is judged.
    pub fn read(&mut self, bytes: &[u8], mut each: impl FnMut(&str)) -> Result<(), Fault> {
        self.begun.extend_from_slice(bytes);
        let mut all = mem::take(&mut self.begun);
        let end = all.iter().rposition(|&byte| byte == b'\n').map_or(0, |at| at + 1);
        self.begun = all.split_off(end);
        for raw in all.split_inclusive(|&byte| byte == b'\n') {
            let text = std::str::from_utf8(raw).map_err(|_| format!("not UTF-8: {raw:?}"))?;
            each(text.trim_end());
            self.line(text).map_err(|fault| format!("{fault}, in: {}", text.trim_end()))?;
        }
        Ok(())
    }

    /// Whether it holds the beginning of a line.
    pub fn is_within_a_line(&self) -> bool {
        !self.begun.is_empty()
    }

    fn line(&mut self, text: &str) -> Result<(), Fault> {
        text.parse::<irc_proto::Message>().map_err(|why| format!("irc-proto: {why}"))?;
        let text = text.strip_suffix("\r\n").ok_or("does not end in CR LF")?;
        let line = Line::parse(text);
        let tags = if line.tags.is_empty() { 0 } else { line.tags.len() + 2 };
        let fits = text.len() - tags + 2 <= LINE;
        check(fits || self.takes_any_text, "longer than a line may be")?;
        check(!self.is_over, "after ERROR")?;
        if !self.tagged.line(&line, &self.caps)? {
            return Ok(());
        }
        match line.verb {
            "PING" => self.answers.push(format!("PONG :{}", line.last())),
            "PONG" | "FAIL" | "WARN" | "NOTE" => {}
            "ERROR" => self.is_over = true,
            "CAP" => self.cap(&line),
            verb if verb.starts_with(|first: char| first.is_ascii_digit()) => {
                self.numeric(&line)?;
            }
            _ => {
                check(self.is_registered, "before registration")?;
                self.known_source(&line)?;
                self.event(&line)?;
            }
        }
        Ok(())
    }

    pub fn has(&self, cap: &str) -> bool {
        self.caps.contains(cap)
    }

    fn cap(&mut self, line: &Line<'_>) {
        if line.param(1) == "ACK" {
            for cap in line.last().split(' ') {
                match cap.strip_prefix('-') {
                    Some(cap) => drop(self.caps.remove(cap)),
                    None => drop(self.caps.insert(cap.to_owned())),
                }
            }
        }
    }

    /// Who shares a channel is known under one nick, and a nick is one person's.
    fn known_source(&mut self, line: &Line<'_>) -> Result<(), Fault> {
        let (nick, user) = (line.nick, line.user);
        // The server itself takes off bans, and tells of them.
        if nick == "irc.example.org" {
            return check(matches!(line.verb, "MODE" | "NOTICE"), "the server does what users do");
        }
        if user == self.user {
            return check(nick == self.nick, "it is called otherwise");
        }
        check(nick != self.nick, "somebody else under its own nick")?;
        let same = |known: &Option<String>| known.as_deref().is_none_or(|known| known == user);
        match self.people.get_mut(nick) {
            Some(known) => {
                check(same(known), "somebody else under a nick that is taken")?;
                *known = Some(user.to_owned());
                Ok(())
            }
            None => {
                let elsewhere = self.people.values().flatten().any(|known| known == user);
                check(!elsewhere, "under a nick that it was never told of")
            }
        }
    }

    fn event(&mut self, line: &Line<'_>) -> Result<(), Fault> {
        let is_me = line.user == self.user;
        match line.verb {
            "JOIN" => self.join(line, is_me)?,
            "PART" => self.leaves(line.param(0), line.nick)?,
            "KICK" => {
                self.leaves(line.param(0), line.param(1))?;
            }
            "QUIT" => {
                check(!is_me, "its own QUIT")?;
                check(self.people.remove(line.nick).is_some(), "QUIT of somebody unknown")?;
                for channel in self.channels.values_mut() {
                    channel.members.remove(line.nick);
                }
            }
            "NICK" => self.renamed(line, is_me)?,
            "TOPIC" => self.channel(line.param(0))?.topic = line.last().to_owned(),
            "MODE" if line.param(0) == self.nick => {
                check(is_me, "its own modes changed by somebody else")?;
                self.own_modes(line.param(1))?;
            }
            "SILENCE" => check(is_me, "somebody else's SILENCE")?,
            "WALLOPS" => check(self.modes.contains(&'w'), "WALLOPS without +w")?,
            "MODE" => self.channel(line.param(0))?.change(line.param(1), &line.params[2..])?,
            "NOTICE" if line.user.is_empty() => {
                self.channel(line.param(0).trim_matches('%'))?;
            }
            "PRIVMSG" | "NOTICE" => self.message(line, is_me)?,
            "TAGMSG" => check(self.has("message-tags"), "TAGMSG without message-tags")?,
            "AWAY" => {
                check(self.has("away-notify"), "AWAY without away-notify")?;
                check(self.may_know_of(line.nick) && !is_me, "AWAY of a stranger")?;
            }
            "SETNAME" => {
                check(self.has("setname"), "SETNAME without setname")?;
                check(is_me || self.may_know_of(line.nick), "SETNAME of a stranger")?;
            }
            "INVITE" if line.param(0) == self.nick => {}
            "INVITE" => {
                check(self.has("invite-notify"), "INVITE without invite-notify")?;
                self.channel(line.param(1))?;
            }
            _ => return Err("unexpected".to_owned()),
        }
        if !matches!(line.verb, "NICK" | "INVITE" | "MODE") && !line.user.is_empty() {
            self.ids.extend(line::id(line.last()));
        }
        Ok(())
    }

    /// Whether it is told what somebody does beside talking.
    fn may_know_of(&self, nick: &str) -> bool {
        let watches = self.has("extended-monitor") && self.watched.contains_key(&fold(nick));
        self.people.contains_key(nick) || watches
    }

    fn own_modes(&mut self, letters: &str) -> Result<(), Fault> {
        for change in belief::changes(letters, &[]) {
            let news = match change.add {
                true => self.modes.insert(change.letter),
                false => self.modes.remove(&change.letter),
            };
            check(news, "a mode of its own came or went twice")?;
        }
        Ok(())
    }

    /// A channel it is in and has been told the members of.
    fn channel(&mut self, name: &str) -> Result<&mut Belief, Fault> {
        let channel = self.channels.get_mut(name);
        let channel = channel.ok_or_else(|| format!("a word from {name}, where it is not"))?;
        check(channel.named, "between JOIN and the end of NAMES")?;
        Ok(channel)
    }

    fn join(&mut self, line: &Line<'_>, is_me: bool) -> Result<(), Fault> {
        let extended = self.has("extended-join");
        check(line.params.len() == if extended { 3 } else { 1 }, "parameters of JOIN")?;
        let name = line.param(0);
        if is_me {
            let before = self.channels.insert(name.to_owned(), Belief::default());
            return check(before.is_none(), "it is there already");
        }
        let before = self.channel(name)?.members.insert(line.nick.to_owned(), Rank::NONE);
        self.people.insert(line.nick.to_owned(), Some(line.user.to_owned()));
        check(before.is_none(), "JOIN of somebody who is there")
    }

    fn leaves(&mut self, name: &str, nick: &str) -> Result<(), Fault> {
        let gone = self.channel(name)?.members.remove(nick);
        check(gone.is_some(), "somebody leaves who is not there")?;
        if nick == self.nick {
            self.channels.remove(name);
        }
        self.forget_strangers();
        Ok(())
    }

    fn forget_strangers(&mut self) {
        let channels = &self.channels;
        self.people
            .retain(|nick, _| channels.values().any(|channel| channel.members.contains_key(nick)));
    }

    fn renamed(&mut self, line: &Line<'_>, is_me: bool) -> Result<(), Fault> {
        let (from, to) = (line.nick, line.param(0));
        check(from != to, "NICK to the same")?;
        check(!self.people.contains_key(to) && self.nick != to, "NICK to one that is taken")?;
        if is_me {
            self.nick = to.to_owned();
        }
        match self.people.remove(from) {
            Some(user) => drop(self.people.insert(to.to_owned(), user)),
            None => check(is_me, "NICK of somebody unknown")?,
        }
        for channel in self.channels.values_mut() {
            if let Some(rank) = channel.members.remove(from) {
                channel.members.insert(to.to_owned(), rank);
            }
        }
        Ok(())
    }

    fn message(&mut self, line: &Line<'_>, is_me: bool) -> Result<(), Fault> {
        let target = line.param(0);
        if is_me && target != self.nick {
            check(self.has("echo-message"), "an echo without echo-message")?;
        } else if target != self.nick {
            let channel = self.channel(target.trim_start_matches(['~', '&', '@', '%', '+']))?;
            let closed = channel.modes.as_ref().is_some_and(|modes| modes.flags.contains(&'n'));
            let is_member = channel.members.contains_key(line.nick);
            check(is_member || !closed, "somebody from outside speaks in spite of +n")?;
        }
        match line::id(line.last()) {
            Some(id) => self.heard.push((id, target.to_owned())),
            None => check(self.takes_any_text, "a text without its number")?,
        }
        Ok(())
    }

    fn numeric(&mut self, line: &Line<'_>) -> Result<(), Fault> {
        if line.verb == "001" {
            self.is_registered = true;
            self.nick = line.param(0).to_owned();
        }
        // A knock is told to a channel (710).
        let is_mine = line.param(0) == self.nick || line.verb == "710";
        check(!self.is_registered || is_mine, "a numeric to another nick")?;
        let multi_prefix = self.has("multi-prefix");
        if matches!(line.verb, "730" | "731") {
            for target in line.last().split(',') {
                let (nick, rest) = target.split_once('!').unwrap_or((target, ""));
                let user = rest.split_once('@').map(|(user, _)| user.to_owned());
                check(user.is_some() == (line.verb == "730"), "a user without or with its host")?;
                self.watched.insert(fold(nick), user);
            }
        }
        match line.verb {
            "600" | "604" => {
                self.watched_by_watch.insert(fold(line.param(1)), Some(line.param(2).to_owned()));
            }
            "601" | "605" => drop(self.watched_by_watch.insert(fold(line.param(1)), None)),
            _ => {}
        }
        if line.verb == "353" {
            return self.names(line, multi_prefix);
        }
        let name = line.param(1);
        let Some(channel) = self.channels.get_mut(name) else { return Ok(()) };
        let told = |channel: &mut Belief, letter| {
            let list = mem::take(&mut channel.coming_list);
            match channel.lists.insert(letter, list.clone()) {
                Some(known) => check(known == list, "a list other than believed"),
                None => Ok(()),
            }
        };
        match line.verb {
            "366" => {
                channel.end_of_names()?;
                let nick = &self.nick;
                check(channel.members.contains_key(nick), "NAMES without itself")?;
            }
            "332" if channel.named => check(channel.topic == line.last(), "another topic")?,
            "332" => channel.topic = line.last().to_owned(),
            "324" => {
                let modes = Modes::parse(line.param(2), &line.params[3..]);
                let same = channel.modes.as_ref().is_none_or(|known| *known == modes);
                let may_hide = modes.flags.contains(&'u') || modes.flags.contains(&'D');
                channel.modes = Some(modes);
                check(may_hide || !mem::take(&mut channel.is_alone), "founder, and no operator")?;
                check(same, "modes other than believed")?;
            }
            "367" | "348" | "346" => drop(channel.coming_list.insert(line.param(2).to_owned())),
            "368" => told(channel, 'b')?,
            "349" => told(channel, 'e')?,
            "347" => told(channel, 'I')?,
            _ => {}
        }
        Ok(())
    }

    fn names(&mut self, line: &Line<'_>, multi_prefix: bool) -> Result<(), Fault> {
        let Some(channel) = self.channels.get_mut(line.param(2)) else { return Ok(()) };
        for entry in line.last().split(' ') {
            let (rank, name) = Rank::split(entry, multi_prefix);
            let (nick, rest) = name.split_once('!').unwrap_or((name, ""));
            let user = rest.split_once('@').map(|(user, _)| user.to_owned());
            let known = self.people.entry(nick.to_owned()).or_default();
            check(
                known.is_none() || user.is_none() || *known == user,
                "NAMES has somebody else under that nick",
            )?;
            *known = known.take().or(user);
            let twice = channel.coming_names.insert(nick.to_owned(), rank);
            check(twice.is_none(), "NAMES has somebody twice")?;
        }
        Ok(())
    }
}

/// A nick as the case mapping `rfc1459` compares it.
pub fn fold(nick: &str) -> String {
    let fold = |c: char| match c {
        '[' => '{',
        ']' => '}',
        '\\' => '|',
        '~' => '^',
        _ => c.to_ascii_lowercase(),
    };
    nick.chars().map(fold).collect()
}

fn check(holds: bool, otherwise: &str) -> Result<(), Fault> {
    if holds { Ok(()) } else { Err(otherwise.to_owned()) }
}
