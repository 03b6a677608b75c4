//! What a stranger hears about something that it may not know of is what it hears where there is no
//! such thing: two worlds, of which one has it, answer every command alike.

use std::net::IpAddr;
use std::sync::Arc;

use crate::{NOW, Server};
use pipewright::command::{Job, JobResult, TABLE};
use pipewright::core::modes::{CHANNEL_MODES, ChannelMode};
use pipewright::core::server::notice_mask::KINDS;
use pipewright::core::server::operators::{Operator, PRIVILEGES, Privileges};
use pipewright::core::{Cloak, Cloaking, Network, Origin, Settings};
use pipewright::proto::names::ConnId;

/// The commands that name, or search for, a channel or a user, with what is asked by each:
/// `{channel}` is the channel that eve may not know of, `{user}` somebody in it.  Eve has a channel
/// `#mine`.
const NAMING: &[(&str, &[&str])] = &[
    ("ACCEPT", &["ACCEPT {user}\r\nACCEPT *"]),
    ("ADMIN", &["ADMIN {user}", "ADMIN {channel}"]),
    (
        "BATCH",
        &[
            "BATCH +a draft/multiline {channel}\r\n@batch=a PRIVMSG {channel} :hi\r\nBATCH -a",
            "BATCH +a draft/multiline @{channel}\r\n@batch=a NOTICE @{channel} :hi\r\nBATCH -a",
            "BATCH +a draft/multiline {user}\r\n@batch=a PRIVMSG {user} :hi\r\nBATCH -a",
        ],
    ),
    ("DLINE", &["DLINE {user}"]),
    ("INFO", &["INFO {user}"]),
    (
        "INVITE",
        &[
            "INVITE {user} {channel}",
            "INVITE eve {channel}",
            "INVITE nobody {channel}",
            "INVITE {user} #mine",
            "INVITE",
        ],
    ),
    ("ISON", &["ISON {user} nobody"]),
    ("JOIN", &["JOIN {channel}", "JOIN {channel} key", "JOIN #x,{channel},#y", "JOIN 0"]),
    ("KICK", &["KICK {channel} {user}", "KICK {channel} eve", "KICK #mine {user}"]),
    ("KILL", &["KILL {user}"]),
    ("KLINE", &["KLINE {user}"]),
    ("KNOCK", &["KNOCK {channel} :please", "KNOCK {channel}\r\nKNOCK {channel}"]),
    ("LINKS", &["LINKS {user} *"]),
    ("LIST", &["LIST", "LIST {channel}", "LIST #t*", "LIST >0", "LIST >1", "LIST <3", "LIST C<9"]),
    ("LUSERS", &["LUSERS"]),
    ("MAP", &["MAP"]),
    (
        "METADATA",
        &[
            "METADATA {channel} GET url",
            "METADATA {channel} LIST",
            "METADATA {channel} SYNC",
            "METADATA {channel} SET url :x",
            "METADATA {channel} CLEAR",
            "METADATA {channel} SUB url",
            "METADATA * SUB url\r\nMETADATA {channel} SYNC",
            "METADATA {user} GET url",
        ],
    ),
    (
        "MODE",
        &[
            "MODE {channel}",
            "MODE {channel} b",
            "MODE {channel} +beI",
            "MODE {channel} +m",
            "MODE {channel} +o eve",
            "MODE {channel} +v {user}",
            "MODE {channel} +P",
            "MODE #mine +v {user}",
            "MODE #mine +f {channel}",
            "MODE {user} +i",
        ],
    ),
    ("MONITOR", &["MONITOR + {user}", "MONITOR + {user}\r\nMONITOR S"]),
    ("MOTD", &["MOTD {user}"]),
    ("MUTE", &["MUTE {user}"]),
    ("NAMES", &["NAMES", "NAMES {channel}", "NAMES #mine,{channel}"]),
    ("NICK", &["NICK {user}"]),
    ("NOTICE", &["NOTICE {channel} :hi", "NOTICE @{channel} :hi", "NOTICE {user} :hi"]),
    ("PART", &["PART {channel}", "PART {channel} :bye"]),
    (
        "PRIVMSG",
        &[
            "PRIVMSG {channel} :hi",
            "PRIVMSG @{channel} :hi",
            "PRIVMSG {channel},{user} :\x01VERSION\x01",
        ],
    ),
    ("REDACT", &["REDACT {channel} x", "REDACT {user} x"]),
    ("RELAYMSG", &["RELAYMSG {channel} far/away :hi"]),
    ("RENAME", &["RENAME {channel} #other", "RENAME #mine {channel}"]),
    ("SAJOIN", &["SAJOIN {user} {channel}"]),
    ("SAMODE", &["SAMODE {channel} +m"]),
    ("SANICK", &["SANICK {user} x"]),
    ("SAPART", &["SAPART {user} {channel}"]),
    ("SILENCE", &["SILENCE {user}"]),
    ("SQUERY", &["SQUERY {user} :hi"]),
    (
        "STATS",
        &["STATS p", "STATS k", "STATS l", "STATS m", "STATS o", "STATS t", "STATS u {user}"],
    ),
    ("SUMMON", &["SUMMON {user}"]),
    ("TAGMSG", &["@+typing=active TAGMSG {channel}", "@+typing=active TAGMSG {user}"]),
    ("TBAN", &["TBAN {channel} 1h x!*@*", "TBAN {channel} wrong x!*@*"]),
    ("TIME", &["TIME {user}"]),
    ("TOPIC", &["TOPIC {channel}", "TOPIC {channel} :mine", "TOPIC {channel} :"]),
    ("TRACE", &["TRACE {user}"]),
    ("UNDLINE", &["UNDLINE {user}"]),
    ("UNKLINE", &["UNKLINE {user}"]),
    ("UNMUTE", &["UNMUTE {user}"]),
    ("USERHOST", &["USERHOST {user}"]),
    ("USERIP", &["USERIP {user}"]),
    ("USERS", &["USERS {user}"]),
    ("VERSION", &["VERSION {user}"]),
    ("WATCH", &["WATCH +{user}", "WATCH +{user} L"]),
    (
        "WHO",
        &[
            "WHO {channel}",
            "WHO {channel} %tcuihsnfdlaor,1",
            "WHO {channel} o",
            "WHO *",
            "WHO 0",
            "WHO * %tcuihsnfdlaor",
            "WHO b*",
            "WHO {user}",
            "WHO {user} %tcuihsnfdlaor",
            "WHO * h",
            "WHO 192.0.2.* i",
            "WHO 198.51.100.* h",
            "WHO *!*@192.0.2.*",
        ],
    ),
    ("WHOIS", &["WHOIS {user}", "WHOIS {user} {user}", "WHOIS {channel}", "WHOIS eve,{user}"]),
    ("WHOWAS", &["WHOWAS {user}", "WHOWAS {channel}"]),
];

/// Those that name neither.
const NAMING_NOBODY: &[&str] = &[
    "AWAY", "CAP", "CONNECT", "DIE", "HELP", "HELPOP", "ISUPPORT", "OPER", "PASS", "PING", "PONG",
    "QUIT", "REHASH", "RESTART", "SERVLIST", "SETNAME", "SQUIT", "USER", "WALLOPS", "WEBIRC",
];

/// What is asked by name or mask of users that eve does not know the nick of; of the numbers of LIST see
/// [`OF_INVISIBLE`].
const SEARCHES: &[&str] = &[
    "WHO",
    "WHO *",
    "WHO 0",
    "WHO b?b",
    "WHO b*",
    "WHO *!*@*",
    "WHO * o",
    "WHO bob* n",
    "WHO ~bob u",
    "WHO * %nuh",
    "WHO Real r",
    "NAMES",
    "NAMES *",
    "ISON eve",
    "MONITOR S",
    "WHOIS b*",
    "WHOWAS b*",
    "LINKS",
    "USERHOST b*",
    "PRIVMSG b* :hi",
];

/// What the protocol has a stranger be told, by the line that asks.
type Told = &'static [(&'static str, &'static str)];

/// Of a secret channel.
const OF_SECRET: Told = &[
    ("JOIN {channel}", "JOIN names a channel that may be entered: it is, or 471, 473 or 475"),
    ("JOIN {channel} key", "the same"),
    ("JOIN #x,{channel},#y", "the same"),
    ("RENAME #mine {channel}", "two channels cannot have one name (CHANNEL_NAME_IN_USE)"),
    ("LUSERS", "254 counts all channels, and names none (RFC 2812, section 3.4.2)"),
];

/// Of the channels of an invisible user.
const OF_INVISIBLE: Told = &[
    ("JOIN {channel}", "who enters is among the members, who know each other"),
    ("JOIN {channel} key", "the same"),
    ("JOIN #x,{channel},#y", "the same"),
    ("LIST", "322 counts all members that are not hidden in the channel itself"),
    ("LIST {channel}", "the same"),
    ("LIST #t*", "the same"),
    ("LIST >0", "the same"),
    ("LIST >1", "the same"),
    ("LIST <3", "the same"),
    ("LIST C<9", "the same"),
];

impl Server {
    fn comes(&mut self, nick: &str, origin: impl Into<Origin>, lines: &str) -> ConnId {
        let conn = self.shard.open(NOW, origin);
        self.says(conn, &format!("NICK {nick}\r\nUSER {nick} 0 * :Real\r\n{lines}\r\n"));
        while self.end_tick() {}
        self.heard.lines.clear();
        conn
    }

    fn asks(&mut self, conn: ConnId, lines: &str) -> String {
        self.says(conn, &format!("{lines}\r\n"));
        while self.end_tick() {}
        self.hears(conn)
    }
}

fn local() -> IpAddr {
    "127.0.0.1".parse().expect("an address")
}

/// Eve, who knows all extensions and is in `#mine`.
fn eve(server: &mut Server) -> ConnId {
    let caps = "message-tags standard-replies batch draft/multiline draft/message-redaction \
                draft/relaymsg draft/metadata-2 draft/channel-rename";
    server.comes("eve", local(), &format!("CAP REQ :{caps}\r\nCAP END\r\nJOIN #mine"))
}

/// Asks every question in both worlds, each made anew by `make`: whether it has what is hidden; it
/// returns who asks.
fn compare(what: &str, told: Told, make: impl Fn(&mut Server, bool) -> ConnId) {
    let lines = NAMING.iter().flat_map(|(_, lines)| *lines);
    compare_lines(what, lines.copied(), told, make);
}

fn compare_lines(
    what: &str,
    lines: impl Iterator<Item = &'static str>,
    told: Told,
    make: impl Fn(&mut Server, bool) -> ConnId,
) {
    for line in lines.filter(|line| told.iter().all(|(told, _)| told != line)) {
        let asked = line.replace("{channel}", "#target").replace("{user}", "bob");
        let [with, without] = [true, false].map(|has_it| {
            let mut server = server();
            let conn = make(&mut server, has_it);
            server.asks(conn, &asked)
        });
        assert_eq!(with, without, "{what}: {line}");
    }
}

fn server() -> Server {
    Server::start(|settings| settings.network.cloak = Cloaking::Configured(Cloak::new(b"secret")))
}

#[test]
fn every_command_that_names_a_channel_or_a_user_is_among_those_that_are_asked() {
    let asked: Vec<_> =
        NAMING.iter().map(|(verb, _)| *verb).chain(NAMING_NOBODY.iter().copied()).collect();
    for spec in TABLE {
        let rows = asked.iter().filter(|verb| **verb == spec.verb).count();
        assert_eq!(
            rows, 1,
            "{}: say how it may name a channel or a user, or that it does not",
            spec.verb
        );
    }
    for (verb, lines) in NAMING {
        assert!(lines.iter().all(|line| line.contains(verb)), "{verb}");
    }
}

#[test]
fn a_secret_channel_does_not_exist_for_a_stranger() {
    let settings =
        ["s", "s-nt", "s-n+i", "s-n+k key", "s-n+l 1", "s+m", "s+K", "s+D", "su", "sp", "s-n+c"];
    for modes in settings {
        compare(&format!("+{modes}"), OF_SECRET, |server, has_it| {
            let enter = if has_it { "JOIN #target" } else { "" };
            let rest = "TOPIC #target :news\r\nMETADATA #target SET url :here";
            let ann =
                format!("CAP REQ draft/metadata-2\r\n{enter}\r\nMODE #target +{modes}\r\n{rest}");
            let _ann = server.comes("ann", local(), &if has_it { ann } else { String::new() });
            let _bob = server.comes("bob", local(), enter);
            eve(server)
        });
    }
}

#[test]
fn a_private_channel_is_told_of_only_to_who_gives_its_name() {
    let by_name = |line: &&str| {
        !line.contains("{channel}") || line.contains("METADATA") || line.starts_with("LIST")
    };
    let lines = NAMING.iter().flat_map(|(_, lines)| *lines).copied();
    // Its metadata is for members; where there is no channel, its own cannot be set.
    let told = &[
        ("LUSERS", "as of a secret one"),
        (
            "METADATA {channel} SET url :x",
            "KEY_NO_PERMISSION: it is there (RFC 2811, section 4.2.6)",
        ),
        ("METADATA {channel} CLEAR", "the same"),
    ];
    compare_lines("+p", lines.filter(by_name), told, |server, has_it| {
        let enter =
            if has_it { "JOIN #target\r\nMODE #target +p\r\nTOPIC #target :news" } else { "" };
        server.comes("ann", local(), enter);
        server.comes("bob", local(), if has_it { "JOIN #target" } else { "" });
        eve(server)
    });
}

#[test]
fn a_hidden_member_is_no_member_to_who_does_not_see_it() {
    for mode in ["u", "D", "uD"] {
        for is_member in [false, true] {
            compare(&format!("+{mode}, {is_member}"), &[], |server, has_it| {
                server.comes("ann", local(), &format!("JOIN #target\r\nMODE #target +{mode}"));
                let eve = eve(server);
                if is_member {
                    server.asks(eve, "JOIN #target");
                }
                server.comes("bob", local(), if has_it { "JOIN #target" } else { "" });
                server.heard.lines.clear();
                eve
            });
        }
    }
}

#[test]
fn who_is_invisible_is_in_no_channel_to_a_stranger() {
    compare("+i", OF_INVISIBLE, |server, has_it| {
        server.comes("ann", local(), "JOIN #target");
        let enter = if has_it { "JOIN #target" } else { "" };
        server.comes("bob", local(), &format!("MODE bob +i\r\n{enter}"));
        eve(server)
    });
}

#[test]
fn who_is_invisible_is_not_there_to_a_stranger_who_searches() {
    compare_lines("+i", SEARCHES.iter().copied(), &[], |server, has_it| {
        server.comes("ann", local(), "JOIN #target");
        if has_it {
            server.comes("bob", local(), "MODE bob +i\r\nJOIN #target");
        }
        eve(server)
    });
}

/// Two addresses that nothing but their cloaks may tell from each other.
const ADDRESSES: [&str; 2] = ["192.0.2.7", "198.51.100.9"];

fn address(first: bool) -> IpAddr {
    ADDRESSES[usize::from(!first)].parse().expect("an address")
}

/// Without what differs: each address has a cloak of its own.
fn without_cloak(text: &str) -> String {
    let cloaks = ADDRESSES.map(|text| Cloak::new(b"secret").of(text.parse().expect("an address")));
    cloaks.iter().fold(text.to_owned(), |text, cloak| text.replace(cloak, "cloak"))
}

#[test]
fn a_cloaked_address_is_told_by_nothing_that_a_user_may_ask() {
    for line in NAMING.iter().flat_map(|(_, lines)| *lines) {
        let asked = line.replace("{channel}", "#mine").replace("{user}", "bob");
        let [one, other] = [true, false].map(|first| {
            let mut server = server();
            let eve = eve(&mut server);
            server.comes("bob", address(first), "JOIN #mine");
            server.heard.lines.clear();
            let heard = server.asks(eve, &asked);
            assert!(ADDRESSES.iter().all(|address| !heard.contains(address)), "{line}: {heard}");
            without_cloak(&heard)
        });
        assert_eq!(one, other, "{line}");
    }
}

/// What eve and bob hear when eve's channel has this mask, and bob comes, speaks and knocks.
fn probed(server: &mut Server, eve: ConnId, bob: ConnId, modes: &str) -> String {
    let mut heard = server.asks(eve, &format!("MODE #mine {modes}"));
    for says in
        ["JOIN #mine", "PRIVMSG #mine :hi", "PART #mine", "KNOCK #mine", "PRIVMSG #mine :out"]
    {
        heard += &server.asks(bob, says);
        heard += &server.hears(eve);
    }
    // Ids of messages differ by how much has happened, here in one moment.
    let without_id = |line: &str| match line.strip_prefix("@msgid=") {
        Some(rest) => rest.split_once(' ').map_or("", |(_, rest)| rest).to_owned(),
        None => line.to_owned(),
    };
    heard.lines().map(without_id).collect::<Vec<_>>().join("\n")
}

/// `{}` is a mask.
const PROBES: &[&str] = &[
    "+b {}",
    "-n+b {}",
    "+b m:{}",
    "-n+b m:{}",
    "+bb !{} x",
    "+b m:!{}",
    "+be *!*@* {}",
    "+be m:* m:{}",
    "+iI {}",
    "+iI !{}",
];

#[test]
fn no_mask_of_a_channel_tells_a_cloaked_address() {
    let masks = [
        "*!*@192.0.2.7",
        "*!*@192.0.2.*",
        "*!*@128.0.0.0/1",
        "*!*@192.0.0.0/8",
        "*!*@192.0.2.0/24",
        "*!*@1*",
        "z:*!*@192.0.2.0/24",
        "U:*!*@192.0.2.0/24",
        "B:*!*@192.0.2.7",
        "*!*@*.example.org",
    ];
    for mask in masks {
        for modes in PROBES {
            let modes = modes.replace("{}", mask);
            let [one, other] = [true, false].map(|first| {
                let mut server = server();
                let eve = eve(&mut server);
                let mut origin = Origin::of(address(first));
                origin.host = if first { "home.example.org" } else { "home.example.com" }.into();
                let bob = server.comes("bob", origin, "");
                without_cloak(&probed(&mut server, eve, bob, &modes))
            });
            assert_eq!(one, other, "{modes}");
        }
    }
}

#[test]
fn no_mask_of_a_channel_tells_who_is_in_another_that_its_setter_may_not_know_of() {
    // Under +n it is bob who is invisible.
    for kind in ["+s", "+p", "+u", "+D", "+sk key", "+n"] {
        for modes in PROBES {
            let modes = modes.replace("{}", "c:#target");
            let [with, without] = [true, false].map(|has_it| {
                let mut server = server();
                server.comes("ann", local(), &format!("JOIN #target\r\nMODE #target {kind}"));
                let eve = eve(&mut server);
                let bob =
                    server.comes("bob", local(), if kind == "+n" { "MODE bob +i" } else { "" });
                if has_it {
                    server.asks(bob, "JOIN #target key");
                }
                probed(&mut server, eve, bob, &modes)
            });
            assert_eq!(with, without, "{kind}: {modes}");
        }
    }
}

#[test]
fn a_mask_of_a_secret_channel_means_its_members_where_whoever_set_it_was_one() {
    for mode in ["+s", "+p"] {
        let mut server = server();
        let ann = server.comes(
            "ann",
            local(),
            &format!("JOIN #target\r\nMODE #target {mode}\r\nJOIN #mine"),
        );
        let bob = server.comes("bob", local(), "JOIN #target");
        server.asks(ann, "MODE #mine +b c:#target");
        assert!(server.asks(bob, "JOIN #mine").contains(" 474 "));
        // Eve sets the same where ann has set nothing: it does not mean bob before ann sets it again.
        let eve = server.comes("eve", local(), "JOIN #eve");
        server.asks(eve, "MODE #eve +o ann\r\nMODE #eve +b c:#target");
        assert!(server.asks(bob, "JOIN #eve\r\nPART #eve").contains(" JOIN #eve"));
        server.asks(ann, "JOIN #eve");
        server.asks(eve, "MODE #eve +o ann");
        server.asks(ann, "MODE #eve +b c:#target");
        assert!(server.asks(bob, "JOIN #eve").contains(" 474 "));
        // Of another channel of that name nobody has known.
        server.asks(ann, "PART #target");
        server.asks(bob, "PART #target\r\nJOIN #target");
        server.asks(bob, &format!("MODE #target {mode}"));
        assert!(server.asks(bob, "JOIN #mine").contains(" JOIN #mine"));
    }
}

#[test]
fn where_the_configuration_says_so_masks_of_channels_go_by_the_address_that_a_cloak_hides() {
    let mut server = Server::start(|settings| {
        settings.network.cloak = Cloaking::Configured(Cloak::new(b"secret"));
        settings.network.bans_by_address = true;
    });
    let eve = eve(&mut server);
    let bob = server.comes("bob", address(true), "");
    server.asks(eve, "MODE #mine +b *!*@192.0.2.0/24");
    assert!(server.asks(bob, "JOIN #mine").contains(" 474 "));
}

#[test]
fn a_cloak_is_no_way_past_a_ban_of_the_host_that_was_shown_without_it() {
    for mask in ["*!*@192.0.2.7", "*!*@192.0.2.0/24", "{cloak}"] {
        let cloak = Cloak::new(b"secret").of(address(true));
        let mask = mask.replace("{cloak}", &format!("*!*@{cloak}"));
        let mut server = server();
        let eve = eve(&mut server);
        let bob = server.comes("bob", address(true), "MODE bob -x");
        server.asks(eve, &format!("MODE #mine +b {mask}"));
        assert!(server.asks(bob, "JOIN #mine").contains(" 474 "), "{mask}");
        server.asks(bob, "MODE bob +x");
        assert!(server.asks(bob, "JOIN #mine").contains(" 474 "), "{mask}");
    }
}

fn in_force(network: &Network) -> Settings {
    let (settings, machine) = (network.settings(), network.machine());
    Settings { network: (**settings).clone(), machine: (**machine).clone() }
}

/// An operator with these privileges alone.
fn operator(server: &mut Server, nick: &str, privileges: &[&str]) -> ConnId {
    let privileges = Privileges::of_names(privileges.iter().copied());
    let name: Arc<str> = nick.into();
    let operator = Operator { name, privileges, ..crate::origins::operator(&[]) };
    let mut settings = in_force(&server.network);
    settings.machine.operators.push(operator.into());
    server.network.set_settings(NOW.moment(), settings);
    server.shard.on_timer(NOW);
    let mut origin = Origin::of(local());
    origin.certificate = Some("certificate".into());
    server.comes(nick, origin, &format!("OPER {nick}"))
}

impl Server {
    /// As [`Server::asks`], with a store that stores everything at once.
    fn remote_commands(&mut self, conn: ConnId, line: &str) -> String {
        let mut heard = self.asks(conn, line);
        for (id, job) in self.shard.take_jobs() {
            let Job::Store(change) = job else { continue };
            self.shard.on_job(NOW, id, &JobResult::Stored { change, stored: true });
        }
        while self.end_tick() {}
        heard += &self.hears(conn);
        heard
    }
}

#[test]
fn an_operator_learns_an_address_with_the_privilege_alone() {
    let asked = [
        "WHOIS bob",
        "USERIP bob",
        "USERHOST bob",
        "WHO bob %i",
        "TRACE bob",
        "KLINE 5 bob :out",
        "UNKLINE bob",
        "DLINE 5 bob :out",
        "UNDLINE bob",
        "MUTE 5 bob :out",
        "UNMUTE bob",
        "STATS k",
        "STATS o",
        "STATS l",
    ];
    for (privileges, may_see) in [(&[][..], false), (&["addresses"], true)] {
        let mut server = server();
        let all = [&["kline", "dline", "mute"], privileges].concat();
        let ann = operator(&mut server, "ann", &all);
        let mut heard = String::new();
        for line in asked {
            server.comes("bob", address(true), "");
            let answer = server.remote_commands(ann, line);
            assert!(!answer.is_empty(), "{line}");
            heard += &answer;
        }
        assert_eq!(heard.contains(ADDRESSES[0]), may_see, "{heard}");
        assert_eq!(heard.contains(" 338 "), may_see);
    }
}

#[test]
fn each_kind_of_notice_takes_a_privilege_of_its_own() {
    for row in KINDS {
        let mut server = server();
        let name =
            PRIVILEGES.iter().find(|one| one.set == row.privilege).expect("a privilege").name;
        let ann = operator(&mut server, "ann", &[name]);
        let letter = char::from(row.letter);
        assert!(
            server.asks(ann, "MODE ann +s").contains(&format!(" 008 ann +{letter} ")),
            "{letter}"
        );
        for other in KINDS.iter().filter(|other| other.letter != row.letter) {
            let other = char::from(other.letter);
            let heard = server.asks(ann, &format!("MODE ann +s +{other}"));
            assert!(
                heard.contains(" 723 ") && heard.contains(&format!(" 008 ann +{letter} ")),
                "{heard}"
            );
        }
        server.comes("bob", address(true), "");
        let told = server.hears(ann);
        assert!(told.is_empty() || letter == 'c', "+{letter}: {told}");
    }
}

#[test]
fn who_connects_is_told_no_more_to_an_operator_from_whom_the_privilege_is_taken() {
    let mut server = server();
    let ann = operator(&mut server, "ann", &["notices_connects"]);
    server.asks(ann, "MODE ann +s");
    let bob = server.shard.open(NOW, address(true));
    server.says(bob, "NICK bob\r\nUSER bob 0 * :Real\r\n");
    while server.end_tick() {}
    assert!(server.hears(ann).contains(ADDRESSES[0]));
    let mut settings = in_force(&server.network);
    settings.machine.operators = vec![
        Operator {
            name: "ann".into(),
            privileges: Privileges::default(),
            ..crate::origins::operator(&[])
        }
        .into(),
    ];
    server.network.set_settings(NOW.moment(), settings);
    server.shard.on_timer(NOW);
    while server.end_tick() {}
    assert!(server.hears(ann).contains(" MODE ann :-s"));
    let eve = server.shard.open(NOW, address(true));
    server.says(eve, "NICK eve\r\nUSER eve 0 * :Real\r\n");
    while server.end_tick() {}
    assert_eq!(server.hears(ann), "");
}

#[test]
fn what_the_welcome_calls_modes_with_a_parameter_are_those_of_the_table() {
    let mut server = server();
    let conn = server.shard.open(NOW, local());
    server.says(conn, "NICK ann\r\nUSER ann 0 * :ann\r\n");
    while server.end_tick() {}
    let heard = server.hears(conn);
    let line = heard.lines().find(|line| line.contains(" 004 ")).expect("004");
    let words: Vec<_> = line.split(' ').collect();
    let of = |wanted: &dyn Fn(&ChannelMode) -> bool| -> String {
        let modes = CHANNEL_MODES.iter().filter(|mode| wanted(mode));
        modes.map(|mode| char::from(mode.letter)).collect()
    };
    let types: Vec<_> =
        ["P", "r", "R", "M"].iter().map(|letter| words[7].contains(letter)).collect();
    assert_eq!(types, [false; 4], "{line}");
    assert_eq!(words[7], of(&|mode| mode.kind.takes_parameter(true)));
    assert_eq!(words[6], of(&ChannelMode::is_offered));
}
