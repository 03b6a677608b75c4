//! What each shard has done since the start, for STATS and whoever watches from outside.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use crate::core::locks::{LEAF, Ranked};

/// A count that one thread changes and any thread may read.
#[derive(Debug, Default)]
pub struct Counter(AtomicU64);

impl Counter {
    /// Adds `more`; only for the thread whose count it is.
    pub fn add(&self, more: u64) {
        self.set(self.now() + more);
    }

    /// Sets it; only for the thread whose count it is.
    pub fn set(&self, value: u64) {
        self.0.store(value, Ordering::Relaxed);
    }

    /// The count now.
    pub fn now(&self) -> u64 {
        self.0.load(Ordering::Relaxed)
    }
}

/// How often something with a name has happened, and how much came of it.
#[derive(Debug)]
pub struct Named {
    /// As the tables call it.
    pub name: &'static str,
    /// How often.
    pub count: Counter,
    /// Of how many bytes; 0 where that means nothing.
    pub bytes: Counter,
    /// How long it took; 0 where nobody measures.
    pub nanoseconds: Counter,
}

/// What one place has done since the start.
#[derive(Debug)]
pub struct ShardCounters {
    /// Connections that have come.
    pub accepted: Counter,
    /// Lines that have arrived, overlong ones too.
    pub lines_in: Counter,
    /// Those of the lines that gave no command of the table.
    pub strays: Counter,
    /// Bytes that have arrived.
    pub bytes_in: Counter,
    /// Lines queued for connections: each counts once for each that gets it.
    pub lines_out: Counter,
    /// Their bytes.
    pub bytes_out: Counter,
    /// Those of the lines that tell what somebody has done, rather than answer.
    pub deliveries: Counter,
    /// Bytes that wait because a socket would not take them, at the end of the last tick.
    pub waiting: Counter,
    /// How often a connection was not read for having no token of flood control.
    pub throttled: Counter,
    /// Commands that were run or refused, by row of their table.
    pub commands: Box<[Named]>,
    /// Connections that have ended, by reason.
    pub closed: Box<[Named]>,
}

impl ShardCounters {
    /// Nothing yet, of these commands and reasons to close.
    pub fn new(
        commands: impl Iterator<Item = &'static str>,
        reasons: impl Iterator<Item = &'static str>,
    ) -> Self {
        let named = |name| Named {
            name,
            count: Counter::default(),
            bytes: Counter::default(),
            nanoseconds: Counter::default(),
        };
        Self {
            accepted: Counter::default(),
            lines_in: Counter::default(),
            strays: Counter::default(),
            bytes_in: Counter::default(),
            lines_out: Counter::default(),
            bytes_out: Counter::default(),
            deliveries: Counter::default(),
            waiting: Counter::default(),
            throttled: Counter::default(),
            commands: commands.map(named).collect(),
            closed: reasons.map(named).collect(),
        }
    }

    /// Notes a command of so many bytes, by its row, and how long it took.
    pub fn command(&self, row: usize, bytes: usize, nanoseconds: u64) {
        if let Some(command) = self.commands.get(row) {
            command.count.add(1);
            command.bytes.add(bytes as u64);
            command.nanoseconds.add(nanoseconds);
        }
    }

    /// Notes that a connection has ended.
    pub fn close(&self, reason: &str) {
        let closed = self.closed.iter().find(|closed| closed.name == reason);
        debug_assert!(closed.is_some(), "nobody counts {reason}");
        if let Some(closed) = closed {
            closed.count.add(1);
        }
    }
}

/// The counters of all shards.
pub struct Counters(Ranked<Vec<Arc<ShardCounters>>, LEAF>);

impl Default for Counters {
    fn default() -> Self {
        Self(Ranked::new(0, Vec::new()))
    }
}

impl Counters {
    /// One more shard counts.
    pub fn add(&self, counters: Arc<ShardCounters>) {
        self.0.lock().push(counters);
    }

    /// All of them, in the order of their shards' start.
    pub fn all(&self) -> Vec<Arc<ShardCounters>> {
        self.0.lock().clone()
    }
}

/// A count of all shards together.
pub fn sum(counters: &[Arc<ShardCounters>], of: impl Fn(&ShardCounters) -> &Counter) -> u64 {
    counters.iter().map(|counters| of(counters).now()).sum()
}

/// The counts of a table of all shards together, by row.
pub fn sums<'t>(
    counters: &'t [Arc<ShardCounters>],
    rows: fn(&ShardCounters) -> &[Named],
    of: fn(&Named) -> &Counter,
) -> impl Iterator<Item = (&'static str, u64)> + 't {
    let first = counters.first().map_or(&[][..], |counters| rows(counters));
    first.iter().enumerate().map(move |(row, named)| {
        let of_row = counters.iter().filter_map(|counters| rows(counters).get(row));
        (named.name, of_row.map(|named| of(named).now()).sum())
    })
}
