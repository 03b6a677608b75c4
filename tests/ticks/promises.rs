//! What ISUPPORT promises is what the server does: driven by the tokens themselves.

use std::collections::BTreeMap;
use std::net::{IpAddr, Ipv4Addr};

use crate::origins::operator;
use crate::{NOW, Server};
use pipewright::core::{Origin, Settings};
use pipewright::proto::names::ConnId;

/// A client, and what it was promised.
struct Client {
    server: Server,
    conn: ConnId,
    tokens: BTreeMap<String, String>,
}

impl Client {
    fn new() -> Self {
        Self::with(|_| {})
    }

    fn with(change: impl FnOnce(&mut Settings)) -> Self {
        let mut server = Server::start(change);
        let mut origin = Origin::of(IpAddr::V4(Ipv4Addr::LOCALHOST));
        origin.certificate = Some("certificate".into());
        let conn = server.shard.open(NOW, origin);
        let realname = "r".repeat(300);
        server.says(conn, &format!("NICK ann\r\nUSER {0} 0 * :{realname}\r\n", "u".repeat(100)));
        while server.end_tick() {}
        let welcome = server.hears(conn);
        let told = welcome.lines().filter(|line| line.contains(" 005 "));
        let words = told.flat_map(|line| line.split(' ').skip(3));
        let pair = |word: &str| match word.split_once('=') {
            Some((name, value)) => (name.to_owned(), value.to_owned()),
            None => (word.to_owned(), String::new()),
        };
        let tokens = words.map(pair).collect();
        Self { server, conn, tokens }
    }

    fn number(&self, token: &str) -> usize {
        let value = self.tokens.get(token).unwrap_or_else(|| panic!("no {token}"));
        let digits = value.rsplit(':').next().expect("a value");
        digits.parse().unwrap_or_else(|_| panic!("{token}={value}"))
    }

    /// What comes of these lines.
    fn asks(&mut self, lines: &str) -> String {
        self.server.says(self.conn, &format!("{lines}\r\n"));
        while self.server.end_tick() {}
        self.server.hears(self.conn)
    }
}

/// As many words as given, each another: `x0,x1`.
fn words(first: &str, count: usize) -> String {
    (0..count).map(|at| format!("{first}{at}")).collect::<Vec<_>>().join(",")
}

#[test]
fn as_many_as_a_token_says_are_taken_and_one_more_is_refused() {
    let mut ann = Client::new();
    let channels = ann.number("CHANLIMIT");
    assert!(!ann.asks(&format!("JOIN {}", words("#c", channels))).contains(" 405 "));
    assert!(ann.asks("JOIN #more").contains(" 405 ann #more "));
    let entries = ann.number("MAXLIST");
    for at in 0..entries {
        let letter = ["b", "e", "I"][at % 3];
        assert!(ann.asks(&format!("MODE #c0 +{letter} x{at}")).contains(" MODE #c0 "), "{at}");
    }
    for letter in ["b", "e", "I"] {
        assert!(ann.asks(&format!("MODE #c0 +{letter} more")).contains(" 478 ann #c0 "));
    }
    for (token, add, full) in [
        ("MONITOR", "MONITOR + ", " 734 "),
        ("WATCH", "WATCH +", " 512 "),
        ("SILENCE", "SILENCE +", " 511 "),
    ] {
        for at in 0..ann.number(token) {
            assert!(!ann.asks(&format!("{add}x{at}")).contains(full), "{token}: {at}");
        }
        assert!(ann.asks(&format!("{add}more")).contains(full), "{token}");
    }
}

/// How a command is given to all of a list, what it says of each that it looks at, and whether the
/// list is of channels.
struct Listed {
    verb: &'static str,
    before: &'static str,
    after: &'static str,
    of_each: &'static str,
    channels: bool,
}

const fn listed(
    verb: &'static str,
    before: &'static str,
    after: &'static str,
    of_each: &'static str,
    channels: bool,
) -> Listed {
    Listed { verb, before, after, of_each, channels }
}

/// Every command that takes a list of targets.
const LISTED: &[Listed] = &[
    listed("ACCEPT", "", "", " 401 ", false),
    listed("JOIN", "", "", " JOIN ", true),
    listed("KICK", "#ops ", "", " 401 ", false),
    listed("LIST", "", "", " 322 ", true),
    listed("MONITOR", "+ ", "", "", false),
    listed("NAMES", "", "", " 366 ", true),
    listed("NOTICE", "", " :hi", "", false),
    listed("PART", "", "", " PART ", true),
    listed("PRIVMSG", "", " :hi", " 401 ", false),
    listed("SAJOIN", "ann ", "", " JOIN ", true),
    listed("SAPART", "ann ", "", " PART ", true),
    listed("TAGMSG", "", "", " 401 ", false),
    listed("WHOIS", "", "", " 401 ", false),
    listed("WHOWAS", "", "", " 406 ", false),
];

/// Targets beyond which a list without a limit is not tried.
const MANY: usize = 40;

#[test]
fn a_command_takes_as_many_targets_as_targmax_says() {
    let mut ann = Client::with(|settings| {
        settings.network.limits.channels_per_user = 2 * MANY;
        settings.machine.operators = vec![operator(&[]).into()];
    });
    ann.asks("CAP REQ :message-tags\r\nJOIN #ops");
    ann.asks("OPER oper");
    let targmax = ann.tokens["TARGMAX"].clone();
    let limits: BTreeMap<_, _> =
        targmax.split(',').map(|one| one.split_once(':').expect("a limit, or none")).collect();
    for Listed { verb, before, after, of_each, channels } in LISTED {
        let limit = limits.get(verb).unwrap_or_else(|| panic!("{verb} is not in {targmax}"));
        let first = if *channels { "#x" } else { "x" };
        let ask = |count| format!("{verb} {before}{}{after}", words(first, count));
        if *channels && !matches!(*verb, "JOIN" | "SAJOIN") {
            ann.asks(&format!("JOIN {}", words(first, MANY)));
        }
        let most = limit.parse().unwrap_or(MANY);
        let all = ann.asks(&ask(most));
        assert!(!all.contains(" 407 "), "{verb}: {all}");
        let told = all.matches(of_each).count();
        let nicks = all.split([' ', ',', '\r', ':']).filter(|word| word.starts_with('x')).count();
        match *verb {
            "MONITOR" => assert_eq!(nicks, most, "{all}"),
            "NOTICE" => assert_eq!(all, "", "it is never answered"),
            _ => assert_eq!(told, most, "{verb}: {all}"),
        }
        ann.asks(&format!("PART {}", words("#x", MANY)));
        if !limit.is_empty() && *verb != "NOTICE" {
            let refused = ann.asks(&ask(most + 1));
            assert!(refused.contains(" 407 ") && !refused.contains(of_each), "{verb}: {refused}");
        }
    }
}

#[test]
fn a_command_that_targmax_gives_one_target_or_does_not_name_takes_no_list() {
    let mut ann = Client::with(|_| {});
    ann.asks(
        "CAP REQ :message-tags batch draft/message-redaction draft/metadata-2\r\nJOIN #x0,#x1",
    );
    let targmax = ann.tokens["TARGMAX"].clone();
    for (line, refusal) in [
        ("INVITE ann,bob #x0", " 401 ann ann,bob "),
        ("INVITE bob #x0,#x1", " 401 ann bob "),
        ("KNOCK #x0,#x1", " 403 ann #x0,#x1 "),
        ("TOPIC #x0,#x1 :hi", " 403 ann #x0,#x1 "),
        ("MODE #x0,#x1 +m", " 403 ann #x0,#x1 "),
        ("RENAME #x0,#x1 #y", " 403 ann #x0,#x1 "),
        ("RELAYMSG #x0,#x1 a/b :hi", " 403 ann #x0,#x1 "),
        ("TBAN #x0,#x1 1m x!*@*", " 403 ann #x0,#x1 "),
        ("REDACT #x0,#x1 id", " FAIL REDACT INVALID_TARGET #x0,#x1 "),
        ("METADATA #x0,#x1 LIST", " FAIL METADATA INVALID_TARGET #x0,#x1 "),
        ("WHO ann,bob", " 315 ann ann,bob "),
    ] {
        let verb = line.split(' ').next().expect("a verb");
        let named = targmax.split(',').find_map(|one| one.strip_prefix(verb)?.strip_prefix(':'));
        assert!(named.is_none_or(|limit| limit == "1"), "{verb} in {targmax}");
        assert!(!LISTED.iter().any(|listed| listed.verb == verb), "{verb}");
        let heard = ann.asks(line);
        assert!(heard.contains(refusal) && heard.lines().count() == 1, "{line}: {heard}");
    }
    for one in targmax.split(',') {
        let (verb, limit) = one.split_once(':').expect("a limit, or none");
        let known = limit == "1" || LISTED.iter().any(|listed| listed.verb == verb);
        assert!(known, "{one}: nothing shows that it is so");
    }
}

#[test]
fn a_text_or_name_may_be_as_long_as_a_token_says() {
    let mut ann = Client::new();
    ann.asks("JOIN #c");
    for (token, before, number) in [
        ("NICKLEN", "NICK n", " 432 "),
        ("CHANNELLEN", "JOIN #", " 403 "),
        ("KEYLEN", "MODE #c +k k", " 696 "),
    ] {
        // The first byte is there already.
        let rest = ann.number(token) - 1;
        let ask = |length| format!("{before}{}", "x".repeat(length));
        assert!(!ann.asks(&ask(rest)).contains(number), "{token}");
        assert!(ann.asks(&ask(rest + 1)).contains(number), "{token}");
    }
    for (token, say, ask) in [
        ("TOPICLEN", "TOPIC #c :", "TOPIC #c"),
        ("AWAYLEN", "AWAY :", "WHOIS {nick}"),
        ("KICKLEN", "KICK #c {nick} :", ""),
    ] {
        let nick = "n".to_owned() + &"x".repeat(ann.number("NICKLEN") - 1);
        let lines = format!("{say}{}\r\n{ask}", "z".repeat(490 - say.len() - nick.len()));
        let heard = ann.asks(&lines.replace("{nick}", &nick));
        let text = "z".repeat(ann.number(token));
        assert!(heard.lines().any(|line| line.ends_with(&format!(":{text}"))), "{token}: {heard}");
    }
    let whois = ann.asks(&format!("WHOIS n{}", "x".repeat(ann.number("NICKLEN") - 1)));
    let (user, name) = ("u".repeat(ann.number("USERLEN") - 1), "r".repeat(ann.number("NAMELEN")));
    assert!(whois.contains(&format!(" ~{user} 127.0.0.1 * :{name}\r\n")), "{whois}");
}

#[test]
fn each_letter_that_a_token_names_is_known() {
    let mut ann = Client::new();
    ann.asks("JOIN #c");
    for letter in ann.tokens["CHANMODES"].clone().chars().filter(|letter| *letter != ',') {
        assert!(!ann.asks(&format!("MODE #c -{letter}")).contains(" 472 "), "{letter}");
    }
    let (prefix, letters) = ann.tokens["EXTBAN"].split_once(',').expect("letters");
    let (prefix, letters) = (prefix.to_owned(), letters.to_owned());
    for letter in letters.chars() {
        let mask = format!("{prefix}{letter}:#x");
        assert!(ann.asks(&format!("MODE #c +b {mask}")).contains(" MODE #c +b "), "{mask}");
    }
    for name in ann.tokens["ACCOUNTEXTBAN"].clone().split(',') {
        assert!(ann.asks(&format!("MODE #c +b {prefix}{name}:{name}")).contains(" MODE #c +b "));
    }
    let masks: Vec<_> = (0..ann.number("MODES") + 1).map(|at| format!("y{at}")).collect();
    let heard = ann.asks(&format!("MODE #c +{} {}", "e".repeat(masks.len()), masks.join(" ")));
    let told: Vec<_> = heard.lines().map(|line| line.split(' ').count() - 4).collect();
    assert_eq!(told, [masks.len() - 1, 1]);
}
