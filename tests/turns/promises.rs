//! What ISUPPORT promises is what the server does: driven by the tokens themselves.

use std::collections::BTreeMap;
use std::net::{IpAddr, Ipv4Addr};

use pipewright::names::ConnId;

use crate::{NOW, Server};

/// A client, and what it was promised.
struct Client {
    server: Server,
    conn: ConnId,
    tokens: BTreeMap<String, String>,
}

impl Client {
    fn new() -> Self {
        let mut server = Server::start(|_| {});
        let conn = server.shard.open(NOW, IpAddr::V4(Ipv4Addr::LOCALHOST));
        let realname = "r".repeat(300);
        server.says(conn, &format!("NICK ann\r\nUSER {0} 0 * :{realname}\r\n", "u".repeat(100)));
        while server.end_turn() {}
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
        while self.server.end_turn() {}
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

#[test]
fn a_command_takes_as_many_targets_as_targmax_says() {
    let mut ann = Client::new();
    let targmax = ann.tokens["TARGMAX"].clone();
    for (command, most) in targmax.split(',').filter_map(|one| one.split_once(':')) {
        let Ok(most) = most.parse::<usize>() else { continue };
        let text = if matches!(command, "PRIVMSG" | "NOTICE") { " :text" } else { "" };
        let ask = |count| format!("{command} {}{text}", words("x", count));
        // INVITE and KNOCK have no list at all; a notice is never answered.
        if most > 1 && command != "NOTICE" {
            assert!(!ann.asks(&ask(most)).contains(" 407 "), "{command}");
            assert!(ann.asks(&ask(most + 1)).contains(" 407 "), "{command}");
        }
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
