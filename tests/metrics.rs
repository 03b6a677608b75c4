//! What the server tells of itself by HTTP: metrics that are exact, off unless asked for.

#![allow(clippy::indexing_slicing, reason = "a panic here is a test that fails")]

#[allow(dead_code, reason = "other suites need more of it")]
#[path = "bad_input/person.rs"]
mod person;
mod support;

use std::{
    collections::HashMap,
    io::{Read, Write},
    net::{SocketAddr, TcpStream},
    time::{Duration, Instant},
};

use person::{PATIENCE, Person};
use support::program::{Program, a_free_address};

fn started(shards: usize, figures: SocketAddr) -> Program {
    let config = format!(
        "[server]\nshards = {shards}\n[limits]\nconnections_per_shard = 1\n\
         [metrics]\naddress = \"{figures}\"\n"
    );
    Program::start(&[], &config)
}

const OPENMETRICS: &str = "application/openmetrics-text;version=1.0.0;q=0.8,text/plain;q=0.5";

/// Status, content type and body of the answer.
fn get(figures: SocketAddr, request: &str) -> (u16, String, String) {
    get_as(figures, request, "*/*")
}

/// The same, of what may be of these types.
fn get_as(figures: SocketAddr, request: &str, accept: &str) -> (u16, String, String) {
    let mut stream = TcpStream::connect(figures).expect("the figures are served");
    stream.set_read_timeout(Some(PATIENCE)).expect("a deadline");
    write!(stream, "{request} HTTP/1.1\r\nHost: localhost\r\nAccept: {accept}\r\n\r\n")
        .expect("it reads");
    let mut text = String::new();
    stream.read_to_string(&mut text).expect("an answer, then the end");
    let (head, body) = text.split_once("\r\n\r\n").expect("a head and a body");
    let status = head[9..12].parse().expect("a status");
    let kind = head.lines().find_map(|line| line.strip_prefix("content-type: "));
    (status, kind.unwrap_or_default().to_owned(), body.to_owned())
}

/// The metrics by name, labels included.
fn figures(address: SocketAddr) -> HashMap<String, f64> {
    let (status, kind, body) = get_as(address, "GET /metrics", OPENMETRICS);
    assert_eq!(status, 200);
    assert!(kind.starts_with("application/openmetrics-text; version=1.0.0"), "{kind}");
    assert!(body.ends_with("# EOF\n"), "{body}");
    let values = body.lines().filter(|line| !line.starts_with('#'));
    let split = values.map(|line| line.rsplit_once(' ').expect("a name and a value"));
    split.map(|(name, value)| (name.into(), value.parse().expect("a number"))).collect()
}

#[test]
fn connections_fill_one_shard_after_the_other_and_then_all_of_them_evenly() {
    let address = a_free_address(9, 9667);
    let config = format!(
        "[server]\nshards = 3\n[limits]\nconnections_per_shard = 2\n[metrics]\naddress = \"{address}\"\n"
    );
    let server = Program::start(&[], &config);
    let connections = || {
        let all = figures(address);
        [0, 1, 2].map(|shard| all[&format!("pipewright_shard_connections{{shard=\"{shard}\"}}")])
    };
    let comes = |nick: &'static str| {
        let before = connections();
        let person = Person::register(&server, nick);
        let after = connections();
        let shard = (0..3).find(|shard| after[*shard] > before[*shard]).expect("one has it");
        (person, shard)
    };
    let nicks = ["a", "b", "c", "d", "e", "f", "g", "h"];
    let (mut people, shards): (Vec<_>, Vec<_>) = nicks.iter().map(|nick| comes(nick)).unzip();
    assert_eq!(shards, [0, 0, 1, 1, 2, 2, 0, 1]);
    for mut leaver in people.drain(2..4) {
        leaver.sends("QUIT");
        leaver.rest();
    }
    let end = Instant::now() + PATIENCE;
    while connections()[1] > 1.0 {
        assert!(Instant::now() < end, "those who have left are counted");
    }
    assert_eq!(comes("i").1, 1);
}

/// Every line that was sent and read is counted, exactly.
fn counts_exactly(shards: usize, address: SocketAddr) {
    const WORDS: usize = 100;
    let server = started(shards, address);
    let mut people = ["ann", "bob", "cat"].map(|nick| Person::register(&server, nick));
    for person in &mut people {
        person.asks("JOIN #pond");
    }
    let words = (0..WORDS).map(|word| format!("PRIVMSG #pond :{word}")).collect::<Vec<_>>();
    people[0].asks(&words.join("\r\n"));
    people[1].asks("PRIVMSG ann :psst\r\nNOSUCH\r\nPART #pond");
    people[2].asks("JOIN #other\r\nNICK kit");
    people[1].sends("QUIT");
    people[1].rest();
    // All that the others were told before has come before this answer.
    people[0].catches_up();
    people[2].catches_up();
    let sum = |of: fn(&Person) -> usize| people.iter().map(of).sum::<usize>() as f64;
    let expected = [
        ("connections", 2.0),
        ("users", 2.0),
        ("operators", 0.0),
        ("channels", 2.0),
        ("queued_bytes", 0.0),
        ("connections_accepted_total", 3.0),
        ("messages_received_total", sum(|person| person.sent[0])),
        ("received_bytes_total", sum(|person| person.sent[1])),
        ("messages_sent_total", sum(|person| person.read[0])),
        ("sent_bytes_total", sum(|person| person.read[1])),
        ("messages_without_command_total", 1.0),
        ("throttled_total", 0.0),
        ("connections_closed_total{reason=\"quit\"}", 1.0),
        ("connections_closed_total{reason=\"sendq exceeded\"}", 0.0),
        ("commands_total{command=\"PRIVMSG\"}", WORDS as f64 + 1.0),
        ("commands_total{command=\"JOIN\"}", 4.0),
        ("commands_total{command=\"NICK\"}", 4.0),
        ("commands_total{command=\"LIST\"}", 0.0),
        ("command_bytes_total{command=\"QUIT\"}", 4.0),
        // JOIN: 3 in the pond while 1, 2, 3 are there, and 1 elsewhere; the words to two; psst;
        // PART to three; NICK to two, of whom one is its own; QUIT to none, who shares nothing.
        ("deliveries_total", (1 + 2 + 3 + 1 + 2 * WORDS + 1 + 3 + 2) as f64),
    ];
    let start = Instant::now();
    loop {
        let figures = figures(address);
        let wrong = expected.iter().filter(|(name, value)| {
            figures.get(&format!("pipewright_{name}")).is_none_or(|figure| figure != value)
        });
        let wrong: Vec<_> = wrong
            .map(|(name, value)| (name, value, figures.get(&format!("pipewright_{name}"))))
            .collect();
        if wrong.is_empty() {
            let commands = figures.iter().filter(|(name, _)| name.contains("_commands_total{"));
            let commands: f64 = commands.map(|(_, count)| count).sum();
            assert_eq!(commands + 1.0, figures["pipewright_messages_received_total"]);
            let took = figures["pipewright_command_seconds_total{command=\"PRIVMSG\"}"];
            assert!(took > 0.0 && took < start.elapsed().as_secs_f64() + PATIENCE.as_secs_f64());
            return;
        }
        // A shard's turn ends after its answers are on their way.
        assert!(start.elapsed() < PATIENCE, "{wrong:?}");
    }
}

#[test]
fn every_figure_is_exact_with_one_shard() {
    counts_exactly(1, a_free_address(1, 9667));
}

#[test]
fn every_figure_is_exact_with_three_shards() {
    counts_exactly(3, a_free_address(2, 9667));
}

#[test]
fn every_connection_is_counted_that_comes_and_is_turned_away_and_why() {
    let address = a_free_address(6, 9667);
    let server = Program::start(
        &[],
        &format!(
            "[[listen]]\naddress = \"127.0.0.1:0\"\nconnections = 1\n\
             [[listen]]\naddress = \"127.0.0.1:0\"\nproxy = [\"127.0.0.1\"]\n\
             [limits]\nconnect_burst = 1\nconnect_rate = 1\n[metrics]\naddress = \"{address}\"\n"
        ),
    );
    let [plain, narrow, proxied] = server.addresses[..] else { panic!("three listeners") };
    let says = |to: SocketAddr, what: &str| {
        let mut stream = TcpStream::connect(to).expect("somebody listens");
        stream.set_read_timeout(Some(PATIENCE)).expect("a deadline");
        stream.write_all(what.as_bytes()).expect("it reads");
        stream
    };
    let ends = |mut stream: TcpStream| {
        let mut text = String::new();
        stream.read_to_string(&mut text).expect("the end");
        text
    };
    let mut first = says(narrow, "PING x\r\n");
    first.read_exact(&mut [0; 1]).expect("it is served");
    assert!(ends(says(narrow, "")).contains("port is full"));
    assert!(ends(says(plain, "GET / HTTP/1.1\r\n\r\n")).contains("ERROR"));
    assert!(ends(says(proxied, "NICK ann\r\n")).contains("ERROR"));
    let header = "PROXY TCP4 192.0.2.9 192.0.2.1 1 2\r\n";
    let mut second = says(proxied, &format!("{header}PING x\r\n"));
    second.read_exact(&mut [0; 1]).expect("it is served");
    assert!(ends(says(proxied, header)).contains("too fast"));

    let start = Instant::now();
    let closed =
        |reason: &str| format!("pipewright_connections_closed_total{{reason=\"{reason}\"}}");
    loop {
        let figures = figures(address);
        let reasons = ["port full", "another protocol", "handshake failed", "too fast"];
        let each = reasons.map(|reason| figures.get(&closed(reason)).copied());
        let all: f64 = figures
            .iter()
            .filter(|(name, _)| name.contains("closed"))
            .map(|(_, count)| count)
            .sum();
        let accepted = figures["pipewright_connections_accepted_total"];
        let open = figures["pipewright_connections"];
        if each == [Some(1.0); 4] && (accepted, open, all) == (6.0, 2.0, 4.0) {
            return;
        }
        assert!(start.elapsed() < PATIENCE, "{each:?} of {all}, {accepted} came, {open} are open");
    }
}

#[test]
fn healthz_answers_and_everything_else_is_refused_readably() {
    let address = a_free_address(3, 9667);
    let _server = started(1, address);
    assert_eq!(get(address, "GET /healthz").0, 200);
    assert_eq!(get(address, "GET /healthz").2, "ok\n");
    assert_eq!(get(address, "GET /").0, 404);
    assert_eq!(get(address, "POST /metrics").0, 405);
}

#[test]
fn nobody_is_served_figures_unless_the_configuration_says_so_nor_from_other_machines() {
    let server = Program::start(&[], "");
    assert!(TcpStream::connect(a_free_address(4, 9667)).is_err());
    drop(server);
    let file = tempfile::NamedTempFile::new().expect("a file");
    std::fs::write(file.path(), "[metrics]\naddress = \"0.0.0.0:9667\"\n").expect("written");
    let none = std::iter::empty::<(String, String)>();
    let faults = pipewright::config::load(Some(file.path()), none).expect_err("public");
    assert!(faults[0].to_string().contains("other machines"), "{faults:?}");
}

#[test]
fn those_who_ask_for_figures_slowly_or_say_nothing_keep_nobody_from_them() {
    let address = a_free_address(5, 9667);
    let server = started(1, address);
    let slow = |number: usize| {
        let mut stream = TcpStream::connect(address).expect("accepted");
        let said: [&[u8]; 3] = [b"", b"GET /healthz HTTP/1.1\r\nHost: a", b"G"];
        stream.write_all(said[number % 3]).expect("it reads");
        stream
    };
    let idle: Vec<_> = (0..200).map(slow).collect();
    for path in ["GET /healthz", "GET /metrics"] {
        let start = Instant::now();
        assert_eq!(get(address, path).0, 200);
        // Those who say nothing are closed after two seconds; it does not wait for that.
        assert!(start.elapsed() < Duration::from_millis(1500), "{:?}", start.elapsed());
    }
    Person::register(&server, "ann");
    drop(idle);
}

/// What `promtool check metrics` looks at, in either form: each sample has a TYPE and a HELP of its
/// own name, and the names of counters end as the form wants it.
#[test]
fn each_form_names_its_figures_as_its_readers_expect() {
    let address = a_free_address(7, 9667);
    let config = format!(
        "[tls]\nfolder = \".\"\n[[listen]]\naddress = \"127.0.0.1:0\"\ntls = true\n\
         [metrics]\naddress = \"{address}\"\n"
    );
    let server = Program::start(&[], &config);
    Person::register(&server, "ann");
    for (accept, form, suffix) in [
        (OPENMETRICS, "application/openmetrics-text; version=1.0.0", ""),
        ("*/*", "text/plain; version=0.0.4", "_total"),
        (
            "text/plain;version=0.0.4;q=0.5,application/openmetrics-text;q=0.1",
            "text/plain",
            "_total",
        ),
    ] {
        let (status, kind, body) = get_as(address, "GET /metrics", accept);
        assert!(status == 200 && kind.starts_with(form), "{kind}");
        assert_eq!(body.ends_with("# EOF\n"), suffix.is_empty());
        let mut types = HashMap::new();
        for line in body.lines() {
            let words: Vec<_> = line.split(' ').collect();
            match words[..] {
                ["#", "TYPE", name, kind] => {
                    assert!(types.insert(name, kind).is_none(), "{line}");
                    assert_eq!(
                        kind == "counter" && !suffix.is_empty(),
                        name.ends_with("_total"),
                        "{line}"
                    );
                }
                ["#", "HELP", name, ..] => {
                    assert!(types.contains_key(name) && words.len() > 3, "{line}")
                }
                ["#", "EOF"] => {}
                _ => {
                    let name = line.split(['{', ' ']).next().unwrap_or_default();
                    let family =
                        if suffix.is_empty() { name.trim_end_matches("_total") } else { name };
                    let kind = types.get(family).unwrap_or_else(|| panic!("{line}"));
                    assert_eq!(*kind == "counter", name.ends_with("_total"), "{line}");
                }
            }
        }
    }
    let figures = figures(address);
    let version = format!("pipewright_build_info{{version=\"{}\"}}", env!("CARGO_PKG_VERSION"));
    assert!((figures[&version] - 1.0).abs() < f64::EPSILON);
    let now =
        std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).expect("after 1970");
    let now = now.as_secs_f64();
    let started = figures["process_start_time_seconds"];
    assert!(started <= now && now - started < 3600.0, "{started}");
    let years =
        (figures["pipewright_certificate_expiry_timestamp_seconds"] - now) / 86_400.0 / 365.25;
    assert!((9.9..10.1).contains(&years), "{years}");
    assert!(figures["process_resident_memory_bytes"] > 1e6);
    let open = figures["process_open_fds"];
    assert!(open > 5.0 && open < figures["process_max_fds"], "{open}");
}
