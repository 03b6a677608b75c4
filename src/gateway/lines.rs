//! A script's pipes: a message a line.
//!
//! What is written out is a line for each message: where it was said, who said it, and what, with a
//! space between; the first two have no space in them, and the line no control character.  Where
//! lines are missing, because they were not read fast enough, `*` stands in place of the first two.

use std::collections::VecDeque;
use std::rc::Rc;
use std::time::Duration;

use tokio::sync::Notify;
use tokio::time::{Instant, sleep_until};

use crate::config::Lines;
use crate::core::{ClientKind, NetworkLimits};
use crate::gateway::fifo::{Framed, Input, Outbox};
use crate::gateway::internal_client::{ClientSetup, InternalClient, Own, host_of, nick_of};
use crate::gateway::words;
use crate::net::ShardRuntime;
use crate::proto::Message;

/// Bytes of a line that is read; one that is longer is refused.
pub const LONGEST_LINE: usize = 1 << 20;

/// Bytes that may wait for whoever reads the output.  What comes past it is not written, and a line
/// in its place says how much that was.
pub const OUTPUT_BYTES: usize = 8 << 20;

/// What the pace has not been kept up with is made up for, as far as it is no longer ago: timers
/// ring late.
const MADE_UP: Duration = Duration::from_millis(250);

/// A pause of the writer longer than that is not made up for.
const PAUSE: Duration = Duration::from_millis(10);

/// After being removed from the channel or the server, the user comes back after so long.
const BACK: Duration = Duration::from_secs(10);

/// How scripts' users are shown.
const HOST: &str = "pipe";

/// How many messages may be said in the time that has passed, however late a timer rings.
#[derive(Debug)]
struct Pace {
    every: Duration,
    /// When the next may be said.
    next_at: Instant,
}

impl Pace {
    /// So many a second, 1 to 1000.
    fn new(pace: u32, now: Instant) -> Self {
        Self { every: Duration::from_secs(1) / pace.max(1), next_at: now }
    }

    /// There is something to be said again: what was not said in a pause is not made up for.
    fn begin(&mut self, now: Instant) {
        if now > self.next_at + PAUSE {
            self.next_at = now;
        }
    }

    /// Whether one may be said now; it is counted.
    fn take(&mut self, now: Instant) -> bool {
        let oldest = now.checked_sub(MADE_UP).unwrap_or(now);
        self.next_at = self.next_at.max(oldest);
        let may = now >= self.next_at;
        if may {
            self.next_at += self.every;
        }
        may
    }
}

/// A script's user, and what is to be said by it.
pub struct Script {
    runtime: Rc<ShardRuntime>,
    waker: Rc<Notify>,
    config: Lines,
    limits: NetworkLimits,
    outbox: Option<Outbox>,
    internal_client: InternalClient,
    is_in: bool,
    back_at: Option<Instant>,
    /// Target and text.
    waiting: VecDeque<(Rc<str>, String)>,
    pace: Pace,
    /// The reader of the output does not keep up, which has been told.
    behind: bool,
}

impl Script {
    /// Its user comes at once.
    pub fn new(
        runtime: Rc<ShardRuntime>,
        config: Lines,
        limits: NetworkLimits,
        outbox: Option<Outbox>,
    ) -> Self {
        let waker = Rc::default();
        Self {
            internal_client: enter(&runtime, &waker, &config, &limits),
            runtime,
            waker,
            pace: Pace::new(config.pace, Instant::now()),
            config,
            limits,
            outbox,
            is_in: false,
            back_at: None,
            waiting: VecDeque::new(),
            behind: false,
        }
    }

    /// Says what comes by the pipe, for ever: no faster than is configured, and the pipe is read no
    /// faster than that.
    pub async fn run(mut self, mut input: Input) {
        let waker = Rc::clone(&self.waker);
        loop {
            let reads = self.waiting.is_empty() && self.is_in;
            let next = (self.is_in && !self.waiting.is_empty()).then_some(self.pace.next_at);
            let due = next.into_iter().chain(self.back_at).min();
            tokio::select! {
                () = waker.notified() => self.hear(),
                () = sleep_until(due.unwrap_or_else(Instant::now)), if due.is_some() => self.act(),
                read = input.wait(), if reads => {
                    if let Err(why) = read {
                        tracing::error!(%why, "a script's pipe cannot be read");
                    }
                    while let Some(line) = input.next_line() {
                        self.line(line);
                    }
                    self.act();
                }
            }
        }
    }

    /// A line of the script's.
    fn line(&mut self, line: Framed<'_>) {
        let nick = &self.config.nick;
        let Framed::Line(line) = line else {
            tracing::warn!(%nick, "a line of more than {LONGEST_LINE} bytes was refused");
            return;
        };
        let line = String::from_utf8_lossy(line);
        let (prefix, channel) = (&self.config.private_prefix, self.config.channel.as_str());
        let Some((target, words)) = words::addressed(&line, prefix, channel) else {
            tracing::warn!(%nick, "a line was refused: it is to be PREFIX NICK TEXT");
            return;
        };
        let target: Rc<str> = target.into();
        let most = words::room(&self.limits, HOST, &target);
        if self.waiting.is_empty() {
            self.pace.begin(Instant::now());
        }
        let said = words::messages(words, most).into_iter();
        self.waiting.extend(said.map(|text| (Rc::clone(&target), text)));
    }

    /// Does what is due.
    fn act(&mut self) {
        let now = Instant::now();
        if self.back_at.is_some_and(|at| now >= at) {
            self.back_at = None;
            if self.internal_client.is_gone() {
                self.internal_client =
                    enter(&self.runtime, &self.waker, &self.config, &self.limits);
            } else {
                self.join();
            }
        }
        while self.is_in && !self.waiting.is_empty() && self.pace.take(now) {
            if let Some((target, text)) = self.waiting.pop_front() {
                self.internal_client.say(&target, &text);
            }
        }
    }

    fn join(&self) {
        self.internal_client.send(&format!("JOIN {}", self.config.channel));
    }

    /// What its user hears.
    fn hear(&mut self) {
        let lines = self.internal_client.take_lines();
        for line in lines.split(|byte| *byte == b'\n') {
            let Ok(message) = Message::parse(line.trim_ascii_end()) else { continue };
            match self.internal_client.notes(&message) {
                Own::Done => {}
                Own::Registered => {
                    self.internal_client.send(&format!("MODE {} +B", self.internal_client.nick()));
                    self.join();
                }
                Own::No => self.heard(&message),
            }
        }
        if self.internal_client.is_gone() && self.back_at.is_none() {
            let why = self.internal_client.last_words().unwrap_or("closed");
            tracing::warn!(nick = %self.config.nick, why, "a script's user was removed");
            self.left();
        }
    }

    fn heard(&mut self, message: &Message<'_>) {
        let source = message.source.unwrap_or_default();
        let word = |at: usize| {
            let word = message.params.get(at).copied().unwrap_or_default();
            words::clean(&String::from_utf8_lossy(word))
        };
        let is_own = self.internal_client.is_source(message);
        match message.verb {
            b"JOIN" if is_own => self.is_in = true,
            b"PART" if is_own => self.left(),
            b"KICK" if word(1) == self.internal_client.nick() => {
                tracing::warn!(nick = %self.config.nick, "a script's user was kicked");
                self.left();
            }
            b"PRIVMSG" | b"NOTICE" if !host_of(source).is_empty() => {
                let nick = String::from_utf8_lossy(nick_of(source)).into_owned();
                let words = message.params.get(1).copied().unwrap_or_default();
                if let Some(words) = words::readable(&nick, words) {
                    self.write(&format!("{} {nick} {words}", word(0)));
                }
            }
            b"403" | b"405" | b"437" | b"471" | b"473" | b"474" | b"475" | b"489"
                if !self.is_in =>
            {
                self.left();
            }
            b"401" | b"404" | b"716" | b"531" => {
                let why = message.params.last().copied().unwrap_or_default();
                let why = String::from_utf8_lossy(why);
                tracing::warn!(nick = %self.config.nick, to = word(1), %why, "a line was refused");
            }
            _ => {}
        }
    }

    fn write(&mut self, line: &str) {
        let Some(outbox) = &self.outbox else { return };
        let is_full = outbox.push(line) == Err(crate::gateway::fifo::Unheard::Full);
        if is_full && !std::mem::replace(&mut self.behind, true) {
            tracing::warn!(nick = %self.config.nick, "the reader of a script's output lags behind");
        }
        self.behind = is_full;
    }

    /// It is not in the channel, and will be back.
    fn left(&mut self) {
        self.is_in = false;
        self.back_at = Some(Instant::now() + BACK);
    }
}

/// The line that stands where so many messages are missing.
pub fn missing(messages: u64) -> String {
    let are = if messages == 1 { "message is" } else { "messages are" };
    format!("* * {messages} {are} missing here: this pipe was not read fast enough")
}

fn enter(
    runtime: &Rc<ShardRuntime>,
    waker: &Rc<Notify>,
    config: &Lines,
    limits: &NetworkLimits,
) -> InternalClient {
    let person = ClientSetup {
        kind: ClientKind::Own,
        host: HOST,
        name: config.nick.as_str(),
        realname: "a script, by a named pipe",
        limits,
    };
    InternalClient::enter(runtime, waker, &person)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Messages in ten seconds, by a timer that rings `late` after its time.
    fn in_ten_seconds(pace: u32, late: Duration) -> u32 {
        let start = Instant::now();
        let mut pace = Pace::new(pace, start);
        let (mut now, mut said) = (start, 0);
        while now < start + Duration::from_secs(10) {
            while pace.take(now) {
                said += 1;
            }
            now = pace.next_at + late;
        }
        said
    }

    #[tokio::test]
    async fn the_pace_is_kept_within_two_percent_however_late_the_timer_rings() {
        for late in [0, 1, 3, 20] {
            for pace in [1, 10, 300, 999, 1000] {
                let said = in_ten_seconds(pace, Duration::from_millis(late));
                let wanted = f64::from(pace * 10);
                let off = (f64::from(said) - wanted) / wanted;
                assert!(off.abs() <= 0.02, "{said} in ten seconds at {pace}, {late} ms late");
            }
        }
    }

    #[tokio::test]
    async fn a_pause_is_not_made_up_for() {
        let start = Instant::now();
        let mut pace = Pace::new(1000, start);
        assert!(pace.take(start));
        let later = start + Duration::from_secs(60);
        pace.begin(later);
        assert!(pace.take(later) && !pace.take(later));
    }
}
