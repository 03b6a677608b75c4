//! Many at once.

use std::{
    net::TcpStream,
    thread,
    time::{Duration, Instant},
};

use crate::{Pair, assert_sound, chat_until, person::Person, resident, support::program::Program};

/// What LUSERS says of how many there are now.
fn counts(person: &mut Person) -> Vec<String> {
    let mut lines = person.asks("LUSERS");
    // The most there ever were is not about now.
    lines.retain(|line| !line.contains(" 265 ") && !line.contains(" 266 "));
    assert!(lines.len() >= 3, "{lines:?}");
    lines
}

#[test]
fn a_thousand_connections_opened_and_dropped_at_once_leave_nothing_behind() {
    const MORE_KIB: u64 = 2048;
    rlimit::increase_nofile_limit(2048).expect("files for a thousand connections");
    crate::beside_a_chat("", |server, pair| {
        let mut carol = Person::register(server, "carol");
        let before = counts(&mut carol);
        let mut grown = Vec::new();
        for _ in 0..3 {
            let memory = resident(server);
            let crowd: Vec<_> = (0..1000)
                .map(|_| TcpStream::connect(server.address).expect("the server listens"))
                .collect();
            pair.chat();
            drop(crowd);
            chat_until(pair, |_| counts(&mut carol) == before);
            grown.push(resident(server).saturating_sub(memory));
        }
        assert!(grown[1] + grown[2] < MORE_KIB, "KiB more, each time: {grown:?}");
    });
}

#[test]
fn without_file_descriptors_the_connected_chat_on_and_newcomers_wait() {
    const FILES: usize = 40;
    let limited = format!("ulimit -n {FILES}; exec \"$0\" \"$@\"");
    let server = Program::start(&["sh", "-c", &limited], "");
    let mut pair = Pair::meet(&server);
    let mut crowd: Vec<_> = (0..FILES).map(|_| Person::connect(&server)).collect();
    let complaints = |word| server.log().matches(word).count();
    chat_until(&mut pair, |_| complaints("cannot accept") > 0);

    // Long enough for accepting to be tried several times more.
    let start = Instant::now();
    chat_until(&mut pair, |_| start.elapsed() > Duration::from_secs(1));
    assert_eq!(complaints("cannot accept"), 1, "{}", server.log());
    assert_eq!(complaints("accepting again"), 0);

    let mut last = crowd.pop().expect("many");
    crowd.drain(..FILES / 2);
    last.registers("dave");
    drop(crowd);
    Person::register(&server, "erin");
    chat_until(&mut pair, |_| complaints("accepting again") > 0);
    pair.chat();
    assert_eq!(pair.overheard(), Vec::<String>::new());
    assert_sound(&server);
}

#[test]
fn many_who_flood_at_once_are_all_answered() {
    const PEOPLE: usize = 20;
    const LINES: usize = 500;
    crate::beside_a_chat("", |server, pair| {
        thread::scope(|scope| {
            let floods: Vec<_> = (0..PEOPLE)
                .map(|_| {
                    scope.spawn(|| {
                        let mut person = Person::connect(server);
                        person.asks(&vec!["PING x"; LINES].join("\r\n")).len()
                    })
                })
                .collect();
            pair.chat();
            for flood in floods {
                assert_eq!(flood.join().expect("answered"), LINES);
            }
        });
    });
}
