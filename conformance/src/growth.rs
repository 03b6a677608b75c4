//! How the cost of a delivery grows with the clients and with their channels.
//!
//! Channels have ten members each. The server's processor time (`/proc/PID/stat`, in hundredths of
//! a second) is divided by the lines that were heard; what the clients cost is not counted.

mod svg;

use std::io;
use std::net::SocketAddr;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::task::JoinSet;
use tokio::time::sleep;

use crate::abuse::people::{Client, block_on, crowd};
use crate::abuse::server::{Server, Start};

pub use svg::plot;

/// Members of each channel.
const MEMBERS: usize = 10;

/// A point that takes longer than this is given up.
const PATIENCE: Duration = Duration::from_secs(300);

/// What one point of a curve came to.
#[derive(Clone, Copy, Debug)]
pub struct Point {
    /// Clients connected.
    pub clients: usize,
    /// Channels that each is in.
    pub channels: usize,
    /// Lines that were heard.
    pub deliveries: u64,
    /// Microseconds of the server's processor time for each.
    pub cost: f64,
}

/// The points of both curves: over clients, and over channels of each client.
pub fn run(
    program: &Path,
    is_short: bool,
    mut each: impl FnMut(&Point),
) -> io::Result<[Vec<Point>; 2]> {
    let deliveries = if is_short { 10_000 } else { 1_000_000 };
    let (clients, channels): (&[usize], &[usize]) = match is_short {
        true => (&[10, 100], &[1, 10]),
        false => (&[10, 100, 1_000, 10_000], &[1, 10, 100, 1_000]),
    };
    let mut point = |clients, channels| {
        let point = measure(program, clients, channels, deliveries)?;
        each(&point);
        Ok(point)
    };
    let by_clients: io::Result<_> = clients.iter().map(|&clients| point(clients, 1)).collect();
    let by_channels: io::Result<_> =
        channels.iter().map(|&channels| point(100, channels)).collect();
    Ok([by_clients?, by_channels?])
}

fn measure(program: &Path, clients: usize, channels: usize, deliveries: u64) -> io::Result<Point> {
    let server = Server::start(program, Start::Unbraked)?;
    let people = gather(server.addr(), clients, channels);
    let server = &server;
    block_on(async move {
        let people = people.await?;
        let heard = Arc::new(AtomicU64::new(0));
        let (mut readers, mut talkers) = (JoinSet::new(), Vec::new());
        for (number, client) in people.into_iter().enumerate() {
            let (mut reader, writer) = client.apart();
            let heard = Arc::clone(&heard);
            readers.spawn(async move {
                let mut bytes = vec![0; 16 << 10];
                while let Ok(count @ 1..) = reader.read(&mut bytes).await {
                    let lines = bytes.iter().take(count).filter(|byte| **byte == b'\n').count();
                    heard.fetch_add(lines as u64, Ordering::Relaxed);
                }
            });
            talkers.push((number / MEMBERS, writer));
        }
        let (before, mut due, mut round) = (server.processor_time()?, 0, 0);
        let end = Instant::now() + PATIENCE;
        while due < deliveries {
            for (group, talker) in talkers.iter_mut().step_by(MEMBERS) {
                let channel = round % channels;
                let line = format!(
                    "PRIVMSG #g{group}x{channel} :as long as lines mostly are, sixty bytes\r\n"
                );
                talker.write_all(line.as_bytes()).await?;
                due += MEMBERS as u64 - 1;
            }
            round += 1;
            // A round is heard before the next but one is said: nobody's queue grows.
            while heard.load(Ordering::Relaxed) + (talkers.len() as u64) < due {
                if Instant::now() > end {
                    return Err(io::ErrorKind::TimedOut.into());
                }
                sleep(Duration::from_millis(1)).await;
            }
        }
        while heard.load(Ordering::Relaxed) < due {
            sleep(Duration::from_millis(1)).await;
        }
        let spent = server.processor_time()?.saturating_sub(before);
        let cost = spent.as_secs_f64() * 1e6 / due as f64;
        Ok(Point { clients, channels, deliveries: due, cost })
    })
}

/// All are in their channels, and have read all that came with it.
async fn gather(addr: SocketAddr, clients: usize, channels: usize) -> io::Result<Vec<Client>> {
    let make = move |number: usize| async move {
        Client::connect(addr).await?.register(&format!("g{number}")).await
    };
    let mut people = crowd(clients, make).await?;
    for (number, client) in people.iter_mut().enumerate() {
        for channel in 0..channels {
            client.says(&format!("JOIN #g{}x{channel}\r\n", number / MEMBERS)).await?;
        }
        client.meets().await?;
    }
    for client in &mut people {
        client.meets().await?;
    }
    Ok(people)
}
