//! One run: clients, chance and checks.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use super::acts::{self, Act};
use super::agree::agree;
use super::harness::Harness;
use super::model::{Fault, Model, fold};
use super::rng::Rng;
use super::tagged::Ids;
use super::test_shard::Link;
use pipewright::core::modes::Flags;
use pipewright::core::{ChannelGuard, Network, User};
use pipewright::proto::names::is_channel;
use pipewright::proto::prefix::Prefixes;

const CLIENTS: usize = 14;

/// Lines kept for the report of a fault.
const KEPT: usize = 60;

pub struct Run {
    seed: u64,
    step: usize,
    rng: Rng,
    harness: Harness,
    clients: Vec<Option<Client>>,
    connections: usize,
    ids: u64,
    /// When each number was handled by the server: all of a run is in one thread, so there is one
    /// order.
    handled: BTreeMap<u64, usize>,
    recent: VecDeque<String>,
    messages: Ids,
    /// All that was ever written, by connection.
    transcript: Vec<u8>,
    /// How many messages were heard, so that a run in which nobody hears anything is known.
    pub heard: usize,
}

struct Client {
    link: Link,
    model: Model,
    queue: VecDeque<Act>,
    /// The line that is being sent, with how many of its bytes are.
    sending: Option<(Act, usize)>,
    /// Ids of the messages that it must hear, in order.
    due: Vec<u64>,
    /// Labels whose answer is to come, in order.
    due_labels: Vec<String>,
    /// The capabilities that it has asked for, as the server will have it by then.
    has: BTreeSet<String>,
    /// Up to where `model.ids` were checked.
    checked: usize,
    last: usize,
    /// It is gone without a word, though the server may not have seen it off yet.
    is_cut: bool,
}

impl Run {
    /// Does `steps` things at random and then sees everybody off.  What was written to clients,
    /// and how many messages they heard; panics at the first fault.
    pub fn whole(seed: u64, shards: usize, steps: usize) -> (Vec<u8>, usize) {
        Self::paused(seed, shards, steps, |_| {})
    }

    /// The same, with three pauses in it, in which nothing waits in the server.
    pub fn paused(
        seed: u64,
        shards: usize,
        steps: usize,
        mut pause: impl FnMut(&mut Harness),
    ) -> (Vec<u8>, usize) {
        let mut run = Self {
            seed,
            step: 0,
            rng: Rng::new(seed),
            harness: Harness::new(shards, seed),
            clients: (0..CLIENTS).map(|_| None).collect(),
            connections: 0,
            ids: 0,
            handled: BTreeMap::new(),
            recent: VecDeque::new(),
            messages: Ids::default(),
            transcript: Vec::new(),
            heard: 0,
        };
        for _ in 0..steps {
            run.step += 1;
            run.step();
            if run.step.is_multiple_of((steps / 4).max(1)) {
                run.harness.publish();
                if !run.harness.shards.iter().any(|one| one.shard.has_paused()) {
                    pause(&mut run.harness);
                }
            }
        }
        // What nobody was told is compared too.
        let dump = run.harness.network.dump().text().expect("a text");
        run.transcript.extend_from_slice(dump.as_bytes());
        run.transcript.extend_from_slice(&run.harness.witness.digest().to_be_bytes());
        run.end();
        (std::mem::take(&mut run.transcript), run.heard)
    }

    fn step(&mut self) {
        let (shards, clients) = (self.harness.shards.len(), self.clients.len());
        let (shard, client) = (self.rng.below(shards), self.rng.below(clients));
        let now = self.harness.now;
        match self.rng.below(100) {
            0..=54 => self.act(client),
            55..=69 => self.harness.shards[shard].shard.on_inbox(),
            70..=79 => {
                self.harness.shards[shard].end_tick(now);
            }
            80..=84 => drop(self.harness.shards[shard].write_backlogs(now)),
            85..=94 => self.read(client),
            95..=97 => {
                let ms = if self.rng.once_in(20) { 40_000 } else { self.rng.below(1000) as u64 };
                self.harness.pass(ms);
            }
            98 if self.rng.once_in(8) => self.cut(client),
            99 if self.rng.once_in(2) => self.compare(),
            _ => {}
        }
    }

    /// The client sends the next bytes; one that is not connected connects.
    fn act(&mut self, at: usize) {
        let now = self.harness.now;
        let Some(client) = &mut self.clients[at] else {
            self.connections += 1;
            let shard = self.rng.below(self.harness.shards.len());
            let link = self.harness.shards[shard].open(now);
            let model = Model::new(format!("~u{}", self.connections));
            let queue = acts::introduction(&model, &mut self.rng).into();
            self.clients[at] = Some(Client {
                link,
                model,
                queue,
                sending: None,
                due: Vec::new(),
                due_labels: Vec::new(),
                has: BTreeSet::new(),
                checked: 0,
                last: 0,
                is_cut: false,
            });
            return;
        };
        if client.is_cut {
            return;
        }
        let test_shard = &mut self.harness.shards[client.link.shard];
        if test_shard.is_busy(client.link) {
            return test_shard.answered(now, client.link);
        }
        // What an operator wants done to it is done before what it says, as it will be then.
        test_shard.feed(now, client.link, b"");
        let answers = client.model.answers.drain(..).map(Act::plain);
        client.queue.extend(answers);
        let (act, sent) = client.sending.take().unwrap_or_else(|| {
            self.ids += 1;
            let next = client.queue.pop_front();
            let next = next.unwrap_or_else(|| acts::next(&client.model, self.ids, &mut self.rng));
            let label = self.rng.once_in(3).then_some(self.ids);
            (Act { label, ..next }, 0)
        });
        // A client asks for the modes of what it joins, as real ones do.
        if sent == 0 && act.line.starts_with("JOIN #") && !self.rng.once_in(4) {
            let channel = act.line[5..].split([',', ' ']).next().unwrap_or_default();
            client.queue.push_back(Act::plain(format!("MODE {channel}")));
            client.queue.push_back(Act::plain(format!("MODE {channel} b")));
        }
        let label = act.label.map(|label| format!("@label=l{label};+typing=active "));
        let bytes = format!("{}{}\r\n", label.unwrap_or_default(), act.line).into_bytes();
        let cut = self.rng.once_in(4);
        let end = if cut { sent + self.rng.below(bytes.len() - sent) } else { bytes.len() };
        let link = client.link;
        let note = format!("{at} {} on {} > {}", client.model.user, link.shard, act.line);
        // A line counts once its CR is there.
        if end + 1 >= bytes.len() && sent + 1 < bytes.len() {
            self.expect(at, &act);
            self.note(note);
        }
        self.harness.test_shard(link).feed(now, link, &bytes[sent..end]);
        if let Some(client) = self.clients[at].as_mut().filter(|_| end < bytes.len()) {
            client.sending = Some((act, end));
        }
    }

    /// Notes who must hear what is about to be handled.
    fn expect(&mut self, at: usize, act: &Act) {
        let Some(sender) = &mut self.clients[at] else { return };
        // What the command itself asks for counts from the next one on.
        let labels = ["batch", "labeled-response"].iter().all(|cap| sender.has.contains(*cap));
        sender.due_labels.extend(act.label.filter(|_| labels).map(|label| format!("l{label}")));
        for cap in act.line.strip_prefix("CAP REQ :").unwrap_or_default().split(' ') {
            match cap.strip_prefix('-') {
                Some(cap) => drop(sender.has.remove(cap)),
                None => drop(sender.has.insert(cap.to_owned())),
            }
        }
        let Some(id) = act.id else { return };
        self.handled.insert(id, self.step);
        let sender = &*sender;
        for hearer in hearers(&self.harness.network, sender, &act.targets) {
            let client = self.clients.iter_mut().flatten().find(|c| c.model.user == hearer);
            if let Some(client) = client {
                client.due.push(id);
            }
        }
    }

    fn read(&mut self, at: usize) {
        let Some(client) = &mut self.clients[at] else { return };
        let (bytes, is_closed) = self.harness.test_shard(client.link).read(client.link);
        self.transcript.extend_from_slice(&bytes);
        let mut lines = Vec::new();
        let user = client.model.user.clone();
        let read = client.model.read(&bytes, |line| lines.push(format!("{at} {user} < {line}")));
        let read = read.and_then(|()| client.check_order(&self.handled));
        lines.into_iter().for_each(|line| self.note(line));
        let read = read.and_then(|()| if is_closed { self.see_off(at) } else { Ok(()) });
        if let Err(fault) = read {
            self.fail(&format!("{user}: {fault}"));
        }
    }

    /// The connection is closed: what was due has come, and nothing is begun.
    fn see_off(&mut self, at: usize) -> Result<(), Fault> {
        let Some(client) = self.clients[at].take() else { return Ok(()) };
        if !client.model.is_over || client.model.is_within_a_line() {
            return Err("closed without ERROR, or within a line".to_owned());
        }
        self.heard += client.due.len();
        client.check_due()
    }

    fn cut(&mut self, at: usize) {
        if let Some(client) = &mut self.clients[at] {
            client.is_cut = true;
            let link = client.link;
            self.note(format!("{at} is cut off"));
            self.harness.test_shard(link).cut(link);
        }
    }

    /// Lets everything arrive; then each client must have heard what it should, and believe what
    /// the server knows.
    fn compare(&mut self) {
        self.harness.publish();
        for at in 0..self.clients.len() {
            self.read(at);
        }
        let mut fault = None;
        for client in self.clients.iter_mut().flatten() {
            let waits = self.harness.shards[client.link.shard].is_busy(client.link);
            let agreed = client
                .check_due()
                .and_then(|()| client.check_labels(waits))
                .and_then(|()| self.messages.agree(&mut client.model.tagged.messages))
                .and_then(|()| agree(&client.model, &self.harness.network));
            self.heard += std::mem::take(&mut client.due).len();
            client.model.heard.clear();
            fault = fault.or(agreed.err().map(|fault| format!("{}: {fault}", client.model.user)));
        }
        if let Some(fault) = fault {
            self.fail(&fault);
        }
        let present = self.clients.iter().flatten().filter(|client| client.model.is_registered);
        let present = present.count();
        if self.harness.network.registry.users().len() != present {
            self.fail("the server knows users who are nobody's");
        }
    }

    /// Everybody goes, and nothing may be left of them.
    fn end(&mut self) {
        self.compare();
        for at in 0..self.clients.len() {
            self.cut(at);
        }
        self.compare();
        match self.harness.witness.verdict() {
            Ok(0) => self.fail("no event was observed"),
            Ok(_) => {}
            Err(fault) => self.fail(&fault),
        }
        let network = &self.harness.network;
        let counts = &network.counts;
        let counts = [&counts.users, &counts.invisible, &counts.operators, &counts.connections];
        let left = [
            (network.expiries.is_empty(), "a ban of a channel that is gone waits for its end"),
            (network.registry.is_empty(), "a nick or a channel is left in the registry"),
            (counts.iter().all(|count| count.now() == 0), "a count is not at 0"),
            (
                self.harness.shards.iter().all(|test_shard| test_shard.shard.is_empty()),
                "a shard still holds something",
            ),
            (self.clients.iter().all(Option::is_none), "a connection is still open"),
        ];
        if let Some((_, what)) = left.iter().find(|(holds, _)| !holds) {
            self.fail(what);
        }
    }

    fn note(&mut self, line: String) {
        if self.recent.len() == KEPT {
            self.recent.pop_front();
        }
        self.recent.push_back(line);
    }

    fn fail(&self, fault: &str) -> ! {
        panic!("{fault}");
    }
}

/// Says where it was, whoever panicked.
impl Drop for Run {
    fn drop(&mut self) {
        if std::thread::panicking() {
            for line in &self.recent {
                eprintln!("{line}");
            }
            let (seed, shards, step) = (self.seed, self.harness.shards.len(), self.step);
            eprintln!("step {step}; again: SIMULATION_SEED={seed}, {shards} shards");
        }
    }
}

impl Client {
    fn check_due(&self) -> Result<(), Fault> {
        let heard: Vec<_> = self.model.heard.iter().map(|(id, _)| *id).collect();
        if heard == self.due {
            return Ok(());
        }
        let at = heard.iter().zip(&self.due).take_while(|(heard, due)| heard == due).count();
        let (heard, due) = (heard.get(at), self.due.get(at));
        Err(format!("message {heard:?} was heard where {due:?} was due"))
    }

    /// Each label has been answered once, and no batch is left open; the last may wait for a job.
    fn check_labels(&mut self, waits: bool) -> Result<(), Fault> {
        let answered = std::mem::take(&mut self.model.tagged.answered);
        let left = self.due_labels.split_off(answered.len().min(self.due_labels.len()));
        let due = std::mem::replace(&mut self.due_labels, left);
        if answered != due || self.due_labels.len() > usize::from(waits) {
            let more = &self.due_labels;
            return Err(format!(
                "labels {answered:?} were answered where {due:?} {more:?} were due"
            ));
        }
        if !waits && !self.model.tagged.is_complete() {
            return Err("a batch is open".to_owned());
        }
        Ok(())
    }

    /// What came, came in the order in which it was handled.  That is more than is promised across
    /// channels and senders, but a shard has one inbox, and less would be a fault in it.
    fn check_order(&mut self, handled: &BTreeMap<u64, usize>) -> Result<(), Fault> {
        for id in &self.model.ids[self.checked..] {
            let at = handled.get(id).copied().unwrap_or_default();
            if at < self.last {
                return Err(format!("number {id} came late"));
            }
            self.last = at;
        }
        self.checked = self.model.ids.len();
        Ok(())
    }
}

/// User names of those who must hear what `sender` says, once for each time.
fn hearers<'t>(network: &Network, sender: &Client, targets: &'t [String]) -> Vec<String> {
    let users = network.registry.users();
    let me = users.iter().find(|user| user.identity().user() == sender.model.user);
    let Some(me) = me else { return Vec::new() };
    let echoes = sender.has.contains("echo-message");
    let mut hearers = Vec::new();
    let name = |target: &'t String| target.trim_start_matches(['~', '&', '@', '%', '+']);
    let is_same = |one: &'t String, other: &'t String| fold(name(one)) == fold(name(other));
    for (at, target) in targets.iter().enumerate() {
        // Nobody is told the same twice.
        if targets[..at].iter().any(|earlier| is_same(earlier, target)) {
            continue;
        }
        let name = name(target);
        if is_channel(name.as_bytes()) {
            // The lowest counts; none is lower than any.
            let named = targets.iter().filter(|other| is_same(other, target));
            let ranks = named.map(|one| one.bytes().next().and_then(Prefixes::of_symbol));
            let rank = ranks.reduce(|one, other| match (one, other) {
                (Some(one), Some(other)) if one.at_least(other) => Some(other),
                (Some(one), Some(_)) => Some(one),
                _ => None,
            });
            let rank = rank.flatten();
            let _ = network.with_channel(name.as_bytes(), |channel| {
                let free = channel.prefixes(me.id).unwrap_or_default() != Prefixes::NONE;
                let to_ops = !free && channel.flags.has(Flags::OP_MODERATED);
                let rank = match rank {
                    Some(rank) if !to_ops || rank.at_least(Prefixes::HALFOP) => Some(rank),
                    _ => to_ops.then_some(Prefixes::HALFOP),
                };
                if may_speak(channel, me) {
                    let others = channel.members().filter(|member| member.user.id != me.id);
                    let meant = others
                        .filter(|member| rank.is_none_or(|rank| member.prefixes.at_least(rank)));
                    hearers.extend(meant.map(|member| member.user.identity().user().to_string()));
                    hearers.extend(echoes.then(|| sender.model.user.clone()));
                }
            });
        } else if let Some(user) = network.find_user(name.as_bytes()) {
            hearers.push(user.identity().user().to_string());
            hearers.extend(echoes.then(|| sender.model.user.clone()));
        }
    }
    hearers
}

fn may_speak(channel: &ChannelGuard<'_>, me: &User) -> bool {
    match channel.prefixes(me.id) {
        Some(prefixes) if prefixes != Prefixes::NONE => true,
        // To those outside a secret channel does not exist.
        None if channel.flags.has(Flags::NO_EXTERNAL) || channel.flags.has(Flags::SECRET) => false,
        _ => {
            let banned = channel.lists.silence(me);
            let silent = [Flags::MODERATED, Flags::REGISTERED_SPEAK];
            let silent = silent.iter().any(|flag| channel.flags.has(*flag));
            (!silent || channel.flags.has(Flags::OP_MODERATED)) && !banned
        }
    }
}
