//! Another configuration while people are connected: by REHASH, by SIGHUP, and by a RESTART.

#![allow(clippy::indexing_slicing, reason = "a panic here is a test that fails")]

#[allow(dead_code, reason = "other suites need more of it")]
#[path = "../bad_input/person.rs"]
mod person;
#[path = "../support/mod.rs"]
mod support;

use std::{
    fs,
    io::{BufRead, BufReader, Write},
    net::{TcpListener, TcpStream},
    process::Command,
    time::{Duration, Instant},
};

use person::{PATIENCE, Person};
use support::program::{Program, a_free_address, boss};

/// Replaces the configuration of a running server, its first listener as it was.
fn write(server: &Program, config: &str) {
    let file = server.folder.path().join("pipewright.toml");
    let listen = "[[listen]]\naddress = \"127.0.0.1:0\"\n";
    fs::write(file, format!("{listen}{config}")).expect("another configuration");
}

/// Reads on until a line has `part` in it; the line.
fn hears(person: &mut Person, part: &str) -> String {
    let start = Instant::now();
    loop {
        let lines = person.catches_up();
        if let Some(line) = lines.into_iter().find(|line| line.contains(part)) {
            return line;
        }
        assert!(start.elapsed() < PATIENCE, "never heard {part:?}");
    }
}

/// Sends REHASH, and reads what has come of it.
fn rehashes(boss: &mut Person) -> Vec<String> {
    let mut lines = boss.asks("REHASH");
    // What an earlier one has changed may be told only now.
    lines.retain(|line| !line.contains(" 005 "));
    assert!(lines[0].ends_with(" 382 boss * :Rehashing"), "{lines:?}");
    lines.split_off(1)
}

fn notice(text: &str) -> String {
    format!(":pipewright.localhost NOTICE boss :{text}")
}

#[test]
fn rehash_puts_the_motd_limits_and_listeners_in_force_and_nobody_is_dropped() {
    let (rights, port) = (boss(&["rehash"]), a_free_address(1, 6667));
    let server = Program::start(&[], &rights);
    let (mut ann, mut boss) = (Person::register(&server, "ann"), Person::operator(&server));
    assert!(ann.asks("MOTD")[1].contains(" :- Welcome "));
    let refused = TcpStream::connect(port).expect_err("nobody listens yet");
    assert_eq!(refused.kind(), std::io::ErrorKind::ConnectionRefused);

    let listen = format!("[[listen]]\naddress = \"{port}\"\n");
    let more = "[server]\nmotd = \"hello\"\n[limits]\ntopic = 10\n";
    write(&server, &format!("{listen}{more}{rights}"));
    assert_eq!(rehashes(&mut boss), [notice("The configuration is in force")]);

    assert!(ann.asks("MOTD")[1].ends_with(":- hello"));
    assert!(hears(&mut ann, " 005 ").contains(" TOPICLEN=10 "));
    ann.asks("JOIN #pond");
    assert!(ann.asks("TOPIC #pond :0123456789abc")[0].ends_with(":0123456789"));
    let mut late = Person::at(port);
    late.registers("late");
    late.asks("JOIN #pond");

    write(&server, &rights);
    rehashes(&mut boss);
    assert!(late.asks("TOPIC #pond")[0].ends_with(":0123456789"), "who came by it stays");
    assert!(TcpStream::connect(port).is_err(), "it is closed");
}

#[test]
fn a_faulty_configuration_changes_nothing_and_says_all_that_is_wrong() {
    let rights = boss(&["rehash"]);
    let server = Program::start(&[], &rights);
    let mut boss = Person::operator(&server);
    let before = boss.asks("VERSION");
    write(
        &server,
        &format!("[server]\nmotd = \"new\"\nnam = \"x\"\n[limits]\ntopic = 0\n{rights}"),
    );
    let said = rehashes(&mut boss);
    assert_eq!(said.len(), 3, "{said:#?}");
    assert_eq!(said[0], notice("The configuration is faulty, and nothing has changed:"));
    assert!(said[1].contains(":5:") && said[1].contains("server.nam"), "{said:#?}");
    assert!(said[2].contains("limits.topic"), "{said:#?}");
    assert!(boss.asks("MOTD")[1].contains(" :- Welcome "));
    assert_eq!(boss.asks("VERSION"), before);
}

#[test]
fn a_listener_that_cannot_be_opened_leaves_everything_as_it_was() {
    let rights = boss(&["rehash"]);
    let server = Program::start(&[], &rights);
    let mut boss = Person::operator(&server);
    let taken = TcpListener::bind("127.0.0.1:0").expect("a port");
    let address = taken.local_addr().expect("its address");
    let listen = format!("[[listen]]\naddress = \"{address}\"\n");
    write(&server, &format!("{listen}[server]\nmotd = \"new\"\n{rights}"));
    let said = rehashes(&mut boss);
    assert!(said[1].contains(&format!("cannot listen on {address}")), "{said:#?}");
    assert!(boss.asks("MOTD")[1].contains(" :- Welcome "));
}

#[test]
fn a_listeners_own_limits_change_while_it_is_open() {
    let (rights, port) = (boss(&["rehash"]), a_free_address(7, 6667));
    let listen =
        |most: u8| format!("[[listen]]\naddress = \"{port}\"\nconnections = {most}\n{rights}");
    let server = Program::start(&[], &listen(1));
    let mut boss = Person::operator(&server);
    let answer = || {
        let mut stream = TcpStream::connect(port).expect("somebody listens");
        stream.set_read_timeout(Some(PATIENCE)).expect("a deadline");
        stream.write_all(b"PING x\r\n").expect("the server reads");
        let mut line = String::new();
        BufReader::new(&stream).read_line(&mut line).expect("a line");
        (stream, line)
    };
    let (_first, line) = answer();
    assert!(line.contains(" PONG "), "{line}");
    assert!(answer().1.contains("This port is full"));
    write(&server, &listen(2));
    assert_eq!(rehashes(&mut boss), [notice("The configuration is in force")]);
    let (_second, line) = answer();
    assert!(line.contains(" PONG "), "{line}");
    // The first one counts still.
    assert!(answer().1.contains("This port is full"));
}

#[test]
fn what_needs_a_restart_is_named_and_stays_as_it_was() {
    let rights = boss(&["rehash"]);
    let server = Program::start(&[], &rights);
    let mut boss = Person::operator(&server);
    let other = "[server]\nname = \"other.example\"\ncasemapping = \"rfc1459\"\nshards = 2\n\
                 [limits]\nline = 1024\n[log]\nformat = \"json\"\n";
    write(&server, &format!("{other}{rights}"));
    let said = rehashes(&mut boss);
    for key in ["server.shards", "log.format", "server.name", "server.casemapping", "limits.line"] {
        let line = notice(&format!("{key} has changed, and needs a restart"));
        assert!(said.contains(&line), "{key}: {said:#?}");
    }
    assert!(boss.asks("VERSION")[0].contains(" pipewright.localhost "));
}

#[test]
fn an_operator_who_is_no_longer_in_the_file_is_none_and_the_others_have_what_it_says() {
    let server = Program::start(&[], &boss(&["rehash"]));
    let mut operator = Person::operator(&server);
    assert!(operator.asks("DIE elsewhere")[0].contains(" 723 "));
    write(&server, &boss(&["rehash", "die"]));
    // Another salt is another hash, and may be another password.
    rehashes(&mut operator);
    assert!(hears(&mut operator, " MODE boss ").ends_with(" MODE boss :-o"));
    assert!(operator.asks("DIE elsewhere")[0].contains(" 481 "));
    assert!(operator.asks("OPER boss xyzzy")[0].contains(" 381 "));
    assert!(operator.asks("DIE elsewhere")[0].contains(" 402 "));
}

#[test]
fn an_operators_rights_are_those_of_the_file_without_a_new_oper() {
    let rights = boss(&["rehash"]);
    let server = Program::start(&[], &rights);
    let mut boss = Person::operator(&server);
    assert!(boss.asks("DIE elsewhere")[0].contains(" 723 "));
    write(&server, &rights.replace("[\"rehash\"]", "[\"rehash\", \"die\"]"));
    rehashes(&mut boss);
    let start = Instant::now();
    while !boss.asks("DIE elsewhere")[0].contains(" 402 ") {
        assert!(start.elapsed() < PATIENCE, "the new right never came");
    }
}

#[test]
fn capabilities_that_come_and_go_with_the_configuration_are_told_by_cap_new_and_del() {
    let rights = boss(&["rehash"]);
    let server = Program::start(&[], &rights);
    let (mut ann, mut boss) = (Person::register(&server, "ann"), Person::operator(&server));
    ann.asks("CAP LS 302\r\nCAP REQ :draft/message-redaction");
    write(&server, &format!("[limits]\nredactable = 0\nmultiline_lines = 7\n{rights}"));
    rehashes(&mut boss);
    assert!(hears(&mut ann, " CAP ann DEL ").ends_with(" DEL :draft/message-redaction"));
    assert!(!ann.asks("CAP LIST")[0].contains("redaction"), "she has it no longer");
    assert!(ann.asks("CAP REQ :draft/message-redaction")[0].contains(" NAK "));
    write(&server, &rights);
    rehashes(&mut boss);
    let new = hears(&mut ann, " CAP ann NEW ");
    assert!(new.contains("draft/message-redaction"), "{new}");
    assert!(new.contains("draft/multiline=max-bytes=4096,max-lines=100"), "{new}");
}

#[test]
fn sighup_reloads_too_and_says_in_the_log_what_has_come_of_it() {
    let server = Program::start(&[], "");
    let mut ann = Person::register(&server, "ann");
    let hangup = || {
        let id = server.child.id().to_string();
        assert!(Command::new("kill").args(["-s", "HUP", &id]).status().expect("kill").success());
    };
    write(&server, "[limits]\ntopic = 20\n");
    hangup();
    assert!(hears(&mut ann, " 005 ").contains(" TOPICLEN=20 "));
    write(&server, "[limits]\ntopik = 30\n");
    hangup();
    let start = Instant::now();
    while !server.log().contains("not reloaded") {
        assert!(start.elapsed() < PATIENCE, "{}", server.log());
        ann.catches_up();
    }
    assert!(server.log().contains("limits.topik"), "{}", server.log());
}

#[test]
fn restart_ends_all_connections_and_serves_again_unless_the_configuration_is_faulty() {
    let (rights, port) = (boss(&["restart"]), a_free_address(2, 6667));
    let listen = format!("[[listen]]\naddress = \"{port}\"\n");
    let server = Program::start(&[], &format!("{listen}{rights}"));
    let mut boss = Person::at(port);
    boss.registers("boss");
    boss.asks("OPER boss xyzzy");
    assert!(boss.asks("RESTART elsewhere.example")[0].contains(" 402 "));
    write(&server, "[server]\nnam = \"x\"\n");
    let said = boss.asks("RESTART pipewright.localhost");
    assert!(said[1].contains("server.nam"), "{said:#?}");

    write(&server, &format!("{listen}[server]\nnetwork = \"Anew\"\n"));
    boss.sends("RESTART pipewright.localhost");
    let said = boss.rest();
    assert!(said.last().is_some_and(|line| line.starts_with("ERROR ")));
    assert!(!said.iter().any(|line| line.contains("faulty")), "{said:#?}");
    let start = Instant::now();
    let mut again = loop {
        match TcpStream::connect_timeout(&port, Duration::from_secs(1)) {
            Ok(stream) => break Person::of(stream),
            Err(why) => assert!(start.elapsed() < PATIENCE, "{why}"),
        }
    };
    again.registers("ann");
    assert!(again.asks("VERSION").iter().any(|line| line.contains(" NETWORK=Anew ")));
}

#[test]
fn a_restart_that_could_not_start_again_is_refused_and_nobody_is_dropped() {
    let rights = boss(&["restart"]);
    let figures = a_free_address(8, 9667);
    let figures = format!("[metrics]\naddress = \"{figures}\"\n");
    let server = Program::start(&[], &format!("{figures}{rights}"));
    let mut boss = Person::operator(&server);
    let taken = TcpListener::bind("127.0.0.1:0").expect("a port");
    let taken = taken.local_addr().map(|address| (taken, address)).expect("its address");
    let listen = format!("[[listen]]\naddress = \"{}\"\n", taken.1);
    let metrics = format!("[metrics]\naddress = \"{}\"\n", taken.1);
    let workshop = format!("[gateway.workshop]\nenabled = true\naddress = \"{}\"\n", taken.1);
    let store = "[store]\npath = \"pipewright.toml/x.db\"\n";
    let lines = "[[gateway.lines]]\nnick = \"s\"\nchannel = \"#s\"\ninput = \"pipewright.toml\"\n";
    for (bad, why) in [
        (&*listen, "listen.address"),
        (&*metrics, "metrics.address"),
        (&*workshop, "gateway.workshop.address"),
        (store, "[store]"),
        (lines, "gateway.lines.input"),
    ] {
        write(&server, &format!("{bad}{rights}"));
        let said = boss.asks("RESTART pipewright.localhost");
        assert!(said[0].ends_with("nothing has changed:"), "{why}: {said:#?}");
        assert!(said[1].contains(why), "{why}: {said:#?}");
    }
}
