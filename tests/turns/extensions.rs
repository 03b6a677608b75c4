//! What of the extensions depends on the configuration, also while the server runs.

use super::{Server, count};

fn asks(server: &mut Server, nick: &str, caps: &str) -> pipewright::names::ConnId {
    let conn = server.join(nick);
    server.says(conn, &format!("CAP REQ :{caps}\r\n"));
    while server.end_turn() {}
    assert_eq!(count(&server.hears(conn), " ACK :"), 1);
    conn
}

fn answer(server: &mut Server, conn: pipewright::names::ConnId, line: &str) -> String {
    server.says(conn, line);
    while server.end_turn() {}
    server.hears(conn)
}

#[test]
fn a_line_that_is_not_utf8_is_refused_by_fail_for_those_who_know_standard_replies() {
    let mut server = Server::start(|settings| settings.relay_non_utf8 = false);
    let alice = server.join("alice");
    let mut say = |line: &[u8]| {
        server.shard.on_bytes(super::NOW, alice, line);
        while server.end_turn() {}
        server.hears(alice)
    };
    assert!(say(b"privmsg alice :\xff\r\n").contains(" 400 alice privmsg :"));
    say(b"CAP REQ :standard-replies\r\n");
    assert!(say(b"privmsg alice :\xff\r\n").contains(" FAIL PRIVMSG INVALID_UTF8 :"));
    // A notice is never answered, but this is no answer that a program could take for one.
    assert!(say(b"NOTICE alice :\xff\r\n").contains(" FAIL NOTICE INVALID_UTF8 :"));
    say(b"CAP REQ :-standard-replies\r\n");
    assert!(say(b"privmsg alice :\xff\r\n").contains(" 400 alice privmsg :"));
    assert!(say(b"VERSION\r\n").contains(" UTF8ONLY "));
}

#[test]
fn a_message_of_several_lines_that_is_not_utf8_is_refused_as_well() {
    let mut server = Server::start(|settings| settings.relay_non_utf8 = false);
    let (alice, bob) =
        (asks(&mut server, "alice", "batch draft/multiline"), asks(&mut server, "bob", "batch"));
    let lines = b"BATCH +a draft/multiline bob\r\n@batch=a PRIVMSG bob :\xff\r\nBATCH -a\r\n";
    server.shard.on_bytes(super::NOW, alice, lines);
    while server.end_turn() {}
    assert!(server.hears(alice).contains(" FAIL BATCH MULTILINE_INVALID :It is not UTF-8"));
    assert_eq!(server.hears(bob), "");
}

#[test]
fn tags_that_the_configuration_denies_are_told_and_not_passed_on() {
    let mut server = Server::start(|settings| {
        settings.extensions.denied_tags = vec!["*".into(), "-typing".into()];
        settings.extensions.icon = Some("https://irc.example.org/icon.svg?size={size}".into());
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
