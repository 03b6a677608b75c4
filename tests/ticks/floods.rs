//! Flood control: what it holds back, what goes ahead of that, and what pays for what arrives.

use super::*;

/// Each has waited long enough to have all tokens again.
const START: u64 = 600;

fn at(second: u64) -> Now {
    Now { monotonic: (START + second) * 1000, unix: NOW.unix + second * 1000 }
}

/// A server that takes ten commands at once and one a second.
fn braking() -> (Server, ConnId) {
    let mut server = Server::start(|settings| {
        settings.machine.limits.flood_burst = 10;
        settings.machine.limits.flood_rate = 1;
    });
    let ann = server.join("ann");
    (server, ann)
}

impl Server {
    fn says_at(&mut self, second: u64, conn: ConnId, text: &str) {
        self.shard.on_bytes(at(second), conn, text.as_bytes());
        self.turns_at(second);
    }

    fn turns_at(&mut self, second: u64) {
        while self.shard.end_tick(at(second), &mut self.heard) {}
    }

    /// What the client hears up to that second.
    fn hears_until(&mut self, seconds: std::ops::RangeInclusive<u64>, conn: ConnId) -> String {
        for second in seconds {
            self.shard.on_timer(at(second));
            self.turns_at(second);
        }
        self.hears(conn)
    }
}

/// The tokens of PONG and the topics that were asked for, in order.
fn answers(heard: &str) -> Vec<String> {
    let words = |line: &str| line.split(' ').map(str::to_owned).collect::<Vec<_>>();
    let of = |words: Vec<String>| match &*words[1] {
        "PONG" => Some(words[3].clone()),
        "PRIVMSG" => Some(words[3].clone()),
        _ => None,
    };
    heard.lines().map(words).filter_map(of).collect()
}

#[test]
fn a_ping_is_answered_at_once_while_other_commands_wait_for_tokens_and_these_keep_their_order() {
    let (mut server, ann) = braking();
    let lines: String = (0..14).map(|number| format!("PRIVMSG ann :{number}\r\n")).collect();
    server.says_at(0, ann, &format!("{lines}PING early\r\nPRIVMSG ann :14\r\n"));
    let mut expected: Vec<String> = (0..10).map(|number| format!(":{number}")).collect();
    expected.push(":early".into());
    assert_eq!(answers(&server.hears(ann)), expected);
    // Also what comes while it is held back, however the network cuts it, and with a label.
    for piece in ["PI", "NG la", "te\r", "\nPRIVMSG ann :15\r\n@label=x PING more\r\n"] {
        server.says_at(0, ann, piece);
    }
    assert_eq!(answers(&server.hears(ann)), [":late", ":more"]);
    let rest: Vec<String> = (10..16).map(|number| format!(":{number}")).collect();
    assert_eq!(answers(&server.hears_until(1..=20, ann)), rest);
    server.says_at(40, ann, "PING in order\r\n");
    assert_eq!(answers(&server.hears(ann)), [":in"]);
}

#[test]
fn a_flood_of_pings_is_as_slow_as_any_other() {
    let (mut server, ann) = braking();
    let lines: String = (0..1000).map(|number| format!("PING {number}\r\n")).collect();
    server.says_at(0, ann, &lines);
    let first = answers(&server.hears(ann));
    assert_eq!(first.len(), 10 + 10, "the burst, and those that go ahead");
    let next = answers(&server.hears_until(1..=40, ann));
    assert_eq!(next.len(), 40 - 10, "these are paid for too");
    // In the order in which they were sent.
    assert_eq!((&*first[0], &*first[19], &*next[0], &*next[29]), (":0", ":19", ":20", ":49"));
}

#[test]
fn a_ping_within_a_message_of_several_lines_stays_in_it() {
    let (mut server, ann) = braking();
    server.says_at(0, ann, "CAP REQ :batch draft/multiline message-tags\r\n");
    server.turns_at(30);
    server.says_at(60, ann, &format!("{}@batch=a PING x\r\n", "PRIVMSG ann :a\r\n".repeat(12)));
    assert_eq!(count(&server.hears(ann), "PONG"), 0);
}

#[test]
fn who_gets_back_into_a_hundred_channels_is_through_in_twenty_seconds() {
    let mut server = Server::start(|settings| {
        let defaults = config::load(None, [("", ""); 0]).expect("the defaults").settings;
        settings.machine.limits = defaults.machine.limits;
    });
    let all: String = (0..100).map(|number| format!("#c{number},")).collect();
    for number in 0..50 {
        let other = server.join(&format!("user{number}"));
        server.shard.on_bytes(at(0), other, format!("JOIN {all}\r\n").as_bytes());
        server.turns_at(0);
        server.hears(other);
    }
    let ann = server.shard.open(at(0), IpAddr::V4(Ipv4Addr::LOCALHOST));
    server.says_at(0, ann, "CAP LS 302\r\nNICK ann\r\nUSER ann 0 * :ann\r\nCAP END\r\n");
    server.says_at(0, ann, "MODE ann +i\r\n");
    let lines = |number| format!("JOIN #c{number}\r\nMODE #c{number}\r\nWHO #c{number}\r\n");
    for number in 0..100 {
        server.says_at(0, ann, &lines(number));
    }
    let heard = server.hears_until(0..=19, ann);
    let done = [" 366 ", " 324 ", " 315 "].map(|numeric| count(&heard, numeric));
    assert_eq!(done, [100; 3]);
    // It may go on to talk.
    server.says_at(20, ann, "PRIVMSG #c1 :back\r\nPING x\r\n");
    assert_eq!(answers(&server.hears(ann)), [":x"]);
}

/// How many of these lines are carried out at once, and in the next hundred seconds, with ten tokens
/// and one a second.
fn carried_out(line: &str, answer: &str) -> [usize; 2] {
    let (mut server, ann) = braking();
    server.says_at(0, ann, "JOIN #c\r\n");
    server.hears_until(1..=60, ann);
    server.says_at(60, ann, &line.repeat(400));
    let first = count(&server.hears(ann), answer);
    [first, count(&server.hears_until(61..=160, ann), answer)]
}

#[test]
fn messages_and_changes_are_as_slow_as_ever_and_questions_are_only_in_a_burst_faster() {
    for (line, answer, expected) in [
        ("PRIVMSG ann :x\r\n", "PRIVMSG", [10, 100]),
        ("NOTICE ann :x\r\n", "NOTICE", [10, 100]),
        ("TOPIC #c :x\r\n", "TOPIC", [5, 50]),
        ("MODE #c +m-m\r\n", "MODE", [10, 100]),
        ("JOIN #d\r\nPART #d :x\r\n", "PART", [4, 33]),
        ("JOIN 0\r\nJOIN #d\r\n", "PART", [5, 50]),
        ("WHO #c\r\n", " 315 ", [40, 33]),
        ("MODE #c\r\n", " 324 ", [120, 100]),
        ("MODE #c b\r\n", " 368 ", [120, 100]),
        ("MODE #c +b\r\n", " 368 ", [120, 100]),
        ("TOPIC #c\r\n", " 331 ", [60, 50]),
    ] {
        let [first, next] = carried_out(line, answer);
        assert_eq!(first, expected[0], "{line}");
        assert!(next.abs_diff(expected[1]) <= 1, "{line}: {next}");
    }
}

#[test]
fn what_is_no_command_is_paid_for_too() {
    let long = "x".repeat(7_000);
    let beyond = format!("{}\r\n", "x".repeat(10_000));
    for flood in ["\r\n".repeat(300), "PONG x\r\n".repeat(12), long, beyond, "\n".repeat(300)] {
        let (mut server, ann) = braking();
        server.says_at(0, ann, &flood);
        server.says_at(0, ann, "\r\nPRIVMSG ann :later\r\n");
        assert_eq!(count(&server.hears(ann), "PRIVMSG"), 0, "{:.10}", flood);
        let heard = server.hears_until(1..=40, ann);
        assert_eq!(count(&heard, "PRIVMSG"), 1, "{:.10}", flood);
    }
}

#[test]
fn a_line_in_many_pieces_is_paid_for_by_the_piece_and_a_few_pieces_do_not_matter() {
    for (pieces, waits) in [(20, false), (480, true)] {
        let (mut server, ann) = braking();
        for _ in 0..pieces {
            server.says_at(0, ann, "x");
        }
        server.says_at(0, ann, "\r\nPRIVMSG ann :now\r\n");
        assert_eq!(count(&server.hears(ann), "PRIVMSG") == 0, waits, "{pieces}");
    }
}

#[test]
fn bytes_that_are_no_content_of_the_stream_are_paid_for() {
    let (mut server, ann) = braking();
    server.shard.on_waste(at(0), ann, 64 << 10);
    server.says_at(0, ann, "PRIVMSG ann :later\r\nPING x\r\n");
    assert_eq!(answers(&server.hears(ann)), [":x"]);
}

#[test]
fn no_more_is_held_of_who_floods_than_is_read_at_once_and_little_is_read_ahead() {
    let (mut server, ann) = braking();
    server.says_at(0, ann, &"PRIVMSG ann :x\r\n".repeat(20));
    assert!(server.shard.wants_bytes(ann) && server.shard.held(ann) > 0);
    while server.shard.wants_bytes(ann) {
        server.says_at(0, ann, &"PRIVMSG ann :x\r\n".repeat(20));
    }
    assert!((16 << 10..17 << 10).contains(&server.shard.held(ann)));
}

#[test]
fn who_hangs_up_while_its_commands_wait_has_them_carried_out_first() {
    let (mut server, ann) = braking();
    let bob = server.join("bob");
    server.says_at(0, bob, "PING awake\r\n");
    server.says_at(0, ann, &"PRIVMSG bob :x\r\n".repeat(30));
    assert!(server.shard.on_closed(ann, Close::Gone));
    assert!(!server.shard.wants_bytes(ann));
    let heard = server.hears_until(0..=30, bob);
    assert_eq!(count(&heard, "PRIVMSG"), 30);
    assert_eq!(server.heard.finished, [ann]);
    // Whose connection breaks is gone at once.
    server.says_at(60, bob, &"PRIVMSG ann :x\r\n".repeat(30));
    server.shard.on_closed(bob, Close::Broken(std::io::ErrorKind::ConnectionReset));
    server.turns_at(60);
    assert_eq!(server.heard.finished, [ann, bob]);
}

#[test]
fn a_pong_that_comes_while_other_commands_wait_is_a_sign_of_life() {
    let mut server = Server::start(|settings| {
        settings.machine.limits.flood_burst = 10;
        settings.machine.limits.flood_rate = 1;
        settings.machine.limits.ping_interval_ms = 5_000;
        settings.machine.limits.ping_timeout_ms = 5_000;
    });
    let ann = server.join("ann");
    server.says_at(0, ann, &"LIST\r\n".repeat(20));
    let figure = |server: &Server| {
        let row = pipewright::command::find(b"PONG").expect("a row").0;
        let counters = server.network.counters.all();
        counters.iter().map(|counters| counters.commands[row].count.now()).sum::<u64>()
    };
    server.says_at(1, ann, "PONG pipewright.localhost\r\n");
    assert_eq!(figure(&server), 1, "it is heard before the commands that wait");
    assert!(server.heard.finished.is_empty());
}
