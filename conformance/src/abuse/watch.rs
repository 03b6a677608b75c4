//! Those who behave: a channel that talks at a steady pace and times what it hears.

use std::io;
use std::net::SocketAddr;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, mpsc};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use tokio::task::JoinSet;
use tokio::time::{Instant as At, Interval, interval_at};

use super::people::{Client, block_on};

/// How often each of them says something: as often as flood control lets anybody go on.
const PACE: Duration = Duration::from_millis(300);

/// What goes on beside them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Phase {
    /// Nothing is timed yet.
    Start,
    /// Nothing.
    Quiet,
    /// Abuse.
    Abused,
    /// Nothing any more.
    After,
    /// They say nothing either.
    End,
}

/// People in a channel, on a thread of their own.
pub struct Watch {
    phase: Arc<AtomicUsize>,
    thread: JoinHandle<io::Result<ShardCounters>>,
}

/// What they have heard.
#[derive(Debug, Default)]
pub struct ShardCounters {
    /// Lines that they were to hear.
    pub due: u64,
    /// Lines that they heard, each in its sender's order.
    pub heard: u64,
    /// When it was said, and how long it took.
    latencies: Vec<(usize, Duration)>,
    /// The same of PING and its PONG.
    pings: Vec<(usize, Duration)>,
}

impl ShardCounters {
    /// The 99th of 100 latencies of what was said in that phase.
    pub fn p99(&self, phase: Phase) -> Duration {
        p99(&self.latencies, phase)
    }

    /// The same of answers to PING.
    pub fn ping_p99(&self, phase: Phase) -> Duration {
        p99(&self.pings, phase)
    }
}

fn p99(latencies: &[(usize, Duration)], phase: Phase) -> Duration {
    let of_phase = latencies.iter().filter(|(when, _)| *when == phase as usize);
    let mut sorted: Vec<_> = of_phase.map(|(_, took)| *took).collect();
    sorted.sort_unstable();
    sorted.get(sorted.len() * 99 / 100).copied().unwrap_or_default()
}

impl Watch {
    /// Returns once all of them are in the channel.
    pub fn start(addr: SocketAddr, people: usize) -> io::Result<Self> {
        let phase = Arc::new(AtomicUsize::new(Phase::Start as usize));
        let (ready, is_ready) = mpsc::channel();
        let known = Arc::clone(&phase);
        let thread = std::thread::spawn(move || {
            block_on(async {
                let gathered = gather(addr, people).await;
                let clients = match gathered {
                    Ok(clients) => clients,
                    Err(why) => {
                        let _ = ready.send(Err(why));
                        return Ok(ShardCounters::default());
                    }
                };
                let _ = ready.send(Ok(()));
                talk(clients, known).await
            })
        });
        is_ready.recv().map_err(io::Error::other)??;
        Ok(Self { phase, thread })
    }

    /// Another phase begins.
    pub fn enter(&self, phase: Phase) {
        self.phase.store(phase as usize, Ordering::Relaxed);
    }

    /// They stop, once they have heard all there is to hear.
    pub fn finish(self) -> io::Result<ShardCounters> {
        self.enter(Phase::End);
        self.thread.join().map_err(|_| io::Error::other("the watching thread panicked"))?
    }
}

/// Those who talk, and as many who do nothing but PING.
async fn gather(addr: SocketAddr, people: usize) -> io::Result<[Vec<Client>; 2]> {
    let (mut clients, mut pinging) = (Vec::new(), Vec::new());
    for number in 0..people {
        pinging.push(Client::connect(addr).await?.register(&format!("ping{number}")).await?);
    }
    for number in 0..people {
        let mut client = Client::connect(addr).await?.register(&format!("good{number}")).await?;
        client.says("JOIN #quiet\r\n").await?;
        client.meets().await?;
        clients.push(client);
    }
    Ok([clients, pinging])
}

async fn talk(
    [clients, pinging]: [Vec<Client>; 2],
    phase: Arc<AtomicUsize>,
) -> io::Result<ShardCounters> {
    let people = clients.len();
    let start = Instant::now();
    let done = Arc::new(AtomicUsize::new(0));
    let mut talking = JoinSet::new();
    for (number, client) in clients.into_iter().enumerate() {
        let (phase, done) = (Arc::clone(&phase), Arc::clone(&done));
        talking.spawn(async move {
            // Not all at one moment.
            let first = At::now() + PACE * number as u32 / people as u32;
            person(client, people, start, interval_at(first, PACE), &phase, &done).await
        });
    }
    for (number, client) in pinging.into_iter().enumerate() {
        let phase = Arc::clone(&phase);
        talking.spawn(async move {
            let first = At::now() + PACE * number as u32 / people as u32;
            ping(client, start, interval_at(first, PACE), &phase).await
        });
    }
    let mut counters = ShardCounters::default();
    while let Some(one) = talking.join_next().await {
        let (said, mut heard) = one??;
        counters.due += said * (people as u64 - 1);
        counters.heard += heard.heard;
        counters.latencies.append(&mut heard.latencies);
        counters.pings.append(&mut heard.pings);
    }
    Ok(counters)
}

/// Asks for a sign of life until the end, each time once it has the last one.
async fn ping(
    mut client: Client,
    start: Instant,
    mut pace: Interval,
    phase: &AtomicUsize,
) -> io::Result<(u64, ShardCounters)> {
    let mut counters = ShardCounters::default();
    while phase.load(Ordering::Relaxed) != Phase::End as usize {
        pace.tick().await;
        let (phase, asked) = (phase.load(Ordering::Relaxed), start.elapsed());
        client.says("PING life\r\n").await?;
        loop {
            let line = client.hears_sometime().await?;
            if let Some(token) = line.strip_prefix("PING ") {
                client.says(&format!("PONG {token}\r\n")).await?;
            }
            if line.contains(" PONG ") {
                break;
            }
        }
        counters.pings.push((phase, start.elapsed().saturating_sub(asked)));
    }
    Ok((0, counters))
}

/// Talks until the end, then hears out the others.
async fn person(
    mut client: Client,
    people: usize,
    start: Instant,
    mut pace: Interval,
    phase: &AtomicUsize,
    done: &AtomicUsize,
) -> io::Result<(u64, ShardCounters)> {
    let (mut said, mut counters) = (0, ShardCounters::default());
    while phase.load(Ordering::Relaxed) != Phase::End as usize {
        tokio::select! {
            _ = pace.tick() => {
                let (phase, now) = (phase.load(Ordering::Relaxed), start.elapsed().as_nanos());
                client.says(&format!("PRIVMSG #quiet :{phase} {now}\r\n")).await?;
                said += 1;
            }
            line = client.hears_sometime() => counters.take(&mut client, &line?, start).await?,
        }
    }
    // Whoever has its PONG has said all; when all have, a second one comes after all of it.
    finish(&mut client, &mut counters, start, "said").await?;
    done.fetch_add(1, Ordering::Relaxed);
    while done.load(Ordering::Relaxed) < people {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    finish(&mut client, &mut counters, start, "heard").await?;
    Ok((said, counters))
}

async fn finish(
    client: &mut Client,
    counters: &mut ShardCounters,
    start: Instant,
    token: &str,
) -> io::Result<()> {
    client.says(&format!("PING {token}\r\n")).await?;
    loop {
        let line = client.hears().await?;
        if line.contains(" PONG ") && line.ends_with(token) {
            return Ok(());
        }
        counters.take(client, &line, start).await?;
    }
}

impl ShardCounters {
    async fn take(&mut self, client: &mut Client, line: &str, start: Instant) -> io::Result<()> {
        if let Some(token) = line.strip_prefix("PING ") {
            return client.says(&format!("PONG {token}\r\n")).await;
        }
        let Some((_, text)) = line.split_once(" PRIVMSG #quiet :") else { return Ok(()) };
        let (phase, said) = text.split_once(' ').unwrap_or_default();
        if let (Ok(phase), Ok(said)) = (phase.parse(), said.parse()) {
            self.heard += 1;
            let took = start.elapsed().saturating_sub(Duration::from_nanos(said));
            self.latencies.push((phase, took));
        }
        Ok(())
    }
}
