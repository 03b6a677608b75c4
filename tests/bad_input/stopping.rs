//! Ctrl-C and SIGTERM.

use std::{
    io::Write,
    process::Command,
    time::{Duration, Instant},
};

use crate::{
    Pair, assert_sound,
    person::Person,
    support::program::{Program, boss},
};

const WITHIN: Duration = Duration::from_secs(5);

fn signal(server: &Program, name: &str) {
    let done = Command::new("kill").args(["-s", name, &server.child.id().to_string()]).status();
    assert!(done.expect("kill is there").success());
}

/// The server ends well, in time.
fn ends_well(mut server: Program, start: Instant) {
    let status = server.child.wait().expect("our child");
    assert!(status.success(), "{status}");
    assert!(start.elapsed() < WITHIN, "{:?}", start.elapsed());
    assert_sound(&server);
}

#[test]
fn both_signals_tell_everyone_and_end_the_server_well() {
    for name in ["INT", "TERM"] {
        let server = Program::start(&[], "");
        let mut pair = Pair::meet(&server);
        let mut stranger = Person::connect(&server);
        stranger.catches_up();
        pair.chat();
        let start = Instant::now();
        signal(&server, name);
        let [ann, bob] = pair.people;
        for mut person in [stranger, ann, bob] {
            let rest = person.rest();
            let error = "ERROR :Closing Link: 127.0.0.1 (Server shutting down)";
            assert_eq!(rest.last().map(String::as_str), Some(error), "{rest:?}");
        }
        ends_well(server, start);
    }
}

#[test]
fn an_operator_who_names_the_server_ends_it_well_and_nobody_else_does() {
    let server = Program::start(&[], &boss(&["die"]));
    let mut pair = Pair::meet(&server);
    let mut boss = Person::register(&server, "boss");
    let name = "pipewright.localhost";
    assert!(boss.asks(&format!("DIE {name}"))[0].contains(" 481 "));
    assert!(boss.asks("OPER boss xyzzy")[0].contains(" 381 "));
    assert!(boss.asks("DIE elsewhere.example")[0].contains(" 402 "));
    pair.chat();
    let start = Instant::now();
    boss.sends(&format!("DIE {name}"));
    let [ann, bob] = pair.people;
    for mut person in [boss, ann, bob] {
        let rest = person.rest();
        let error = "ERROR :Closing Link: 127.0.0.1 (Server shutting down)";
        assert_eq!(rest.last().map(String::as_str), Some(error), "{rest:?}");
    }
    ends_well(server, start);
}

#[test]
fn one_that_never_reads_does_not_keep_the_server_from_ending() {
    let server = Program::start(&[], "[limits]\nsendq = \"64MiB\"\n");
    let mut pair = Pair::meet(&server);
    let mut sleeper = Person::register(&server, "carol");
    let pings = format!("PING :{}\r\n", "x".repeat(450)).repeat(2000);
    // More than the system keeps for one that does not read.
    for _ in 0..12 {
        sleeper.stream.get_mut().write_all(pings.as_bytes()).expect("the server reads");
    }
    pair.chat();
    let start = Instant::now();
    signal(&server, "TERM");
    let [mut ann, _] = pair.people;
    let rest = ann.rest();
    assert!(rest.last().is_some_and(|line| line.starts_with("ERROR ")), "{rest:?}");
    assert!(start.elapsed() < Duration::from_secs(2), "a reader waited for one that does not");
    ends_well(server, start);
}
