//! Lines that are not as they should be.

use crate::{beside_a_chat, person::Person, resident};
use pipewright::command::{Run, TABLE};
use pipewright::proto::Message;

const TOO_LONG: &str = ":Input line was too long";

#[test]
fn an_overlong_line_is_answered_once_and_the_next_is_done() {
    beside_a_chat("", |server, pair| {
        let mut carol = Person::register(server, "carol");
        let long = format!("PRIVMSG #pond :{}", "x".repeat(2000));
        for _ in 0..3 {
            assert_eq!(carol.asks(&long), [carol.numeric("417", TOO_LONG)]);
            pair.chat();
        }
        // 510 bytes pass, 511 do not.
        let fits = format!("ISON {}", "x".repeat(505));
        assert_eq!(carol.asks(&fits), [carol.numeric("303", ":")]);
        assert_eq!(carol.asks(&format!("{fits}x")), [carol.numeric("417", TOO_LONG)]);
    });
}

#[test]
fn a_line_without_an_end_costs_no_memory() {
    const LENGTH: usize = 1 << 20;
    const MORE_KIB: u64 = 600;
    beside_a_chat("", |server, pair| {
        let mut carol = Person::register(server, "carol");
        // Buffers that stay are there after the first time.
        carol.writes(&[b'y'; 70_000]);
        assert_eq!(carol.asks(""), [carol.numeric("417", TOO_LONG)]);
        let before = resident(server);
        for _ in 0..LENGTH / 4096 {
            carol.writes(&[b'x'; 4096]);
        }
        pair.chat();
        let answered = carol.line();
        let grown = resident(server).saturating_sub(before);
        assert!(grown < MORE_KIB, "{grown} KiB more");
        assert_eq!(answered, Some(carol.numeric("417", TOO_LONG)));
        assert_eq!(carol.asks(""), Vec::<String>::new());
    });
}

#[test]
fn nul_is_refused_and_other_control_bytes_are_text() {
    beside_a_chat("", |server, pair| {
        let mut carol = Person::register(server, "carol");
        let mut dave = Person::register(server, "dave");
        carol.writes(b"PRIVMSG dave :a\0b\r\n\0\r\n");
        let refused = carol.catches_up();
        assert_eq!(refused[0], carol.numeric("400", "PRIVMSG :The line has a NUL byte in it"));
        assert_eq!(refused.len(), 2, "{refused:?}");
        pair.chat();
        let control: Vec<u8> =
            (1..32).filter(|byte| !b"\r\n".contains(byte)).chain([127]).collect();
        carol.writes(&[b"PRIVMSG dave :", &control[..], b"\r\n"].concat());
        let heard = dave.bytes().expect("a message");
        assert_eq!(heard, [b":carol!~carol@127.0.0.1 PRIVMSG dave :", &control[..]].concat());
        let verb = carol.asks("\x01\x02 x");
        assert_eq!(verb, [carol.numeric("421", "?? :Unknown command")]);
    });
}

/// Latin-1, UTF-16, a cut character and bytes that stand nowhere in UTF-8.
const NOT_UTF8: [&[u8]; 4] =
    [b"gr\xfc\xdfe", b"\xff\xfeh\x01i\x01", b"\xf0\x9f\xa6", b"\xc0\x80\xfe"];

#[test]
fn bytes_that_are_not_utf8_are_relayed_unchanged() {
    beside_a_chat("", |server, pair| {
        let mut carol = Person::register(server, "carol");
        let mut dave = Person::register(server, "dave");
        for text in NOT_UTF8 {
            carol.writes(&[b"PRIVMSG dave :", text, b"\r\n"].concat());
            let heard = dave.bytes().expect("a message");
            assert_eq!(heard, [b":carol!~carol@127.0.0.1 PRIVMSG dave :", text].concat());
            pair.chat();
        }
    });
}

#[test]
fn bytes_that_are_not_utf8_are_refused_where_the_configuration_says_so() {
    beside_a_chat("[server]\nnon_utf8 = \"refuse\"\n", |server, pair| {
        let mut carol = Person::register(server, "carol");
        let mut dave = Person::register(server, "dave");
        let why = "The line is not UTF-8: set your client to UTF-8";
        let refused = format!(":pipewright.localhost FAIL PRIVMSG INVALID_UTF8 :{why}");
        for text in NOT_UTF8 {
            carol.writes(&[b"PRIVMSG dave :", text, b"\r\n"].concat());
            assert_eq!(carol.catches_up(), [&*refused]);
            pair.chat();
        }
        carol.sends("PRIVMSG dave :grüße");
        carol.catches_up();
        assert_eq!(dave.catches_up(), [":carol!~carol@127.0.0.1 PRIVMSG dave :grüße"]);
    });
}

#[test]
fn empty_lines_are_nothing_and_a_bare_cr_ends_a_line() {
    beside_a_chat("", |server, pair| {
        let mut carol = Person::register(server, "carol");
        assert_eq!(carol.asks("\r\n\n\r\r\r\n   \r\n \r \n"), Vec::<String>::new());
        pair.chat();
        carol.writes(b"PING one\rPING two\nPING three\r\rPING four\n\r");
        let pong = |token| format!(":pipewright.localhost PONG pipewright.localhost :{token}");
        assert_eq!(carol.catches_up(), ["one", "two", "three", "four"].map(pong));
    });
}

#[test]
fn an_unknown_command_is_421_also_before_registration() {
    beside_a_chat("", |server, pair| {
        for mut carol in [Person::connect(server), Person::register(server, "carol")] {
            let unknown = |verb| carol.numeric("421", &format!("{verb} :Unknown command"));
            let expected = ["FLY", "fly", "123", "PRIVMSGS"].map(unknown);
            assert_eq!(carol.asks("FLY\r\nfly away :home\r\n:x 123\r\nPRIVMSGS a :b"), expected);
            pair.chat();
        }
        // The longest there can be, whose answer still has to fit into a line.
        let mut dave = Person::register(server, "dave");
        let answer = dave.asks(&"F".repeat(510));
        assert!(answer[0].starts_with(&dave.numeric("421", "FFFF")), "{answer:?}");
        assert_eq!(answer.len(), 1);
    });
}

#[test]
fn missing_parameters_are_461_for_each_command_that_needs_some() {
    beside_a_chat("", |server, pair| {
        let mut carol = Person::register(server, "carol");
        let mut stranger = Person::connect(server);
        let mut needy = 0;
        for spec in TABLE.iter().filter(|spec| spec.min > 0) {
            let person = match spec.run {
                Run::Registered(_) => &mut carol,
                Run::Always(_) | Run::Registering(_) => &mut stranger,
            };
            for given in 0..spec.min {
                let line = format!("{}{}", spec.verb, " x".repeat(given));
                let too_few =
                    person.numeric("461", &format!("{} :Not enough parameters", spec.verb));
                assert_eq!(person.asks(&line), [too_few], "{line}");
            }
            needy += 1;
        }
        assert!(needy > 10, "only {needy} commands need parameters");
        pair.chat();
    });
}

#[test]
fn five_thousand_parameters_are_too_long_a_line_and_those_that_fit_are_none_too_many() {
    beside_a_chat("", |server, pair| {
        let mut carol = Person::register(server, "carol");
        let many = |verb: &str, count| format!("{verb}{}", " x".repeat(count));
        assert_eq!(carol.asks(&many("JOIN", 5000)), [carol.numeric("417", TOO_LONG)]);
        pair.chat();
        assert_eq!(carol.asks(&many("ISON", 253)), [carol.numeric("303", ":")]);
        for spec in TABLE.iter().filter(|spec| !["QUIT", "NICK"].contains(&spec.verb)) {
            carol.asks(&many(spec.verb, 250));
        }
        let line = many("JOIN", 5000);
        let parsed = Message::parse(line.as_bytes()).expect("a message");
        assert_eq!(parsed.params.len(), 5000);
    });
}

#[test]
fn an_invalid_nick_is_432_and_a_taken_one_433_before_and_after_registration() {
    beside_a_chat("", |server, pair| {
        for mut carol in [Person::connect(server), Person::register(server, "carol")] {
            for nick in ["1carol", "a!b", "a@b", "#carol", "-x", "ca.rol", "zażółć"] {
                let invalid = carol.numeric("432", &format!("{nick} :Erroneus nickname"));
                assert_eq!(carol.asks(&format!("NICK {nick}")), [invalid]);
            }
            let long = "x".repeat(31);
            assert!(carol.asks(&format!("NICK {long}"))[0].contains(" 432 "));
            for nick in ["ann", "ANN", "bOb"] {
                let taken = carol.numeric("433", &format!("{nick} :Nickname is already in use"));
                assert_eq!(carol.asks(&format!("NICK {nick}")), [taken]);
            }
            pair.chat();
        }
        let mut dave = Person::connect(server);
        dave.asks("NICK ann\r\nUSER dave 0 * :dave");
        dave.sends("NICK dave");
        assert!(dave.catches_up()[0].contains(" 001 dave "));
    });
}

#[test]
fn one_that_stops_in_the_middle_of_a_line_may_go_on_and_may_leave() {
    beside_a_chat("", |server, pair| {
        let mut carol = Person::register(server, "carol");
        let mut dave = Person::register(server, "dave");
        carol.writes(b"PRIVMSG dave :half a ");
        for _ in 0..20 {
            pair.chat();
        }
        carol.sends("line");
        carol.catches_up();
        assert_eq!(dave.catches_up(), [":carol!~carol@127.0.0.1 PRIVMSG dave :half a line"]);
        carol.writes(b"PRIVMSG dave :never fini");
        drop(carol);
        pair.chat();
        dave.sends("ISON carol");
        assert!(dave.catches_up().iter().all(|line| !line.contains("never fini")));
    });
}
