//! Those who connect and then do not do their part.

use std::{io::Write, thread};

use crate::{beside_a_chat, chat_until, person::Person, resident};

#[test]
fn a_client_that_never_registers_is_closed_after_the_limit() {
    beside_a_chat("[limits]\nregistration = \"1s\"\n", |server, pair| {
        let mut silent = Person::connect(server);
        let mut half = Person::connect(server);
        half.sends("NICK carol\r\nPING :half");
        pair.chat();
        let error = "ERROR :Closing Link: 127.0.0.1 (Registration timed out)";
        assert_eq!(silent.rest(), [error]);
        assert_eq!(half.rest()[1..], [error]);
        // The nick is free again.
        Person::register(server, "carol");
    });
}

#[test]
fn one_that_never_reads_is_closed_at_its_sendq_and_the_others_chat_on() {
    // Megabytes wait in the system before the server's own queue fills.
    const AT_MOST: usize = 64 << 20;
    const MORE_KIB: u64 = 4096;
    beside_a_chat("[limits]\nsendq = \"16KiB\"\n", |server, pair| {
        let before = resident(server);
        let mut carol = Person::register(server, "carol");
        carol.asks("JOIN #pond");
        let pings = format!("PING :{}\r\n", "x".repeat(450)).repeat(100);
        let flood = thread::spawn(move || {
            let mut sent = 0;
            while sent < AT_MOST && carol.stream.get_mut().write_all(pings.as_bytes()).is_ok() {
                sent += pings.len();
            }
            sent
        });
        let quit = ":carol!~carol@127.0.0.1 QUIT :SendQ exceeded";
        let mut seen = Vec::new();
        chat_until(pair, |pair| {
            seen.append(&mut pair.overheard());
            seen.iter().filter(|line| *line == quit).count() == 2
        });
        let grown = resident(server).saturating_sub(before);
        assert!(grown < MORE_KIB, "{grown} KiB more");
        let sent = flood.join().expect("the flood ends");
        assert!(sent < AT_MOST, "the server went on reading");
    });
}
