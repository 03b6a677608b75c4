//! The core's ticks, called by hand: who gets its share of each, and what that bounds.

#![allow(clippy::indexing_slicing, reason = "a test fails by a panic")]

mod admission;
mod disclosure;
mod extensions;
mod floods;
mod hosts;
mod modes;
mod names;
mod origins;
mod persistence;
mod private;
mod promises;
#[path = "../simulation/rng.rs"]
mod rng;
mod scheduling;
mod slices;
mod speech;
mod waking;

use std::collections::HashMap;
use std::net::{IpAddr, Ipv4Addr};
use std::sync::Arc;

use pipewright::command::Close;
use pipewright::config;
use pipewright::core::{Network, Origin, Settings};
use pipewright::delivery::{Sink, TICK_BYTES};
use pipewright::proto::names::{ConnId, ShardId};
use pipewright::proto::time::Now;
use pipewright::shard::Shard;

const NOW: Now = Now { monotonic: 0, unix: 1_795_356_392_123 };

/// A shard whose clients take everything, or nothing.
struct Server {
    network: Arc<Network>,
    shard: Shard,
    heard: Heard,
}

#[derive(Default)]
struct Heard {
    lines: HashMap<ConnId, Vec<u8>>,
    /// Takes nothing.
    stuck: Option<ConnId>,
    finished: Vec<ConnId>,
    /// The most that was written at once.
    most: usize,
}

impl Sink for Heard {
    fn write(&mut self, conn: ConnId, bytes: &[u8]) -> usize {
        if self.stuck == Some(conn) {
            return 0;
        }
        self.most = self.most.max(bytes.len());
        self.lines.entry(conn).or_default().extend_from_slice(bytes);
        bytes.len()
    }

    fn finished(&mut self, conn: ConnId) {
        self.finished.push(conn);
    }
}

impl Server {
    fn start(change: impl FnOnce(&mut Settings)) -> Self {
        let mut settings = settings();
        change(&mut settings);
        Self::on(&Arc::new(Network::new(settings, 1, NOW.moment())), 0)
    }

    /// One of two shards of a network.
    fn two() -> [Self; 2] {
        let network = Arc::new(Network::new(settings(), 2, NOW.moment()));
        [0, 1].map(|test_shard| Self::on(&network, test_shard))
    }

    fn on(network: &Arc<Network>, test_shard: u16) -> Self {
        let shard = Shard::new(Arc::clone(network), ShardId(test_shard)).expect("a place");
        Self { network: Arc::clone(network), shard, heard: Heard::default() }
    }

    fn join(&mut self, nick: &str) -> ConnId {
        let conn = self.shard.open(NOW, IpAddr::V4(Ipv4Addr::LOCALHOST));
        self.says(conn, &format!("NICK {nick}\r\nUSER {nick} 0 * :{}\r\n", "a".repeat(100)));
        while self.end_tick() {}
        self.hears(conn);
        conn
    }

    /// Comes from that address, and from a host of its own, with capabilities that it asks for by this
    /// line.
    fn enter(&mut self, asks: &str, nick: &str, address: &str) -> ConnId {
        let origin = Origin::of(address.parse().expect("an address"));
        let host = format!("{nick}.example").into();
        let conn = self.shard.open(NOW, Origin { host, ..origin });
        self.says(
            conn,
            &format!("{asks}\r\nNICK {nick}\r\nUSER {nick} 0 * :{nick}\r\nCAP END\r\n"),
        );
        while self.end_tick() {}
        assert!(self.hears(conn).contains(" ACK "), "the capabilities are on offer");
        conn
    }

    fn says(&mut self, conn: ConnId, text: &str) {
        self.shard.on_bytes(NOW, conn, text.as_bytes());
    }

    fn end_tick(&mut self) -> bool {
        self.shard.end_tick(NOW, &mut self.heard)
    }

    /// What has been written to the client since the last call.
    fn hears(&mut self, conn: ConnId) -> String {
        let bytes = self.heard.lines.remove(&conn).unwrap_or_default();
        String::from_utf8(bytes).expect("text")
    }
}

fn settings() -> Settings {
    let mut settings = config::load(None, [("", ""); 0]).expect("the defaults").settings;
    settings.machine.limits.flood_rate = 0;
    settings
}

fn count(text: &str, what: &str) -> usize {
    text.lines().filter(|line| line.contains(what)).count()
}

#[test]
fn whoever_asks_for_much_waits_for_the_others_and_gets_it_all_in_order() {
    let mut server = Server::start(|_| {});
    for number in 0..300 {
        server.join(&format!("user{number}"));
    }
    let (ann, bob) = (server.join("ann"), server.join("bob"));
    server.says(ann, &("WHO zz*\r\n".repeat(200) + "PING :end\r\n"));
    server.says(bob, "PING :bob\r\n");
    assert!(server.end_tick(), "the next turn has begun with what ann asked for");
    let first = server.hears(ann);
    assert!(count(&first, " 315 ") < 30, "{} in the first turn", count(&first, " 315 "));
    assert_eq!(count(&server.hears(bob), "PONG"), 1);
    let mut rest = String::new();
    while server.end_tick() {
        // In each tick others are served too.
        server.says(bob, "PING :again\r\n");
        rest += &server.hears(ann);
    }
    rest += &server.hears(ann);
    assert_eq!(count(&first, " 315 ") + count(&rest, " 315 "), 200);
    assert!(rest.trim_end().ends_with("PONG pipewright.localhost :end"));
}

#[test]
fn who_reads_is_never_closed_for_its_own_questions_however_many_it_sends_at_once() {
    let mut server = Server::start(|settings| settings.machine.limits.sendq = 16 << 10);
    let ann = server.join("ann");
    server.says(ann, &"LUSERS\r\n".repeat(2000));
    while server.end_tick() {}
    let heard = server.hears(ann);
    assert_eq!(count(&heard, " 266 "), 2000);
    assert!(server.heard.finished.is_empty());
    assert!(server.heard.most <= 16 << 10, "{} at once", server.heard.most);
}

#[test]
fn who_does_not_take_its_answers_is_asked_no_more_of_and_costs_its_queue() {
    let mut server = Server::start(|settings| settings.machine.limits.sendq = 16 << 10);
    let ann = server.join("ann");
    server.heard.stuck = Some(ann);
    server.says(ann, &"LUSERS\r\n".repeat(2000));
    while server.end_tick() {}
    assert!(!server.shard.wants_bytes(ann), "it is not read meanwhile");
    assert!(server.heard.finished.is_empty());
    // It begins to read, and gets everything.
    server.heard.stuck = None;
    loop {
        let waits = server.shard.write_backlog(ann, &mut server.heard);
        if !waits && !server.end_tick() {
            break;
        }
    }
    assert_eq!(count(&server.hears(ann), " 266 "), 2000);
    assert!(server.shard.wants_bytes(ann));
}

#[test]
fn a_turn_is_ended_early_rather_than_grown_by_what_one_read_leads_to() {
    let mut server = Server::start(|_| {});
    let ann = server.join("ann");
    for number in 0..50 {
        let other = server.join(&format!("user{number}"));
        server.says(other, "JOIN #c\r\n");
    }
    while server.end_tick() {}
    server.says(ann, "JOIN #c\r\n");
    while server.end_tick() {}
    server.hears(ann);
    // Each line goes to the channel and back to ann, so that no two pieces are neighbours.
    let line = format!("PRIVMSG #c,ann :{}\r\n", "x".repeat(300));
    server.says(ann, &line.repeat(5000));
    assert!(server.shard.has_paused());
    let mut turns = 1;
    while server.end_tick() {
        turns += 1;
    }
    let heard = server.hears(ann);
    assert_eq!(count(&heard, "PRIVMSG ann"), 5000);
    assert!(turns > heard.len() / (2 * TICK_BYTES), "{turns} turns");
}

#[test]
fn a_reader_gets_every_piece_of_a_turn_however_many_there_are() {
    let mut server = Server::start(|_| {});
    let (ann, bob) = (server.join("ann"), server.join("bob"));
    for conn in [ann, bob] {
        server.says(conn, "JOIN #c\r\n");
    }
    while server.end_tick() {}
    server.hears(bob);
    for round in 0..30 {
        server.says(ann, &format!("PRIVMSG #c,ann :{round}\r\n").repeat(100));
    }
    while server.end_tick() {}
    assert_eq!(count(&server.hears(bob), "PRIVMSG #c"), 3000);
    server.says(bob, "PING :still\r\n");
    server.end_tick();
    assert_eq!(count(&server.hears(bob), "PONG"), 1);
}

#[test]
fn an_answer_longer_than_the_queue_ends_with_416_and_not_with_the_client() {
    let mut server = Server::start(|settings| settings.machine.limits.sendq = 16 << 10);
    let ann = server.join("ann");
    for number in 0..400 {
        let nick = format!("{}{number}", "n".repeat(26));
        let other = server.join(&nick);
        server.says(other, "JOIN #c\r\n");
        while server.end_tick() {}
    }
    for (asked, end) in [("NAMES #c,#c,#c,#c", " 366 "), ("WHO *", " 315 ")] {
        server.says(ann, &format!("{asked}\r\n"));
        while server.end_tick() {}
        let heard = server.hears(ann);
        assert!(count(&heard, " 416 ") >= 1, "{asked}");
        assert!(count(&heard, end) >= 1, "{asked}");
    }
    assert!(server.heard.finished.is_empty());
}

#[test]
fn who_floods_is_slowed_down_and_not_closed_and_loses_nothing() {
    let mut server = Server::start(|settings| {
        settings.machine.limits.flood_burst = 10;
        settings.machine.limits.flood_rate = 2;
    });
    let (ann, bob) = (server.join("ann"), server.join("bob"));
    // What it cost to register has come back.
    let second = |number: u64| Now { monotonic: (60 + number) * 1000, ..NOW };
    let flood: String = (0..100).map(|number| format!("PRIVMSG bob :{number}\r\n")).collect();
    server.shard.on_bytes(second(0), ann, flood.as_bytes());
    let mut heard = Vec::new();
    for number in 0..=46 {
        server.shard.on_timer(second(number));
        while server.shard.end_tick(second(number), &mut server.heard) {}
        heard.push(count(&server.hears(bob), "PRIVMSG"));
    }
    assert_eq!(heard[0], 10);
    assert!(heard[1..=45].iter().all(|lines| *lines == 2), "{heard:?}");
    assert_eq!(heard.iter().sum::<usize>(), 100);
    assert!(server.shard.wants_bytes(ann) && server.heard.finished.is_empty());
}

#[test]
fn one_connection_too_many_of_an_address_is_told_so_and_the_others_stay() {
    let mut server = Server::start(|settings| settings.machine.limits.connections_per_address = 2);
    let address = IpAddr::V4(Ipv4Addr::new(192, 0, 2, 1));
    let open: Vec<_> = (0..3).map(|_| server.shard.open(NOW, address)).collect();
    while server.end_tick() {}
    let refused = "ERROR :Closing Link: 192.0.2.1 (Too many connections from your address)\r\n";
    assert_eq!(server.hears(open[2]), refused);
    assert_eq!(server.heard.finished, [open[2]]);
    server.shard.close(NOW, open[2]);
    server.shard.close(NOW, open[0]);
    let again = server.shard.open(NOW, address);
    while server.end_tick() {}
    assert_eq!(server.hears(again), "");
}

#[test]
fn all_are_told_that_the_server_stops_and_nobody_of_all_the_others_quits() {
    let mut server = Server::start(|_| {});
    let crowd: Vec<_> = (0..100).map(|number| server.join(&format!("user{number}"))).collect();
    for conn in &crowd {
        server.says(*conn, "JOIN #c\r\n");
        while server.end_tick() {}
    }
    server.heard.lines.clear();
    server.shard.shut_down(NOW, &Close::Shutdown);
    while server.end_tick() {}
    for conn in crowd {
        let heard = server.hears(conn);
        assert_eq!(heard, "ERROR :Closing Link: 127.0.0.1 (Server shutting down)\r\n");
    }
    assert!(server.shard.is_empty());
}
