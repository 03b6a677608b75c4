//! Abuse: what a channel of people who behave notices of those who do not.
//!
//! For each case the given program is started, a channel talks at a steady pace,
//! first in peace and then beside the abuse, and every line of it is counted and timed. All of it
//! is on loopback and bounded.

mod cases;
pub mod people;
mod report;
pub mod server;
mod watch;

use std::path::Path;
use std::time::{Duration, Instant};
use std::{io, thread};

use cases::{Arena, CASES, Case};
use server::Server;
use watch::{Phase, Watch};

pub use report::table;

/// How much of everything.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Size {
    /// Seconds: for a test, which looks at the counts alone.
    Short,
    /// As meant; a case takes about half a minute.
    Full,
}

/// What a case has come to.
#[derive(Clone, Debug)]
pub struct Outcome {
    /// The case.
    pub name: &'static str,
    /// Lines that those who behave were to hear.
    pub due: u64,
    /// Those that they heard.
    pub heard: u64,
    /// The 99th of 100 latencies before the abuse.
    pub quiet: Duration,
    /// The same during it.
    pub abused: Duration,
    /// The 99th of 100 times from PING to PONG during it, of clients that do nothing else.
    pub ping: Duration,
    /// Resident memory of the server, in KiB: before the abuse, when a thousand clients have come and
    /// gone, at its height, and after it.
    pub memory: [u64; 3],
    /// What was done.
    pub done: String,
    /// The server had ended before it was stopped.
    pub has_ended: bool,
}

/// Runs the cases whose name has `only` in it, against `program`; `each` is told of each.
///
/// `Err`: the program does not start, or one of those who behave was disconnected by a server that
/// goes on.
pub fn run(
    program: &Path,
    size: Size,
    only: &str,
    mut each: impl FnMut(&Outcome),
) -> io::Result<Vec<Outcome>> {
    let mut outcomes = Vec::new();
    for case in CASES.iter().filter(|case| case.name.contains(only)) {
        let outcome = one(program, size, case);
        let outcome =
            outcome.map_err(|why| io::Error::new(why.kind(), format!("{}: {why}", case.name)))?;
        each(&outcome);
        outcomes.push(outcome);
    }
    Ok(outcomes)
}

fn one(program: &Path, size: Size, case: &'static Case) -> io::Result<Outcome> {
    let mut server = Server::start(program, case.start)?;
    if size == Size::Full {
        people::divide_processors(server.id())?;
        people::block_on(cases::warm_up(server.addr(), case.start))?;
    }
    let (people, quiet, abused, patience) = match size {
        Size::Short => (5, Duration::from_millis(300), Duration::from_millis(800), Duration::ZERO),
        Size::Full => {
            (20, Duration::from_secs(10), Duration::from_secs(15), Duration::from_secs(30))
        }
    };
    let watch = Watch::start(server.addr(), people)?;
    thread::sleep(quiet / 4);
    watch.enter(Phase::Quiet);
    thread::sleep(quiet);
    let before = server.memory();
    watch.enter(Phase::Abused);
    let arena =
        Arena { addr: server.addr(), pid: server.id(), size, until: Instant::now() + abused };
    let abusing = thread::spawn(move || {
        if size == Size::Full {
            people::stand_back()?;
        }
        people::block_on((case.run)(arena))
    });
    let done = abusing.join().map_err(|_| io::Error::other("the abusing thread panicked"))??;
    let height = server.most_memory();
    watch.enter(Phase::After);
    let after = server.memory_once_calm(before, patience);
    let counters = watch.finish();
    let has_ended = server.has_ended();
    let counters = match counters {
        Err(why) if !has_ended => return Err(why),
        counters => counters.unwrap_or_default(),
    };
    Ok(Outcome {
        name: case.name,
        due: counters.due,
        heard: counters.heard,
        quiet: counters.p99(Phase::Quiet),
        abused: counters.p99(Phase::Abused),
        ping: counters.ping_p99(Phase::Abused),
        memory: [before, height, after],
        done,
        has_ended,
    })
}
