//! Those who connect and then do not do their part.

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
    // Less than the SendQ at once, so that what matters is that nobody takes it.
    const AT_ONCE: usize = 20;
    const MORE_KIB: u64 = 4096;
    beside_a_chat("[limits]\nsendq = \"16KiB\"\n", |server, pair| {
        let mut carol = Person::register(server, "carol");
        carol.asks("JOIN #pond");
        let mut dave = Person::register(server, "dave");
        let words = format!("PRIVMSG carol :{}\r\n", "x".repeat(400)).repeat(AT_ONCE);
        let before = resident(server);
        let quit = ":carol!~carol@127.0.0.1 QUIT :SendQ exceeded";
        let (mut seen, mut taken) = (Vec::new(), 0);
        // Megabytes wait in the system before the server's own queue fills.
        chat_until(pair, |pair| {
            if dave.asks(words.trim_end()).is_empty() {
                taken += 1;
            }
            let grown = resident(server).saturating_sub(before);
            assert!(grown < MORE_KIB, "{grown} KiB more");
            seen.append(&mut pair.overheard());
            seen.iter().filter(|line| *line == quit).count() == 2
        });
        assert!(taken > 1, "it was closed although everything fitted");
        // What it had been sent waits in the system, and behind that the reason.
        let error = "ERROR :Closing Link: 127.0.0.1 (SendQ exceeded)";
        assert_eq!(carol.rest().last().map(String::as_str), Some(error));
    });
}
