//! What the log has, and what it never has.

use std::net::Shutdown;
use std::time::Instant;

use serde_json::Value;

use crate::{
    person::{PATIENCE, Person},
    support::program::{Program, boss},
};

const SECRET: &str = "xyzzy";

#[test]
fn the_log_is_json_with_the_connections_fields_and_never_what_people_say() {
    let server = Program::start(&[], "[log]\nlevel = \"trace\"\nformat = \"json\"\n");
    let mut ann = Person::connect(&server);
    ann.asks(&format!(
        "PASS {SECRET}\r\nNICK ann\r\nUSER ann 0 * :{SECRET}\r\nJOIN #pond {SECRET}"
    ));
    let mut bob = Person::register(&server, "bob");
    bob.asks(&format!("JOIN #pond {SECRET}"));
    for line in [
        "PRIVMSG #pond :xyzzy",
        "PRIVMSG bob :xyzzy",
        "NOTICE bob xyzzy",
        "TOPIC #pond :xyzzy",
        "AWAY :xyzzy",
        "MODE #pond +k xyzzy",
        "KICK #pond nobody :xyzzy",
        "PASS xyzzy",
        "XYZZY xyzzy",
        "PRIVMSG bob :xyzzy\0",
        "JOIN #lake,xyzzy xyzzy",
        "PART #lake :xyzzy",
    ] {
        ann.asks(line);
    }
    ann.writes(format!("PRIVMSG bob :{}\r\n", SECRET.repeat(300)).as_bytes());
    ann.sends("QUIT :xyzzy");
    assert!(ann.rest().last().is_some_and(|line| line.contains("Quit: xyzzy")));
    bob.writes(b"PRIVMSG ann :xyzzy");
    bob.stream.get_ref().shutdown(Shutdown::Write).expect("no more from him");
    bob.rest();
    let log = server.log();

    assert!(!log.to_ascii_lowercase().contains(SECRET), "{log}");
    let mut seen = Vec::new();
    for line in log.lines() {
        let record: Value = serde_json::from_str(line).expect("each line is JSON");
        let message = record["message"].as_str().expect("each record says what it is");
        if ["opened", "registered", "closed"].contains(&message) {
            assert_eq!(record["host"], "127.0.0.1", "{line}");
            assert!(record["conn"].is_u64(), "{line}");
            seen.push((message.to_owned(), record["reason"].as_str().map(String::from)));
        }
    }
    for expected in [("opened", None), ("closed", Some("quit")), ("closed", Some("closed by peer"))]
    {
        let expected = (expected.0.to_owned(), expected.1.map(String::from));
        assert!(seen.contains(&expected), "{expected:?} is not in {seen:?}");
    }
}

#[test]
fn each_act_of_an_operator_is_in_the_audit_log_and_no_password_is() {
    let all = ["kill", "sajoin", "samode", "sanick", "sapart", "wallops"];
    let server = Program::start(&[], &format!("[log]\nformat = \"json\"\n{}", boss(&all)));
    let mut bob = Person::register(&server, "bob");
    let mut ann = Person::register(&server, "ann");
    for line in [
        "OPER boss xyzzy1",
        "OPER xyzzy2 xyzzy3",
        "KILL bob :not yet an operator",
        "OPER boss xyzzy",
        "SAJOIN bob #pond",
        "SAMODE #pond +m",
        "SAMODE #pond +vk bob xyzzy",
        "SAPART bob #pond",
        "SANICK bob rob",
        "WALLOPS :xyzzy",
        "KILL nobody :not there",
    ] {
        ann.asks(line);
        bob.catches_up();
    }
    ann.asks("KILL rob :spam");
    let rest = bob.rest();
    let killed = "ERROR :Closing Link: 127.0.0.1 (Killed (ann (spam)))";
    assert_eq!(rest.last().map(String::as_str), Some(killed));
    let log = server.log();
    assert!(!log.contains("xyzzy"), "{log}");
    let records = log.lines().map(|line| serde_json::from_str::<Value>(line).expect("JSON"));
    let audit: Vec<_> = records.filter(|record| record["target"] == "audit").collect();
    assert!(audit.iter().all(|record| record["actor"] == "ann!~ann@127.0.0.1"), "{audit:#?}");
    assert!(audit.iter().all(|record| record["address"] == "127.0.0.1"), "{audit:#?}");
    let word = |record: &Value, field: &str| record[field].as_str().unwrap_or("-").to_owned();
    let acts: Vec<_> = audit
        .iter()
        .map(|record| ["message", "act", "operator", "whom", "reason"].map(|f| word(record, f)))
        .collect();
    let (bob, rob) = ("bob!~bob@127.0.0.1", "rob!~bob@127.0.0.1");
    let expected = [
        ["refused", "OPER", "boss", "-", "-"],
        ["refused", "OPER", "*", "-", "-"],
        ["operator", "OPER", "boss", "", ""],
        ["operator", "SAJOIN", "boss", bob, "#pond"],
        ["operator", "SAMODE", "boss", "#pond", "+m"],
        ["operator", "SAMODE", "boss", "#pond", "+vk"],
        ["operator", "SAPART", "boss", bob, "#pond"],
        ["operator", "SANICK", "boss", bob, "rob"],
        ["operator", "WALLOPS", "boss", "", ""],
        ["operator", "KILL", "boss", rob, "spam"],
    ];
    assert_eq!(acts, expected.map(|row| row.map(String::from)));
}

#[test]
fn connections_that_come_to_nothing_have_a_record_a_second_and_each_is_counted() {
    const TIMES: usize = 300;
    let config = "[[listen]]\naddress = \"127.0.0.1:0\"\nproxy = [\"127.0.0.1\"]\n\
                  [limits]\nconnect_burst = 1\nconnect_rate = 1\n[log]\nformat = \"json\"\n";
    let server = Program::start(&[], config);
    let proxied = server.addresses[1];
    let header = "PROXY TCP4 192.0.2.9 192.0.2.1 1 2\r\n";
    let comes = |to, says: &str| {
        let mut person = Person::at(to);
        person.writes(says.as_bytes());
        person.rest();
    };
    let mut first = Person::at(proxied);
    first.writes(format!("{header}PING x\r\n").as_bytes());
    first.line().expect("it is served");
    let start = Instant::now();
    for _ in 0..TIMES {
        comes(proxied, header);
        comes(proxied, "NICK ann\r\n");
        comes(server.address, "QUIT\r\n");
    }
    // The last of them are told of when a second has passed.
    let mut eve = Person::register(&server, "eve");
    loop {
        let log = server.log();
        let records = log.lines().filter_map(|line| serde_json::from_str::<Value>(line).ok());
        let of = |kind: &str| {
            let same = |record: &Value| record["reason"] == kind || record["kind"] == kind;
            let counts = records.clone().filter(same).map(|record| record["count"].as_u64());
            counts.map(|count| count.expect("a count")).collect::<Vec<_>>()
        };
        let kinds = ["too fast", "handshake failed", "quit"].map(of);
        if kinds.iter().all(|counts| counts.iter().sum::<u64>() == TIMES as u64) {
            let seconds = start.elapsed().as_secs() as usize;
            assert!(kinds.iter().all(|counts| counts.len() <= 2 + seconds), "{kinds:?}");
            return;
        }
        assert!(start.elapsed() < 6 * PATIENCE, "{kinds:?}");
        // The server's clock has to go on.
        eve.asks("TIME");
    }
}

#[test]
fn each_record_about_a_connection_has_the_address_that_a_proxy_or_a_gateway_has_told_of() {
    let hash = pipewright::config::hash_password(b"pw").expect("a hash");
    let config = format!(
        "[[listen]]\naddress = \"127.0.0.1:0\"\nproxy = [\"127.0.0.1\"]\nwebsocket = true\n\
         [[webirc]]\nname = \"gate\"\nfrom = [\"127.0.0.1\"]\npassword_hash = \"{hash}\"\n{}",
        boss(&["kill"])
    );
    let server = Program::start(&[], &config);
    let mut ann = Person::connect(&server);
    ann.sends("WEBIRC pw gate some.host.example 192.0.2.7");
    ann.registers("ann");
    for line in ["OPER nobody xyzzy", "OPER boss xyzzy"] {
        ann.asks(line);
    }
    ann.sends("QUIT");
    ann.rest();
    let mut page = Person::at(server.addresses[1]);
    page.writes(b"PROXY TCP4 192.0.2.8 192.0.2.1 1 2\r\nPOST / HTTP/1.1\r\nHost: a\r\n\r\n");
    page.rest();
    drop(page);
    // That is told of once the page has closed its end too.
    let start = Instant::now();
    while !server.log().contains("turned away") {
        assert!(start.elapsed() < PATIENCE, "nobody was turned away");
        Person::register(&server, "eve").asks("TIME");
    }
    let log = server.log();
    let host = "address=\"192.0.2.7\" host=\"some.host.example\"";
    for (record, fields) in [
        ("vouched for", "gateway=\"127.0.0.1\""),
        ("vouched for", host),
        ("registered", host),
        ("registered", "nick=\"ann\""),
        ("audit: refused", host),
        ("audit: operator", host),
        ("closed", host),
        ("turned away", "address=\"192.0.2.8\""),
    ] {
        let found = log.lines().any(|line| line.contains(record) && line.contains(fields));
        assert!(found, "{record} with {fields} is not in\n{log}");
    }
}

#[test]
fn without_room_for_the_log_everybody_goes_on() {
    let full = "exec \"$0\" \"$@\" 2>/dev/full";
    let server = Program::start(&["sh", "-c", full], "[log]\nlevel = \"trace\"\n");
    for nick in ["ann", "bob", "cy"] {
        Person::register(&server, nick).asks("JOIN #pond");
    }
}
