//! What a slice of a line's work takes, counted by somebody who knows nothing of what is charged.

use std::fs;
use std::hint::black_box;
use std::path::PathBuf;

use rustix::time::{ClockId, clock_gettime};

use pipewright::command::JobResult;
use pipewright::delivery::Sink;
use pipewright::proto::names::ConnId;
use pipewright::proto::time::Now;
use pipewright::shard::Shard;

/// The function that `valgrind --tool=callgrind` counts in, and after which it writes what it has
/// counted.
pub const COUNTED: &str = "*::one_slice";

/// The beginning of the names of the files that callgrind writes.
pub const FILES: &str = "count";

/// Something to do for which a shard does not turn to anybody else.
pub enum Act {
    /// A connection sends bytes.
    Bytes(ConnId, Vec<u8>),
    /// A job of a connection is done.
    Job(ConnId, JobResult),
    /// The tick goes on.
    GoOn,
    /// The tick ends.
    EndTurn,
}

/// How work is counted.
pub enum Meter {
    /// Not at all.
    Off,
    /// Instructions in user space: callgrind writes them into this folder, a file for each slice,
    /// of which this is the number of the last.
    Instructions(PathBuf, usize),
    /// Nanoseconds of the thread's processor time.
    Time,
}

impl Meter {
    /// Does it; whether there is more to do, and what it took.
    pub fn run(
        &mut self,
        shard: &mut Shard,
        now: Now,
        act: &Act,
        sink: &mut dyn Sink,
    ) -> (bool, u64) {
        match self {
            Self::Off => (perform(shard, now, act, sink), 0),
            Self::Time => {
                let began = nanoseconds();
                let more = perform(shard, now, act, sink);
                (more, nanoseconds() - began)
            }
            Self::Instructions(folder, last) => {
                let more = one_slice(shard, now, act, sink);
                *last += 1;
                let file = folder.join(format!("{FILES}.{last}"));
                let text = fs::read_to_string(&file).expect("callgrind has counted");
                let total = text.lines().rev().find_map(|line| line.strip_prefix("totals: "));
                let total = total.expect("a total").trim().parse().expect("a number");
                fs::remove_file(file).expect("it is ours");
                (more, total)
            }
        }
    }
}

fn nanoseconds() -> u64 {
    let time = clock_gettime(ClockId::ThreadCPUTime);
    time.tv_sec as u64 * 1_000_000_000 + time.tv_nsec as u64
}

#[inline(never)]
fn one_slice(shard: &mut Shard, now: Now, act: &Act, sink: &mut dyn Sink) -> bool {
    black_box(perform(shard, now, act, sink))
}

#[inline(never)]
fn perform(shard: &mut Shard, now: Now, act: &Act, sink: &mut dyn Sink) -> bool {
    match act {
        Act::Bytes(conn, bytes) => shard.on_bytes(now, *conn, bytes),
        Act::Job(conn, answer) => shard.on_job(now, *conn, answer),
        Act::GoOn => return !shard.go_on(now, sink),
        Act::EndTurn => return shard.end_tick(now, sink),
    }
    true
}
