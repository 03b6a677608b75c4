//! A network in which lines are dear: crowded channels, long lists of nasty masks, long names.

use std::collections::{BTreeMap, BTreeSet};
use std::net::{IpAddr, Ipv4Addr};
use std::sync::Arc;

use super::meter::{Act, Meter};
use super::operator::operator;
use pipewright::command::{Close, Job, JobResult, LookupResult};
use pipewright::config;
use pipewright::core::modes::{CHANNEL_MODES, Kind, ListKind};
use pipewright::core::{BanKind, Channel, Cloak, Cloaking, Network, Settings, Verdict};
use pipewright::delivery::Sink;
use pipewright::proto::caps::CAPS;
use pipewright::proto::names::{ChannelName, ConnId, Nick, ShardId};
use pipewright::proto::prefix::Prefixes;
use pipewright::proto::time::Now;
use pipewright::shard::Shard;

const START: Now = Now { monotonic: 0, unix: 1_795_356_392_123 };

/// Between two lines: longer than any command makes its next one wait.
const BETWEEN_MS: u64 = 61_000;

/// More slices than any line takes.
const MOST_SLICES: usize = 1 << 20;

/// How large it is.
#[derive(Clone, Copy, Debug)]
pub struct Size {
    /// Users beside those with a name of their own.
    pub crowd: usize,
    /// Those of them who share many channels,
    pub crossed: usize,
    /// and how many channels those are.
    pub shared: usize,
    /// Channels of one member, with a long topic.
    pub listed: usize,
}

/// For a count that stands for what it is.
pub const FULL: Size = Size { crowd: 1000, crossed: 60, shared: 88, listed: 300 };

/// For many lines that are looked at less closely.
pub const SMALL: Size = Size { crowd: 200, crossed: 20, shared: 40, listed: 40 };

/// Who sends a line.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Who {
    /// A user without capabilities, who is nothing in any channel.
    Plain,
    /// The same with every capability.
    Tagged,
    /// The operator of every channel, with every capability.
    Chanop,
    /// An operator of the server who may do everything, and of every channel.
    Root,
    /// A connection that has said nothing yet.
    New,
}

impl Who {
    pub const ALL: [Self; 5] = [Self::Plain, Self::Tagged, Self::Chanop, Self::Root, Self::New];

    fn nick(self) -> Option<&'static str> {
        match self {
            Self::Plain => Some("ann"),
            Self::Tagged => Some("cap"),
            Self::Chanop => Some("op"),
            Self::Root => Some("root"),
            Self::New => None,
        }
    }
}

/// A line, and what its sender has said before.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Case {
    pub who: Who,
    pub before: Vec<Vec<u8>>,
    /// Without its end.
    pub line: Vec<u8>,
}

/// What a line has cost, in the unit of the meter, and what it has paid.
#[derive(Clone, Copy, Debug, Default)]
pub struct Cost {
    pub work: u64,
    /// The longest slice of it.
    pub longest: u64,
    pub slices: usize,
    pub units: u64,
    pub tokens: u64,
}

/// The network.
pub struct Prepared {
    network: Arc<Network>,
    shard: Shard,
    sink: Drain,
    now: Now,
    size: Size,
    people: Vec<Person>,
    /// What holds before each line.
    wanted: BTreeMap<String, State>,
    /// The server's.
    bans: Vec<(BanKind, String)>,
    /// How often it had to be made anew.
    pub rebuilt: usize,
}

struct Person {
    nick: String,
    conn: ConnId,
    channels: BTreeSet<String>,
    /// Of those with a name of their own.
    profile: Option<Profile>,
}

/// What of a user a line may have changed.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Profile {
    modes: String,
    realname: Vec<u8>,
    metadata: usize,
}

/// What of a channel a line may have changed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct State {
    members: usize,
    ranked: BTreeSet<String>,
    metadata: usize,
    lists: [Vec<Vec<u8>>; 3],
    flags: String,
    key: Option<Vec<u8>>,
    settings: Vec<(char, String)>,
}

/// Takes everything.
#[derive(Default)]
struct Drain {
    finished: Vec<ConnId>,
}

impl Sink for Drain {
    fn write(&mut self, _: ConnId, bytes: &[u8]) -> usize {
        bytes.len()
    }

    fn finished(&mut self, conn: ConnId) {
        self.finished.push(conn);
    }
}

const LISTS: [(char, ListKind); 3] =
    [('b', ListKind::Ban), ('e', ListKind::Except), ('I', ListKind::Invex)];

fn settings() -> Settings {
    let mut settings = config::load(None, [("", ""); 0]).expect("the defaults").settings;
    settings.network.cloak = Cloaking::Configured(Cloak::new(b"secret"));
    settings.machine.motd = vec!["\u{e9}".repeat(40); 20];
    settings.machine.operators = vec![Arc::new(operator())];
    let limits = &mut settings.machine.limits;
    limits.flood_rate = 0;
    limits.ping_interval_ms = u64::MAX / 4;
    limits.ping_timeout_ms = u64::MAX / 4;
    limits.registration_ms = u64::MAX / 4;
    settings
}

/// The longest that there can be, and no ASCII.
fn realname() -> String {
    format!("\u{e9}{}", "a".repeat(126))
}

/// A mask that fits nobody, and takes long to find that out.
pub fn nasty(kind: usize, number: usize) -> String {
    match kind % 5 {
        0 => format!("r:*{}{number:02}Z", "?".repeat(60)),
        1 => format!("*{}{number:02}Z!*@*", "a*".repeat(50)),
        2 => format!("m:r:*{}{number:02}Z", "?".repeat(60)),
        3 => format!("c:#no{number:02}"),
        _ => format!("r:*a*{}{number:02}*", "?*".repeat(30)),
    }
}

impl Prepared {
    pub fn new(size: Size) -> Self {
        let network = Arc::new(Network::new(settings(), 1, START.moment()));
        let shard = Shard::new(Arc::clone(&network), ShardId(0)).expect("a place");
        let mut made = Self {
            network,
            shard,
            sink: Drain::default(),
            now: START,
            size,
            people: Vec::new(),
            wanted: BTreeMap::new(),
            bans: Vec::new(),
            rebuilt: 0,
        };
        made.populate();
        made.wanted = made.state();
        let bans = made.network.bans.list(made.now.moment());
        made.bans = bans.iter().map(|ban| (ban.kind, ban.mask.text())).collect();
        made
    }

    fn populate(&mut self) {
        let Size { crowd, crossed, shared, listed } = self.size;
        let few = crowd.min(20);
        let shared: Vec<_> = (0..shared).map(|number| format!("#c{number:02}")).collect();
        let rooms = ["#lists", "#spoken", "#plain", "#small"].map(str::to_owned);
        let gates = ["#gate", "#stars", "#except", "#invex"].map(str::to_owned);
        let all = |more: &[String]| {
            let channels = rooms.iter().chain(&shared).chain(more).cloned();
            channels.chain(["#big".to_owned()]).collect::<BTreeSet<_>>()
        };
        self.arrive("op", all(&gates));
        self.arrive("root", all(&gates));
        for number in 0..self.size.crowd.min(100) {
            let stars = "?*".repeat(20);
            self.say("root", &format!("KLINE FORCE *{stars}{number:02}Z@*.{stars}z :no"));
            self.say("root", &format!("MUTE FORCE *{stars}{number:02}Z@*.{stars}z :no"));
        }
        self.arrive("ann", all(&[]));
        self.arrive("cap", all(&[]));
        self.arrive("vic", BTreeSet::from(["#big".to_owned()]));
        for number in 0..crowd {
            let mut channels = BTreeSet::new();
            // Some are hidden from all who are not with them in a channel of few.
            if number % 10 != 9 {
                channels.insert("#big".to_owned());
            }
            if number < few {
                channels.extend(gates.iter().chain(&rooms[..3]).cloned());
            } else if number < few + crossed {
                channels.extend(shared.iter().cloned());
            }
            if (few + crossed..few + crossed + listed).contains(&number) {
                channels.insert(format!("#listed{}{number}", "x".repeat(50)));
            }
            self.arrive(&format!("u{number}"), channels);
        }
        for number in few + crossed..(few + crossed + listed).min(crowd) {
            let topic = "\u{e9}".repeat(195);
            let channel = format!("#listed{}{number}", "x".repeat(50));
            self.say(&format!("u{number}"), &format!("TOPIC {channel} :{topic}"));
        }
        for (channel, letter, count, kind) in [
            ("#gate", 'b', 100, 0),
            ("#stars", 'b', 100, 1),
            ("#lists", 'b', 100, 0),
            ("#except", 'b', 49, 0),
            ("#except", 'e', 50, 4),
            ("#invex", 'I', 100, 0),
            ("#spoken", 'b', 49, 2),
            ("#spoken", 'e', 50, 2),
        ] {
            for number in 0..count {
                // Not the same ones everywhere, and two of the list are of other kinds.
                let kind = if number % 50 == 7 { kind + 1 } else { kind };
                self.say("op", &format!("MODE {channel} +{letter} {}", nasty(kind, number)));
            }
        }
        self.say("op", "MODE #except +b *!*@*");
        self.say("op", "MODE #spoken +b m:*!*@*");
        self.say("op", "MODE #spoken +e m:*!*@*");
        self.say("op", "MODE #invex +i");
        self.say("op", &format!("TOPIC #big :{}", "\u{e9}".repeat(195)));
        for channel in gates.iter().chain(&rooms).chain(&shared).chain(&["#big".to_owned()]) {
            self.say("op", &format!("MODE {channel} +o root"));
        }
        self.describe("#big", "op");
        for number in 0..100 {
            self.say(&format!("u{}", number % crowd), "MONITOR + op,cap,ann,n1,n2");
        }
        // A thousand past nicks, all of them of two.
        for number in 0..self.size.crowd {
            let conn = self.open(40_000 + number);
            self.say_at(conn, &format!("NICK was{}", number % 2));
            self.say_at(conn, &format!("USER w 0 * :{}", realname()));
            self.say_at(conn, "QUIT");
        }
        for who in ["op", "root", "ann", "cap", "vic"] {
            let profile = self.profile(who);
            if let Some(person) = self.people.iter_mut().find(|person| person.nick == who) {
                person.profile = profile;
            }
        }
    }

    fn open(&mut self, number: usize) -> ConnId {
        let [.., high, low] = (number as u32).to_be_bytes();
        self.shard.open(self.now, IpAddr::V4(Ipv4Addr::new(10, high, low, 7)))
    }

    /// Somebody comes, and joins.
    fn arrive(&mut self, nick: &str, channels: BTreeSet<String>) {
        let at = self.people.len();
        let conn = self.enter(nick, at, &channels);
        self.people.push(Person { nick: nick.to_owned(), conn, channels, profile: None });
    }

    fn enter(&mut self, nick: &str, number: usize, channels: &BTreeSet<String>) -> ConnId {
        let conn = self.open(number);
        self.say_at(conn, &format!("NICK {nick}"));
        self.say_at(conn, &format!("USER {nick} 0 * :{}", realname()));
        match nick {
            "op" | "root" | "cap" | "ann" | "vic" => {}
            _ if number.is_multiple_of(2) => self.say_at(conn, "CAP REQ no-implicit-names"),
            _ => self.say_at(
                conn,
                "CAP REQ :no-implicit-names message-tags server-time away-notify batch chghost",
            ),
        }
        self.equip(nick, conn);
        if nick == "root" {
            self.say_at(conn, "OPER oper right");
        }
        let names: Vec<_> = channels.iter().map(String::as_str).collect();
        for some in names.chunks(7) {
            self.say_at(conn, &format!("JOIN {}", some.join(",")));
        }
        match nick {
            "op" | "root" | "cap" | "ann" => {}
            "vic" => {
                for number in 0..32 {
                    let mask = format!("*{}{number:02}Z!*@*", "?*".repeat(40));
                    self.say_at(conn, &format!("SILENCE +{mask}"));
                }
            }
            _ => self.say_at(conn, &format!("MODE {nick} +i")),
        }
        if matches!(nick, "op" | "cap") {
            self.describe_at("*", conn);
        }
        conn
    }

    /// Has a sender of lines ask for all that one may ask for.
    fn equip(&mut self, nick: &str, conn: ConnId) {
        if !matches!(nick, "op" | "root" | "cap" | "ann") {
            return;
        }
        if nick != "ann" {
            for cap in CAPS.iter().filter(|cap| !cap.name.contains("no-implicit-names")) {
                self.say_at(conn, &format!("CAP REQ :{}", cap.name));
            }
        }
        for tens in 0..10 {
            let nicks: Vec<_> = (0..10).map(|one| format!("u{}", 10 * tens + one)).collect();
            self.say_at(conn, &format!("MONITOR + {}", nicks.join(",")));
            self.say_at(conn, &format!("WATCH +{}", nicks.join(" +")));
        }
        for tens in 0..2 {
            let keys: String = (0..10).map(|one| format!(" key{}", 10 * tens + one)).collect();
            self.say_at(conn, &format!("METADATA * SUB{keys}"));
        }
    }

    fn describe(&mut self, target: &str, nick: &str) {
        let conn = self.conn(nick);
        self.describe_at(target, conn);
    }

    /// As much metadata as there may be.
    fn describe_at(&mut self, target: &str, conn: ConnId) {
        let value = "\u{e9}".repeat(128);
        for number in 0..20 {
            self.say_at(conn, &format!("METADATA {target} SET key{number} :{value}"));
        }
    }

    fn conn(&self, nick: &str) -> ConnId {
        self.people.iter().find(|person| person.nick == nick).expect("somebody").conn
    }

    fn say(&mut self, nick: &str, line: &str) {
        let conn = self.conn(nick);
        self.say_at(conn, line);
    }

    fn say_at(&mut self, conn: ConnId, line: &str) {
        self.send(conn, line.as_bytes(), &mut Meter::Off);
    }

    /// Sends a line, and has everything done that follows from it.
    fn send(&mut self, conn: ConnId, line: &[u8], meter: &mut Meter) -> Cost {
        let mut cost = Cost::default();
        let before = self.shard.charged();
        self.act(&Act::Bytes(conn, [line, b"\r\n"].concat()), meter, &mut cost);
        self.publish(meter, &mut cost);
        let after = self.shard.charged();
        cost.units = after.units - before.units;
        cost.tokens = after.tokens - before.tokens;
        cost
    }

    fn publish(&mut self, meter: &mut Meter, cost: &mut Cost) {
        for _ in 0..MOST_SLICES {
            for (conn, job) in self.shard.take_jobs() {
                let answer = match job {
                    Job::VerifyPassword { hash, password, .. } => {
                        JobResult::Password(if hash.as_bytes() == &*password {
                            Verdict::Right
                        } else {
                            Verdict::Wrong
                        })
                    }
                    Job::Store(change) => JobResult::Stored { change, stored: true },
                    Job::LookUp => JobResult::LookupResult(LookupResult::default()),
                    Job::Reload | Job::Restart => JobResult::Reloaded(Ok(Vec::new())),
                };
                self.act(&Act::Job(conn, answer), meter, cost);
            }
            // As the shard runtime makes a slice.
            let more = self.act(&Act::GoOn, meter, cost);
            if more {
                self.shard.end_slice();
                continue;
            }
            if !self.act(&Act::EndTurn, meter, cost) && !self.shard.has_paused() {
                return;
            }
        }
        panic!("a line is never done");
    }

    fn act(&mut self, act: &Act, meter: &mut Meter, cost: &mut Cost) -> bool {
        let (more, work) = meter.run(&mut self.shard, self.now, act, &mut self.sink);
        cost.work += work;
        cost.longest = cost.longest.max(work);
        cost.slices += 1;
        more
    }

    /// What a line costs; afterwards all is as it was.
    pub fn measure(&mut self, case: &Case, meter: &mut Meter) -> Cost {
        self.now.monotonic += BETWEEN_MS;
        self.now.unix += BETWEEN_MS;
        self.shard.on_timer(self.now);
        self.publish(&mut Meter::Off, &mut Cost::default());
        let conn = match case.who.nick() {
            Some(nick) => self.conn(nick),
            None => self.open(50_000),
        };
        for line in &case.before {
            self.send(conn, line, &mut Meter::Off);
        }
        let cost = self.send(conn, &case.line, meter);
        if case.who == Who::New {
            self.shard.on_closed(conn, Close::Gone);
            self.publish(&mut Meter::Off, &mut Cost::default());
        }
        self.put_right(case);
        if let Some(nick) = case.who.nick().filter(|_| is_personal(case)) {
            for line in ["MONITOR C", "WATCH C"] {
                self.say(nick, line);
            }
            let conn = self.conn(nick);
            self.equip(nick, conn);
        }
        cost
    }

    fn put_right(&mut self, case: &Case) {
        let mut finished = std::mem::take(&mut self.sink.finished);
        for conn in &finished {
            self.shard.close(self.now, *conn);
        }
        finished.retain(|conn| self.people.iter().any(|person| person.conn == *conn));
        if finished.is_empty() && !changes(case) {
            return;
        }
        self.repair_bans();
        self.repair_people(&finished, case.who == Who::Root);
        let found = self.state();
        if found == self.wanted {
            return;
        }
        self.repair(&found);
        if self.state() != self.wanted {
            let rebuilt = self.rebuilt + 1;
            *self = Self::new(self.size);
            self.rebuilt = rebuilt;
        }
    }

    fn repair_bans(&mut self) {
        if self.network.bans.count() == self.bans.len() {
            return;
        }
        for ban in self.network.bans.list(self.now.moment()) {
            if !self.bans.contains(&(ban.kind, ban.mask.text())) {
                self.network.bans.remove(ban.kind, &ban.mask);
            }
        }
    }

    /// Has those be there who should, and as they were; others than the senders only if they may have
    /// another nick.
    fn repair_people(&mut self, finished: &[ConnId], all: bool) {
        for at in 0..self.people.len() {
            let Person { nick, conn, channels, profile } = &self.people[at];
            let conn = *conn;
            let is_gone = finished.contains(&conn);
            if !is_gone {
                let is_right = match profile {
                    Some(profile) => self.profile(nick).as_ref() == Some(profile),
                    None => !all || self.profile(nick).is_some(),
                };
                if is_right {
                    continue;
                }
            }
            let (nick, channels, profile) = (nick.clone(), channels.clone(), profile.clone());
            if !is_gone {
                self.say_at(conn, &format!("NICK {nick}"));
                let now = self.profile(&nick);
                let (modes, wanted) = (now.map(|now| now.modes), profile.clone());
                let wanted = wanted.map(|wanted| wanted.modes).unwrap_or_default();
                let modes = modes.unwrap_or_default().replace('+', "");
                self.say_at(
                    conn,
                    &format!("MODE {nick} -{}+{}", modes.replace('o', ""), wanted.replace('+', "")),
                );
                self.say_at(conn, &format!("SETNAME :{}", realname()));
                if profile.is_some() && self.profile(&nick) == profile {
                    continue;
                }
                self.shard.on_closed(conn, Close::Gone);
                self.publish(&mut Meter::Off, &mut Cost::default());
                self.shard.close(self.now, conn);
            }
            self.people[at].conn = self.enter(&nick, at, &channels);
        }
    }

    fn repair(&mut self, found: &BTreeMap<String, State>) {
        let missing = self.wanted.keys().filter(|name| !found.contains_key(*name)).cloned();
        let extra = found.keys().filter(|name| !self.wanted.contains_key(*name)).cloned();
        let (missing, extra): (Vec<_>, Vec<_>) = (missing.collect(), extra.collect());
        if let ([missing], [extra, ..]) = (&missing[..], &extra[..]) {
            self.now.monotonic += BETWEEN_MS;
            self.say("op", &format!("RENAME {extra} {missing}"));
        }
        let mut extra = self.state();
        extra.retain(|name, _| !self.wanted.contains_key(name));
        for name in extra.keys() {
            self.say("root", &format!("SAMODE {name} -P"));
            for nick in self.members(name) {
                self.say("root", &format!("SAPART {nick} {name}"));
            }
        }
        for (name, wanted) in self.wanted.clone() {
            self.repair_channel(&name, &wanted);
        }
    }

    fn repair_channel(&mut self, name: &str, wanted: &State) {
        let now = self.channel(name).map(|channel| state(&channel)).unwrap_or_default();
        if now == *wanted {
            return;
        }
        let there: BTreeSet<_> = self.members(name).into_iter().collect();
        let due = self.people.iter().filter(|person| person.channels.contains(name));
        let due: BTreeSet<_> = due.map(|person| person.nick.clone()).collect();
        for nick in there.difference(&due) {
            self.say("root", &format!("SAPART {nick} {name}"));
        }
        for nick in due.difference(&there) {
            self.say("root", &format!("SAJOIN {nick} {name}"));
        }
        if let Some(key) = now.key.filter(|_| wanted.key.is_none()) {
            let key = String::from_utf8_lossy(&key).into_owned();
            self.say("root", &format!("SAMODE {name} -k {key}"));
        }
        for (letter, _) in &now.settings {
            self.say("root", &format!("SAMODE {name} -{letter} x"));
        }
        let (is, was) = (&now.flags, &wanted.flags);
        let off: String = is.chars().filter(|letter| !was.contains(*letter)).collect();
        let on: String = was.chars().filter(|letter| !is.contains(*letter)).collect();
        self.say("root", &format!("SAMODE {name} +{on}-{off}"));
        for ((letter, _), (is, was)) in LISTS.iter().zip(now.lists.iter().zip(&wanted.lists)) {
            for (sign, these, those) in [('-', is, was), ('+', was, is)] {
                for mask in these.iter().filter(|mask| !those.contains(mask)) {
                    let mask = String::from_utf8_lossy(mask);
                    self.say("root", &format!("SAMODE {name} {sign}{letter} {mask}"));
                }
            }
        }
        if now.ranked != wanted.ranked {
            // Whoever came first to a channel that was made anew has a rank too.
            let ranked = self.channel(name).map(|channel| state(&channel).ranked);
            for nick in ranked.unwrap_or_default() {
                let nicks = [&*nick; 5].join(" ");
                self.say("root", &format!("SAMODE {name} -qaohv {nicks}"));
            }
        }
        self.say("root", &format!("SAMODE {name} +oo op root"));
        if now.metadata != wanted.metadata {
            self.describe(name, "op");
        }
    }

    fn channel(&self, name: &str) -> Option<Arc<Channel>> {
        let name = ChannelName::parse(name.as_bytes(), 200)?;
        self.network.registry.channel(&name)
    }

    fn members(&self, name: &str) -> Vec<String> {
        let Some(channel) = self.channel(name) else { return Vec::new() };
        let guard = channel.lock();
        let users: Vec<_> = guard.members().map(|member| Arc::clone(&member.user)).collect();
        drop(guard);
        users.iter().map(|user| user.identity().nick.as_str().to_owned()).collect()
    }

    fn profile(&self, nick: &str) -> Option<Profile> {
        let user = self.network.registry.user(&Nick::parse(nick.as_bytes(), 64)?)?;
        let profile = user.profile();
        Some(Profile {
            modes: profile.modes.text(),
            realname: profile.realname.to_vec(),
            metadata: profile.metadata.iter().count(),
        })
    }

    fn state(&self) -> BTreeMap<String, State> {
        let channels = self.network.registry.channels();
        channels.iter().map(|one| (one.name.as_str().to_owned(), state(one))).collect()
    }
}

fn state(channel: &Arc<Channel>) -> State {
    let guard = channel.lock();
    let masks = |kind| guard.lists.of(kind).iter().map(|entry| entry.mask.as_bytes().to_vec());
    let set = CHANNEL_MODES.iter().filter_map(|mode| match mode.kind {
        Kind::ParamMode(setting) => {
            guard.parameters.text(setting).map(|text| (char::from(mode.letter), text))
        }
        _ => None,
    });
    let ranked = guard.members().filter(|member| member.prefixes != Prefixes::NONE);
    let mut lists = LISTS.map(|(_, kind)| masks(kind).collect::<Vec<_>>());
    lists.iter_mut().for_each(|list| list.sort_unstable());
    State {
        members: guard.member_count(),
        ranked: ranked.map(|member| member.user.identity().nick.to_string()).collect(),
        metadata: guard.metadata.iter().count(),
        lists,
        flags: guard.flags.letters().map(char::from).collect(),
        key: guard.key.as_deref().map(<[u8]>::to_vec),
        settings: set.collect(),
    }
}

/// Whether the command may change what the next line finds.
fn changes(case: &Case) -> bool {
    is_one_of(
        case,
        &[
            "DLINE", "JOIN", "KICK", "KILL", "KLINE", "METADATA", "MODE", "MUTE", "NICK", "OPER",
            "PART", "QUIT", "RENAME", "SAJOIN", "SAMODE", "SANICK", "SAPART", "SETNAME", "TBAN",
            "TOPIC",
        ],
    )
}

/// Whether the command may change what its sender has asked for.
fn is_personal(case: &Case) -> bool {
    is_one_of(case, &["CAP", "METADATA", "MONITOR", "WATCH"])
}

fn is_one_of(case: &Case, verbs: &[&str]) -> bool {
    let is_verb = |line: &[u8]| {
        let mut words = line.split(|byte| *byte == b' ').filter(|word| !word.starts_with(b"@"));
        let verb = words.next().unwrap_or_default();
        verbs.iter().any(|one| one.as_bytes().eq_ignore_ascii_case(verb))
    };
    case.before.iter().chain([&case.line]).any(|line| is_verb(line))
}
