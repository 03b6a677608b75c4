//! What of the extensions depends on the configuration, also while the server runs.

use super::{Server, count};

fn asks(server: &mut Server, nick: &str, caps: &str) -> pipewright::proto::names::ConnId {
    let conn = server.join(nick);
    server.says(conn, &format!("CAP REQ :{caps}\r\n"));
    while server.end_tick() {}
    assert_eq!(count(&server.hears(conn), " ACK :"), 1);
    conn
}

fn answer(server: &mut Server, conn: pipewright::proto::names::ConnId, line: &str) -> String {
    server.says(conn, line);
    while server.end_tick() {}
    server.hears(conn)
}

#[test]
fn a_line_that_is_not_utf8_is_refused_by_fail_whatever_its_sender_knows() {
    let mut server = Server::start(|settings| settings.network.relay_non_utf8 = false);
    let stranger = server.shard.open(super::NOW, super::IpAddr::V4(super::Ipv4Addr::LOCALHOST));
    let alice = server.join("alice");
    let mut say = |conn, line: &[u8]| {
        server.shard.on_bytes(super::NOW, conn, line);
        while server.end_tick() {}
        server.hears(conn)
    };
    assert!(say(alice, b"privmsg alice :\xff\r\n").contains(" FAIL PRIVMSG INVALID_UTF8 :"));
    assert!(say(alice, b"TOPIC #c :\xff\r\n").contains(" FAIL TOPIC INVALID_UTF8 :"));
    // A notice is never answered, but this is no answer that a program could take for one.
    assert!(say(alice, b"NOTICE alice :\xff\r\n").contains(" FAIL NOTICE INVALID_UTF8 :"));
    assert!(say(stranger, b"USER u s e :\xff\r\n").contains(" FAIL USER INVALID_UTF8 :"));
    say(alice, b"CAP REQ :standard-replies\r\n");
    assert!(say(alice, b"privmsg alice :\xff\r\n").contains(" FAIL PRIVMSG INVALID_UTF8 :"));
    assert!(say(alice, b"VERSION\r\n").contains(" UTF8ONLY "));
}

#[test]
fn where_only_utf8_is_relayed_a_tag_that_is_none_is_dropped_and_the_line_is_not() {
    let mut server = Server::start(|settings| settings.network.relay_non_utf8 = false);
    let caps = "message-tags batch draft/multiline";
    let (alice, bob) = (asks(&mut server, "alice", caps), asks(&mut server, "bob", caps));
    let lines: [&[u8]; 3] = [
        b"@+x=\xff;+ok=1 PRIVMSG bob :hi\r\n",
        b"@+x=\xff;+ok=2 BATCH +a draft/multiline bob\r\n",
        b"@batch=a PRIVMSG bob :ho\r\nBATCH -a\r\n",
    ];
    for line in lines {
        server.shard.on_bytes(super::NOW, alice, line);
    }
    while server.end_tick() {}
    assert_eq!(server.hears(alice), "");
    let heard = server.hears(bob);
    assert!(heard.contains(";+ok=1 :alice!") && heard.contains(";+ok=2 :alice!"), "{heard}");
}

#[test]
fn a_message_of_several_lines_that_is_not_utf8_is_refused_as_well() {
    let mut server = Server::start(|settings| settings.network.relay_non_utf8 = false);
    let (alice, bob) =
        (asks(&mut server, "alice", "batch draft/multiline"), asks(&mut server, "bob", "batch"));
    let lines = b"BATCH +a draft/multiline bob\r\n@batch=a PRIVMSG bob :\xff\r\nBATCH -a\r\n";
    server.shard.on_bytes(super::NOW, alice, lines);
    while server.end_tick() {}
    assert!(server.hears(alice).contains(" FAIL BATCH MULTILINE_INVALID :It is not UTF-8"));
    assert_eq!(server.hears(bob), "");
}

#[test]
fn tags_that_the_configuration_denies_are_told_and_not_passed_on() {
    let mut server = Server::start(|settings| {
        settings.network.extensions.denied_tags = vec!["*".into(), "-typing".into()];
        settings.network.extensions.icon =
            Some("https://irc.example.org/icon.svg?size={size}".into());
    });
    let (alice, bob) =
        (asks(&mut server, "alice", "message-tags"), asks(&mut server, "bob", "message-tags"));
    let tokens = answer(&mut server, alice, "VERSION\r\n");
    assert_eq!(count(&tokens, " CLIENTTAGDENY=*,-typing "), 1);
    assert_eq!(count(&tokens, " draft/ICON=https://irc.example.org/icon.svg?size={size} "), 1);
    answer(&mut server, alice, "@+typing=active;+react=x PRIVMSG bob :hi\r\n");
    let heard = server.hears(bob);
    assert!(heard.contains(";+typing=active :alice!") && !heard.contains("react"), "{heard}");
}

#[test]
fn a_tagmsg_whose_tags_are_all_denied_is_not_delivered() {
    let mut server = Server::start(|settings| {
        settings.network.extensions.denied_tags = vec!["*".into(), "-typing".into()];
    });
    let caps = "message-tags echo-message";
    let (alice, bob) = (asks(&mut server, "alice", caps), asks(&mut server, "bob", caps));
    assert_eq!(answer(&mut server, alice, "@+react=x;+reply=y TAGMSG bob\r\n"), "");
    assert_eq!(server.hears(bob), "");
    answer(&mut server, alice, "@+react=x;+typing=active TAGMSG bob\r\n");
    let heard = server.hears(bob);
    assert!(heard.contains(";+typing=active :alice!") && !heard.contains("react"), "{heard}");
    // The text of a message is there all the same.
    answer(&mut server, alice, "@+react=x PRIVMSG bob :hi\r\n");
    assert!(server.hears(bob).ends_with(" PRIVMSG bob :hi\r\n"));
}

#[test]
fn a_new_nick_has_a_colon_before_it() {
    let mut server = Server::start(|_| {});
    let (ann, bob) = (server.join("ann"), server.join("bob"));
    answer(&mut server, bob, "JOIN #c\r\n");
    answer(&mut server, ann, "JOIN #c\r\n");
    let line = ":ann!~ann@127.0.0.1 NICK :eve\r\n";
    assert_eq!(answer(&mut server, ann, "NICK eve\r\n"), line);
    assert!(server.hears(bob).ends_with(line));
}

#[test]
fn with_the_default_configuration_cap_ls_is_one_line_for_the_longest_nick() {
    let mut server = Server::start(|_| {});
    let nick = "n".repeat(server.network.settings().limits.nick);
    let ann = server.join(&nick);
    let told = answer(&mut server, ann, "CAP LS 302\r\n");
    assert_eq!(told.lines().count(), 1, "{told}");
    assert!(told.len() <= 512, "{}", told.len());
    // What is not told is given all the same.
    let asked = "CAP REQ :account-notify account-tag draft/no-implicit-names\r\n";
    assert!(answer(&mut server, ann, asked).contains(" ACK :"));
}

#[test]
fn what_does_not_fit_into_a_line_of_cap_ls_is_what_is_asked_for_least() {
    let name: std::sync::Arc<str> = format!("irc.{}.org", "x".repeat(55)).into();
    let mut server = Server::start(|settings| settings.machine.server_name = name);
    let ann = server.join(&"n".repeat(30));
    let told = answer(&mut server, ann, "CAP LS 302\r\n");
    let lines: Vec<_> = told.lines().collect();
    assert_eq!(lines.len(), 2, "{told}");
    assert!(lines[0].contains(" LS * :message-tags server-time batch "), "{told}");
    assert!(lines[1].contains(" LS :draft/"), "{told}");
}
