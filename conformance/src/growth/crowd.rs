//! Clients of whom only the lines that they hear are counted.

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::time::Duration;

use tokio::io::AsyncWriteExt;
use tokio::net::tcp::{OwnedReadHalf, OwnedWriteHalf};
use tokio::sync::Notify;
use tokio::task::JoinSet;
use tokio::time::timeout;

use crate::abuse::people::{Client, crowd};

/// Longer than anything takes that goes well.
const PATIENCE: Duration = Duration::from_secs(120);

/// How many join before it is waited until all have heard of it.
const AT_ONCE: usize = 500;

/// In a PONG; found nowhere else.
const MARK: u8 = b'\x01';

/// Clients in an order of their own. They are gone when this is dropped.
pub struct Crowd {
    talkers: Vec<OwnedWriteHalf>,
    heard: Arc<Heard>,
    /// They end with this.
    _readers: JoinSet<()>,
}

/// What all of them have heard since they are registered.
#[derive(Default)]
struct Heard {
    lines: AtomicU64,
    marks: AtomicU64,
    more: Notify,
}

impl Crowd {
    /// Those who are connected already.
    pub fn of(clients: Vec<Client>) -> Self {
        let (heard, mut readers) = (Arc::new(Heard::default()), JoinSet::new());
        let mut talkers = Vec::new();
        for client in clients {
            let (reader, talker) = client.apart();
            readers.spawn(count_lines(reader, Arc::clone(&heard)));
            talkers.push(talker);
        }
        Self { talkers, heard, _readers: readers }
    }

    /// As many, registered, in the channels that `channels` names for each number.
    pub async fn gather(
        addr: SocketAddr,
        count: usize,
        channels: impl Fn(usize) -> Vec<String>,
    ) -> io::Result<Self> {
        let make = move |number: usize| async move {
            Client::connect(addr).await?.register(&format!("g{number}")).await
        };
        let mut all = Self::of(crowd(count, make).await?);
        for number in 0..count {
            let joins: String =
                channels(number).iter().map(|name| format!("JOIN {name}\r\n")).collect();
            // Else every JOIN is answered by all the names there are.
            all.says(number, &format!("CAP REQ :no-implicit-names\r\n{joins}")).await?;
            if number % AT_ONCE == AT_ONCE - 1 {
                all.meet(number + 1).await?;
            }
        }
        // The first shows that all was done; the second, that all was told.
        all.meet(count).await?;
        all.meet(count).await?;
        Ok(all)
    }

    /// One of them sends text.
    pub async fn says(&mut self, number: usize, text: &str) -> io::Result<()> {
        let talker = self.talkers.get_mut(number).ok_or(io::ErrorKind::NotFound)?;
        timeout(PATIENCE, talker.write_all(text.as_bytes())).await?
    }

    /// Lines that all have heard so far.
    pub fn lines(&self) -> u64 {
        self.heard.lines.load(Relaxed)
    }

    /// Waits until so many have been heard.
    pub async fn hears(&self, lines: u64) -> io::Result<()> {
        self.heard.reach(&self.heard.lines, lines).await
    }

    /// The first `count` have PING answered.
    pub async fn meet(&mut self, count: usize) -> io::Result<()> {
        let due = self.heard.marks.load(Relaxed) + count as u64;
        for number in 0..count {
            self.says(number, &format!("PING {}\r\n", char::from(MARK))).await?;
        }
        self.heard.reach(&self.heard.marks, due).await
    }
}

impl Heard {
    async fn reach(&self, counter: &AtomicU64, due: u64) -> io::Result<()> {
        let reached = async {
            while counter.load(Relaxed) < due {
                self.more.notified().await;
            }
        };
        Ok(timeout(PATIENCE, reached).await?)
    }
}

async fn count_lines(reader: OwnedReadHalf, heard: Arc<Heard>) {
    while reader.readable().await.is_ok() {
        // Not kept while it waits: there are thousands of readers.
        let mut bytes = [0; 16 << 10];
        let count = match reader.try_read(&mut bytes) {
            Ok(0) => return,
            Ok(count) => count,
            Err(why) if why.kind() == io::ErrorKind::WouldBlock => continue,
            Err(_) => return,
        };
        let of = |sign: u8| bytes.iter().take(count).filter(|byte| **byte == sign).count() as u64;
        heard.lines.fetch_add(of(b'\n'), Relaxed);
        heard.marks.fetch_add(of(MARK), Relaxed);
        heard.more.notify_one();
    }
}
