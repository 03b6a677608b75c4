//! What a client does next: anything, on few nicks and channels, so that they meet often.

use super::model::Model;
use super::operator::PASSWORD;
use super::rng::Rng;

pub const NICKS: &[&str] = &[
    "ann", "Ann", "bob", "BOB", "cy", "[x]", "{x}", "dee", "eve", "fay", "gus", "hal", "ian", "jo",
    "kim", "lea", "mia", "ned", "oda", "pip",
];
pub const CHANNELS: &[&str] = &["#a", "#A", "#b", "#c", "#[d]", "#{D}"];
const CAPS: &[&str] = &[
    "account-tag",
    "away-notify",
    "batch",
    "batch",
    "echo-message",
    "draft/oper",
    "extended-join",
    "extended-monitor",
    "invite-notify",
    "labeled-response",
    "labeled-response",
    "message-tags",
    "multi-prefix",
    "server-time",
    "setname",
    "standard-replies",
    "userhost-in-names",
];
const MASKS: &[&str] = &[
    "ann!*@*",
    "b*!*@*",
    "*!~u1*@*",
    "*!*@127.0.0.1",
    "cy",
    "[X]!*@*",
    "m:ann",
    "*!*@127.0.0.0/8",
    "!c:#b",
    "m:U:b*",
    "r:another*",
];
const KEYS: &[&str] = &["x", "y"];

/// A line to send, with what must be known of it later.
#[derive(Default)]
pub struct Act {
    pub line: String,
    /// The number in its text.
    pub id: Option<u64>,
    /// The label that it has, whether or not the client may use labels.
    pub label: Option<u64>,
    /// Where it says something.
    pub targets: Vec<String>,
}

impl Act {
    /// Nothing of it is looked for later.
    pub fn plain(line: impl Into<String>) -> Self {
        Self { line: line.into(), ..Self::default() }
    }
}

/// How a client introduces itself.
pub fn introduction(model: &Model, rng: &mut Rng) -> Vec<Act> {
    let negotiates = rng.once_in(2);
    let mut lines = Vec::new();
    if negotiates {
        lines.push(rng.pick(&["CAP LS", "CAP LS 302"]).to_owned());
        lines.push(request(rng));
    }
    lines.push(format!("NICK {}", rng.pick(NICKS)));
    lines.push(format!("USER {} 0 * :real name", model.user.trim_start_matches('~')));
    if negotiates {
        lines.push("CAP END".to_owned());
    }
    lines.into_iter().map(Act::plain).collect()
}

/// The next line of a client that believes `model`; `id` goes into its text.
pub fn next(model: &Model, id: u64, rng: &mut Rng) -> Act {
    if !model.is_registered {
        let line = match rng.below(8) {
            0 => "JOIN #a".to_owned(),
            1 => "CAP END".to_owned(),
            _ => format!("NICK {}", rng.pick(NICKS)),
        };
        return Act::plain(line);
    }
    let channel = channel(model, rng);
    let nick = person(model, &channel, rng);
    // A channel without operators comes to little: only when all have left may one be founded.
    let members = model.channels.get(&channel).map(|belief| belief.members.values());
    let has_op = members.is_none_or(|mut ranks| ranks.any(|rank| rank.rules()));
    if !has_op && rng.once_in(2) {
        return with_id(id, format!("PART {channel} :p{id}"));
    }
    if model.modes.contains(&'o') && rng.once_in(6) {
        return operator_act(model, &channel, &nick, id, rng);
    }
    match rng.below(100) {
        0..=13 => join(rng),
        14..=16 => {
            let channels = if rng.once_in(3) { format!("{channel},#b") } else { channel };
            with_id(id, format!("PART {channels} :p{id}"))
        }
        17 if rng.once_in(3) => Act::plain("JOIN 0"),
        39..=41 => Act::plain(format!("TAGMSG {channel},{nick}")),
        17..=38 => message(model, id, rng),
        42..=49 => Act::plain(format!("NICK {}", rng.pick(NICKS))),
        50..=57 if rng.once_in(5) => Act::plain(format!("TOPIC {channel} :")),
        50..=57 => with_id(id, format!("TOPIC {channel} :t{id}")),
        58..=63 => {
            let whom = if rng.once_in(3) { format!("{nick},ann") } else { nick };
            with_id(id, format!("KICK {channel} {whom} :k{id}"))
        }
        64..=67 => Act::plain(format!("INVITE {nick} {channel}")),
        68..=85 => Act::plain(format!("MODE {channel} {}", modes(&nick, rng))),
        98 if rng.once_in(3) => {
            Act::plain(format!("TBAN {channel} {} {}", rng.pick(&["1", "2s"]), rng.pick(MASKS)))
        }
        86 if rng.once_in(2) => Act::plain(format!("WATCH {}", watch(rng))),
        86 => Act::plain(format!("MONITOR {}", monitor(rng))),
        87..=88 => Act::plain(rng.pick(&["AWAY", "AWAY :gone", "AWAY :asleep"])),
        89..=90 => Act::plain(request(rng)),
        91 if rng.once_in(3) => with_id(id, format!("QUIT :q{id}")),
        91..=94 => Act::plain(format!("NAMES {channel}")),
        95..=96 => Act::plain(format!("MODE {channel}")),
        97 => Act::plain(format!("MODE {channel} {}", rng.pick(&["b", "e", "I"]))),
        98 if rng.once_in(2) => {
            Act::plain(format!("OPER oper {}", rng.pick(&[PASSWORD, PASSWORD, "wrong"])))
        }
        98 => {
            let modes = rng.pick(&["+i", "-i", "+w", "+w", "-w", "-o"]);
            Act::plain(format!("MODE {} {modes}", model.nick))
        }
        _ => Act::plain(rng.pick(&[
            "WHO #a",
            "WHO * %tcuihsnfdlaor,7",
            "LIST",
            "LIST #*,>1",
            "WHOIS ann,bob",
            "WHOWAS bob,cy",
            "LUSERS",
            "WHO *",
            "INVITE",
            "SETNAME :another name",
            "USERIP ann bob",
        ])),
    }
}

/// What is done to others has no number: it happens later, on their shard.
fn operator_act(model: &Model, channel: &str, nick: &str, id: u64, rng: &mut Rng) -> Act {
    let any = rng.pick(CHANNELS);
    match rng.below(12) {
        0 => Act::plain(format!("KILL {nick} :enough")),
        1..=3 => Act::plain(format!("SAJOIN {nick} {any},{channel}")),
        4 => Act::plain(format!("SAPART {nick} {channel} :away with you")),
        5..=6 => Act::plain(format!("SANICK {nick} {}", rng.pick(NICKS))),
        7..=9 => Act::plain(format!("SAMODE {any} {}", modes(nick, rng))),
        10 => Act::plain(format!("MODE {} -o", model.nick)),
        _ => with_id(id, format!("WALLOPS :w{id}")),
    }
}

fn with_id(id: u64, line: String) -> Act {
    Act { line, id: Some(id), ..Act::default() }
}

/// One that it is in, mostly: where it is operator, if anywhere.
fn channel(model: &Model, rng: &mut Rng) -> String {
    let of_op = |(name, belief): (&String, &super::belief::Belief)| {
        belief.members.get(&model.nick).is_some_and(|rank| rank.rules()).then(|| name.clone())
    };
    let mut own: Vec<_> = model.channels.iter().filter_map(of_op).collect();
    if own.is_empty() || rng.once_in(4) {
        own = model.channels.keys().cloned().collect();
    }
    if own.is_empty() || rng.once_in(12) {
        return rng.pick(CHANNELS).to_owned();
    }
    own.swap_remove(rng.below(own.len()))
}

/// Somebody who is in the channel, mostly.
fn person(model: &Model, channel: &str, rng: &mut Rng) -> String {
    let members = model.channels.get(channel).map(|belief| belief.members.keys());
    let mut members: Vec<_> = members.into_iter().flatten().cloned().collect();
    if members.is_empty() || rng.once_in(4) {
        return rng.pick(NICKS).to_owned();
    }
    members.swap_remove(rng.below(members.len()))
}

fn join(rng: &mut Rng) -> Act {
    let mut line = format!("JOIN {}", rng.pick(CHANNELS));
    if rng.once_in(3) {
        line = format!("{line},{},bad", rng.pick(CHANNELS));
    }
    if rng.once_in(2) {
        line = format!("{line} {},{}", rng.pick(KEYS), rng.pick(KEYS));
    }
    Act::plain(line)
}

fn message(model: &Model, id: u64, rng: &mut Rng) -> Act {
    let mut target = || match rng.below(8) {
        0..=3 => channel(model, rng),
        4 => format!("@{}", channel(model, rng)),
        5 => format!("{}{}", rng.pick(&["~", "&", "%", "+", "+"]), channel(model, rng)),
        _ => rng.pick(NICKS).to_owned(),
    };
    let targets: Vec<_> = (0..3).map(|_| target()).collect();
    let targets = targets[..1 + rng.below(3) / 2 * 2].to_vec();
    // Long enough now and then to be cut in the receivers' lines.
    let tail = if rng.once_in(10) { "é".repeat(235) } else { "words".to_owned() };
    let verb = if rng.once_in(5) { "NOTICE" } else { "PRIVMSG" };
    let line = format!("{verb} {} :m{id} {tail}", targets.join(","));
    Act { line, id: Some(id), targets, ..Act::default() }
}

fn modes(nick: &str, rng: &mut Rng) -> String {
    // Without this operators die out.
    if rng.once_in(3) {
        return format!("+{} {nick}", rng.pick(&["o", "o", "o", "o", "q", "a", "h"]));
    }
    let (mut letters, mut params) = (String::new(), String::new());
    for _ in 0..1 + rng.below(3) {
        // Ranks are given more often than taken; what keeps people out the other way round.
        let letter = rng.pick(&[
            "o", "o", "v", "h", "a", "q", "b", "e", "I", "i", "k", "l", "m", "n", "s", "t", "f",
            "j", "J", "p", "M", "N", "Q", "U", "C", "S", "u", "D",
        ]);
        let adds = rng.once_in(3) != "qaohv".contains(letter);
        letters.push(if adds { '+' } else { '-' });
        letters.push_str(letter);
        let limit;
        let param = match letter {
            "q" | "a" | "o" | "h" | "v" => nick,
            "b" | "e" | "I" => rng.pick(MASKS),
            "k" => rng.pick(KEYS),
            "f" if letters.ends_with("+f") => rng.pick(CHANNELS),
            "j" if letters.ends_with("+j") => "2:5",
            "J" if letters.ends_with("+J") => "3",
            "l" if letters.ends_with("+l") => {
                limit = (2 + rng.below(8)).to_string();
                &limit
            }
            _ => continue,
        };
        params = format!("{params} {param}");
    }
    letters + &params
}

fn monitor(rng: &mut Rng) -> String {
    let (one, other) = (rng.pick(NICKS), rng.pick(NICKS));
    match rng.below(8) {
        0 => "S".to_owned(),
        1 => format!("- {one}"),
        2 if rng.once_in(4) => "C".to_owned(),
        _ => format!("+ {one},{other}"),
    }
}

fn watch(rng: &mut Rng) -> String {
    let (one, other) = (rng.pick(NICKS), rng.pick(NICKS));
    match rng.below(8) {
        0 => rng.pick(&["l", "L", "S"]).to_owned(),
        1 => format!("-{one}"),
        2 if rng.once_in(4) => "C".to_owned(),
        _ => format!("+{one} +{other}"),
    }
}

fn request(rng: &mut Rng) -> String {
    let mut names = Vec::new();
    for _ in 0..1 + rng.below(4) {
        let sign = if rng.once_in(3) { "-" } else { "" };
        names.push(format!("{sign}{}", rng.pick(CAPS)));
    }
    format!("CAP REQ :{}", names.join(" "))
}
