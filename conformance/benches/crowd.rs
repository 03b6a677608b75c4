//! A shard with a channel full of people, without sockets.

use std::sync::Arc;

use pipewright::config;
use pipewright::core::{Network, Origin};
use pipewright::delivery::Sink;
use pipewright::proto::names::{ConnId, ShardId};
use pipewright::proto::time::Now;
use pipewright::shard::Shard;

/// Some moment of 2026.
pub const START: Now = Now { monotonic: 0, unix: 1_795_356_392_123 };

/// The first of them has founded `#c`, where all of them are.
pub struct Crowd {
    shard: Shard,
    people: Vec<ConnId>,
}

/// Takes all, and counts.
#[derive(Default)]
struct Counts {
    bytes: usize,
    finished: usize,
}

impl Sink for Counts {
    fn write(&mut self, _: ConnId, bytes: &[u8]) -> usize {
        self.bytes += bytes.len();
        bytes.len()
    }

    fn finished(&mut self, _: ConnId) {
        self.finished += 1;
    }
}

impl Crowd {
    /// So many people on one shard.
    pub fn new(people: usize) -> Self {
        let mut settings =
            config::load(None, [("", ""); 0]).expect("the defaults are fine").settings;
        settings.machine.limits.flood_rate = 0;
        settings.machine.limits.connections = people + 1;
        settings.machine.limits.sendq = 1 << 28;
        settings.network.limits.list_entries = 1000;
        let network = Arc::new(Network::new(settings, 1, START.moment()));
        let shard = Shard::new(network, ShardId(0)).expect("the network has one shard");
        let mut crowd = Self { shard, people: Vec::new() };
        for number in 0..people {
            let conn = crowd.shard.open(START, Origin::local());
            crowd.people.push(conn);
            crowd.say(number, &format!("NICK n{number}\r\nUSER u 0 * :r\r\nJOIN #c\r\n"));
        }
        crowd
    }

    /// All of them ask for everything that stands in tags.
    pub fn have_tags(&mut self) {
        for number in 0..self.people.len() {
            let tags = "message-tags server-time account-tag batch labeled-response draft/oper";
            self.say(number, &format!("CAP REQ :{tags}\r\n"));
        }
    }

    /// Sends lines and ends the tick; how many bytes were written to all.
    pub fn say(&mut self, who: usize, lines: &str) -> usize {
        self.shard.on_bytes(START, self.people[who], lines.as_bytes());
        let mut counts = Counts::default();
        while self.shard.end_tick(START, &mut counts) {}
        assert_eq!(counts.finished, 0, "a connection has ended");
        counts.bytes
    }
}
